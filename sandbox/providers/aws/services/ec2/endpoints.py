"""VPC endpoints and flow logs."""

from sandbox.providers.aws.ids import arn, hex_id, owner, part_id
from sandbox.providers.aws.rules import policy
from sandbox.providers.aws.services import tokens
from sandbox.providers.aws.services.ec2.firewall import require_group
from sandbox.providers.aws.services.ec2.network import IN_VPC
from sandbox.providers.cloud.account import CloudObject
from sandbox.providers.cloud.errors import CloudError
from sandbox.providers.cloud.row import Reference, ResourceType, constant
from sandbox.providers.cloud.rules import all_of, exactly_one, matches, not_together, one_of


def _admit_endpoint(made: CloudObject) -> None:
    for group in made["securityGroupIds"] or ():
        require_group(made.account, group)
    gateway = (made["vpcEndpointType"] or "Gateway") == "Gateway"
    if gateway and (made["subnetIds"] or made["securityGroupIds"]):
        raise CloudError("InvalidParameter", "Endpoint type (Gateway) does not support subnets or security groups.")
    if not gateway and made["routeTableIds"]:
        raise CloudError("InvalidParameter", "Endpoint type (Interface) does not support route tables.")
    if made["privateDnsEnabled"]:
        _admit_private_name(made)


def _admit_private_name(made: CloudObject) -> None:
    """A VPC resolves the name of a service to one interface endpoint at most."""
    for other in made.account.where(tokens.VPC_ENDPOINT, "vpcId", made["vpcId"]):
        same = other.inputs.get("serviceName") == made["serviceName"] and other.inputs.get("privateDnsEnabled")
        if same and other.id != made.id:
            raise CloudError(
                "InvalidParameter",
                "private-dns-enabled cannot be set because there is already a conflicting DNS domain for "
                f"{made['serviceName']} in the VPC {made['vpcId']}",
            )


def _is_gateway(made: CloudObject) -> bool:
    return (made["vpcEndpointType"] or "Gateway") == "Gateway"


ROWS = (
    ResourceType(
        token=tokens.VPC_ENDPOINT,
        service="EC2",
        noun="EC2 VPC Endpoint",
        id=hex_id("vpce"),
        replaces=("vpcId", "serviceName", "serviceRegion", "vpcEndpointType", "resourceConfigurationArn"),
        unordered=("subnetIds", "securityGroupIds", "routeTableIds"),
        defaults={"vpcEndpointType": "Gateway"},
        check=all_of(
            matches("serviceName", r"(com|aws)\.[\w.-]+", "must be a service name such as com.amazonaws.us-east-1.s3"),
            policy("policy", "resource"),
        ),
        requires=(
            IN_VPC,
            Reference("subnetIds", tokens.SUBNET, "InvalidSubnetId.NotFound", "The subnet ID '{value}' does not exist"),
            Reference(
                "routeTableIds",
                tokens.ROUTE_TABLE,
                "InvalidRouteTableId.NotFound",
                "The routeTable ID '{value}' does not exist",
            ),
        ),
        admit=_admit_endpoint,
        outputs={
            "arn": arn("ec2", "vpc-endpoint/{id}"),
            "ownerId": owner,
            "state": constant("available"),
            "requesterManaged": constant(False),
            "privateDnsEnabled": constant(False),
            "ipAddressType": constant("ipv4"),
            "networkInterfaceIds": lambda made: [part_id("eni", subnet)(made) for subnet in made["subnetIds"] or ()],
            "prefixListId": lambda made: part_id("pl", "prefixes")(made) if _is_gateway(made) else None,
            "cidrBlocks": constant([]),
            "dnsEntries": constant([]),
            "subnetIds": constant([]),
            "securityGroupIds": constant([]),
            "routeTableIds": constant([]),
        },
        calls={"delete": "DeleteVpcEndpoints"},
    ),
    ResourceType(
        token="aws:ec2/flowLog:FlowLog",  # noqa: S106 - a type token
        service="EC2",
        noun="EC2 Flow Log",
        id=hex_id("fl"),
        replaces=(
            "vpcId",
            "subnetId",
            "eniId",
            "transitGatewayId",
            "transitGatewayAttachmentId",
            "trafficType",
            "iamRoleArn",
            "logDestination",
            "logDestinationType",
            "logFormat",
            "maxAggregationInterval",
            "destinationOptions",
            "deliverCrossAccountRole",
        ),
        defaults={"logDestinationType": "cloud-watch-logs", "maxAggregationInterval": 600},
        check=all_of(
            exactly_one("vpcId", "subnetId", "eniId", "transitGatewayId", "transitGatewayAttachmentId"),
            one_of("maxAggregationInterval", 60, 600),
            not_together("destinationOptions", "iamRoleArn"),
        ),
        requires=(
            IN_VPC,
            Reference(
                "iamRoleArn", tokens.ROLE, "InvalidParameter", "Unable to assume given IAM role {value}", by="arn"
            ),
        ),
        outputs={
            "arn": arn("ec2", "vpc-flow-log/{id}"),
            "logFormat": constant(
                "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} "
                "${packets} ${bytes} ${start} ${end} ${action} ${log-status}"
            ),
        },
        calls={"create": "CreateFlowLogs", "delete": "DeleteFlowLogs"},
    ),
)
