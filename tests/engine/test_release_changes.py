"""A release through the real engine, Helm and a control plane, in order: up, no change, upgrade, rotation, down."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from clients.kubernetes import KubeClient
from components.release.roles import ROLES
from sandbox.environment import environment
from sandbox.planes.claims import claim_plane
from sandbox.world import World
from tests.support.release_cases import API_KEY, CANARY, SA_JSON, changed, connected

pytestmark = [pytest.mark.engine, pytest.mark.cluster]

CHART = Path(__file__).resolve().parents[2] / "sandbox" / "chart"
ROOT = CHART.parents[1]

PROGRAM = """
import json, sys
sys.path.insert(0, {root!r})
import pulumi, pulumi_kubernetes as kubernetes
from components.release.cartesia_release import CartesiaRelease
from components.addons.cluster_platform import ClusterPlatform
args = json.load(open("args.json"))
provider = kubernetes.Provider("plane", kubeconfig=open("kubeconfig").read(), enable_secret_mutable=True)
platform = ClusterPlatform("platform", {{}}, pulumi.ResourceOptions(providers=[provider]))
opts = pulumi.ResourceOptions(providers=[provider], depends_on=[platform])
release = CartesiaRelease("voice", args, opts)
pulumi.export("status", release.release_status)
pulumi.export("endpoint", release.api_endpoint)
"""


class Site:
    """A project with one stack on a plane of its own."""

    def __init__(self, world: World, folder: Path) -> None:
        plane = claim_plane(world.layout.root, "release-changes")
        self.folder = folder
        self.env = environment(world.layout.root)
        self.kube = KubeClient.from_kubeconfig(plane.kubeconfig.read_text())
        folder.mkdir()
        shutil.copy(plane.kubeconfig, folder / "kubeconfig")
        (folder / "Pulumi.yaml").write_text(
            f"name: changes\nruntime:\n  name: python\n  options: {{virtualenv: {sys.prefix}}}\n"
        )
        (folder / "__main__.py").write_text(PROGRAM.format(root=str(ROOT)))
        for name, gpus in (("cpu-0", 0), ("gpu-0", 4)):
            self.node(name, gpus)
        self.pulumi("stack", "init", "dev")

    def node(self, name: str, gpus: int) -> None:
        room = {"cpu": "8", "memory": "32Gi", "pods": "58"} | ({"nvidia.com/gpu": str(gpus)} if gpus else {})
        labels = {"nvidia.com/gpu.present": "true"} if gpus else {}
        taints = [{"key": "nvidia.com/gpu", "value": "true", "effect": "NoSchedule"}] if gpus else []
        made = {"name": name, "labels": labels, "annotations": {"kwok.x-k8s.io/node": "fake"}}
        node = {"apiVersion": "v1", "kind": "Node", "metadata": made, "spec": {"taints": taints}}
        self.kube.apply(node, field_manager="test")
        self.kube.patch_status("v1", "Node", name, {"capacity": room, "allocatable": room})

    def pulumi(self, *words: str, ok: bool = True) -> str:
        command = ["pulumi", *words, "--non-interactive"]
        run = subprocess.run(command, cwd=self.folder, env=self.env, capture_output=True, text=True, timeout=200)
        text = run.stdout + run.stderr
        assert CANARY not in text
        assert (run.returncode == 0) is ok, text
        return run.stdout if ok else text

    def write(self, args: dict[str, Any]) -> None:
        (self.folder / "args.json").write_text(json.dumps(args))

    def up(self, args: dict[str, Any]) -> str:
        self.write(args)
        return self.pulumi("up", "--yes", "--skip-preview")

    def changes(self, args: dict[str, Any]) -> dict[str, str]:
        """What a preview would do, by resource name, without what stays."""
        self.write(args)
        steps = json.loads(self.pulumi("preview", "--json"))["steps"]
        return {step["urn"].rpartition("::")[2]: step["op"] for step in steps if step["op"] != "same"}

    def helm_values(self) -> dict[str, Any]:
        command = ["helm", "get", "values", "cartesia", "--namespace", "cartesia", "--output", "json"]
        env = self.env | {"KUBECONFIG": str(self.folder / "kubeconfig")}
        run = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=True)
        found = json.loads(run.stdout)
        assert isinstance(found, dict)
        return found

    def state(self) -> str:
        return self.pulumi("stack", "export")


def args_of_chart(**changes: Any) -> dict[str, Any]:
    paths = yaml.safe_load((CHART / "keys.yaml").read_text())
    args = connected(
        chart_path=str(CHART / "cartesia"),
        key_paths={role: path for role, path in paths.items() if role in ROLES},
        rollout={"gpus_max": 4, "max_unavailable": 1},
        values={},
        timeout_seconds=60,
    )
    del args["ingress"]
    return {**args, **changes}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("changes")
    world = World.at(folder / "world")
    world.up(progress=False)
    try:
        made = Site(world, folder / "project")
        made.up(args_of_chart())
        yield made
        made.kube.close()
    finally:
        world.down()


def test_a_second_preview_has_nothing_to_do(site: Site) -> None:
    assert site.changes(args_of_chart()) == {}
    assert json.loads(site.pulumi("stack", "output", "--json")) == {
        "status": "deployed",
        "endpoint": "http://cartesia-api.cartesia.svc:5000",
    }


def test_no_secret_is_in_the_state(site: Site) -> None:
    assert CANARY not in site.state()


def test_wrong_arguments_end_the_program_with_the_text_alone(site: Site) -> None:
    site.write(args_of_chart(release_tag="latest"))
    text = site.pulumi("preview", ok=False)
    assert "release_tag: must name one release" in text
    assert "Traceback" not in text


def images(site: Site) -> set[str]:
    found = site.kube.list("apps/v1", "Deployment", "cartesia")
    return {c["image"].rpartition(":")[2] for item in found for c in item["spec"]["template"]["spec"]["containers"]}


def test_a_new_tag_upgrades_the_release_and_the_old_one_rolls_it_back(site: Site) -> None:
    newer = args_of_chart(
        release_tag="sonic-20260701", values={"natsImage": "nats:2.11", "podMonitor": {"enabled": None}}
    )
    assert set(site.changes(newer)) <= {"voice", "voice-release"}
    site.up(newer)
    assert "sonic-20260701" in images(site)
    assert "sonic-20260503" not in images(site)
    given = site.helm_values()
    assert given["podMonitor"] == {"enabled": None}, "null reached Helm, which drops the chart's default for it"
    site.up(args_of_chart())
    assert "sonic-20260503" in images(site)
    assert site.changes(args_of_chart()) == {}


def test_rotated_secrets_change_in_place_and_leave_the_release_alone(site: Site) -> None:
    rotated = SA_JSON.replace(f"{CANARY}id", f"{CANARY}new")
    args = changed(args_of_chart(), "api_key/value", f"{API_KEY}2")
    args = changed(changed(args, "pull_secret/service_account_json", rotated), "gcs_access/value", rotated)
    before = site.kube.get("v1", "Secret", "cartesia-registry", "cartesia")
    assert site.changes(args) == {
        "voice-api-key": "update",
        "voice-pull-secret": "update",
        "voice-gcs-secret": "update",
    }
    site.up(args)
    after = site.kube.get("v1", "Secret", "cartesia-registry", "cartesia")
    assert before is not None
    assert after is not None
    assert before["metadata"]["uid"] == after["metadata"]["uid"]
    assert before["data"] != after["data"]


def test_a_destroy_takes_all_of_it_away(site: Site) -> None:
    site.pulumi("destroy", "--yes", "--skip-preview")
    assert site.kube.get("v1", "Namespace", "cartesia") is None
    assert site.kube.list("apps/v1", "DaemonSet", "kube-system") == []
