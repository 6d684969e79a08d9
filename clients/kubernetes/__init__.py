"""A small client for a real Kubernetes API server.

Owns kubeconfigs, credentials, TLS, discovery, server-side apply and watches. Knows nothing of Pulumi or of the sandbox.
"""

from clients.kubernetes.client import KubeClient, Object
from clients.kubernetes.discovery import ResourceType
from clients.kubernetes.errors import Cause, KubeError, KubeUnreachable
from clients.kubernetes.kubeconfig import Access, BadKubeconfig, read_kubeconfig

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
