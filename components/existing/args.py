"""What a caller of `ExistingCluster` writes: its Args. Exactly one of the four ways to name a cluster is given.

Owns names, types and documented defaults; the rules are in `resolve`.
"""

from typing import Any, NotRequired, TypedDict

import pulumi


class ExistingEksArgs(TypedDict):
    """A cluster of EKS by its name. The AWS provider used must be of its region."""

    cluster_name: str
    """Name of the cluster."""
    region: str
    """Its region, e.g. `us-west-2`."""
    profile: NotRequired[str]
    """Profile of the AWS configuration for the cluster's token. Default: the standard chain."""
    role_arn: NotRequired[str]
    """Role to assume for the cluster's token. Default: none."""


class ExistingGkeArgs(TypedDict):
    """A cluster of GKE by its name. The Google Cloud provider used must be let to read it."""

    cluster_name: str
    """Name of the cluster."""
    project: str
    """Id of its project."""
    location: str
    """Its region or zone."""
    application_default: NotRequired[bool]
    """True: ask with application default credentials. Default false: as gcloud is logged in."""


class ExistingKubeconfigArgs(TypedDict):
    """A kubeconfig: one context of it is used, with everything inside the file."""

    content: NotRequired[pulumi.Input[str]]
    """The text. Exec credentials only; what holds a token or key is given by `file`."""
    file: NotRequired[str]
    """In stack files: path from the root of the checkout, or absolute; the program reads it as a secret."""
    context: NotRequired[str]
    """Name of the context. Default: the current one."""


class ExistingTerraformArgs(TypedDict):
    """What Terraform says of a cluster that it made: `terraform output -json`."""

    content: NotRequired[dict[str, Any]]
    """The outputs, as Terraform prints them."""
    file: NotRequired[str]
    """In stack files: path of the printed outputs, from the root of the checkout or absolute."""
    cloud: str
    """`aws` or `gcp`: whose command asks for the cluster's token."""
    names: NotRequired[dict[str, str]]
    """Our names to those of your outputs. Default: those of the common modules, e.g. `cluster_endpoint`."""


class ExistingGpuPoolArgs(TypedDict):
    """GPU nodes of the cluster: what the release may count on. Nothing of it is made or changed."""

    gpu: str
    """GPU model, e.g. `L40S`. One older than Ampere is refused."""
    memory_gib: NotRequired[int]
    """Memory of one GPU in GB, at least 24. Default: not checked."""
    gpus_per_node: int
    """`nvidia.com/gpu` of one node, 1 to 64."""
    min_nodes: NotRequired[int]
    """Nodes that are always there. Default 0."""
    max_nodes: int
    """Nodes at most."""
    desired_nodes: NotRequired[int]
    """Nodes that are there now. Default `max_nodes`, or `min_nodes` where `autoscaled`."""
    autoscaled: NotRequired[bool]
    """True: an autoscaler sets the count. Default false."""
    machine_types: NotRequired[list[str]]
    """Machine types, for the output `gpuPools`. Default none."""
    taints: NotRequired[list[str]]
    """Keys of taints beside `nvidia.com/gpu` that keep pods away. Default none."""


class ExistingRequirementsArgs(TypedDict):
    """What must be in the cluster before anything is made in it."""

    storage_classes: NotRequired[list[str]]
    """Storage classes that claims name."""
    ingress_classes: NotRequired[list[str]]
    """Ingress classes that ingresses name."""
    custom_resources: NotRequired[list[str]]
    """Names of custom resource definitions, e.g. `scaledobjects.keda.sh`."""


class ExistingClusterArgs(TypedDict):
    """Arguments of `ExistingCluster`."""

    eks_cluster: NotRequired[ExistingEksArgs]
    """The cluster by its name in EKS. Change of any of the four: everything is made again in the other cluster."""
    gke_cluster: NotRequired[ExistingGkeArgs]
    """The cluster by its name in GKE."""
    kubeconfig: NotRequired[ExistingKubeconfigArgs]
    """The cluster by a kubeconfig."""
    terraform_outputs: NotRequired[ExistingTerraformArgs]
    """The cluster by what Terraform says of it."""
    gpu_pools: NotRequired[dict[str, ExistingGpuPoolArgs]]
    """GPU nodes by a name of yours. Default none, which no worker can run on."""
    requires: NotRequired[ExistingRequirementsArgs]
    """What must be there beside what the release needs (which is added by itself)."""
