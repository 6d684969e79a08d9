"""Gateways, addresses and routes."""

import zlib

from sandbox.providers.aws.facts.regions import host_domain
from sandbox.providers.aws.ids import arn, hex_id, owner, part_id
from sandbox.providers.aws.services import tokens
from sandbox.providers.aws.services.ec2.network import IN_VPC, in_use
from sandbox.providers.cloud.account import CloudObject
from sandbox.providers.cloud.errors import CloudError
from sandbox.providers.cloud.row import Blocker, Reference, ResourceType, constant
from sandbox.providers.cloud.rules import all_of, cidr, exactly_one, one_of

_TARGETS = (
    "gatewayId",
    "natGatewayId",
    "networkInterfaceId",
    "transitGatewayId",
    "vpcEndpointId",
    "vpcPeeringConnectionId",
    "egressOnlyGatewayId",
    "carrierGatewayId",
    "localGatewayId",
    "coreNetworkArn",
    "odbNetworkArn",
)
_DESTINATIONS = ("destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId")
_NO_NAT = "The natGateway ID '{value}' does not exist"


def _admit_internet_gateway(made: CloudObject) -> None:
    for other in made.account.where(tokens.INTERNET_GATEWAY, "vpcId", made["vpcId"]):
        if made["vpcId"] and other.id != made.id:
            message = f"resource {other.id} is already attached to network {made['vpcId']}"
            raise CloudError("Resource.AlreadyAssociated", message)


def _mapped_addresses(made: CloudObject) -> None:
    subnets = {subnet.id for subnet in made.account.where(tokens.SUBNET, "vpcId", made["vpcId"])}
    for nat in made.account.all(tokens.NAT_GATEWAY):
        if nat.inputs.get("subnetId") in subnets and nat.inputs.get("allocationId"):
            raise CloudError(
                "DependencyViolation",
                f"Network {made['vpcId']} has some mapped public address(es). Please unmap those public address(es) "
                "before detaching the gateway.",
            )


def _admit_nat_gateway(made: CloudObject) -> None:
    if made["connectivityType"] == "private" or not made["subnetId"]:
        return
    for other in made.account.where(tokens.NAT_GATEWAY, "allocationId", made["allocationId"]):
        if other.id != made.id:
            raise CloudError(
                "Resource.AlreadyAssociated", f"Elastic IP address {made['allocationId']} is already in use"
            )
    subnet = made.account.find(tokens.SUBNET, made["subnetId"])
    vpc = subnet.inputs["vpcId"] if subnet else None
    if not made.account.where(tokens.INTERNET_GATEWAY, "vpcId", vpc):
        raise CloudError("Gateway.NotAttached", f"Network {vpc} has no Internet gateway attached")


def _nat_address(made: CloudObject) -> str | None:
    address = made.account.find(tokens.EIP, made["allocationId"])
    return address.outputs["publicIp"] if address else None


def _public_ip(made: CloudObject) -> str:
    # 198.18.0.0/15 is set aside for tests, so the address can be nobody's.
    number = int(made.derived("address", 4), 16)
    return f"198.18.{number >> 8}.{number & 255}"


def _public_dns(made: CloudObject) -> str:
    return f"ec2-{_public_ip(made).replace('.', '-')}.{host_domain(made.account.location)}"


def _destination(made: CloudObject) -> str:
    return str(next((made[key] for key in _DESTINATIONS if made[key]), ""))


def _route_id(made: CloudObject) -> str:
    return f"r-{made['routeTableId']}{zlib.crc32(_destination(made).encode())}"


def _admit_route(made: CloudObject) -> None:
    gateway = made["gatewayId"] or ""
    if gateway.startswith("igw-"):
        missing = CloudError("InvalidGatewayID.NotFound", f"The gateway ID '{gateway}' does not exist")
        found = made.account.one(tokens.INTERNET_GATEWAY, gateway, missing)
        table = made.account.find(tokens.ROUTE_TABLE, made["routeTableId"])
        if table and found.inputs.get("vpcId") != table.inputs["vpcId"]:
            message = f"route table {table.id} and network gateway {gateway} belong to different networks"
            raise CloudError("InvalidParameterValue", message)


def _admit_association(made: CloudObject) -> None:
    for other in made.account.where(tokens.ROUTE_TABLE_ASSOCIATION, "subnetId", made["subnetId"]):
        if made["subnetId"] and other.id != made.id:
            raise CloudError(
                "Resource.AlreadyAssociated",
                f"the specified association for route table {made['routeTableId']} conflicts with an existing one",
            )


