"""The EKS add-ons of `EksCluster`, in two waves around the first nodes, and the roles of their pods by pod identity."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from catalog.aws.eks import ADDON_EBS_CSI, ADDON_VPC_CNI, EKS_ADDONS_AFTER_NODES, EKS_ADDONS_BEFORE_NODES
from components.eks.in_service import addon_hooks
from components.eks.spec import EksClusterSpec
from components.replacing import one_of_a_name
from core.aws.iam import managed_policy_arn, pod_identity_trust

# Add-on: (short name, service account of its pods, policy that AWS maintains). What is not here calls no AWS API.
# source: EKS user guide, "AWS add-ons"; AWS managed policy reference (V2: own volumes only), 2026-11-21.
_POD_ROLES = {
    ADDON_VPC_CNI: ("cni", "aws-node", "AmazonEKS_CNI_Policy"),
    ADDON_EBS_CSI: ("ebs-csi", "ebs-csi-controller-sa", "AmazonEBSCSIDriverPolicyV2"),
}


def make_addons_before_nodes(
    name: str, spec: EksClusterSpec, cluster: aws.eks.Cluster, parent: pulumi.Resource
) -> list[aws.eks.Addon]:
    """Daemon sets a node needs to become Ready: they are active with no node there."""
    return _make(EKS_ADDONS_BEFORE_NODES, name, spec, cluster, parent, [])


def make_addons_after_nodes(
    name: str, spec: EksClusterSpec, cluster: aws.eks.Cluster, parent: pulumi.Resource, nodes: pulumi.Resource
) -> list[aws.eks.Addon]:
    """Deployments, which EKS calls degraded until `nodes` run them."""
    return _make(EKS_ADDONS_AFTER_NODES, name, spec, cluster, parent, [nodes])


def _make(
    addons: tuple[str, ...],
    name: str,
    spec: EksClusterSpec,
    cluster: aws.eks.Cluster,
    parent: pulumi.Resource,
    after: list[pulumi.Resource],
) -> list[aws.eks.Addon]:
    opts = pulumi.ResourceOptions(parent=parent)
    made: list[aws.eks.Addon] = []
    for addon in addons:
        needs: list[pulumi.Resource] = list(after)
        identity = None
        if addon in _POD_ROLES:
            short, account, policy = _POD_ROLES[addon]
            role = aws.iam.Role(
                f"{name}-{short}-role", assume_role_policy=pod_identity_trust(), tags=spec.tags or None, opts=opts
            )
            needs.append(
                aws.iam.RolePolicyAttachment(
                    f"{name}-{short}-policy",
                    role=role.name,
                    policy_arn=managed_policy_arn(spec.partition, policy),
                    opts=one_of_a_name(parent=parent),
                )
            )
            identity = [{"role_arn": role.arn, "service_account": account}]
        made.append(
            aws.eks.Addon(
                f"{name}-{addon}",
                cluster_name=cluster.name,
                addon_name=addon,
                addon_version=spec.addon_versions.get(addon),
                pod_identity_associations=identity,
                # Fields that a person changed by hand in the cluster go back to what EKS ships.
                resolve_conflicts_on_create="OVERWRITE",
                resolve_conflicts_on_update="OVERWRITE",
                tags=spec.tags or None,
                opts=one_of_a_name(parent=parent, depends_on=needs, hooks=addon_hooks(f"{name}-{addon}")),
            )
        )
    return made
