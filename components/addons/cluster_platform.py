"""What a cluster needs beside the voice stack, one add-on a block of arguments, each on or off, pinned and mirrorable.

Owns the NVIDIA device plugin as a DaemonSet on the GPU nodes, and the storage class of claims. Leaves alone drivers
(they come with the node image), GPU clouds that bring their own plugin (GKE: switch it off), and time slicing or MPS (a
voice worker wants a whole GPU).

source: NVIDIA/k8s-device-plugin, static manifest and Helm chart of v0.19, read 2026-11-21.
"""

import re
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_kubernetes as kubernetes

from catalog.addons import NVIDIA_DEVICE_PLUGIN, image_reference
from catalog.gpus import GPU_LABEL
from components.addons.args import ClusterPlatformArgs, DevicePluginArgs, StorageClassArgs
from components.args import ArgsError
from components.names import check_image_registry, check_name
from components.replacing import one_of_a_name
from core.input.problems import Problems
from core.input.reader import Reader

COMPONENT = "ClusterPlatform"
MIG_STRATEGIES: Final = ("none", "single", "mixed")
RECLAIM_POLICIES: Final = ("Delete", "Retain")
_VERSION: Final = re.compile(r"v\d+\.\d+\.\d+([-.][A-Za-z0-9.-]+)?")
_LABELS: Final = {"app.kubernetes.io/name": "nvidia-device-plugin"}
_SOCKETS: Final = "/var/lib/kubelet/device-plugins"


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicePluginSpec:
    """The device plugin to install: its whole image reference, its namespace, and how it offers slices of GPUs."""

    image: str
    namespace: str
    mig_strategy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageClassSpec:
    """The storage class to make."""

    name: str
    default: bool
    reclaim_policy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterPlatformSpec:
    """Checked arguments. An add-on that is off is None."""

    device_plugin: DevicePluginSpec | None
    storage_class: StorageClassSpec | None
    pull_secrets: tuple[str, ...]


def resolve_cluster_platform(args: ClusterPlatformArgs) -> ClusterPlatformSpec:
    """Check the arguments as a whole and fill in defaults.

    Raises:
        ArgsError: At least one rule is broken; it names them all.
    """
    problems = Problems()
    read = Reader(args, ClusterPlatformArgs.__annotations__, "", problems)
    registry = read.text("image_registry")
    check_image_registry(registry, "image_registry", problems)
    pull_secrets = read.texts("image_pull_secrets")
    for index, secret in enumerate(pull_secrets):
        check_name("secret", secret, f"image_pull_secrets[{index}]", problems)
    plugin = _device_plugin(read.block("device_plugin", DevicePluginArgs), registry)
    storage = _storage_class(read.block("storage_class", StorageClassArgs))
    if problems:
        raise ArgsError(COMPONENT, problems)
    return ClusterPlatformSpec(device_plugin=plugin, storage_class=storage, pull_secrets=tuple(pull_secrets))


def _device_plugin(read: Reader, registry: str) -> DevicePluginSpec | None:
    version = read.text("version", NVIDIA_DEVICE_PLUGIN.version)
    if not _VERSION.fullmatch(version):
        fix = f"pin one, e.g. {NVIDIA_DEVICE_PLUGIN.version}"
        read.problems.add(read.at("version"), "must be a version like v0.19.3", got=version, fix=fix)
    namespace = read.text("namespace", "kube-system")
    check_name("namespace", namespace, read.at("namespace"), read.problems)
    mig = read.choice("mig_strategy", MIG_STRATEGIES, "none")
    image = image_reference(NVIDIA_DEVICE_PLUGIN, version=version, image_registry=registry)
    if not read.flag("enabled", True):
        return None
    return DevicePluginSpec(image=image, namespace=namespace, mig_strategy=mig)


def _storage_class(read: Reader) -> StorageClassSpec | None:
    name = read.text("name", "gp3")
    check_name("class", name, read.at("name"), read.problems)
    spec = StorageClassSpec(
        name=name,
        default=read.flag("default", True),
        reclaim_policy=read.choice("reclaim_policy", RECLAIM_POLICIES, "Delete"),
    )
    return spec if read.flag("enabled", True) else None


