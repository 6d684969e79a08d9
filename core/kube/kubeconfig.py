"""Kubeconfig text for managed clusters, with exec credentials: no token is ever written down.

The text is JSON, which every kubeconfig reader takes (JSON is YAML), with a fixed order of keys, so the same cluster
gives the same bytes and a preview shows no change.
"""

import json

import yaml

__all__ = ["eks_kubeconfig", "in_one_line"]


def in_one_line(kubeconfig: str) -> str:
    """The same kubeconfig as one line of YAML, for outputs that people look at.

    The engine unfolds text that is JSON over as many lines as it has keys (60 here), and leaves other text as it is.

    Args:
        kubeconfig: JSON, as `eks_kubeconfig` makes it.
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
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": cluster_name,
                "cluster": {"server": endpoint, "certificate-authority-data": certificate_authority},
            }
        ],
        "contexts": [{"name": cluster_name, "context": {"cluster": cluster_name, "user": cluster_name}}],
        "current-context": cluster_name,
        "users": [{"name": cluster_name, "user": {"exec": exec_credential}}],
    }
    return json.dumps(config, indent=2)
