"""EKS clusters: a record here, a local control plane in the sandbox."""

import base64
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from catalog.aws.eks import EKS_DEFAULT_VERSION, EKS_VERSIONS
from sandbox.providers.aws.ids import arn
from sandbox.providers.aws.rules import trusts
from sandbox.providers.aws.services import tokens
from sandbox.providers.aws.services.ec2.firewall import group_exists
from sandbox.providers.aws.services.iam import role_of_arn
from sandbox.providers.aws.services.kms import find_key
from sandbox.providers.base import Failure
from sandbox.providers.cloud.account import CloudObject
from sandbox.providers.cloud.condition import condition_of, status
from sandbox.providers.cloud.errors import CloudError
from sandbox.providers.cloud.row import AutoName, Blocker, ResourceType, constant, joined
from sandbox.providers.cloud.rules import all_of, cidr, matches, one_of

INVALID: Final = "InvalidParameterException"
CLUSTER_NAME: Final = r"[0-9A-Za-z][A-Za-z0-9_-]*"
_MODES: Final = ("CONFIG_MAP", "API_AND_CONFIG_MAP", "API")
_CHILDREN: Final = (
    tokens.ADDON,
    tokens.ACCESS_ENTRY,
    tokens.ACCESS_POLICY_ASSOCIATION,
    tokens.POD_IDENTITY_ASSOCIATION,
)


def no_cluster(name: object) -> CloudError:
    """EKS's answer when the cluster of something does not exist."""
    return CloudError("ResourceNotFoundException", f"No cluster found for name: {name}.")


def minor(version: str) -> int:
    """Minor number of `1.35`."""
    return int(version.split(".")[1])


def check_role(made: CloudObject, role_arn: object, service: str) -> None:
    """Refuse a role that does not exist or that `service` may not assume."""
    role = role_of_arn(made.account, role_arn)
    if role is None or not trusts(role["assumeRolePolicy"], service):
        raise CloudError(
            INVALID,
            f"Role with arn: {role_arn}, could not be assumed because it does not exist or the trusted entity "
            f"is not correct (it must trust {service})",
        )


def _check(values: Mapping[str, Any]) -> Iterator[Failure]:
    network = values.get("vpcConfig") or {}
    if network.get("endpointPublicAccess") is False and not network.get("endpointPrivateAccess"):
        yield Failure("vpcConfig", "private and public endpoint access cannot both be off")
    version = values.get("version")
    if version and re.fullmatch(r"1\.\d+", version) and minor(version) < min(map(minor, EKS_VERSIONS)):
        yield Failure("version", f"unsupported Kubernetes version {version}; EKS has {', '.join(EKS_VERSIONS)}")


def _admit(made: CloudObject) -> None:
    account, network = made.account, made["vpcConfig"]
    subnets = []
    for subnet_id in network["subnetIds"]:
        missing = CloudError(INVALID, f"The subnet ID '{subnet_id}' does not exist")
        subnets.append(account.one(tokens.SUBNET, subnet_id, missing))
    if len({subnet.inputs["vpcId"] for subnet in subnets}) > 1:
        raise CloudError(INVALID, "Subnets must all belong to the same VPC")
    if len({subnet.outputs["availabilityZone"] for subnet in subnets}) < 2:
        raise CloudError(INVALID, "Subnets specified must be in at least two different AZs")
    for group in network.get("securityGroupIds") or ():
        if not group_exists(account, group):
            raise CloudError(INVALID, f"The security group '{group}' does not exist")
    check_role(made, made["roleArn"], "eks.amazonaws.com")
    key = made.at("encryptionConfig.provider.keyArn")
    if key is not None and find_key(account, key) is None:
        raise CloudError(INVALID, f"KeyArn in encryptionConfig provider, not found: {key}")


def _allow_update(old: CloudObject, new: CloudObject) -> None:
    before, after = old["version"] or EKS_DEFAULT_VERSION, new["version"] or old["version"] or EKS_DEFAULT_VERSION
    if minor(after) < minor(before):
        raise CloudError(INVALID, f"Unsupported Kubernetes minor version update from {before} to {after}")
    if minor(after) > minor(before) + 1:
        raise CloudError(
            INVALID,
            f"Unsupported Kubernetes minor version update from {before} to {after}; one minor version at a time",
        )
    for group in new.account.where(tokens.NODE_GROUP, "clusterName", new.id):
        node_version = group.outputs.get("version") or before
        if minor(after) - minor(node_version) > 3:
            raise CloudError(
                INVALID, f"Nodegroups must be updated before: {group.outputs['nodeGroupName']} is at {node_version}"
            )
    _same_or_wider_access(old, new)


