"""Kubeconfig text for managed clusters, with exec credentials: no token is ever written down.

The text is JSON, which every kubeconfig reader takes (JSON is YAML), with a fixed order of keys, so the same cluster
gives the same bytes and a preview shows no change.
"""

import json
from typing import Any

import yaml

__all__ = ["eks_kubeconfig", "gke_kubeconfig", "in_one_line"]


def in_one_line(kubeconfig: str) -> str:
    """The same kubeconfig as one line of YAML, for outputs that people look at.

    The engine unfolds text that is JSON over as many lines as it has keys (60 here), and leaves other text as it is.

    Args:
        kubeconfig: JSON, as the functions below make it.
    """
    return yaml.safe_dump(json.loads(kubeconfig), default_flow_style=True, sort_keys=False, width=float("inf")).strip()


def eks_kubeconfig(
    *,
    cluster_name: str,
    region: str,
    endpoint: str,
    certificate_authority: str,
    profile: str = "",
    role_arn: str = "",
) -> str:
    """The kubeconfig of an EKS cluster.

    Args:
        cluster_name: Name in EKS; context, cluster and user carry it too.
        region: AWS region of the cluster.
        endpoint: URL of the API server.
        certificate_authority: Base64 of the API server's CA certificate, as EKS gives it.
        profile: Profile of the AWS configuration to ask with; empty means the standard chain of whoever uses the text.
        role_arn: Role to assume for the token; empty means none.

    Returns:
        JSON. Whoever uses it needs the `aws` program and AWS credentials of a principal with an access entry.
    """
    exec_credential = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",  # the one `aws eks get-token` answers with
        "command": "aws",
        "args": [
            *(["--profile", profile] if profile else []),
            *["--region", region, "eks", "get-token", "--cluster-name", cluster_name, "--output", "json"],
            *(["--role-arn", role_arn] if role_arn else []),
        ],
        "interactiveMode": "IfAvailable",
        "provideClusterInfo": False,
    }
    return _config(cluster_name, endpoint, certificate_authority, exec_credential)


def gke_kubeconfig(
    *,
    cluster_name: str,
    project: str,
    location: str,
    endpoint: str,
    certificate_authority: str,
    application_default: bool = False,
) -> str:
    """The kubeconfig of a GKE cluster.

    Args:
        cluster_name: Name in GKE; context, cluster and user are named after it as gcloud does.
        project: Id of the project.
        location: Region or zone of the cluster.
        endpoint: URL of the API server.
        certificate_authority: Base64 of its CA certificate; empty for the DNS endpoint, which everybody trusts.
        application_default: Ask with application default credentials, and not as gcloud is logged in.

    Returns:
        JSON. Whoever uses it needs `gke-gcloud-auth-plugin` and the right `container.clusters.get`.
    """
    exec_credential = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "gke-gcloud-auth-plugin",
        **({"args": ["--use_application_default_credentials"]} if application_default else {}),
        "installHint": "Install gke-gcloud-auth-plugin: gcloud components install gke-gcloud-auth-plugin",
        "interactiveMode": "IfAvailable",
        "provideClusterInfo": True,
    }
    return _config(f"gke_{project}_{location}_{cluster_name}", endpoint, certificate_authority, exec_credential)


def _config(name: str, endpoint: str, certificate_authority: str, exec_credential: dict[str, Any]) -> str:
    """A kubeconfig with one cluster, context and user of a name."""
    authority = {"certificate-authority-data": certificate_authority} if certificate_authority else {}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": endpoint, **authority}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
        "users": [{"name": name, "user": {"exec": exec_credential}}],
    }
    return json.dumps(config, indent=2)
