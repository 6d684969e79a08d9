"""Where `smoke` calls: an endpoint by name, or what a stack's outputs say of theirs."""

import json
import stat
from pathlib import Path

import pytest

from core.input.problems import InvalidInput
from toolkit.main import Exit, main
from toolkit.voice.route import Destination, RouteKind
from toolkit.voice.routes.sagemaker.outputs import destination_of_outputs
from toolkit.voice.routes.table import ROUTES, load_route

OUTPUTS = {
    "endpointName": "voice",
    "endpointArn": "arn:aws:sagemaker:eu-west-1:123456789012:endpoint/voice",
    "model": "sonic-3",
}


def test_name_region_and_model_come_from_the_outputs() -> None:
    assert destination_of_outputs(OUTPUTS, "dev") == Destination(endpoint="voice", region="eu-west-1", model="sonic-3")
    assert destination_of_outputs({"endpointName": "voice"}, "dev") == Destination(endpoint="voice")


@pytest.mark.parametrize("name", ROUTES)
def test_every_route_of_the_table_can_be_made_and_has_a_model(name: str) -> None:
    kind = load_route(name)
    assert isinstance(kind, RouteKind)
    assert kind.models
    with pytest.raises(InvalidInput):
        kind.check({}, next(iter(kind.models)), False)
    with pytest.raises(InvalidInput):
        kind.of_outputs({}, "dev")


@pytest.mark.parametrize(("outputs", "got"), [({}, "none"), ({"clusterName": "c"}, "clusterName")])
def test_a_stack_without_an_endpoint_says_what_it_has(outputs: dict[str, str], got: str) -> None:
    with pytest.raises(InvalidInput, match=f"stack dev: must have the outputs of a SageMaker endpoint.*{got}"):
        destination_of_outputs(outputs, "dev")


@pytest.mark.parametrize("words", [[], ["--stack", "dev", "--endpoint", "voice"]])
def test_exactly_one_way_must_be_named(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["smoke", *words]) == Exit.WRONG
    assert "either --stack or --endpoint" in capsys.readouterr().err


def test_the_engines_refusal_and_its_absence_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["smoke", "--stack", "dev"]) == Exit.WRONG
    assert "pulumi is not on PATH" in capsys.readouterr().err
    _pulumi(tmp_path, "echo \"error: no stack named 'dev' found\" >&2; exit 255")
    assert main(["smoke", "--stack", "dev"]) == Exit.WRONG
    assert "no stack named 'dev' found" in capsys.readouterr().err
    _pulumi(tmp_path, f"echo '{json.dumps({'clusterName': 'c'})}'")
    assert main(["smoke", "--stack", "dev"]) == Exit.WRONG
    assert "cartesia:sagemaker" in capsys.readouterr().err


def test_a_mistyped_stack_gets_its_nearest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    listed = json.dumps([{"name": "sagemaker-prod"}, {"name": "eks-dev"}])
    refused = "echo \"error: no stack named 'sagemaker-prd' found\" >&2; exit 255"
    _pulumi(tmp_path, f"if [ \"$2\" = ls ]; then echo '{listed}'; else {refused}; fi")
    assert main(["smoke", "--stack", "sagemaker-prd"]) == Exit.WRONG
    assert "did you mean sagemaker-prod?" in capsys.readouterr().err


def _pulumi(folder: Path, script: str) -> None:
    program = folder / "pulumi"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
