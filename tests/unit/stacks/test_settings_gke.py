"""Stack files on GKE and on clusters made elsewhere: good ones read, and bad ones are one clear error each."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from stacks.settings import Settings, SettingsError
from stacks.targets import TARGETS
from tests.support.settings_cases import DROP, changed, stack_file
from tests.unit.stacks.test_settings import CANARY, account, load, root

__all__ = ["account", "load", "root"]  # fixtures

CA = "Q0VSVElGSUNBVEU="
GPU = "gke/nodePools/gpu"


@pytest.mark.parametrize("name", ["gke-dev", "gke-prod", "existing"])
def test_every_stack_file_of_the_checkout_is_right(name: str, load: Callable[..., Settings]) -> None:
    settings = load(stack_file(name))
    assert settings.target is TARGETS[name.partition("-")[0]]
    assert settings.production == name.endswith("prod")
    assert settings.args["release"]["chart_version"] == "1.2.3"


GKE_CASES: list[tuple[str, object, list[str]]] = [
    ("gke/clusterName", DROP, ["cartesia:gke.clusterName: is required"]),
    ("gke/projectNumber", 123456789012, ["cartesia:gke.projectNumber: must be a string", "quotes"]),
    ("gke/projectNumber", DROP, ["cartesia:gke.projectNumber: is required to let GKE use the key"]),
    ("gke/location", "us-west-2", ["cartesia:gke.location: must be a region"]),
    ("gke/region", "us-central1", ["cartesia:gke.region: unknown key"]),
    ("gke/nodeGroups", {}, ["cartesia:gke.nodeGroups: unknown key"]),
    ("gke/network/pods", "10.0.0.0/8", ["cartesia:gke.network.pods: unknown key", "podsCidr"]),
    ("gke/maintenance", {"startTime": "3am"}, ["cartesia:gke.maintenance.startTime", "ends in Z"]),
    (f"{GPU}/profile", "l40s", ["cartesia:gke.nodePools.gpu.profile: has no machine on this cloud"]),
    (f"{GPU}/instanceTypes", ["g2"], ["cartesia:gke.nodePools.gpu.instanceTypes: unknown key"]),
    (f"{GPU}/sharedClients", 4, ["cartesia:gke.nodePools.gpu.sharedClients", "24 GB"]),
    (f"{GPU}/unlistedGpu", {"gpu": "R100"}, ["cartesia:gke.nodePools.gpu.unlistedGpu.memoryGib: is required"]),
    ("addons/devicePlugin", {"enabled": True}, ["cartesia:addons.devicePlugin: must be off", "of its own"]),
    ("addons/storageClass", {"name": "gp3"}, ["cartesia:addons.storageClass: must be off", "standard-rwo"]),
    ("aws/profile", "prod", ["cartesia:aws: must not stand beside gke"]),
    ("eks/clusterName", "voice", ["cartesia: must have exactly one of the sections"]),
]


@pytest.mark.parametrize(
    ("path", "value", "words"), GKE_CASES, ids=[f"{n}-{p}" for n, (p, _, _) in enumerate(GKE_CASES)]
)
def test_bad_settings_of_gke_are_one_clear_error(
    path: str, value: object, words: list[str], load: Callable[..., Settings]
) -> None:
    with pytest.raises(SettingsError) as caught:
        load(changed(stack_file("gke-dev"), path, value))
    text = str(caught.value)
    assert [word for word in words if word not in text] == [], text
    assert CANARY not in text
    assert all(problem.fix for problem in caught.value.problems)


EXISTING_CASES: list[tuple[str, object, list[str]]] = [
    ("existing/eksCluster", DROP, ["eksCluster", "is required and missing"]),
    ("existing/eksCluster/region", "us", ["cartesia:existing.eksCluster.region"]),
    ("existing/gpuPools", DROP, ["cartesia:existing.gpuPools: must have a GPU group for the workers"]),
    ("existing/gpuPools/gpu/gpu", "V100", ["cartesia:existing.gpuPools.gpu.gpu", "older than Ampere"]),
    ("existing/gpuPools/gpu/gpusPerNode", "1", ["cartesia:existing.gpuPools.gpu.gpusPerNode"]),
    ("existing/kubeconfig", {"file": "nowhere.yaml"}, ["cartesia:existing.kubeconfig.file: must name a readable file"]),
    ("existing/kubeconfig", {"file": 5}, ["cartesia:existing.kubeconfig.file: must be a string"]),
    ("existing/kubeconfig", {"file": "k", "content": "x"}, ["cartesia:existing.kubeconfig.content: must not stand"]),
    ("existing/terraformOutputs", {"file": "no.json", "cloud": "aws"}, ["terraformOutputs.file: must name a readable"]),
    ("existing/deletionProtection", True, ["cartesia:existing.deletionProtection: unknown key"]),
]


@pytest.mark.parametrize(
    ("path", "value", "words"), EXISTING_CASES, ids=[f"{n}-{p}" for n, (p, _, _) in enumerate(EXISTING_CASES)]
)
def test_bad_settings_of_a_given_cluster_are_one_clear_error(
    path: str, value: object, words: list[str], load: Callable[..., Settings]
) -> None:
    with pytest.raises(SettingsError) as caught:
        load(changed(stack_file("existing"), path, value))
    text = str(caught.value)
    assert [word for word in words if word not in text] == [], text
    assert all(problem.fix for problem in caught.value.problems)


def kubeconfig(user: dict[str, Any]) -> str:
    return yaml.safe_dump(
        {
            "current-context": "v",
            "contexts": [{"name": "v", "context": {"cluster": "c", "user": "u"}}],
            "clusters": [{"name": "c", "cluster": {"server": "https://a", "certificate-authority-data": CA}}],
            "users": [{"name": "u", "user": user}],
        }
    )


def with_cluster(section: dict[str, Any]) -> dict[str, Any]:
    file = stack_file("existing")
    return changed(file, "existing", {"gpuPools": file["cartesia:existing"]["gpuPools"], **section})


def test_a_kubeconfig_with_a_key_becomes_a_secret_and_one_without_stays_text(
    root: Path, load: Callable[..., Settings]
) -> None:
    (root / "kube.yaml").write_text(kubeconfig({"token": CANARY}))
    held = load(with_cluster({"kubeconfig": {"file": "kube.yaml"}}))
    assert isinstance(held.args["existing"]["kubeconfig"]["content"], pulumi.Output)
    (root / "kube.yaml").write_text(kubeconfig({"exec": {"command": "aws"}}))
    plain = load(with_cluster({"kubeconfig": {"file": "kube.yaml"}}))
    assert plain.args["existing"]["kubeconfig"]["content"].startswith("clusters:")


def test_a_broken_kubeconfig_is_told_without_its_content(root: Path, load: Callable[..., Settings]) -> None:
    (root / "kube.yaml").write_text(f"token: {CANARY}")
    with pytest.raises(SettingsError, match=r"existing\.kubeconfig\.file: must be a kubeconfig") as caught:
        load(with_cluster({"kubeconfig": {"file": "kube.yaml"}}))
    assert CANARY not in str(caught.value)


def test_the_outputs_of_terraform_are_read_from_their_file(root: Path, load: Callable[..., Settings]) -> None:
    outputs = {
        "cluster_name": "voice",
        "cluster_endpoint": "https://a",
        "cluster_certificate_authority_data": CA,
        "region": "us-west-2",
    }
    (root / "outputs.json").write_text(json.dumps({key: {"value": value} for key, value in outputs.items()}))
    settings = load(with_cluster({"terraformOutputs": {"file": "outputs.json", "cloud": "aws"}}))
    assert settings.args["existing"]["terraform_outputs"]["content"]["region"] == {"value": "us-west-2"}
    (root / "outputs.json").write_text("cluster_name = voice")
    with pytest.raises(SettingsError, match="terraform output -json"):
        load(with_cluster({"terraformOutputs": {"file": "outputs.json", "cloud": "aws"}}))
