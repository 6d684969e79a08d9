"""Drives the Kubernetes stand-in as the engine does, on a control plane of its own."""

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field

from clients.kubernetes import KubeClient
from sandbox.host.layout import Layout
from sandbox.planes.kwok import TOOLS
from sandbox.planes.lifecycle import create_plane, destroy_plane
from sandbox.providers import base
from sandbox.providers.kubernetes.provider import KubernetesProvider
from sandbox.toolchain import ensure

SETTLED = "deployed"


@contextmanager
def control_plane(root):
    layout = Layout(root)
    layout.root.mkdir(parents=True, exist_ok=True)
    record = create_plane(layout, ensure(TOOLS, progress=False))
    try:
        yield record.plane().kubeconfig.read_text()
    finally:
        destroy_plane(record)


def add_node(client, name, *, gpus=0):
    room = {"cpu": "8", "memory": "32Gi", "pods": "110"} | ({"nvidia.com/gpu": str(gpus)} if gpus else {})
    made = {"name": name, "labels": {"kubernetes.io/hostname": name}, "annotations": {"kwok.x-k8s.io/node": "fake"}}
    client.apply({"apiVersion": "v1", "kind": "Node", "metadata": made}, field_manager="test")
    client.patch_status("v1", "Node", name, {"capacity": room, "allocatable": room})


@dataclass
class Declared:
    """A resource as the engine's state has it."""

    type: str
    name: str
    id: str = ""
    inputs: dict = field(default_factory=dict)
    outputs: dict = field(default_factory=dict)

    @property
    def urn(self):
        return f"urn:pulumi:s::p::{self.type}::{self.name}"

    @property
    def identity(self):
        return {"urn": self.urn, "type": self.type, "name": self.name}


class Engine:
    """Check, diff, create, update, read and delete, one at a time."""

    def __init__(self, kubeconfig, **settings):
        self.lines = []
        self.provider = KubernetesProvider()
        self.provider.log = lambda severity, text, urn="", *, ephemeral=False: self.lines.append((severity, text))
        inputs = settings | ({"kubeconfig": kubeconfig} if kubeconfig else {})
        self.provider.configure(base.ConfigureRequest(inputs=inputs))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.provider.close()

    def check(self, old, news):
        return self.provider.check(base.CheckRequest(**old.identity, olds=old.inputs, news=news))

    def checked(self, old, news):
        result = self.check(old, news)
        assert not result.failures, result.failures
        return result.inputs

    def diff(self, old, inputs):
        request = {"id": old.id, "old_inputs": old.inputs, "state": old.outputs, "news": inputs}
        return self.provider.diff(base.DiffRequest(**old.identity, **request))

    def create(self, type_, name, news, *, preview=False, timeout=0):
        old = Declared(type_, name)
        inputs = self.checked(old, news)
        made = self.provider.create(base.CreateRequest(**old.identity, inputs=inputs, preview=preview, timeout=timeout))
        return Declared(type_, name, made.id, inputs, made.outputs)

    def update(self, old, news, *, preview=False, timeout=0):
        inputs = self.checked(old, news)
        request = {"id": old.id, "old_inputs": old.inputs, "state": old.outputs, "inputs": inputs}
        outputs = self.provider.update(base.UpdateRequest(**old.identity, **request, preview=preview, timeout=timeout))
        return Declared(old.type, old.name, old.id, inputs, outputs)

    def changes(self, old, news):
        return dict(self.diff(old, self.checked(old, news)).changes)

    def read(self, old):
        request = {"id": old.id, "inputs": old.inputs, "state": old.outputs}
        return self.provider.read(base.ReadRequest(**old.identity, **request))

    def delete(self, old, timeout=0):
        request = {"id": old.id, "old_inputs": old.inputs, "state": old.outputs}
        self.provider.delete(base.DeleteRequest(**old.identity, **request, timeout=timeout))

    def cancel_after(self, seconds):
        timer = threading.Timer(seconds, self.provider.cancel)
        timer.start()
        return timer


def new_namespace(client, name):
    client.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}, field_manager="test")
    return name


def client_of(kubeconfig):
    return KubeClient.from_kubeconfig(kubeconfig)


def deployment(namespace, name="web", *, replicas=1, gpus=0, labels=None, image="example.com/web:1"):
    labels = labels or {"app": name}
    container = {"name": "main", "image": image}
    if gpus:
        container["resources"] = {"limits": {"nvidia.com/gpu": str(gpus)}}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}
    return {"metadata": {"name": name, "namespace": namespace}, "spec": spec}
