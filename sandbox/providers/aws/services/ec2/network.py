"""VPCs and subnets."""

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.providers.aws.facts.regions import zone_id, zones
from sandbox.providers.aws.ids import arn, hex_id, owner, part_id
from sandbox.providers.aws.services import tokens
from sandbox.providers.base import Failure
from sandbox.providers.cloud.account import CloudObject
from sandbox.providers.cloud.errors import CloudError
from sandbox.providers.cloud.row import Blocker, Reference, ResourceType, constant
from sandbox.providers.cloud.rules import all_of, cidr, one_of

IN_VPC = Reference("vpcId", tokens.VPC, "InvalidVpcID.NotFound", "The vpc ID '{value}' does not exist")


def in_use(noun: str, type_: str, path: str) -> Blocker:
    """EC2's refusal to delete what others stand in."""
    return Blocker(type_, path, "DependencyViolation", f"The {noun} '{{id}}' has dependencies and cannot be deleted.")


def _admit_subnet(made: CloudObject) -> None:
    vpc = made.account.one(tokens.VPC, made["vpcId"], CloudError("InvalidVpcID.NotFound", made["vpcId"]))
    block = ipaddress.ip_network(made["cidrBlock"])
    if not block.subnet_of(ipaddress.ip_network(vpc.inputs["cidrBlock"])):  # type: ignore[arg-type]  # both IPv4
        raise CloudError("InvalidSubnet.Range", f"The CIDR '{block}' is invalid.")
    for other in made.account.where(tokens.SUBNET, "vpcId", made["vpcId"]):
        if other.id != made.id and block.overlaps(ipaddress.ip_network(other.inputs["cidrBlock"])):
            raise CloudError("InvalidSubnet.Conflict", f"The CIDR '{block}' conflicts with another subnet")
    zone, known_zones = made["availabilityZone"], zones(made.account.location)
    if zone is not None and zone not in known_zones:
        raise CloudError(
            "InvalidParameterValue",
            f"Value ({zone}) for parameter availabilityZone is invalid. Subnets can currently only be created in the "
            f"following availability zones: {', '.join(known_zones)}.",
        )


def _check_subnet(values: Mapping[str, Any]) -> Iterator[Failure]:
    if values.get("availabilityZone") and values.get("availabilityZoneId"):
        yield Failure("availabilityZone", '"availabilityZone": conflicts with availabilityZoneId')


def subnet_zone(made: CloudObject) -> str:
    """The zone of a subnet; AWS picks one if none is asked for."""
    by_id = next((zone for zone in zones(made.account.location) if zone_id(zone) == made["availabilityZoneId"]), None)
    return made["availabilityZone"] or by_id or zones(made.account.location)[0]


ROWS = (
    ResourceType(
        token=tokens.VPC,
        service="EC2",
        noun="EC2 VPC",
        id=hex_id("vpc"),
        replaces=("cidrBlock", "instanceTenancy", "ipv4IpamPoolId", "ipv4NetmaskLength"),
        defaults={"enableDnsSupport": True, "instanceTenancy": "default"},
        check=all_of(cidr("cidrBlock", 16, 28), one_of("instanceTenancy", "default", "dedicated")),
        outputs={
            "arn": arn("ec2", "vpc/{id}"),
            "ownerId": owner,
            "enableDnsHostnames": constant(False),
            "enableNetworkAddressUsageMetrics": constant(False),
            "defaultNetworkAclId": part_id("acl", "acl"),
            "defaultRouteTableId": part_id("rtb", "main route table"),
            "mainRouteTableId": part_id("rtb", "main route table"),
            "defaultSecurityGroupId": part_id("sg", "default group"),
            "dhcpOptionsId": constant("dopt-0123456789abcdef0"),
            "ipv6AssociationId": constant(""),
        },
        blocked_by=tuple(
            in_use("vpc", type_, "vpcId")
            for type_ in (
                tokens.SUBNET,
                tokens.INTERNET_GATEWAY,
                tokens.SECURITY_GROUP,
                tokens.ROUTE_TABLE,
                tokens.VPC_ENDPOINT,
            )
        ),
    ),
    ResourceType(
        token=tokens.SUBNET,
        service="EC2",
        noun="EC2 Subnet",
        id=hex_id("subnet"),
        replaces=("vpcId", "cidrBlock", "availabilityZone", "availabilityZoneId", "ipv6Native", "outpostArn"),
        check=all_of(cidr("cidrBlock", 16, 28), _check_subnet),
        requires=(IN_VPC,),
        admit=_admit_subnet,
        outputs={
            "arn": arn("ec2", "subnet/{id}"),
            "ownerId": owner,
            "availabilityZone": subnet_zone,
            "availabilityZoneId": lambda made: zone_id(subnet_zone(made)),
            "assignIpv6AddressOnCreation": constant(False),
            "mapPublicIpOnLaunch": constant(False),
            "privateDnsHostnameTypeOnLaunch": constant("ip-name"),
            "ipv6CidrBlockAssociationId": constant(""),
        },
        blocked_by=(
            in_use("subnet", tokens.NAT_GATEWAY, "subnetId"),
            in_use("subnet", tokens.VPC_ENDPOINT, "subnetIds"),
            in_use("subnet", tokens.CLUSTER, "vpcConfig.subnetIds"),
            in_use("subnet", tokens.NODE_GROUP, "subnetIds"),
        ),
    ),
)
