"""The official Kubernetes client behind a few typed verbs: a kubeconfig's text goes in, nothing ambient is read.

The library does certificates, credential programs, discovery and HTTP. Here is what it leaves open: errors with the
server's words, secrets that stay in memory, and one client for all threads.
"""

from clients.kubernetes.client import KubeClient, Object
from clients.kubernetes.errors import Cause, KubeError, KubeUnreachable
from clients.kubernetes.kubeconfig import BadKubeconfig, Kubeconfig

__all__ = ["BadKubeconfig", "Cause", "KubeClient", "KubeError", "KubeUnreachable", "Kubeconfig", "Object"]
