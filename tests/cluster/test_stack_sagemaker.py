"""The SageMaker stacks as a user runs them: up, speak, another type and package, a killed voice, destroy.

One world for all tests, in the order of the file: each test starts from where the one before left off, as a user does.
"""

import json
import re
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.host import processes
from sandbox.host.processes import Process
from sandbox.providers.aws.inventory import inventory
from sandbox.providers.cloud.store import Record
from sandbox.voice.record import recorded_voice
from tests.support.first_day import SAGEMAKER, played
from tests.support.replacing import replace, urns_of
from tests.support.stack_world import StackWorld

pytestmark = [pytest.mark.cluster, pytest.mark.engine]

DEV, PROD = "sagemaker-dev", "sagemaker-prod"
CANARY = "wJalrXUtnFEMIK7MDENGbPxRfiCYCANARYKEY"
OUTPUTS = {
    "alarmTopicArn",
    "callerPolicyArn",
    "configName",
    "dashboardName",
    "endpointArn",
    "endpointName",
    "figures",
    "invocationUrl",
    "logGroup",
    "model",
    "quotaNeeded",
    "slotsMax",
    "slotsNow",
    "targetConcurrency",
    "vpcEndpointId",
}
LARGER = {"instanceType": "ml.g6e.2xlarge", "unlistedTypeReason": "tried with the vendor"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackWorld]:
    # Credentials of the person outside: nothing inside may see them.
    outside = {"AWS_ACCESS_KEY_ID": "AKIA" + CANARY[:16].upper(), "AWS_SECRET_ACCESS_KEY": CANARY}
    with StackWorld(tmp_path_factory.mktemp("sagemaker"), **outside).up() as made:
        made.up_stack(DEV)
        made.up_stack(PROD)
        yield made


def of_type(world: StackWorld, kind: str, stack: str) -> list[Record]:
    found = [row for row in inventory(world.layout.root) if row.type.endswith(f":{kind}")]
    return [row for row in found if row.urn.startswith(f"urn:pulumi:{stack}::")]


def status(world: StackWorld, stack: str) -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(world.infra("sandbox", "status", "--stack", stack, "--json").stdout)["stack"]
    return shown


def smoke(world: StackWorld, stack: str, *words: str) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(
        world.inside("cartesia-infra", "smoke", "--stack", stack, "--json", *words).stdout
    )
    return report


def moves(world: StackWorld, stack: str) -> list[str]:
    """Deploy; what was done to model, configuration and endpoint, in order."""
    printed = world.up_stack(stack).stdout
    done = r"voice-(model|config|endpoint) (created replacement|deleted original|updated|created|deleted|replaced)\b"
    steps = [f"{found[1]} {found[2]}" for found in re.finditer(done, printed)]
    return [step for step in steps if not step.endswith("replaced")]


def test_a_first_up_exports_what_callers_need_and_leaves_an_endpoint_that_answers(world: StackWorld) -> None:
    for stack, instances, slots in ((DEV, 1, (4, 4)), (PROD, 4, (16, 48))):
        outputs = world.outputs(stack)
        assert set(outputs) >= OUTPUTS - {"targetConcurrency"}
        assert (outputs["slotsNow"], outputs["slotsMax"]) == slots
        assert outputs["invocationUrl"].startswith("https://runtime.sagemaker.us-east-2.amazonaws.com/endpoints/")
        shown = status(world, stack)
        assert shown["healthy"]
        assert shown["variants"] == [
            {
                "name": "AllTraffic",
                "instances": instances,
                "slots": instances * 4,
                "routing": "LEAST_OUTSTANDING_REQUESTS",
                "weight": 1.0,
            }
        ]
    assert set(outputs) == OUTPUTS
    assert 0 < outputs["targetConcurrency"]["AllTraffic"] < 4
    text = world.infra("sandbox", "status", "--stack", PROD).stdout
    assert re.search(r"^endpointName +cartesia-prod$", text, re.MULTILINE)
    assert re.search(r"^AllTraffic +4 +16 +LEAST_OUTSTANDING_REQUESTS +1$", text, re.MULTILINE)


def test_production_has_what_it_says(world: StackWorld) -> None:
    (target,) = of_type(world, "Target", PROD)
    assert (target.inputs["minCapacity"], target.inputs["maxCapacity"]) == (4, 12)
    (endpoint,) = of_type(world, "Endpoint", PROD)
    assert "deploymentConfig" not in endpoint.inputs  # no guardrail works for a Marketplace package
    alarms = {row.outputs["name"]: row.inputs for row in of_type(world, "MetricAlarm", PROD)}
    (logs,) = of_type(world, "LogGroup", PROD)
    assert (logs.id, logs.inputs["retentionInDays"]) == ("/aws/sagemaker/Endpoints/cartesia-prod", 90)
    (topic,) = of_type(world, "Topic", PROD)
    assert sum(alarm["alarmActions"] == [topic.id] for alarm in alarms.values()) >= 9


def test_a_second_preview_finds_nothing_to_do(world: StackWorld) -> None:
    assert (world.preview(DEV), world.preview(PROD)) == ({}, {})


