"""The fetched chart on a real control plane: installed, upgraded, starved of GPUs and of volumes, rolled back."""

import subprocess
import time

import pytest
import yaml

from clients.kubernetes import KubeClient
from core.bundle.lock import verified_chart
from sandbox.environment import environment
from sandbox.planes.claims import claim_plane
from sandbox.planes.volumes import STORAGE_CLASSES, VOLUMES_PER_CLASS, ensure_volumes
from sandbox.toolchain import ensure
from sandbox.world import World
from toolkit.bundle import DEFAULT_BUCKET, fetch_bundle

pytestmark = pytest.mark.cluster

DISCO = "cartesia-sonic-azure-disco"
GPU_NODES = 2


class Site:
    """One plane with nodes, and Helm on it with the chart as it comes out of the vendor's bucket."""

    def __init__(self, world, chart):
        plane = claim_plane(world.layout.root, "chart-tests")
        self.chart = chart
        self.env = environment(world.layout.root) | {"KUBECONFIG": str(plane.kubeconfig)}
        self.kube = KubeClient.from_kubeconfig(plane.kubeconfig.read_text())
        self.program = ensure(["helm"], progress=False)["helm"]
        self.node("cpu-0", gpus=0)
        for number in range(GPU_NODES):
            self.node(f"gpu-{number}", gpus=1)

    def node(self, name, *, gpus):
        room = {"cpu": "8", "memory": "32Gi", "pods": "58"}
        labels, taints = {"kubernetes.io/hostname": name}, []
        if gpus:
            room["nvidia.com/gpu"] = str(gpus)
            labels["nvidia.com/gpu.present"] = "true"
            taints = [{"key": "nvidia.com/gpu", "value": "true", "effect": "NoSchedule"}]
        made = {"name": name, "labels": labels, "annotations": {"kwok.x-k8s.io/node": "fake"}}
        node = {"apiVersion": "v1", "kind": "Node", "metadata": made, "spec": {"taints": taints}}
        self.kube.apply(node, field_manager="test")
        self.kube.patch_status("v1", "Node", name, {"capacity": room, "allocatable": room})

    def helm(self, *words, values=None):
        return subprocess.run(
            [self.program, *words], input=yaml.safe_dump(values or {}), env=self.env, capture_output=True, text=True
        )

    def upgrade(self, namespace, values, seconds=15):
        return self.helm(
            *("upgrade", "--install", "cartesia", str(self.chart), "--namespace", namespace, "--create-namespace"),
            *("--values", "-", "--wait", "--timeout", f"{seconds}s"),
            values=values,
        )

    def pods(self, namespace, name=None):
        selector = f"app.kubernetes.io/name={name}" if name else None
        return [
            pod
            for pod in self.kube.list("v1", "Pod", namespace, selector)
            if "deletionTimestamp" not in pod["metadata"]
        ]

    def ready(self, namespace):
        return {
            pod["metadata"]["labels"]["app.kubernetes.io/name"]: pod["spec"]["nodeName"]
            for pod in self.pods(namespace)
            if any(c["type"] == "Ready" and c["status"] == "True" for c in pod["status"].get("conditions", ()))
        }


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    world = World.at(tmp_path_factory.mktemp("chart") / "world")
    try:
        world.up(progress=False)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("STORAGE_EMULATOR_HOST", environment(world.layout.root)["STORAGE_EMULATOR_HOST"])
            store = world.layout.root / "bundles"
            lock = fetch_bundle(
                bucket=DEFAULT_BUCKET,
                key_file=world.layout.vendor_key,
                store=store,
                lock_file=world.layout.root / "cartesia.lock",
            )
        site = Site(world, verified_chart(store, lock))
        yield site
        site.kube.close()
    finally:
        world.down()


@pytest.fixture
def namespace(site, request):
    name = request.node.name.replace("_", "-")[:40].strip("-")
    yield name
    # The namespace stays: deleting one takes the controller seconds, and the whole plane goes with the world.
    site.helm("uninstall", "cartesia", "--namespace", name, "--ignore-not-found")
    assert until(lambda: not site.kube.list("v1", "Pod", name)), "pods that stay would hold the next test's GPUs"


def values(tag="sonic-20260503", workers=1, **more):
    return {
        "release": {"releaseTag": tag},
        "workers": {DISCO: {"model": "azure-disco", "minReplicas": workers}},
        **more,
    }


