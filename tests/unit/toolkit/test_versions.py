"""`versions`: what a stack pins against what AWS has published, and the stack file that takes the newest."""

import json
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from botocore.stub import Stubber

from catalog.aws.eks import EKS_ADDONS
from catalog.aws.versions import ADDON_VERSIONS, AMI_RELEASES
from components.eks.resolve import resolve_eks_cluster
from tests.support.eks_cases import SMALL
from toolkit.commands.cluster import versions as command
from toolkit.main import main
from toolkit.versions.pins import compare
from toolkit.versions.published import AwsPublished, CommandPublished, newest

STACKS = Path(__file__).resolve().parents[3] / "stacks"
FILE: dict[str, Any] = {
    "config": {
        "cartesia:eks": {
            "region": "us-west-2",
            "addonVersions": {"coredns": "v1.14.3-eksbuild.9"},
            "nodeGroups": {
                "default": {"maxNodes": 3, "releaseVersion": "1.35.6-20260801"},
                "gpu": {"profile": "l40s", "maxNodes": 2},
                "old": {"instanceTypes": ["g5.xlarge"], "maxNodes": 1},
            },
        }
    }
}
SAID: dict[str, Any] = {
    "kubernetes": ["1.34", "1.35", "1.36"],
    "addons": {
        version: {name: f"v{version}.0-eksbuild.{count}" for count, name in enumerate(EKS_ADDONS)}
        for version in ("1.35", "1.36")
    },
    "images": {
        version: {"AL2023_x86_64_STANDARD": f"{version}.1-1", "AL2023_x86_64_NVIDIA": f"{version}.1-2"}
        for version in ("1.35", "1.36")
    },
}


def test_rows_stand_in_the_order_of_an_update_and_say_who_pins() -> None:
    found = compare("s", FILE, CommandPublished(SAID))
    kinds = [pin.kind for pin in found.pins]
    assert kinds == ["control plane", *["add-on"] * len(EKS_ADDONS), *["nodes"] * 3]
    by_name = {pin.name: pin for pin in found.pins}
    assert (by_name["coredns"].pinned, by_name["coredns"].source) == ("v1.14.3-eksbuild.9", "stack file")
    assert by_name["vpc-cni"].source == "catalogue"
    assert by_name["default"].pinned == "1.35.6-20260801"
    assert {by_name["gpu"].newest, by_name["old"].newest} == {"1.35.1-2"}, "nodes with GPUs have an image of their own"
    assert found.upgrade == "1.36"


def test_an_upgrade_takes_one_version_with_all_its_parts() -> None:
    found = compare("s", FILE, CommandPublished(SAID), upgrade=True)
    assert found.kubernetes == "1.36"
    assert found.pins[0].newest == "1.36"
    assert all("1.36" in str(pin.newest) for pin in found.pins)


def test_the_highest_version_is_told_by_its_numbers() -> None:
    assert newest(["v1.9.0-eksbuild.9", "v1.10.0-eksbuild.1", "v1.10.0-eksbuild.12"]) == "v1.10.0-eksbuild.12"
    assert newest([]) is None


def test_aws_is_asked_by_its_published_apis() -> None:
    session = boto3.Session("k", "s", region_name="us-west-2")
    eks, ssm = session.client("eks"), session.client("ssm")
    with Stubber(eks) as asked, Stubber(ssm) as parameters:
        until = datetime(2027, 3, 27, tzinfo=UTC)
        row = {"clusterVersion": "1.35", "endOfStandardSupportDate": until, "versionStatus": "STANDARD_SUPPORT"}
        old = {"clusterVersion": "1.31", "versionStatus": "EXTENDED_SUPPORT"}
        asked.add_response("describe_cluster_versions", {"clusterVersions": [row, old]})
        told = [{"addonVersion": version} for version in ("v1.9.0-eksbuild.1", "v1.10.0-eksbuild.1")]
        wanted = {"addonName": "coredns", "kubernetesVersion": "1.35"}
        asked.add_response("describe_addon_versions", {"addons": [{"addonVersions": told}]}, wanted)
        path = "/aws/service/eks/optimized-ami/1.35/amazon-linux-2023/x86_64/nvidia/recommended/release_version"
        parameters.add_response("get_parameter", {"Parameter": {"Value": "1.35.7-20261104"}}, {"Name": path})
        parameters.add_client_error("get_parameter", "ParameterNotFound")
        published = AwsPublished(eks, ssm)
        (version,) = published.kubernetes()
        assert (version.version, version.standard_until) == ("1.35", until.date())
        assert published.addon("coredns", "1.35") == "v1.10.0-eksbuild.1"
        assert published.image("AL2023_x86_64_NVIDIA", "1.35") == "1.35.7-20261104"
        assert published.image("AL2023_x86_64_NVIDIA", "9.99") is None


@pytest.fixture
def stacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for path in STACKS.glob("Pulumi.*.yaml"):
        shutil.copy(path, tmp_path)
    monkeypatch.setattr(command, "_STACKS", tmp_path)
    said = f"import json; print(json.dumps({SAID!r}))"
    monkeypatch.setenv("CARTESIA_VERSIONS_COMMAND", f'{sys.executable} -c "{said}"')
    return tmp_path


def test_it_writes_what_is_newest_and_keeps_the_rest(stacks: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (stacks / "Pulumi.eks-prod.yaml").read_text()
    assert main(["versions", "--stack", "eks-prod", "--json"]) == 1
    assert (stacks / "Pulumi.eks-prod.yaml").read_text() == before, "nothing is written unasked"
    assert main(["versions", "--stack", "eks-prod", "--write"]) == 0
    after = (stacks / "Pulumi.eks-prod.yaml").read_text()
    assert [line for line in before.splitlines() if line not in after.splitlines()] == []
    groups = yaml.safe_load(after)["config"]["cartesia:eks"]["nodeGroups"]
    assert {group["releaseVersion"] for group in groups.values()} == {"1.35.1-1", "1.35.1-2"}
    capsys.readouterr()
    assert main(["versions", "--stack", "eks-prod", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["current"] is True


def test_an_upgrade_without_all_its_parts_is_not_written(stacks: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lacking = {**SAID, "images": {"1.35": SAID["images"]["1.35"]}}
    said = f"import json; print(json.dumps({lacking!r}))"
    monkeypatch.setenv("CARTESIA_VERSIONS_COMMAND", f'{sys.executable} -c "{said}"')
    before = (stacks / "Pulumi.eks-dev.yaml").read_text()
    assert main(["versions", "--stack", "eks-dev", "--upgrade", "--write"]) == 2
    assert (stacks / "Pulumi.eks-dev.yaml").read_text() == before


@pytest.mark.parametrize("stack", ["eks-pord", "sagemaker-dev"])
def test_a_stack_without_a_cluster_is_refused(stack: str, stacks: Path) -> None:
    assert main(["versions", "--stack", stack]) == 2


def test_what_the_catalogue_pins_is_what_a_stack_gets() -> None:
    spec = resolve_eks_cluster(SMALL)
    assert spec.addon_versions == ADDON_VERSIONS["1.35"]
    assert {group.release_version for group in spec.node_groups.values()} == set(AMI_RELEASES.values())