def _same_or_wider_access(old: CloudObject, new: CloudObject) -> None:
    before = old.at("accessConfig.authenticationMode") or _MODES[0]
    after = new.at("accessConfig.authenticationMode") or before
    if _MODES.index(after) < _MODES.index(before):
        raise CloudError("InvalidRequestException", f"Unsupported authentication mode update from {before} to {after}")


def _allow_delete(made: CloudObject) -> None:
    # A failed one may go all the same. source: EKS user guide, "Protect EKS clusters from accidental deletion", 2026
    if made["deletionProtection"] and not condition_of(made.facts):
        raise CloudError("InvalidRequestException", f"Cluster {made.id} has deletion protection enabled")


def _claim(made: CloudObject) -> Mapping[str, Any]:
    plane = made.account.planes.claim_plane(made.account.world_dir, made.id)
    return {"server": plane.server, "ca": base64.b64encode(plane.ca_pem.encode()).decode()}


def _release(made: CloudObject) -> None:
    for type_ in _CHILDREN:  # AWS removes them with their cluster
        for child in made.account.where(type_, "clusterName", made.id):
            made.account.store.remove(child)
    made.account.planes.release_plane(made.account.world_dir, made.id)


def _vpc_config(made: CloudObject) -> dict[str, Any]:
    subnet = made.account.find(tokens.SUBNET, made["vpcConfig"]["subnetIds"][0])
    return {
        "vpcId": subnet.inputs["vpcId"] if subnet else "",
        "clusterSecurityGroupId": "sg-" + made.derived("cluster group"),
        "endpointPrivateAccess": False,
        "endpointPublicAccess": True,
        "publicAccessCidrs": ["0.0.0.0/0"],
    }


def _issuer(made: CloudObject) -> str:
    return f"https://oidc.eks.{made.account.location}.amazonaws.com/id/{made.derived('issuer', 32).upper()}"


ROWS = (
    ResourceType(
        token=tokens.CLUSTER,
        service="EKS",
        noun="EKS Cluster",
        id=joined("name"),
        name=AutoName("name", 100, prefix_key=None),
        replaces=(
            "name",
            "roleArn",
            "bootstrapSelfManagedAddons",
            "accessConfig.bootstrapClusterCreatorAdminPermissions",
            "kubernetesNetworkConfig.ipFamily",
            "kubernetesNetworkConfig.serviceIpv4Cidr",
            "outpostConfig",
        ),
        removable=("encryptionConfig",),
        kept=("encryptionConfig",),
        unordered=(
            "enabledClusterLogTypes",
            "vpcConfig.subnetIds",
            "vpcConfig.securityGroupIds",
            "vpcConfig.publicAccessCidrs",
        ),
        defaults={"bootstrapSelfManagedAddons": True},
        check=all_of(
            matches("name", CLUSTER_NAME, "must begin with a letter or digit and hold only those, - and _"),
            matches("version", r"1\.\d+", "must be a minor version such as 1.35"),
            one_of("encryptionConfig.resources", "secrets"),
            cidr("kubernetesNetworkConfig.serviceIpv4Cidr", 12, 24),
            cidr("vpcConfig.publicAccessCidrs"),
            _check,
        ),
        admit=_admit,
        allow_update=_allow_update,
        allow_delete=_allow_delete,
        blocked_by=(
            Blocker(tokens.NODE_GROUP, "clusterName", "ResourceInUseException", "Cluster has nodegroups attached"),
        ),
        on_create=_claim,
        on_delete=_release,
        broken={"create": "FAILED", "update": "ACTIVE"},
        on_half_made=constant({"server": "", "ca": ""}),
        outputs={
            "arn": arn("eks", "cluster/{name}"),
            "endpoint": lambda made: made.facts["server"],
            "certificateAuthority": lambda made: {"data": made.facts["ca"]},
            "identities": lambda made: [{"oidcs": [{"issuer": _issuer(made)}]}],
            "createdAt": lambda made: made.created,
            "platformVersion": constant("eks.1"),
            "status": status(),
            "version": constant(EKS_DEFAULT_VERSION),
            "vpcConfig": _vpc_config,
            "accessConfig": constant(
                {"authenticationMode": "CONFIG_MAP", "bootstrapClusterCreatorAdminPermissions": True}
            ),
            "kubernetesNetworkConfig": constant({"ipFamily": "ipv4", "serviceIpv4Cidr": "172.20.0.0/16"}),
            "upgradePolicy": constant({"supportType": "EXTENDED"}),
        },
        volatile=("platformVersion",),
        exists=("ResourceInUseException", "Cluster already exists with name: {id}"),
        calls={"update": "UpdateClusterConfig"},
    ),
)
