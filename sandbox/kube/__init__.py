"""A small client for a real Kubernetes API server, used by the stand-in providers and the sandbox.

Owns kubeconfigs, credentials, TLS, discovery, server-side apply and watches. Knows nothing of Pulumi or of the sandbox.
"""

from sandbox.kube.client import KubeClient, Object
from sandbox.kube.discovery import ResourceType
from sandbox.kube.errors import Cause, KubeError, KubeUnreachable
from sandbox.kube.kubeconfig import Access, BadKubeconfig, read_kubeconfig

__all__ = [
    "Access",
    "BadKubeconfig",
    "Cause",
    "KubeClient",
    "KubeError",
    "KubeUnreachable",
    "Object",
    "ResourceType",
    "read_kubeconfig",
]