def until(what, seconds=10):
    deadline = time.monotonic() + seconds
    while not (found := what()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def test_install_makes_every_pod_ready_and_workers_sit_on_gpu_nodes(site, namespace):
    done = site.upgrade(namespace, values(workers=2))
    assert done.returncode == 0, done.stderr
    ready = site.ready(namespace)
    assert set(ready) == {"cartesia-api", "cartesia-license-proxy", "cartesia-nats", DISCO}
    assert {pod["spec"]["nodeName"] for pod in site.pods(namespace, DISCO)} == {"gpu-0", "gpu-1"}
    assert {node for name, node in ready.items() if name != DISCO} == {"cpu-0"}


def test_new_tag_rolls_every_vendor_image_and_rollback_returns_it(site, namespace):
    def tags():
        images = [container["image"] for pod in site.pods(namespace) for container in pod["spec"]["containers"]]
        return {image.rpartition(":")[2] for image in images if "nats" not in image}

    for tag in ("sonic-20260310", "sonic-20260503"):
        done = site.upgrade(namespace, values(tag))
        assert done.returncode == 0, done.stderr
        assert until(lambda tag=tag: tags() == {tag})
    assert site.helm("rollback", "cartesia", "1", "--namespace", namespace, "--wait").returncode == 0
    assert until(lambda: tags() == {"sonic-20260310"})


def test_pool_too_small_is_told_in_the_schedulers_words(site, namespace):
    done = site.upgrade(namespace, values(workers=GPU_NODES + 1), seconds=3)
    assert done.returncode != 0
    pending = [pod for pod in site.pods(namespace, DISCO) if pod["status"]["phase"] == "Pending"]
    (condition,) = [c for c in pending[0]["status"]["conditions"] if c["type"] == "PodScheduled"]
    assert "Insufficient nvidia.com/gpu" in condition["message"]


AIR_GAPPED = {
    "infra": {"authenticate": False, "imageRegistry": "registry.example.com/cartesia"},
    "hotReload": False,
    "licenseSeed": '{"issued_at": "2026-01-01"}',
}


def persistent(storage_class):
    return {"licenseProxy": {"persistence": {"enabled": True, "storageClass": storage_class}}}


def test_license_volume_binds_again_and_again(site, namespace):
    for _ in range(2):
        ensure_volumes(site.kube)
        done = site.upgrade(namespace, values(**AIR_GAPPED, **persistent("gp3")))
        assert done.returncode == 0, done.stderr
        (claim,) = site.kube.list("v1", "PersistentVolumeClaim", namespace)
        assert (claim["status"]["phase"], claim["spec"]["storageClassName"]) == ("Bound", "gp3")
        site.helm("uninstall", "cartesia", "--namespace", namespace, "--wait")
    assert until(lambda: "Released" in phases(site))
    ensure_volumes(site.kube)
    assert until(lambda: phases(site) == ["Available"] * VOLUMES_PER_CLASS * len(STORAGE_CLASSES))


def phases(site):
    return [volume["status"].get("phase") for volume in site.kube.list("v1", "PersistentVolume")]


def test_claim_of_a_class_without_volumes_is_told_in_the_schedulers_words(site, namespace):
    done = site.upgrade(namespace, values(**AIR_GAPPED, **persistent("io2")), seconds=2)
    assert done.returncode != 0
    (proxy,) = site.pods(namespace, "cartesia-license-proxy")
    (condition,) = [c for c in proxy["status"]["conditions"] if c["type"] == "PodScheduled"]
    assert "unbound immediate PersistentVolumeClaims" in condition["message"]


def test_every_object_passes_the_api_servers_own_strict_dry_run(site, namespace):
    given = values(
        **AIR_GAPPED,
        **persistent("gp3"),
        imagePullSecret="pull",
        gcsSecret="gcs",
        apiKeySecret="key",
        ingress={
            "enabled": True,
            "host": "api.example.com",
            "certificate": "arn:aws:acm:us-west-2:123456789012:certificate/a",
        },
    )
    site.kube.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}, field_manager="test")
    done = site.helm("template", "cartesia", str(site.chart), "--namespace", namespace, "--values", "-", values=given)
    objects = [obj for obj in yaml.safe_load_all(done.stdout) if obj]
    assert len(objects) == 10
    for obj in objects:
        obj["metadata"]["namespace"] = namespace
        site.kube.apply(obj, field_manager="test", dry_run=True)
