"""What `ExistingCluster` uses, after checks."""

from dataclasses import dataclass

from components.cluster import GpuPoolSpec
from components.survey.hook import Requirements

__all__ = ["ByName", "ExistingClusterSpec"]

EKS_NAME, GKE_NAME, KUBECONFIG, TERRAFORM = "eks_cluster", "gke_cluster", "kubeconfig", "terraform_outputs"
WAYS = (EKS_NAME, GKE_NAME, KUBECONFIG, TERRAFORM)
"""Ways to name a cluster, by their key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ByName:
    """A cluster by its name in a cloud, and how its token is asked for."""

    cluster_name: str
    region: str = ""
    """Region of EKS."""
    profile: str = ""
    role_arn: str = ""
    project: str = ""
    """Project of GKE."""
    location: str = ""
    application_default: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExistingClusterSpec:
    """One cluster that somebody else made."""

    way: str
    """One of `WAYS`."""
    named: ByName | None
    """The cluster by its name; None where the kubeconfig is known."""
    kubeconfig: str
    """The kubeconfig as JSON, of one context; empty where only the update will tell it."""
    requires: Requirements
    gpu_pools: tuple[GpuPoolSpec, ...]