ROWS = (
    ResourceType(
        token=tokens.INTERNET_GATEWAY,
        service="EC2",
        noun="EC2 Internet Gateway",
        id=hex_id("igw"),
        requires=(IN_VPC,),
        admit=_admit_internet_gateway,
        allow_delete=_mapped_addresses,
        outputs={"arn": arn("ec2", "internet-gateway/{id}"), "ownerId": owner},
        calls={"delete": "DetachInternetGateway"},
    ),
    ResourceType(
        token=tokens.EIP,
        service="EC2",
        noun="EC2 EIP",
        id=hex_id("eipalloc"),
        replaces=("domain", "address", "networkBorderGroup", "publicIpv4Pool", "ipamPoolId"),
        check=one_of("domain", "vpc"),
        outputs={
            "arn": arn("ec2", "elastic-ip/{id}"),
            "allocationId": lambda made: made.id,
            "domain": constant("vpc"),
            "publicIp": _public_ip,
            "publicDns": _public_dns,
            "publicIpv4Pool": constant("amazon"),
            "networkBorderGroup": lambda made: made.account.location,
        },
        blocked_by=(
            Blocker(tokens.NAT_GATEWAY, "allocationId", "InvalidIPAddress.InUse", "The address '{id}' is in use."),
        ),
        calls={"create": "AllocateAddress", "delete": "ReleaseAddress"},
    ),
    ResourceType(
        token=tokens.NAT_GATEWAY,
        service="EC2",
        noun="EC2 NAT Gateway",
        id=hex_id("nat"),
        replaces=("allocationId", "subnetId", "connectivityType", "privateIp", "availabilityMode", "vpcId"),
        defaults={"connectivityType": "public"},
        check=one_of("connectivityType", "public", "private"),
        requires=(
            Reference("subnetId", tokens.SUBNET, "InvalidSubnetID.NotFound", "The subnet ID '{value}' does not exist"),
            Reference(
                "allocationId",
                tokens.EIP,
                "InvalidAllocationID.NotFound",
                "Elastic IP address {value} could not be found.",
            ),
        ),
        admit=_admit_nat_gateway,
        outputs={
            "associationId": part_id("eipassoc", "association"),
            "networkInterfaceId": part_id("eni", "interface"),
            "publicIp": _nat_address,
        },
    ),
    ResourceType(
        token=tokens.ROUTE_TABLE,
        service="EC2",
        noun="EC2 Route Table",
        id=hex_id("rtb"),
        replaces=("vpcId",),
        unordered=("routes", "propagatingVgws"),
        check=cidr("routes.cidrBlock"),
        requires=(
            IN_VPC,
            Reference("routes.natGatewayId", tokens.NAT_GATEWAY, "InvalidNatGatewayID.NotFound", _NO_NAT),
        ),
        outputs={
            "arn": arn("ec2", "route-table/{id}"),
            "ownerId": owner,
            "routes": constant([]),
            "propagatingVgws": constant([]),
        },
        blocked_by=(in_use("routeTable", tokens.ROUTE_TABLE_ASSOCIATION, "routeTableId"),),
    ),
    ResourceType(
        token="aws:ec2/route:Route",  # noqa: S106 - a type token
        service="EC2",
        noun="EC2 Route",
        id=_route_id,
        replaces=("routeTableId", *_DESTINATIONS),
        check=all_of(exactly_one(*_DESTINATIONS), exactly_one(*_TARGETS), cidr("destinationCidrBlock")),
        requires=(
            Reference(
                "routeTableId",
                tokens.ROUTE_TABLE,
                "InvalidRouteTableID.NotFound",
                "The routeTable ID '{value}' does not exist",
            ),
            Reference("natGatewayId", tokens.NAT_GATEWAY, "InvalidNatGatewayID.NotFound", _NO_NAT),
        ),
        admit=_admit_route,
        outputs={"origin": constant("CreateRoute"), "state": constant("active")},
        exists=("RouteAlreadyExists", "The route identified by {destinationCidrBlock} already exists."),
        import_ids=lambda made: (f"{made['routeTableId']}_{_destination(made)}",),
        calls={"update": "ReplaceRoute"},
    ),
    ResourceType(
        token=tokens.ROUTE_TABLE_ASSOCIATION,
        service="EC2",
        noun="EC2 Route Table Association",
        id=hex_id("rtbassoc"),
        replaces=("subnetId", "gatewayId"),
        check=exactly_one("subnetId", "gatewayId"),
        requires=(
            Reference("subnetId", tokens.SUBNET, "InvalidSubnetID.NotFound", "The subnet ID '{value}' does not exist"),
            Reference(
                "routeTableId",
                tokens.ROUTE_TABLE,
                "InvalidRouteTableID.NotFound",
                "The routeTable ID '{value}' does not exist",
            ),
        ),
        admit=_admit_association,
        import_ids=lambda made: (f"{made['subnetId']}/{made['routeTableId']}",),
        calls={
            "create": "AssociateRouteTable",
            "update": "ReplaceRouteTableAssociation",
            "delete": "DisassociateRouteTable",
        },
    ),
)
