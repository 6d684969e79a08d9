"""GPUs of nodes that offer them only while a device plugin runs there, as the kubelet does it.

A plugin is a pod that mounts the kubelet's folder for device plugins. While it is ready its node offers the devices it
has; without one the node offers none, however many are built in. A node whose devices do not work (its annotation says
0) offers none either: a plugin told to fail then crashes and is started again, one told not to waits in silence.

No process watches for this: nodes are made and waited for by the providers, and those look each time (`follow`).
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from catalog.gpus import GPU_RESOURCE
from clients.kubernetes import KubeClient, KubeError

DEVICES_ANNOTATION: Final = "sandbox.cartesia/devices"
"""GPUs that are built into a node and work."""
_SOCKETS: Final = "/var/lib/kubelet/device-plugins"
_FAIL_VARIABLE: Final = "FAIL_ON_INIT_ERROR"
_LAST_WORDS: Final = "error starting plugins: no devices found; check the driver"
Object = Mapping[str, Any]


def follow(client: KubeClient) -> None:
    """Have every node offer what its plugin would, and every plugin without devices do what it would."""
    for node in client.list("v1", "Node"):
        annotations = node["metadata"].get("annotations") or {}
        if DEVICES_ANNOTATION in annotations:
            _follow_node(client, node, int(annotations[DEVICES_ANNOTATION]))


def _follow_node(client: KubeClient, node: Object, devices: int) -> None:
    plugins = list(_plugins(client, node["metadata"]["name"]))
    if not devices:
        for pod in plugins:
            _crash(client, pod)
    offered = str(devices) if devices and any(_ready(pod) for pod in plugins) else None
    status = node.get("status") or {}
    if (status.get("allocatable") or {}).get(GPU_RESOURCE) != offered:
        told = {GPU_RESOURCE: offered}
        _quietly(client, "Node", node["metadata"]["name"], {"capacity": told, "allocatable": told}, None)


def is_plugin(pod: Object) -> bool:
    """Whether a pod, or the template of one, is a device plugin."""
    mounts = [(volume.get("hostPath") or {}).get("path", "") for volume in pod["spec"].get("volumes") or ()]
    return any(path.startswith(_SOCKETS) for path in mounts)


def offers(node: Object) -> bool:
    """Whether a node offers GPUs, or has none that work."""
    devices = (node["metadata"].get("annotations") or {}).get(DEVICES_ANNOTATION)
    return devices in (None, "0") or GPU_RESOURCE in ((node.get("status") or {}).get("allocatable") or {})


def _plugins(client: KubeClient, node: str) -> Iterator[Object]:
    for pod in client.list("v1", "Pod", field_selector=f"spec.nodeName={node}"):
        if is_plugin(pod) and not pod["metadata"].get("deletionTimestamp"):
            yield pod


def _ready(pod: Object) -> bool:
    conditions = (pod.get("status") or {}).get("conditions") or ()
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def _crash(client: KubeClient, pod: Object) -> None:
    container = pod["spec"]["containers"][0]
    fails = any(each["name"] == _FAIL_VARIABLE and each.get("value") == "true" for each in container.get("env") or ())
    if not fails or not _ready(pod):
        return
    ended = {"exitCode": 1, "reason": "Error", "message": _LAST_WORDS}
    status = {
        "conditions": [
            {"type": kind, "status": "False", "reason": "ContainersNotReady"} for kind in ("Ready", "ContainersReady")
        ]
        + [{"type": kind, "status": "True"} for kind in ("PodScheduled", "Initialized")],
        "containerStatuses": [
            {
                "name": container["name"],
                "image": container["image"],
                "imageID": "",
                "ready": False,
                "restartCount": 3,
                "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off restarting failed container"}},
                "lastState": {"terminated": ended},
            }
        ],
    }
    metadata = pod["metadata"]
    _quietly(client, "Pod", metadata["name"], status, metadata["namespace"])


def _quietly(client: KubeClient, kind: str, name: str, status: Mapping[str, Any], namespace: str | None) -> None:
    """Write a status; an object that is gone meanwhile needs none."""
    try:
        client.patch_status("v1", kind, name, status, namespace)
    except KubeError as error:
        if not error.not_found:
            raise
