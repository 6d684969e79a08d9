"""The node groups of `EksCluster`: role, launch templates, managed groups, and tags that let one start from zero."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from catalog.gpus import GPU_RESOURCE
from components.eks.node_updates import scaling_of, tell_cost
from components.eks.resolve_updates import MINIMAL, RESERVED_CAPACITIES
from components.eks.spec import EksClusterSpec, NodeGroupSpec, name_tags
from components.replacing import one_of_a_name
from core.aws.iam import managed_policy_arn, service_trust

AUTOSCALER_TAG = "k8s.io/cluster-autoscaler"
_ROOT_DEVICE = "/dev/xvda"  # of the Amazon Linux 2023 images
_CAPACITY_TYPES = {
    "on_demand": "ON_DEMAND",
    "spot": "SPOT",
    "capacity_reservation": "ON_DEMAND",  # the launch template says which reservation
    "capacity_block": "CAPACITY_BLOCK",
}
_TAINT_EFFECTS = {
    "NoSchedule": "NO_SCHEDULE",
    "PreferNoSchedule": "PREFER_NO_SCHEDULE",
    "NoExecute": "NO_EXECUTE",
}


def make_node_role(
    name: str, spec: EksClusterSpec, parent: pulumi.Resource
) -> tuple[aws.iam.Role, list[pulumi.Resource]]:
    """The role of all nodes, and what must be there for it to have its rights.

    The network plugin's rights are not among them: its pods get a role of their own, so no other pod on a node can move
    network interfaces.
    """
    role = aws.iam.Role(
        f"{name}-node-role",
        assume_role_policy=service_trust("ec2.amazonaws.com"),
        tags=spec.tags or None,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    policies = {"worker": "AmazonEKSWorkerNodePolicy", "pull": "AmazonEC2ContainerRegistryPullOnly"}
    if spec.node_session_manager:
        policies["sessions"] = "AmazonSSMManagedInstanceCore"
    return role, [
        aws.iam.RolePolicyAttachment(
            f"{name}-node-{key}",
            role=role.name,
            policy_arn=managed_policy_arn(spec.partition, policy),
            opts=one_of_a_name(parent=parent),
        )
        for key, policy in policies.items()
    ]


def make_node_group(
    name: str,
    spec: EksClusterSpec,
    group: NodeGroupSpec,
    *,
    cluster: aws.eks.Cluster,
    security_group_id: pulumi.Output[str],
    node_role_arn: pulumi.Output[str],
    subnet_ids: Mapping[str, pulumi.Output[str]],
    needs: list[pulumi.Resource],
    parent: pulumi.Resource,
) -> aws.eks.NodeGroup:
    """Make one group with its launch template and autoscaler tags. `needs` outlive the nodes."""
    template = aws.ec2.LaunchTemplate(
        f"{name}-{group.key}-template",
        **_template(spec, group, security_group_id),
        # Tags of a template make a new version, and a new version replaces every node: what starts from it keeps the
        # tags of the day the template was made.
        opts=pulumi.ResourceOptions(parent=parent, ignore_changes=["tagSpecifications"]),
    )
    scaling = scaling_of(f"{name}-{group.key}", spec.cluster_name, group, parent)
    made = aws.eks.NodeGroup(
        f"{name}-{group.key}",
        cluster_name=cluster.name,
        node_role_arn=node_role_arn,
        subnet_ids=[subnet_ids[zone] for zone in group.zones],
        version=spec.version,
        release_version=group.release_version,
        ami_type=group.ami_type,
        capacity_type=_CAPACITY_TYPES[group.capacity],
        # EKS wants the type of a capacity block in the template, and then nowhere else.
        instance_types=None if group.capacity == "capacity_block" else list(group.instance_types),
        scaling_config=dict(scaling.values),
        force_update_version=group.updates.force or None,
        update_config=_update_config(group),
        launch_template={"id": template.id, "version": template.latest_version.apply(str)},
        labels=dict(group.labels) or None,
        taints=[
            {
                "key": taint.key,
                "effect": _TAINT_EFFECTS[taint.effect],
                **({"value": taint.value} if taint.value else {}),
            }
            for taint in group.taints
        ]
        or None,
        tags=spec.tags or None,
        opts=pulumi.ResourceOptions(
            parent=parent,
            depends_on=needs,
            # The autoscaler's field while there is one: an update must not take back the nodes it started.
            ignore_changes=["scalingConfig.desiredSize"] if scaling.ignored else None,
            custom_timeouts=_timeouts(group),
            hooks=tell_cost(f"{name}-{group.key}", group),
        ),
    )
    if group.autoscaled:
        _autoscaler_tags(name, spec, group, made, parent)
    return made


def _update_config(group: NodeGroupSpec) -> dict[str, Any]:
    """How nodes are replaced; new ones first is what EKS does by itself."""
    config: dict[str, Any] = {"max_unavailable": group.updates.max_unavailable}
    if group.updates.strategy == MINIMAL:
        config["update_strategy"] = "MINIMAL"
    return config


def _timeouts(group: NodeGroupSpec) -> pulumi.CustomTimeouts | None:
    """Long enough for every node to be drained, or the provider gives up an update that goes on."""
    minutes = group.updates.timeout_minutes
    return pulumi.CustomTimeouts(update=f"{minutes}m") if minutes else None


def _template(spec: EksClusterSpec, group: NodeGroupSpec, security_group_id: pulumi.Output[str]) -> dict[str, Any]:
    """Properties of the launch template. Image, bootstrap and role stay EKS's; the group's release says which image."""
    tags = name_tags(spec, group.key)
    template: dict[str, Any] = {
        "description": f"Nodes of group {group.key} of EKS cluster {spec.cluster_name}",
        "update_default_version": True,
        # One hop by default: pods cannot reach the node's credentials and need not, they get theirs by pod identity.
        "metadata_options": {
            "http_endpoint": "enabled",
            "http_tokens": "required",
            "http_put_response_hop_limit": group.metadata_hop_limit,
        },
        "block_device_mappings": [
            {
                "device_name": _ROOT_DEVICE,
                "ebs": {
                    "volume_type": "gp3",
                    "volume_size": group.disk_gib,
                    **_speed(group),
                    "encrypted": "true",
                    "delete_on_termination": "true",
                },
            }
        ],
        # With an interface in the template EKS adds no security group of its own, so the cluster's must be named.
        "network_interfaces": [
            {
                "device_index": 0,
                "associate_public_ip_address": "false",
                "delete_on_termination": "true",
                "security_groups": [security_group_id],
            }
        ],
        # Tags of the provider and of the group do not reach what the group starts.
        "tag_specifications": [
            {"resource_type": kind, "tags": tags} for kind in ("instance", "volume", "network-interface")
        ],
        "tags": tags,
    }
    if group.local_storage:
        template["user_data"] = node_config()
    if group.capacity in RESERVED_CAPACITIES:
        template["capacity_reservation_specification"] = {
            "capacity_reservation_target": {"capacity_reservation_id": group.capacity_reservation_id}
        }
    if group.capacity == "capacity_block":
        template["instance_market_options"] = {"market_type": "capacity-block"}
        template["instance_type"] = group.instance_types[0]
    return template


def _speed(group: NodeGroupSpec) -> dict[str, int]:
    """What the root volume is given beyond what EBS gives by itself."""
    given = {"throughput": group.disk_throughput_mibps, "iops": group.disk_iops}
    return {key: value for key, value in given.items() if value is not None}


def node_config() -> str:
    """User data that has the node keep images and files of pods on its local disks. EKS adds its own part to it.

    source: nodeadm, "API Reference" (LocalStorageStrategy RAID0); EKS user guide, "Customize managed nodes with launch
    templates" (user data as MIME parts), 2026-11-25.
    """
    config = {"apiVersion": "node.eks.aws/v1alpha1", "kind": "NodeConfig"}
    config_text = json.dumps({**config, "spec": {"instance": {"localStorage": {"strategy": "RAID0"}}}})  # JSON is YAML
    lines = [
        "MIME-Version: 1.0",
        'Content-Type: multipart/mixed; boundary="BOUNDARY"',
        "",
        "--BOUNDARY",
        "Content-Type: application/node.eks.aws",
        "",
        config_text,
        "",
        "--BOUNDARY--",
        "",
    ]
    return base64.b64encode("\n".join(lines).encode()).decode()


def autoscaler_tags(cluster_name: str, group: NodeGroupSpec) -> dict[str, str]:
    """What the autoscaler reads about a group that has no node to look at: labels, taints, GPUs and disk."""
    template = f"{AUTOSCALER_TAG}/node-template"
    tags = {f"{AUTOSCALER_TAG}/enabled": "true", f"{AUTOSCALER_TAG}/{cluster_name}": "owned"}
    tags |= {f"{template}/label/{key}": value for key, value in sorted(group.labels.items())}
    tags |= {f"{template}/taint/{taint.key}": f"{taint.value}:{taint.effect}" for taint in group.taints}
    tags[f"{template}/resources/ephemeral-storage"] = f"{group.disk_gib}Gi"
    if group.gpus_per_node:
        tags[f"{template}/resources/{GPU_RESOURCE}"] = str(group.gpus_per_node)
    return tags


def _autoscaler_tags(
    name: str,
    spec: EksClusterSpec,
    group: NodeGroupSpec,
    made: aws.eks.NodeGroup,
    parent: pulumi.Resource,
) -> None:
    scaling_group = made.resources[0].autoscaling_groups[0].name
    for key, value in autoscaler_tags(spec.cluster_name, group).items():
        # Named by the tag, not by the scaling group, whose name is unknown until it exists.
        aws.autoscaling.Tag(
            f"{name}-{group.key}-asg-{key.removeprefix(AUTOSCALER_TAG + '/')}",
            autoscaling_group_name=scaling_group,
            tag={"key": key, "value": value, "propagate_at_launch": False},
            opts=one_of_a_name(parent=parent),
        )
