"""Nodes of EKS clusters: launch templates and node groups of any kind."""

import math
from collections.abc import Iterator

from catalog.aws.amis import CUSTOM
from policies.rule import Level, Parameters, Resource, Rule, Severity

__all__ = ["RULES"]

NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"

_ONE_OF_THREE = math.ceil(100 / 3)
"""Percent. EKS takes at least one node, so of the smallest group that survives the loss of one this is one."""


def _imdsv2(template: Resource, _: Parameters) -> Iterator[str]:
    if template.inputs["metadataOptions.httpTokens"].is_not("required"):
        yield "metadataOptions.httpTokens is not required"


def _hop_limit(template: Resource, _: Parameters) -> Iterator[str]:
    hops = template.inputs["metadataOptions.httpPutResponseHopLimit"].number
    if hops is not None and hops > 1:
        yield "metadataOptions.httpPutResponseHopLimit is above 1"


def _disks_encrypted(template: Resource, _: Parameters) -> Iterator[str]:
    for mapping in template.inputs["blockDeviceMappings"].items():
        disk = mapping["ebs"]
        if disk.present and disk["encrypted"].is_not(True, "true"):
            yield f"{disk.path}.encrypted is not true"


def _no_public_address(template: Resource, _: Parameters) -> Iterator[str]:
    for interface in template.inputs["networkInterfaces"].items():
        if interface["associatePublicIpAddress"].is_(True, "true"):
            yield f"{interface.path}.associatePublicIpAddress is true"


def _ami_pinned(group: Resource, _: Parameters) -> Iterator[str]:
    if group.inputs["releaseVersion"].absent and group.inputs["amiType"].is_not(CUSTOM):
        yield "releaseVersion is not set"


def _no_open_ssh(group: Resource, _: Parameters) -> Iterator[str]:
    access = group.inputs["remoteAccess"]
    if access["ec2SshKey"].present and access["sourceSecurityGroupIds"].absent:
        yield "remoteAccess has a key and no sourceSecurityGroupIds"


def _one_update_at_a_time(group: Resource, parameters: Parameters) -> Iterator[str]:
    share = group.inputs["updateConfig.maxUnavailablePercentage"].number
    if share is not None and share > parameters.number("maximumPercentage"):
        yield "updateConfig.maxUnavailablePercentage is above the limit"


RULES = (
    Rule(
        id="node-imdsv2",
        types=(LAUNCH_TEMPLATE,),
        severity=Severity.HIGH,
        reason="With IMDSv1, one forged request from a pod or a proxy reads the credentials of the node.",
        fix="Set metadataOptions.httpTokens to required.",
        source="Amazon EC2 user guide, use IMDSv2",
        check=_imdsv2,
    ),
    Rule(
        id="node-hop-limit",
        types=(LAUNCH_TEMPLATE,),
        severity=Severity.MEDIUM,
        reason="With more than one hop, every pod can take the role of its node.",
        fix="Set httpPutResponseHopLimit to 1 and give pods roles of their own.",
        source="Amazon EKS best practices, restrict access to the instance profile",
        check=_hop_limit,
    ),
    Rule(
        id="node-disks-encrypted",
        types=(LAUNCH_TEMPLATE,),
        severity=Severity.HIGH,
        reason="Images, models and logs of a node lie on its disks.",
        fix='Set ebs.encrypted to "true" for each device.',
        source="Amazon EBS user guide, encryption",
        check=_disks_encrypted,
    ),
    Rule(
        id="node-no-public-address",
        types=(LAUNCH_TEMPLATE,),
        severity=Severity.HIGH,
        reason="A node with a public address can be reached past the load balancer.",
        fix="Set associatePublicIpAddress to false and use private subnets.",
        source="Amazon EKS best practices, worker nodes on private subnets",
        check=_no_public_address,
    ),
    Rule(
        id="node-ami-pinned",
        types=(NODE_GROUP,),
        severity=Severity.MEDIUM,
        level=Level.ADVISORY,
        reason="Without a release version, any change of the launch template also brings the latest image and driver.",
        fix="Set releaseVersion, and raise it on purpose.",
        source="Amazon EKS API reference, UpdateNodegroupVersion",
        check=_ami_pinned,
    ),
    Rule(
        id="node-no-open-ssh",
        types=(NODE_GROUP,),
        severity=Severity.CRITICAL,
        reason="With a key and no source security groups, EKS opens port 22 of the nodes to the internet.",
        fix="Remove remoteAccess and use Session Manager, or set sourceSecurityGroupIds.",
        source="Amazon EKS API reference, RemoteAccessConfig",
        check=_no_open_ssh,
    ),
    Rule(
        id="node-update-share",
        types=(NODE_GROUP,),
        severity=Severity.MEDIUM,
        reason="A node update that drains many nodes at once takes their speech streams away together.",
        fix="Lower maxUnavailablePercentage, or set maxUnavailable to 1.",
        source="Amazon EKS API reference, NodegroupUpdateConfig; Pulumi Registry, aws.eks.NodeGroup",
        check=_one_update_at_a_time,
        schema={
            "maximumPercentage": {
                "type": "number",
                "default": _ONE_OF_THREE,
                "description": f"Largest share of a group to update at once; {_ONE_OF_THREE} is one of three nodes.",
            }
        },
    ),
)
