"""Security groups and their rules."""

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.providers.aws.ids import arn, hex_id, owner, part_id
from sandbox.providers.aws.services import tokens
from sandbox.providers.aws.services.ec2.network import IN_VPC
from sandbox.providers.base import Failure
from sandbox.providers.cloud.account import Account, CloudObject
from sandbox.providers.cloud.errors import CloudError
from sandbox.providers.cloud.row import AutoName, Blocker, ResourceType, constant
from sandbox.providers.cloud.rules import all_of, between, cidr, exactly_one, length, matches, one_of

_SOURCES = ("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId")
_DESCRIPTION = r"[\w .:/()#,@\[\]+=&;{}!$*-]{0,255}"


def group_exists(account: Account, group_id: str) -> bool:
    """Whether a security group exists: made by a program, a VPC's default one, or the one EKS makes for a cluster."""
    return (
        account.find(tokens.SECURITY_GROUP, group_id) is not None
        or bool(account.where(tokens.VPC, "defaultSecurityGroupId", group_id))
        or bool(account.where(tokens.CLUSTER, "vpcConfig.clusterSecurityGroupId", group_id))
    )


def require_group(account: Account, group_id: str | None, code: str = "InvalidGroup.NotFound") -> None:
    """Refuse a security group that does not exist."""
    if group_id and not group_exists(account, group_id):
        raise CloudError(code, f"The security group '{group_id}' does not exist")


def _admit_group(made: CloudObject) -> None:
    for other in made.account.where(tokens.SECURITY_GROUP, "vpcId", made["vpcId"]):
        if other.id != made.id and other.outputs.get("name") == made["name"]:
            message = f"The security group '{made['name']}' already exists for VPC '{made['vpcId']}'"
            raise CloudError("InvalidGroup.Duplicate", message)


def _admit_rule(made: CloudObject) -> None:
    require_group(made.account, made["securityGroupId"], "InvalidGroupId.NotFound")
    for key in ("sourceSecurityGroupId", "referencedSecurityGroupId"):
        require_group(made.account, made[key])


def _check_ports(values: Mapping[str, Any]) -> Iterator[Failure]:
    protocol, low, high = values.get("ipProtocol", values.get("protocol")), values.get("fromPort"), values.get("toPort")
    if str(protocol) in ("-1", "all"):
        if low not in (None, 0, -1) or high not in (None, 0, -1):
            yield Failure("fromPort", "from_port and to_port must be 0 (or absent) when protocol is -1")
    elif low is not None and high is not None and low > high:
        yield Failure("toPort", f"to_port must not be lower than from_port ({low}); got {high}")


_REFERRING = (
    (tokens.CLUSTER, "vpcConfig.securityGroupIds"),
    (tokens.VPC_ENDPOINT, "securityGroupIds"),
    (tokens.SECURITY_GROUP_RULE, "sourceSecurityGroupId"),
    (tokens.INGRESS_RULE, "referencedSecurityGroupId"),
    (tokens.EGRESS_RULE, "referencedSecurityGroupId"),
)


def _rule(token: str, noun: str) -> ResourceType:
    return ResourceType(
        token=token,
        service="EC2",
        noun=noun,
        id=hex_id("sgr"),
        replaces=("securityGroupId",),
        check=all_of(
            exactly_one(*_SOURCES),
            cidr("cidrIpv4"),
            _check_ports,
            matches("description", _DESCRIPTION, "bad characters"),
        ),
        admit=_admit_rule,
        outputs={"arn": arn("ec2", "security-group-rule/{id}"), "securityGroupRuleId": lambda made: made.id},
        calls={
            "create": f"AuthorizeSecurityGroup{noun.split()[-2]}",
            "update": "ModifySecurityGroupRules",
            "delete": f"RevokeSecurityGroup{noun.split()[-2]}",
        },
    )


def _default_group(made: CloudObject) -> str:
    vpc = made.account.find(tokens.VPC, made["vpcId"])
    return str(vpc.outputs["defaultSecurityGroupId"]) if vpc else "sg-default"


ROWS = (
    ResourceType(
        token=tokens.SECURITY_GROUP,
        service="EC2",
        noun="EC2 Security Group",
        id=hex_id("sg"),
        name=AutoName("name", 255),
        replaces=("name", "description", "vpcId"),
        unordered=("ingress", "egress"),
        defaults={"description": "Managed by Pulumi", "revokeRulesOnDelete": False},
        check=all_of(
            length("name", 1, 255),
            matches("name", r"(?!sg-).*", "group names must not begin with sg-"),
            matches("description", _DESCRIPTION, "bad characters in description"),
            cidr("ingress.cidrBlocks"),
            cidr("egress.cidrBlocks"),
        ),
        requires=(IN_VPC,),
        admit=_admit_group,
        outputs={
            "arn": arn("ec2", "security-group/{id}"),
            "ownerId": owner,
            "ingress": constant([]),
            "egress": constant([]),
        },
        blocked_by=tuple(
            Blocker(type_, path, "DependencyViolation", "resource {id} has a dependent object")
            for type_, path in _REFERRING
        ),
    ),
    ResourceType(
        token="aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",  # noqa: S106 - a type token
        service="EC2",
        noun="EC2 Default Security Group",
        id=_default_group,
        replaces=("vpcId",),
        unordered=("ingress", "egress"),
        requires=(IN_VPC,),
        outputs={
            "arn": arn("ec2", "security-group/{id}"),
            "ownerId": owner,
            "name": constant("default"),
            "namePrefix": constant(""),
            "description": constant("default VPC security group"),
            "ingress": constant([]),
            "egress": constant([]),
        },
        calls={"create": "RevokeSecurityGroupIngress", "delete": "DescribeSecurityGroups"},
    ),
    ResourceType(
        token=tokens.SECURITY_GROUP_RULE,
        service="EC2",
        noun="EC2 Security Group Rule",
        id=lambda made: part_id("sgrule", f"{made.name}{sorted(made.inputs.items(), key=str)}")(made),
        replaces=(
            "securityGroupId",
            "type",
            "protocol",
            "fromPort",
            "toPort",
            "cidrBlocks",
            "ipv6CidrBlocks",
            "prefixListIds",
            "self",
            "sourceSecurityGroupId",
        ),
        defaults={"self": False},
        check=all_of(
            one_of("type", "ingress", "egress"),
            between("fromPort", -1, 65535),
            between("toPort", -1, 65535),
            cidr("cidrBlocks"),
            _check_ports,
        ),
        admit=_admit_rule,
        outputs={"securityGroupRuleId": part_id("sgr", "rule")},
        calls={"create": "AuthorizeSecurityGroupIngress", "delete": "RevokeSecurityGroupIngress"},
    ),
    _rule(tokens.INGRESS_RULE, "VPC Security Group Ingress Rule"),
    _rule(tokens.EGRESS_RULE, "VPC Security Group Egress Rule"),
)
