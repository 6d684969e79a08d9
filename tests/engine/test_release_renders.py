"""The values of a release, rendered by the real Helm with the reference chart: every argument reaches its object."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from catalog.chart import API_DEPLOYMENT
from components.release.resolve import resolve_cartesia_release
from components.release.roles import ROLES
from core.kube.helm_values import merge, tree
from sandbox.toolchain import ensure
from tests.support.release_cases import CERTIFICATE, air_gapped, connected

CHART = Path(__file__).resolve().parents[2] / "sandbox" / "chart"


@pytest.fixture(scope="module")
def helm() -> Path:
    return ensure(["helm"])["helm"]


@pytest.fixture(scope="module")
def key_paths() -> dict[str, str]:
    """The reference chart's own list, which is what a stack hands to the component."""
    listed = yaml.safe_load((CHART / "keys.yaml").read_text())
    return {role: path for role, path in listed.items() if role in ROLES}


def rendered(helm: Path, args: dict[str, Any], tmp_path: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """The chart's objects by kind and name."""
    spec = resolve_cartesia_release(args)
    values = merge(tree(spec.settings), spec.values)
    file = tmp_path / "values.json"
    file.write_text(json.dumps(values))
    command = [str(helm), "template", spec.release_name, str(CHART / "cartesia"), "--values", str(file)]
    run = subprocess.run([*command, "--namespace", spec.namespace], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    found = [item for item in yaml.safe_load_all(run.stdout) if item]
    return {(item["kind"], item["metadata"]["name"]): item for item in found}


def pod(item: dict[str, Any]) -> dict[str, Any]:
    spec = item["spec"]["template"]["spec"]
    assert isinstance(spec, dict)
    return spec


def test_a_connected_release_reaches_its_objects(helm: Path, key_paths: dict[str, str], tmp_path: Path) -> None:
    objects = rendered(helm, connected(key_paths=key_paths, values={}), tmp_path)
    api = pod(objects["Deployment", API_DEPLOYMENT])
    image = f"us-docker.pkg.dev/cartesia-external/self-serve/{API_DEPLOYMENT}:sonic-20260503"
    assert api["containers"][0]["image"] == image
    assert api["imagePullSecrets"] == [{"name": "cartesia-registry"}]
    assert "cartesia-gcs" in json.dumps(api)
    worker = objects["Deployment", "cartesia-sonic-rosy-dragon"]
    assert worker["spec"]["replicas"] == 1
    assert {"name": "BATCH_SIZE", "value": "4"} in pod(worker)["containers"][0]["env"]
    assert worker["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 3, "maxUnavailable": 0}
    assert "cartesia-api-key" in json.dumps(objects["Deployment", "cartesia-license-proxy"])
    ingress = objects["Ingress", "cartesia"]
    assert ingress["spec"]["rules"][0]["host"] == "api.voice.example.com"
    assert CERTIFICATE in json.dumps(ingress["metadata"]["annotations"])


def test_an_air_gapped_release_reaches_its_objects(helm: Path, key_paths: dict[str, str], tmp_path: Path) -> None:
    objects = rendered(helm, air_gapped(key_paths=key_paths, values={}), tmp_path)
    claim = next(item for (kind, _), item in objects.items() if kind == "PersistentVolumeClaim")
    assert claim["spec"]["storageClassName"] == "gp3"
    assert "cartesia-license" in json.dumps(objects["Deployment", "cartesia-license-proxy"])
    assert {"name": "HOT_RELOAD", "value": "false"} in pod(objects["Deployment", API_DEPLOYMENT])["containers"][0][
        "env"
    ]
    images = [
        container["image"]
        for (kind, _), item in objects.items()
        if kind in ("Deployment", "StatefulSet")
        for container in pod(item)["containers"]
    ]
    assert len(images) >= 5
    assert [image for image in images if not image.startswith("registry.example.com:5000/")] == []


def test_an_unknown_value_is_told_by_the_chart_itself(helm: Path, key_paths: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="unknownKey"):
        rendered(helm, connected(key_paths=key_paths, values={"unknownKey": 1}), tmp_path)
