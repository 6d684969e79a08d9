"""What a caller of `ClusterPlatform` writes: its Args, one block an add-on. The rules are in `cluster_platform`."""

from typing import NotRequired, TypedDict


class DevicePluginArgs(TypedDict):
    """NVIDIA device plugin, which offers `nvidia.com/gpu` to the scheduler. EKS has none. GKE brings its own."""

    enabled: NotRequired[bool]
    """False: leave it out. Default true. Change: makes or deletes the DaemonSet; running pods keep their GPUs."""
    version: NotRequired[str]
    """Image tag, e.g. `v0.19.3`. Default: the one pinned in `catalog.addons`. Change: rolls it node by node."""
    namespace: NotRequired[str]
    """Namespace that exists. Default `kube-system`, where the priority class is allowed. Change: replaces it."""
    mig_strategy: NotRequired[str]
    """`none`, `single` or `mixed`: how slices of a GPU are offered. Default `none`. Change: in place."""


class StorageClassArgs(TypedDict):
    """Storage class of encrypted gp3 volumes. EKS makes a driver's class for nobody. Needs the EBS CSI add-on."""

    enabled: NotRequired[bool]
    """False: leave it out, e.g. where the cluster has its own. Default true. Change: claims keep their volumes."""
    name: NotRequired[str]
    """Name that claims use. Default `gp3`. Change: replaces it; claims keep their volumes."""
    default: NotRequired[bool]
    """True: claims that name no class get it. Default true. Change: in place."""
    reclaim_policy: NotRequired[str]
    """`Delete` or `Retain`: what becomes of a volume whose claim is deleted. Default `Delete`. Change: replaces it."""


class ClusterPlatformArgs(TypedDict):
    """Arguments of `ClusterPlatform`."""

    device_plugin: NotRequired[DevicePluginArgs]
    """NVIDIA device plugin. Default: on, as pinned."""
    storage_class: NotRequired[StorageClassArgs]
    """Storage class for claims. Default: on, `gp3`, encrypted."""
    image_registry: NotRequired[str]
    """Registry prefix that replaces each add-on's own, no scheme, no trailing slash. Change: rolls the add-ons."""
    image_pull_secrets: NotRequired[list[str]]
    """Names of pull secrets in each add-on's namespace, for a mirror that asks for a login. Default none."""
