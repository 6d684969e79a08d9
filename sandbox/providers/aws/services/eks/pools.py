"""The pool of nodes that a node group asks for, with what its launch template and cluster fill in."""

from collections.abc import Mapping
from typing import Any, Final

from catalog.aws.amis import AMI_TYPES, CUSTOM, DEFAULT
from sandbox.providers.aws.nodes import GroupShape, node_pool
from sandbox.providers.aws.services import tokens
from sandbox.providers.cloud.account import Account, CloudObject
from sandbox.providers.cloud.nodes.pool import NodePool, Place
from sandbox.providers.cloud.walk import values_at

DEFAULT_DISK_GIB: Final = 20


def template_of(account: Account, group: Mapping[str, Any]) -> Mapping[str, Any]:
    """Inputs of the launch template that a group's inputs name; empty without one."""
    named = group.get("launchTemplate") or {}
    for row in account.all(tokens.LAUNCH_TEMPLATE):
        if named and (row.id == named.get("id") or row.outputs.get("name") == named.get("name")):
            return row.inputs
    return {}


def pool_of(group: CloudObject) -> NodePool:
    """The nodes that a group asks for; launch template and cluster fill in what it leaves out."""
    account = group.account
    template = template_of(account, group.inputs)
    types = group["instanceTypes"] or [template.get("instanceType") or "t3.medium"]
    ami = group["amiType"] or (CUSTOM if template.get("imageId") else DEFAULT)
    subnets = [account.find(tokens.SUBNET, name) for name in group["subnetIds"]]
    volumes = values_at(template, "blockDeviceMappings.ebs.volumeSize")
    shape = GroupShape(
        name=group["nodeGroupName"],
        region=account.location,
        instance=types[0],  # the first choice; EC2 would fall back to the others when it is short of it
        ami_type=ami,
        # Whoever brings an image of their own for a GPU type brings the driver.
        nvidia=ami == CUSTOM or AMI_TYPES[ami].nvidia,
        capacity_type=group["capacityType"] or "ON_DEMAND",
        disk_gib=int(group["diskSize"] or (volumes[0] if volumes else DEFAULT_DISK_GIB)),
        desired=int(group["scalingConfig"]["desiredSize"]),
        version=group.facts["version"],
        labels=group["labels"] or {},
        taints=tuple(group["taints"] or ()),
        places=tuple(
            Place(zone=subnet.outputs["availabilityZone"], cidr=subnet.inputs["cidrBlock"])
            for subnet in subnets
            if subnet is not None
        ),
        template_id=(group["launchTemplate"] or {}).get("id") or "",
        template_version=(group["launchTemplate"] or {}).get("version") or "",
    )
    return node_pool(shape)
