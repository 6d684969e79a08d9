"""The network of a cluster: a VPC with a public and a private subnet in each zone, or one that somebody else made.

Owns VPC, subnets, routes, gateways, the S3 gateway endpoint, flow logs and the lock on the default security group.
Leaves alone peering, VPN and DNS. Nodes live in private subnets only; public ones hold NAT gateways and load balancers.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.eks.args import EksNetworkArgs
from components.eks.spec import NetworkSpec
from components.replacing import one_of_a_name
from core.aws.iam import Statement, document, service_trust

ELB_TAG = "kubernetes.io/role/elb"
INTERNAL_ELB_TAG = "kubernetes.io/role/internal-elb"
_ANYWHERE = "0.0.0.0/0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """What the cluster needs of its network."""

    vpc_id: pulumi.Output[str]
    private_subnet_ids: Mapping[str, pulumi.Output[str]]
    """Ids of the subnets of the nodes, by zone."""
    routes: tuple[pulumi.Resource, ...]
    """What must be there before a node starts and until the last one is gone. Empty for a given network."""
    vpc: pulumi.Resource | None = None
    """The VPC, where it is made here. No cluster moves to another one."""


@dataclass(frozen=True, slots=True)
class _Made:
    """What every maker below needs: names, tags and parent of the children."""

    name: str
    label: str
    tags: Mapping[str, str]
    opts: pulumi.ResourceOptions

    def named(self, role: str) -> dict[str, str]:
        """The tags of a child, with the name that consoles show."""
        return {**self.tags, "Name": f"{self.label}-{role}"}

    def after(self, *needs: pulumi.Resource) -> pulumi.ResourceOptions:
        """Options of a child made after `needs` and destroyed before them."""
        return pulumi.ResourceOptions(parent=self.opts.parent, depends_on=list(needs))


@dataclass(frozen=True, slots=True)
class _Zone:
    """One zone's part."""

    public_subnet_id: pulumi.Output[str]
    private_subnet_id: pulumi.Output[str]
    private_table_id: pulumi.Output[str]
    associations: tuple[pulumi.Resource, ...]


def use_network(args: EksNetworkArgs, spec: NetworkSpec) -> Network:
    """A network made elsewhere, taken as it is."""
    given = args["private_subnet_ids"]
    return Network(
        vpc_id=pulumi.Output.from_input(args["vpc_id"]),
        private_subnet_ids={zone: pulumi.Output.from_input(given[zone]) for zone in spec.zones},
        routes=(),
    )


def make_network(
    name: str,
    spec: NetworkSpec,
    *,
    region: str,
    label: str,
    tags: Mapping[str, str],
    parent: pulumi.Resource,
    log_key_arn: pulumi.Output[str],
    protect: bool | None = None,
) -> Network:
    """Make the network as children of `parent`.

    Args:
        name: Prefix of the children's logical names.
        spec: Zones and blocks; `spec.made` must be true.
        region: AWS region, for the name of the S3 service.
        label: Prefix of the visible `Name` tags.
        tags: AWS tags of everything.
        parent: The component.
        log_key_arn: KMS key of the flow logs.
        protect: True keeps the VPC from being replaced or deleted: what stands in it cannot move to another one.
    """
    made = _Made(name, label, tags, pulumi.ResourceOptions(parent=parent))
    vpc = aws.ec2.Vpc(
        f"{name}-vpc",
        cidr_block=spec.cidr,
        enable_dns_support=True,
        enable_dns_hostnames=True,  # the private API endpoint is found by DNS
        tags=made.named("vpc"),
        opts=pulumi.ResourceOptions(parent=parent, protect=protect),
    )
    # Taken over and emptied: whatever is started without a group of its own can talk to nobody.
    aws.ec2.DefaultSecurityGroup(f"{name}-default-sg", vpc_id=vpc.id, tags=made.named("unused"), opts=made.opts)
    # It could move to another VPC, but not while an address of a NAT gateway is mapped in the old one.
    gateway = aws.ec2.InternetGateway(
        f"{name}-igw",
        vpc_id=vpc.id,
        tags=made.named("igw"),
        opts=pulumi.ResourceOptions(parent=parent, replace_with=[vpc]),
    )
    public_table = aws.ec2.RouteTable(f"{name}-public-rt", vpc_id=vpc.id, tags=made.named("public"), opts=made.opts)
    to_internet = aws.ec2.Route(
        f"{name}-public-route",
        route_table_id=public_table.id,
        destination_cidr_block=_ANYWHERE,
        gateway_id=gateway.id,
        opts=made.opts,
    )
    zones = {zone: _zone(made, spec, zone, vpc.id, public_table.id) for zone in spec.zones}
    # One gateway stands in the zone named first, so a zone added at the end does not move it.
    nat_zones = spec.zones if spec.nat_per_zone else spec.zones[:1]
    nats = {zone: _nat(made, zone, zones[zone], gateway, to_internet) for zone in nat_zones}
    to_nats = [
        aws.ec2.Route(
            f"{name}-private-route-{zone}",
            route_table_id=part.private_table_id,
            destination_cidr_block=_ANYWHERE,
            nat_gateway_id=nats[zone if zone in nats else nat_zones[0]],
            opts=made.opts,
        )
        for zone, part in zones.items()
    ]
    # Free of charge, and image layers and artifacts from S3 then cost nothing per GB at the NAT gateway.
    to_s3 = aws.ec2.VpcEndpoint(
        f"{name}-s3",
        vpc_id=vpc.id,
        vpc_endpoint_type="Gateway",
        service_name=f"com.amazonaws.{region}.s3",
        route_table_ids=[part.private_table_id for part in zones.values()],
        tags=made.named("s3"),
        opts=made.opts,
    )
    if spec.flow_logs:
        _flow_logs(made, spec, vpc.id, log_key_arn)
    associations = [association for part in zones.values() for association in part.associations]
    return Network(
        vpc_id=vpc.id,
        private_subnet_ids={zone: part.private_subnet_id for zone, part in zones.items()},
        routes=(to_internet, *associations, *to_nats, to_s3),
        vpc=vpc,
    )


