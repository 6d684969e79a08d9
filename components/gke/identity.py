"""Who nodes and admins of `GkeCluster` are: a service account with few rights, and admins by IAM binding."""

from __future__ import annotations

import pulumi
import pulumi_gcp as gcp

from components.gke.spec import GkeClusterSpec
from components.replacing import one_of_a_name

__all__ = ["make_admins", "make_node_account"]

# source: GKE documentation, "Use least privilege IAM service accounts"; terraform-google-kubernetes-engine, sa.tf,
# 2026-11-25. Logs, metrics and nothing else, and reading images of the project.
_NODE_ROLES = {
    "nodes": "roles/container.defaultNodeServiceAccount",
    "images": "roles/artifactregistry.reader",
}
_STREAMING_ROLES = {"streaming": "roles/serviceusage.serviceUsageConsumer"}
_ADMIN_ROLE = "roles/container.admin"


def make_node_account(
    name: str, spec: GkeClusterSpec, parent: pulumi.Resource
) -> tuple[gcp.serviceaccount.Account, list[pulumi.Resource]]:
    """The service account of all nodes, and what must be there for it to have its rights."""
    account = gcp.serviceaccount.Account(
        f"{name}-node-account",
        account_id=spec.account_id,
        project=spec.project,
        display_name=f"Nodes of GKE cluster {spec.cluster_name}",
        opts=one_of_a_name(parent=parent),
    )
    roles = _NODE_ROLES | (_STREAMING_ROLES if spec.image_streaming else {})
    return account, [
        gcp.projects.IAMMember(
            f"{name}-node-{key}",
            project=spec.project,
            role=role,
            member=account.member,
            opts=one_of_a_name(parent=parent),
        )
        for key, role in roles.items()
    ]


def make_admins(name: str, spec: GkeClusterSpec, parent: pulumi.Resource) -> tuple[pulumi.Resource, ...]:
    """The admins' bindings. The role holds for all clusters of the project."""
    return tuple(
        gcp.projects.IAMMember(
            f"{name}-admin-{admin}",
            project=spec.project,
            role=_ADMIN_ROLE,
            member=member,
            opts=one_of_a_name(parent=parent),
        )
        for admin, member in spec.admins.items()
    )
