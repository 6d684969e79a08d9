"""Charts that nobody has seen, through the real Helm: every right path is proposed and verified, and no wrong one."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from components.release.roles import ROLES
from core.chart.evidence import EVIDENCE
from core.chart.search import Proposal
from core.input.problems import InvalidInput
from core.input.shapes import camel
from sandbox.toolchain import ensure
from tests.support.chart_cases import FLAT, GATED, NESTED, SHAPES, Shape, write_chart
from toolkit.bundle.inspection import as_data, as_yaml, inspect_chart
from toolkit.main import main


@pytest.fixture(autouse=True)
def helm(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = ensure(["helm"], progress=False)["helm"].parent
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def inspected(folder: Path, shape: Shape) -> Proposal:
    return inspect_chart(write_chart(folder, shape))


def test_every_role_has_its_evidence() -> None:
    assert set(EVIDENCE) == set(ROLES)


@pytest.mark.parametrize("shape", SHAPES, ids=[shape.name for shape in SHAPES])
def test_every_right_path_is_proposed_and_no_wrong_one(shape: Shape, tmp_path: Path) -> None:
    found = inspected(tmp_path, shape)
    assert found.paths == {role: path for role, path in shape.paths.items() if path}
    assert found.needs == shape.needs
    assert found.unclear == {}
    assert set(found.missing) == {role for role in EVIDENCE if not shape.paths[role]}


def test_what_nothing_tells_apart_is_left_open(tmp_path: Path) -> None:
    """Two secrets of one pod with one name: whichever was taken, it could be the wrong one."""
    twins = write_chart(tmp_path, FLAT)
    template = twins / "templates" / "all.yaml"
    text = template.read_text()
    twin = "        - {name: other, secret: {secretName: {{ $.Values.bucket_credential }}}}\n"
    template.write_text(text.replace("        - name: vendor-key\n", f"{twin}        - name: vendor-key\n"))
    values = twins / "values.yaml"
    values.write_text(f"{values.read_text()}bucket_credential: also\n")
    found = inspect_chart(twins)
    assert "gcs_secret" not in found.paths
    assert set(found.unclear["gcs_secret"]) == {"bucket_credential", "bucket_credentials"}
    assert found.paths["pull_secret"] == FLAT.paths["pull_secret"]


def test_a_key_that_only_has_the_right_name_is_not_taken(tmp_path: Path) -> None:
    """The chart lost its pull secret and kept the key: the name is right, and nothing comes of it."""
    shape = replace(NESTED, name="lost", gates={"pull_secret": "global.registry.never"})
    chart = write_chart(tmp_path, shape)
    template = chart / "templates" / "all.yaml"
    template.write_text(template.read_text().replace("and .Values.global.registry.never", "and false"))
    found = inspect_chart(chart)
    assert "pull_secret" in found.missing
    assert found.paths == {role: path for role, path in NESTED.paths.items() if role != "pull_secret"}


def test_the_block_can_be_pasted_into_a_stack_file(tmp_path: Path) -> None:
    chart = write_chart(tmp_path, GATED)
    found = inspect_chart(chart)
    pasted = yaml.safe_load(as_yaml(chart, found))
    assert pasted["keyPaths"] == {camel(role): path for role, path in GATED.paths.items() if path}
    assert pasted["values"] == {"auth": {"gcs": {"enabled": True}}, "telemetry": {"on": True}}
    assert as_data(chart, found)["values"] == pasted["values"]


def test_the_command_prints_json_and_says_what_is_open(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chart = write_chart(tmp_path, FLAT)
    assert main(["release", "inspect", "--chart", str(chart), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["keyPaths"]["pullSecret"] == "imagePullSecrets[0].name"
    assert printed["missing"] == ["natsImage", "workerEnabled"]


def test_a_folder_that_is_no_chart_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="must be a chart's folder"):
        inspect_chart(tmp_path)
