"""Networks: VPCs, subnets with secondary ranges, routers and NAT."""

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sandbox.providers.base import Failure
from sandbox.providers.cloud.account import Account, CloudObject
from sandbox.providers.cloud.errors import CloudError
from sandbox.providers.cloud.row import AutoName, Blocker, ResourceType, constant, filled
from sandbox.providers.cloud.rules import all_of, cidr, one_of
from sandbox.providers.cloud.store import Record
from sandbox.providers.gcp.rules import name
from sandbox.providers.gcp.services import tokens

_LINK: Final = "https://www.googleapis.com/compute/v1/"
_NETWORK: Final = filled("projects/{account}/global/networks/{name}")
_SUBNETWORK: Final = filled("projects/{account}/regions/{region}/subnetworks/{name}")
_ROUTER: Final = filled("projects/{account}/regions/{region}/routers/{name}")
_IN_USE: Final = ("resourceInUseByAnotherResource", "The network resource '{id}' is already being used by another one")


def same_object(reference: object, record: Record) -> bool:
    """Whether a reference (name, id or link) means an object."""
    text = str(reference).removeprefix(_LINK)
    return text in (record.id, str(record.outputs.get("name")))


def find_named(account: Account, type_: str, reference: object) -> Record:
    """An object by name, id or link; raises what the API says when there is none."""
    found = next((row for row in account.all(type_) if same_object(reference, row)), None)
    if found is None:
        raise CloudError("notFound", f"The resource '{reference}' was not found")
    return found


def _self_link(made: CloudObject) -> str:
    return _LINK + made.id


def _admit_subnetwork(made: CloudObject) -> None:
    network = find_named(made.account, tokens.NETWORK, made["network"])
    ours = list(_blocks(made.inputs))
    for other in made.account.all(tokens.SUBNETWORK):
        if other.id == made.id or not same_object(other.inputs["network"], network):
            continue
        for name_, block in _blocks(other.inputs):
            taken = next((mine for mine in ours if mine[1].overlaps(block)), None)
            if taken is not None:
                raise CloudError(
                    "invalid",
                    f"Invalid IPCidrRange: {taken[1]} conflicts with existing subnetwork '{other.outputs['name']}' "
                    f"({name_}) in region '{other.inputs['region']}'.",
                )


def _blocks(inputs: Mapping[str, Any]) -> Iterator[tuple[str, ipaddress.IPv4Network]]:
    if inputs.get("ipCidrRange"):
        yield "primary", ipaddress.IPv4Network(inputs["ipCidrRange"])
    for row in inputs.get("secondaryIpRanges") or ():
        if row.get("ipCidrRange"):
            yield row["rangeName"], ipaddress.IPv4Network(row["ipCidrRange"])


def _check_subnetwork(values: Mapping[str, Any]) -> Iterator[Failure]:
    if values.get("region") is None:
        yield Failure("region", "Cannot determine region: set in this resource, or set provider-level 'region' or zone")
    rows = values.get("secondaryIpRanges") or ()
    names = [row.get("rangeName") for row in rows]
    for index, range_name in enumerate(names):
        if range_name in names[:index]:
            yield Failure(f"secondaryIpRanges[{index}].rangeName", f"Duplicate secondary range name {range_name!r}")


def _allow_subnetwork(old: CloudObject, new: CloudObject) -> None:
    before, after = dict(_blocks(old.inputs)), dict(_blocks(new.inputs))
    if not before["primary"].subnet_of(after["primary"]):
        raise CloudError("invalid", f"The primary range {before['primary']} can only be expanded")
    clusters = new.account.all(tokens.CLUSTER)
    gone = {range_name for range_name in before if after.get(range_name) != before[range_name]} - {"primary"}
    for cluster in clusters:
        policy = cluster.inputs.get("ipAllocationPolicy") or {}
        used = {policy.get("clusterSecondaryRangeName"), policy.get("servicesSecondaryRangeName")} & gone
        if used:
            raise CloudError(_IN_USE[0], f"Secondary range {used.pop()} is in use by cluster {cluster.id}")


def _admit_router(made: CloudObject) -> None:
    find_named(made.account, tokens.NETWORK, made["network"])


def _admit_nat(made: CloudObject) -> None:
    router = find_named(made.account, tokens.ROUTER, made["router"])
    if router.inputs["region"] != made["region"]:
        raise CloudError("notFound", f"The resource 'routers/{made['router']}' was not found in {made['region']}")
    for row in made["subnetworks"] or ():
        find_named(made.account, tokens.SUBNETWORK, row["name"])


def _check_nat(values: Mapping[str, Any]) -> Iterator[Failure]:
    if values.get("region") is None:
        yield Failure("region", "Cannot determine region: set in this resource, or set provider-level 'region' or zone")
    listed = values.get("sourceSubnetworkIpRangesToNat") == "LIST_OF_SUBNETWORKS"
    if listed != bool(values.get("subnetworks")) and values.get("sourceSubnetworkIpRangesToNat") is not None:
        yield Failure("subnetworks", "subnetworks go with LIST_OF_SUBNETWORKS, and only with it")
    if values.get("natIpAllocateOption") == "AUTO_ONLY" and values.get("natIps"):
        yield Failure("natIps", "natIps go with MANUAL_ONLY")