def _zone(
    made: _Made, spec: NetworkSpec, zone: str, vpc_id: pulumi.Output[str], public_table_id: pulumi.Output[str]
) -> _Zone:
    name = made.name
    public = aws.ec2.Subnet(
        f"{name}-public-{zone}",
        vpc_id=vpc_id,
        availability_zone=zone,
        cidr_block=spec.subnets[zone].public,
        map_public_ip_on_launch=False,  # NAT gateways and load balancers bring their own addresses
        tags={**made.named(f"public-{zone}"), ELB_TAG: "1"},
        opts=made.opts,
    )
    private = aws.ec2.Subnet(
        f"{name}-private-{zone}",
        vpc_id=vpc_id,
        availability_zone=zone,
        cidr_block=spec.subnets[zone].private,
        map_public_ip_on_launch=False,
        tags={**made.named(f"private-{zone}"), INTERNAL_ELB_TAG: "1"},
        opts=made.opts,
    )
    # A table a zone even with one NAT gateway, so that changing `nat` changes routes and no association.
    table = aws.ec2.RouteTable(
        f"{name}-private-rt-{zone}", vpc_id=vpc_id, tags=made.named(f"private-{zone}"), opts=made.opts
    )
    return _Zone(
        public.id,
        private.id,
        table.id,
        (
            aws.ec2.RouteTableAssociation(
                f"{name}-public-rta-{zone}", subnet_id=public.id, route_table_id=public_table_id, opts=made.opts
            ),
            aws.ec2.RouteTableAssociation(
                f"{name}-private-rta-{zone}", subnet_id=private.id, route_table_id=table.id, opts=made.opts
            ),
        ),
    )


def _nat(
    made: _Made, zone: str, part: _Zone, gateway: pulumi.Resource, to_internet: pulumi.Resource
) -> pulumi.Output[str]:
    address = aws.ec2.Eip(
        f"{made.name}-nat-ip-{zone}", domain="vpc", tags=made.named(f"nat-{zone}"), opts=made.after(gateway)
    )
    nat = aws.ec2.NatGateway(
        f"{made.name}-nat-{zone}",
        allocation_id=address.id,
        subnet_id=part.public_subnet_id,
        tags=made.named(f"nat-{zone}"),
        # Its address serves one gateway at a time.
        opts=one_of_a_name(parent=made.opts.parent, depends_on=[to_internet, part.associations[0]]),
    )
    nat_id: pulumi.Output[str] = nat.id
    return nat_id


def _flow_logs(made: _Made, spec: NetworkSpec, vpc_id: pulumi.Output[str], key_arn: pulumi.Output[str]) -> None:
    tags = made.tags or None
    logs = aws.cloudwatch.LogGroup(
        f"{made.name}-flow-logs",
        retention_in_days=spec.log_retention_days,
        kms_key_id=key_arn,
        tags=tags,
        opts=made.opts,
    )
    role = aws.iam.Role(
        f"{made.name}-flow-logs-role",
        assume_role_policy=service_trust("vpc-flow-logs.amazonaws.com"),
        tags=tags,
        opts=made.opts,
    )
    rights = aws.iam.RolePolicy(
        f"{made.name}-flow-logs-policy", role=role.name, policy=logs.arn.apply(flow_logs_policy), opts=made.opts
    )
    aws.ec2.FlowLog(
        f"{made.name}-flow-log",
        vpc_id=vpc_id,
        traffic_type="ALL",
        log_destination_type="cloud-watch-logs",
        log_destination=logs.arn,
        iam_role_arn=role.arn,
        tags=made.named("flow-log"),
        opts=made.after(rights),
    )


def flow_logs_policy(log_group_arn: str) -> str:
    """What the flow-log service may do: write into one log group."""
    return document(
        Statement(
            actions=["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogGroups", "logs:DescribeLogStreams"],
            resources=[log_group_arn, f"{log_group_arn}:*"],
        )
    )
