"""The control plane of `EksCluster`: role, key, logs, the cluster itself, who may enter it and its OIDC provider."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.eks.in_service import cluster_hooks
from components.eks.network import Network
from components.eks.spec import EksClusterSpec, name_tags
from components.replacing import one_of_a_name
from core.aws.iam import Statement, document, managed_policy_arn, service_trust

LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")
"""All there are. source: EKS API reference, LogType, 2026-11-21."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlPlane:
    """What the rest of the component needs of the control plane."""

    cluster: aws.eks.Cluster
    oidc_issuer: pulumi.Output[str]
    """URL of the token issuer, with its scheme."""
    oidc_provider_arn: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    """The group EKS makes. Control plane and nodes share it."""
    certificate_authority: pulumi.Output[str]
    """Base64 of the CA certificate."""
    access: tuple[pulumi.Resource, ...]
    """The admins' entries and policies. The Kubernetes API refuses everybody before."""


def make_control_plane(
    name: str,
    spec: EksClusterSpec,
    network: Network,
    kms_key_arn: pulumi.Input[str] | None,
    parent: pulumi.Resource,
) -> ControlPlane:
    """Make the control plane as children of `parent`. `kms_key_arn` None makes a key."""
    protect = True if spec.deletion_protection else None  # None, so that a caller's own `protect` still comes through
    kept = pulumi.ResourceOptions(parent=parent, protect=protect)
    tags = spec.tags or None
    key_arn = _key_arn(name, spec, kms_key_arn, kept)
    # Made first and by the name EKS writes to, else EKS makes it without retention and tags.
    logs = aws.cloudwatch.LogGroup(
        f"{name}-logs",
        name=f"/aws/eks/{spec.cluster_name}/cluster",
        retention_in_days=spec.log_retention_days,
        tags=tags,
        opts=kept,
    )
    # The role is kept too: a new one under another ARN would need another cluster.
    role, rights = _role(name, spec, key_arn, kept)
    cluster = aws.eks.Cluster(
        f"{name}-cluster",
        name=spec.cluster_name,
        version=spec.version,
        role_arn=role.arn,
        bootstrap_self_managed_addons=False,  # the add-ons below are EKS's own, with versions one can see
        access_config={
            "authentication_mode": "API",
            "bootstrap_cluster_creator_admin_permissions": spec.creator_is_admin,
        },
        vpc_config={
            "subnet_ids": [network.private_subnet_ids[zone] for zone in spec.control_plane_zones],
            "endpoint_private_access": True,
            "endpoint_public_access": bool(spec.public_access_cidrs),
            **({"public_access_cidrs": list(spec.public_access_cidrs)} if spec.public_access_cidrs else {}),
        },
        kubernetes_network_config={"ip_family": "ipv4", "service_ipv4_cidr": spec.service_cidr},
        encryption_config={"provider": {"key_arn": key_arn}, "resources": ["secrets"]},
        enabled_cluster_log_types=list(LOG_TYPES),
        upgrade_policy={"support_type": spec.support},
        deletion_protection=spec.deletion_protection,
        tags=tags,
        # Rights and log group go after the cluster, or it could not clean up behind itself. Routes too: nodes talk to
        # the end, and a NAT gateway deleted under them leaves pods that cannot be drained.
        opts=one_of_a_name(
            parent=parent,
            protect=protect,
            depends_on=[logs, *rights, *network.routes],
            replace_with=[network.vpc] if network.vpc else None,  # AWS moves no cluster to another VPC
            hooks=cluster_hooks(f"{name}-cluster"),
        ),
    )
    issuer = cluster.identities[0].oidcs[0].issuer
    oidc = aws.iam.OpenIdConnectProvider(
        f"{name}-oidc",
        url=issuer,
        client_id_lists=["sts.amazonaws.com"],
        tags=name_tags(spec, "oidc"),
        opts=one_of_a_name(parent=parent),
    )
    return ControlPlane(
        cluster=cluster,
        oidc_issuer=issuer,
        oidc_provider_arn=oidc.arn,
        security_group_id=cluster.vpc_config.cluster_security_group_id,
        certificate_authority=cluster.certificate_authority.data,
        access=_access(name, spec, cluster, parent),
    )


def _key_arn(
    name: str, spec: EksClusterSpec, given: pulumi.Input[str] | None, opts: pulumi.ResourceOptions
) -> pulumi.Output[str]:
    if given is not None:
        return pulumi.Output.from_input(given)
    key = aws.kms.Key(
        f"{name}-secrets-key",
        description=f"Kubernetes secrets of EKS cluster {spec.cluster_name}",
        enable_key_rotation=True,
        deletion_window_in_days=30,  # the longest: without the key every secret and backup of etcd is lost
        tags=name_tags(spec, "secrets"),
        opts=opts,
    )
    arn: pulumi.Output[str] = key.arn
    return arn


def _role(
    name: str, spec: EksClusterSpec, key_arn: pulumi.Output[str], kept: pulumi.ResourceOptions
) -> tuple[aws.iam.Role, list[pulumi.Resource]]:
    parent = kept.parent
    role = aws.iam.Role(
        f"{name}-cluster-role",
        assume_role_policy=service_trust("eks.amazonaws.com"),
        tags=spec.tags or None,
        # The cluster needs the role's rights to clean up behind itself: it goes first, then they, then the role.
        opts=pulumi.ResourceOptions.merge(kept, one_of_a_name()),
    )
    attachment = aws.iam.RolePolicyAttachment(
        f"{name}-cluster-policy",
        role=role.name,
        policy_arn=managed_policy_arn(spec.partition, "AmazonEKSClusterPolicy"),
        opts=one_of_a_name(parent=parent),
    )
    key_use = aws.iam.RolePolicy(
        f"{name}-secrets-key-use",
        role=role.name,
        policy=key_arn.apply(secrets_key_policy),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return role, [attachment, key_use]


def secrets_key_policy(key_arn: str) -> str:
    """What EKS may do with the key of the secrets."""
    actions = ["kms:Encrypt", "kms:Decrypt", "kms:ListGrants", "kms:DescribeKey"]
    return document(Statement(actions=actions, resources=[key_arn]))


def _access(
    name: str, spec: EksClusterSpec, cluster: aws.eks.Cluster, parent: pulumi.Resource
) -> tuple[pulumi.Resource, ...]:
    made: list[pulumi.Resource] = []
    opts = one_of_a_name(parent=parent)
    for admin, arn in spec.admins.items():
        entry = aws.eks.AccessEntry(
            f"{name}-admin-{admin}",
            cluster_name=cluster.name,
            principal_arn=arn,
            type="STANDARD",
            tags=spec.tags or None,
            opts=opts,
        )
        policy = aws.eks.AccessPolicyAssociation(
            f"{name}-admin-policy-{admin}",
            cluster_name=cluster.name,
            principal_arn=entry.principal_arn,
            policy_arn=f"arn:{spec.partition}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
            access_scope={"type": "cluster"},
            opts=opts,
        )
        made += [entry, policy]
    return tuple(made)