def _network_users(made: CloudObject) -> None:
    """Clusters and what they left behind keep a network; subnets and routers are blockers of their own."""
    for row in made.account.all(tokens.CLUSTER):
        if row.inputs.get("network") and same_object(row.inputs["network"], _record_of(made)):
            raise CloudError(_IN_USE[0], f"The network resource '{made.id}' is already being used by '{row.id}'")


def _record_of(made: CloudObject) -> Record:
    found = made.account.find(tokens.NETWORK, made.id)
    if found is None:
        raise CloudError("notFound", f"The resource '{made.id}' was not found")
    return found


def _subnetwork_users(made: CloudObject) -> None:
    record = made.account.find(tokens.SUBNETWORK, made.id)
    for row in made.account.all(tokens.CLUSTER):
        if record is not None and row.inputs.get("subnetwork") and same_object(row.inputs["subnetwork"], record):
            raise CloudError(_IN_USE[0], f"The subnetwork resource '{made.id}' is already being used by '{row.id}'")


ROWS = (
    ResourceType(
        token=tokens.NETWORK,
        service="compute",
        noun="Network",
        id=_NETWORK,
        name=AutoName("name", 63, prefix_key=None),
        # source: google provider, google_compute_network, "Changing this forces a new resource", 2026-11-25
        replaces=("name", "autoCreateSubnetworks", "description", "internalIpv6Range", "networkProfile"),
        defaults={"autoCreateSubnetworks": True},
        check=all_of(name(), one_of("routingMode", "REGIONAL", "GLOBAL")),
        allow_delete=_network_users,
        blocked_by=(
            Blocker(tokens.SUBNETWORK, "network", *_IN_USE),
            Blocker(tokens.SUBNETWORK, "network", *_IN_USE, to="selfLink"),
            Blocker(tokens.ROUTER, "network", *_IN_USE),
            Blocker(tokens.ROUTER, "network", *_IN_USE, to="selfLink"),
        ),
        outputs={
            "selfLink": _self_link,
            "networkId": lambda made: made.derived("number", 15),
            "numericId": lambda made: made.derived("number", 15),
            "gatewayIpv4": constant(""),
            "routingMode": constant("REGIONAL"),
            "mtu": constant(1460),
            "networkFirewallPolicyEnforcementOrder": constant("AFTER_CLASSIC_FIREWALL"),
            "internalIpv6Range": constant(""),
        },
        exists=("alreadyExists", "The resource '{id}' already exists"),
    ),
    ResourceType(
        token=tokens.SUBNETWORK,
        service="compute",
        noun="Subnetwork",
        id=_SUBNETWORK,
        name=AutoName("name", 63, prefix_key=None),
        # A primary range grows in place, see `_allow_subnetwork`. source: google_compute_subnetwork, 2026-11-25
        replaces=("name", "network", "region", "description", "purpose", "reservedInternalRange"),
        check=all_of(
            name(), cidr("ipCidrRange", 4, 29), cidr("secondaryIpRanges.ipCidrRange", 4, 29), _check_subnetwork
        ),
        admit=_admit_subnetwork,
        allow_update=_allow_subnetwork,
        allow_delete=_subnetwork_users,
        outputs={
            "selfLink": _self_link,
            "subnetworkId": lambda made: int(made.derived("number", 12), 16),
            "creationTimestamp": lambda made: made.created,
            "fingerprint": lambda made: made.derived("fingerprint", 12),
            "gatewayAddress": lambda made: str(next(ipaddress.IPv4Network(made["ipCidrRange"]).hosts())),
            "purpose": constant("PRIVATE"),
            "stackType": constant("IPV4_ONLY"),
            "privateIpGoogleAccess": constant(False),
            "privateIpv6GoogleAccess": constant("DISABLE_GOOGLE_ACCESS"),
            "ipv6CidrRange": constant(""),
            "ipv6GceEndpoint": constant(""),
            "state": constant("READY"),
        },
        volatile=("fingerprint",),
        exists=("alreadyExists", "The resource '{id}' already exists"),
    ),
    ResourceType(
        token=tokens.ROUTER,
        service="compute",
        noun="Router",
        id=_ROUTER,
        name=AutoName("name", 63, prefix_key=None),
        replaces=("name", "network", "region", "encryptedInterconnectRouter", "nccGateway"),
        check=all_of(name()),
        admit=_admit_router,
        blocked_by=(
            Blocker(tokens.ROUTER_NAT, "router", "resourceInUseByAnotherResource", "{id} has a NAT", to="name"),
        ),
        outputs={"selfLink": _self_link, "creationTimestamp": lambda made: made.created},
        exists=("alreadyExists", "The resource '{id}' already exists"),
    ),
    ResourceType(
        token=tokens.ROUTER_NAT,
        service="compute",
        noun="RouterNat",
        id=filled("{account}/{region}/{router}/{name}"),
        name=AutoName("name", 63, prefix_key=None),
        replaces=("name", "router", "region", "initialNatIps", "type", "endpointTypes"),
        unordered=("subnetworks", "natIps"),
        check=all_of(name(), _check_nat),
        admit=_admit_nat,
        outputs={
            "natIpAllocateOption": constant("AUTO_ONLY"),
            "minPortsPerVm": constant(64),
            "enableEndpointIndependentMapping": constant(False),
            "enableDynamicPortAllocation": constant(False),
            "autoNetworkTier": constant("PREMIUM"),
            "endpointTypes": constant(["ENDPOINT_TYPE_VM"]),
        },
        exists=("alreadyExists", "Resource '{id}' already exists"),
    ),
)
