"""The control plane of `EksCluster`: role, key, logs, the cluster itself, who may enter it and its OIDC provider."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.eks.in_service import cluster_hooks
from components.eks.network import Network
from components.eks.spec import EksClusterSpec, name_tags
from components.replacing import one_of_a_name
from core.aws.iam import Statement, document, managed_policy_arn, service_trust

_API_PORT = 443
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
    """The admins' entries and policies, and the ways to the endpoint. The API refuses or misses everybody before."""


def make_control_plane(
    name: str,
    spec: EksClusterSpec,
    network: Network,
    role: aws.iam.Role,
    key_arn: pulumi.Output[str],
    log_key_arn: pulumi.Output[str],
    groups: Mapping[str, pulumi.Input[str]],
    parent: pulumi.Resource,
) -> ControlPlane:
    """Make the control plane as children of `parent`.

    Args:
        name: Prefix of the children's logical names.
        spec: The cluster.
        network: Where it stands.
        role: Role of the cluster.
        key_arn: Key of its secrets.
        log_key_arn: Key of its logs.
        groups: Security groups that may reach the private endpoint, by name.
        parent: The component.
    """
    protect = True if spec.deletion_protection else None  # None, so that a caller's own `protect` still comes through
    kept = pulumi.ResourceOptions(parent=parent, protect=protect)
    tags = spec.tags or None
    # Made first and by the name EKS writes to, else EKS makes it without retention and tags.
    logs = aws.cloudwatch.LogGroup(
        f"{name}-logs",
        name=f"/aws/eks/{spec.cluster_name}/cluster",
        retention_in_days=spec.log_retention_days,
        kms_key_id=log_key_arn,
        tags=tags,
        opts=kept,
    )
    rights = _rights(name, spec, role, key_arn, parent)
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
        access=(*_access(name, spec, cluster, parent), *_ways_in(name, spec, groups, cluster, parent)),
    )


def make_cluster_role(name: str, spec: EksClusterSpec, opts: pulumi.ResourceOptions) -> aws.iam.Role:
    """The role by which EKS runs the cluster. It is kept: a new one under another ARN would need another cluster."""
    return aws.iam.Role(
        f"{name}-cluster-role",
        assume_role_policy=service_trust("eks.amazonaws.com"),
        tags=spec.tags or None,
        # The cluster needs the role's rights to clean up behind itself: it goes first, then they, then the role.
        opts=pulumi.ResourceOptions.merge(opts, one_of_a_name()),
    )


def _rights(
    name: str, spec: EksClusterSpec, role: aws.iam.Role, key_arn: pulumi.Output[str], parent: pulumi.Resource
) -> list[pulumi.Resource]:
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
    return [attachment, key_use]


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


def _ways_in(
    name: str,
    spec: EksClusterSpec,
    groups: Mapping[str, pulumi.Input[str]],
    cluster: aws.eks.Cluster,
    parent: pulumi.Resource,
) -> list[pulumi.Resource]:
    """Port 443 of the private endpoint for those outside of the cluster: EKS's own group admits its members only."""

    def let_in(key: str, what: str, **source: Any) -> pulumi.Resource:
        made: pulumi.Resource = aws.vpc.SecurityGroupIngressRule(
            f"{name}-api-from-{key}",
            security_group_id=cluster.vpc_config.cluster_security_group_id,
            description=f"Kubernetes API from {what}",
            ip_protocol="tcp",
            from_port=_API_PORT,
            to_port=_API_PORT,
            tags=name_tags(spec, f"api-from-{key}"),
            opts=one_of_a_name(parent=parent),
            **source,
        )
        return made

    blocks = [let_in(cidr.replace("/", "-"), cidr, cidr_ipv4=cidr) for cidr in spec.private_access_cidrs]
    return blocks + [let_in(key, key, referenced_security_group_id=group) for key, group in groups.items()]