def test_one_sentence_is_spoken_by_the_outputs_alone(world: StackWorld, tmp_path: Path) -> None:
    out = tmp_path / "hello.wav"
    report = smoke(world, DEV, "--out", str(out))
    assert (report["fine"], report["endpoint"], report["out"]) == (True, "cartesia-dev", str(out))
    with wave.open(str(out)) as opened:
        assert opened.getframerate() == 44100
        assert opened.getnframes() * 2 == report["audio"]["bytes"]
    assert "cartesia-prod: fine" in world.inside("bash", "-euc", played(SAGEMAKER)).stdout
    by_name = world.inside("cartesia-infra", "smoke", "--route", "sagemaker", "--endpoint", "cartesia-prod")
    assert "cartesia-prod: fine" in by_name.stdout
    elsewhere = world.inside("cartesia-infra", "smoke", "--stack", DEV, "--region", "eu-west-1", check=False)
    assert elsewhere.returncode == 1
    assert "not found" in elsewhere.stdout


def test_another_package_makes_a_new_configuration_and_the_endpoint_moves_to_it(world: StackWorld) -> None:
    (before,), (endpoint,) = of_type(world, "EndpointConfiguration", DEV), of_type(world, "Endpoint", DEV)
    package = "arn:aws:sagemaker:us-east-2:123456789012:model-package/sonic-3-5-example/2"
    world.settings(DEV).set(sagemaker__modelPackageArn=package)
    assert moves(world, DEV) == [
        "model created replacement",
        "config created replacement",
        "endpoint updated",
        "config deleted original",
        "model deleted original",
    ]
    (after,) = of_type(world, "Endpoint", DEV)
    assert (after.created, after.facts["deployments"]) == (endpoint.created, 2)
    (config,) = of_type(world, "EndpointConfiguration", DEV)
    assert config.id == world.outputs(DEV)["configName"] != before.id
    (model,) = of_type(world, "Model", DEV)
    assert model.inputs["primaryContainer"]["modelPackageName"] == package
    assert smoke(world, DEV)["fine"]


def test_another_type_moves_a_scaled_and_protected_endpoint_too(world: StackWorld) -> None:
    variant = {"minInstances": 5, "maxInstances": 12, **LARGER}
    world.settings(PROD).set(sagemaker__variants={"AllTraffic": variant})
    planned = world.preview(PROD)
    assert "voice-endpoint" in planned["update"]
    assert not [name for op, names in planned.items() if op != "update" for name in names if name == "voice-endpoint"]
    assert moves(world, PROD) == ["config created replacement", "endpoint updated", "config deleted original"]
    assert len(of_type(world, "EndpointConfiguration", PROD)) == 1
    assert [row["instances"] for row in status(world, PROD)["variants"]] == [5]
    assert world.preview(PROD) == {}
    assert smoke(world, PROD)["fine"]


def test_a_killed_voice_is_shown_and_mended(world: StackWorld) -> None:
    voice = recorded_voice(world.layout)
    assert voice is not None
    assert isinstance(voice.process, Process)
    processes.kill([voice.process])
    broken = world.infra("sandbox", "status", check=False)
    assert broken.returncode == 1
    assert re.search(r"voice-server +ended", broken.stdout)
    world.infra("sandbox", "up")
    assert smoke(world, PROD)["fine"]


def test_credentials_of_the_person_outside_are_nowhere_in_the_world(world: StackWorld) -> None:
    said = world.inside("env").stdout + json.dumps([world.state(DEV), world.state(PROD)])
    assert CANARY not in said
    for path in world.layout.root.rglob("*"):
        if path.is_file() and not path.is_relative_to(world.layout.engine):
            assert CANARY.encode() not in path.read_bytes(), path


def test_bad_settings_change_nothing(world: StackWorld) -> None:
    before = inventory(world.layout.root)
    with world.settings(DEV).changed(sagemaker__slotsPerInstance="four", release={"releaseTag": "x"}):
        failed = world.up_stack(DEV, check=False)
    said = failed.stdout + failed.stderr
    assert failed.returncode != 0
    assert 'cartesia:sagemaker.slotsPerInstance: must be a whole number; got "four"' in said
    assert "cartesia:release: must not stand beside sagemaker" in said
    assert "Traceback" not in said
    assert inventory(world.layout.root) == before


def test_production_is_not_destroyed_by_mistake(world: StackWorld) -> None:
    before = inventory(world.layout.root)
    for words in ((), ("--skip-preview",), ("--skip-preview", "--refresh")):
        refused = world.pulumi("destroy", "--yes", *words, stack=PROD, check=False)
        assert refused.returncode != 0
        assert "protected" in refused.stdout + refused.stderr
        assert inventory(world.layout.root) == before


def test_what_has_a_fixed_name_is_there_after_a_forced_replacement(world: StackWorld) -> None:
    refused = replace(world, PROD, urns_of(world, PROD, "voice-dashboard"))
    assert refused.fine, str(refused)
    assert "unable to replace resource" in refused.said
    scaling = replace(world, PROD, urns_of(world, PROD, "voice-AllTraffic-scaling"))
    assert scaling.done, str(scaling)
    assert scaling.fine, str(scaling)
    assert world.preview(PROD) == {}


def test_destroy_leaves_nothing_in_the_account_and_nobody_speaking(world: StackWorld) -> None:
    world.settings(PROD).set(production=False)
    world.up_stack(PROD)
    for stack in (PROD, DEV):
        world.pulumi("destroy", "--yes", "--skip-preview", stack=stack)
        assert world.state(stack).get("resources", []) == []
    assert world.inventory() == []
    assert processes.find_with(("--state", str(world.layout.voice_endpoints))) == []