class ClusterPlatform(pulumi.ComponentResource):
    """Add-ons of the cluster: the NVIDIA device plugin, which makes GPUs schedulable, and a storage class."""

    images: pulumi.Output[dict[str, str]]
    """Image of each add-on that is on, by its name in `catalog.addons`. Known once the add-on is ready."""

    def __init__(self, name: str, args: ClusterPlatformArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec = resolve_cluster_platform(args)  # before super(): wrong arguments register nothing
        super().__init__("cartesia:index:ClusterPlatform", name, None, opts)
        ready: dict[str, Any] = {}  # image names as outputs
        if spec.device_plugin is not None:
            image = spec.device_plugin.image
            plugin = kubernetes.apps.v1.DaemonSet(
                f"{name}-device-plugin",
                metadata={
                    "name": NVIDIA_DEVICE_PLUGIN.name,
                    "namespace": spec.device_plugin.namespace,
                    "labels": dict(_LABELS),
                },
                spec=device_plugin_spec(spec.device_plugin, spec.pull_secrets),
                # A plugin that crashes is told of after minutes, not when the release gives up.
                opts=one_of_a_name(parent=self, custom_timeouts=pulumi.CustomTimeouts(create="5m")),
            )
            ready[NVIDIA_DEVICE_PLUGIN.name] = plugin.metadata.apply(lambda _: image)
        if spec.storage_class is not None:
            kubernetes.storage.v1.StorageClass(
                f"{name}-storage-class",
                **storage_class_object(spec.storage_class),
                opts=one_of_a_name(parent=self),
            )
        self.images = pulumi.Output.from_input(ready)
        self.register_outputs({"images": self.images})


def storage_class_object(spec: StorageClassSpec) -> dict[str, Any]:
    """The storage class: encrypted gp3, placed where the pod runs, since an EBS volume cannot leave its zone."""
    return {
        "metadata": {
            "name": spec.name,
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true" if spec.default else "false"},
        },
        "provisioner": "ebs.csi.aws.com",
        "parameters": {"type": "gp3", "encrypted": "true"},
        "reclaim_policy": spec.reclaim_policy,
        "volume_binding_mode": "WaitForFirstConsumer",
        "allow_volume_expansion": True,
    }


def device_plugin_spec(plugin: DevicePluginSpec, pull_secrets: tuple[str, ...] = ()) -> dict[str, Any]:
    """The DaemonSet's spec: GPU nodes only, whatever their taints, ahead of every ordinary pod."""
    pod: dict[str, Any] = {
        "priority_class_name": "system-node-critical",  # without it a full node may evict what makes its GPUs usable
        "automount_service_account_token": False,  # it talks to the kubelet's socket, not to the API
        "node_selector": {GPU_LABEL: "true"},
        # Every taint: a group may carry others beside the GPU one, and a node without the plugin never offers its GPUs.
        "tolerations": [{"operator": "Exists"}],
        "containers": [_container(plugin)],
        "volumes": [{"name": "device-plugins", "host_path": {"path": _SOCKETS, "type": "Directory"}}],
    }
    if pull_secrets:
        pod["image_pull_secrets"] = [{"name": secret} for secret in pull_secrets]
    return {
        "selector": {"match_labels": dict(_LABELS)},
        # One node at a time: while the plugin restarts its node offers no GPUs to new pods; running ones keep theirs.
        "update_strategy": {"type": "RollingUpdate", "rolling_update": {"max_unavailable": 1}},
        "template": {"metadata": {"labels": dict(_LABELS)}, "spec": pod},
    }


def _container(plugin: DevicePluginSpec) -> dict[str, Any]:
    # Slices of a GPU are found through the driver's capability files, which only SYS_ADMIN may open.
    added = {} if plugin.mig_strategy == "none" else {"add": ["SYS_ADMIN"]}
    return {
        "name": "nvidia-device-plugin",
        "image": plugin.image,
        "command": ["nvidia-device-plugin"],
        "env": [
            {"name": "MIG_STRATEGY", "value": plugin.mig_strategy},
            # Without devices it ends, and the kubelet starts it again: a driver that is still loading is found at the
            # second try. Told not to fail it would wait for ever, ready, on a node that offers nothing.
            # source: NVIDIA/k8s-device-plugin README, "failOnInitError", 2026-11-25
            {"name": "FAIL_ON_INIT_ERROR", "value": "true"},
            {"name": "NVIDIA_VISIBLE_DEVICES", "value": "all"},
            {"name": "NVIDIA_DRIVER_CAPABILITIES", "value": "compute,utility"},
        ],
        "security_context": {
            "allow_privilege_escalation": bool(added),  # Kubernetes refuses false together with SYS_ADMIN
            "capabilities": {"drop": ["ALL"], **added},
            "seccomp_profile": {"type": "RuntimeDefault"},
        },
        "termination_message_policy": "FallbackToLogsOnError",  # so that the pod's status says why it ended
        # No limit: killing the plugin for memory would take the node's GPUs off the schedule.
        "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}},
        "volume_mounts": [{"name": "device-plugins", "mount_path": _SOCKETS}],
    }
