"""Settings of a SageMaker stack, and of a file that cannot decide: one clear error a mistake, all at once."""

import json
from pathlib import Path
from typing import Any

import pytest

from components.sagemaker.resolve import resolve_sagemaker_voice_endpoint
from core.capacity.measured import read_measured
from core.capacity.scenario import Policy, Scenario
from core.capacity.simulation import simulate
from core.input.problems import Problems
from stacks.settings import Settings, SettingsError, read_settings
from stacks.targets import TARGETS
from tests.support.settings_cases import DROP, ROOT, changed, sources, stack_file

CANARY = "sk_car_canary_7f3a"
ARN = "arn:aws:sagemaker:us-east-2:123456789012:model-package/sonic-3-5-example"
FILES = sorted(path.name.split(".")[1] for path in (ROOT / "stacks").glob("Pulumi.sagemaker-*.yaml"))


def load(config: dict[str, Any], root: Path, **options: Any) -> Settings:
    options.setdefault("secrets", {})
    return read_settings(sources(config, root, **options))


def refused(config: dict[str, Any], root: Path, **options: Any) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        load(config, root, **options)
    assert all(problem.fix for problem in caught.value.problems)
    return caught.value


@pytest.mark.parametrize("name", FILES)
def test_every_stack_file_of_the_checkout_is_right(name: str, tmp_path: Path) -> None:
    settings = load(stack_file(name), tmp_path)
    assert settings.target is TARGETS["sagemaker"]
    file = stack_file(name)
    assert settings.sections["sagemaker"]["region"] == file["cartesia:sagemaker"]["region"]
    assert settings.args["model_package_arn"] == file["cartesia:sagemaker"]["modelPackageArn"]
    assert settings.production is bool(file.get("cartesia:production"))


def test_both_environments_have_a_file() -> None:
    assert {"sagemaker-dev", "sagemaker-prod"} <= set(FILES)


def test_no_secret_no_archive_and_no_file_of_another_stack_is_looked_at(tmp_path: Path) -> None:
    elsewhere = {"CARTESIA_API_KEY_FILE": "/nowhere/key", "CARTESIA_LOCK_FILE": "/nowhere/lock"}
    found = load(stack_file("sagemaker-dev"), tmp_path, environment=elsewhere)
    assert found.sections["sagemaker"]["region"] == "us-east-2"


CASES: list[tuple[str, object, list[str]]] = [
    # which target
    ("sagemaker", DROP, [f"cartesia: must have exactly one of the sections {', '.join(TARGETS)}", "add one"]),
    ("sagemakr", {}, ["cartesia:sagemakr: unknown key", 'did you mean "sagemaker"']),
    ("release", {}, ["cartesia:release: must not stand beside sagemaker", "deploy on eks"]),
    ("addons", {"devicePlugin": {}}, ["cartesia:addons: must not stand beside sagemaker"]),
    ("bundle", {"lock": "x"}, ["cartesia:bundle: must not stand beside sagemaker"]),
    # keys and types
    ("sagemaker", "voice", ["cartesia:sagemaker: must be a map", '"voice"']),
    ("production", 1, ["cartesia:production: must be true or false; got 1"]),
    ("aws/accountId", 123456789012, ["cartesia:aws.accountId: must be a string", "quotes"]),
    ("sagemaker/endpoint_name", "x", ["cartesia:sagemaker.endpoint_name: unknown key", 'did you mean "endpointName"']),
    ("sagemaker/endpointName", DROP, ["cartesia:sagemaker.endpointName: is required and missing"]),
    ("sagemaker/slotsPerInstance", "4", ["cartesia:sagemaker.slotsPerInstance: must be a whole number", '"4"']),
    ("sagemaker/variants/AllTraffic/maxInstance", 2, ["AllTraffic.maxInstance: unknown key", '"maxInstances"']),
    ("sagemaker/variants/AllTraffic/weight", "1", ["cartesia:sagemaker.variants.AllTraffic.weight: must be a number"]),
    (
        "sagemaker/alarms/firstChunkP99Ms",
        1.5,
        ["cartesia:sagemaker.alarms.firstChunkP99Ms: must be a whole number; got 1.5"],
    ),
    # rules of the endpoint, in the spelling of YAML
    ("sagemaker/region", "mars-1", ["cartesia:sagemaker.region:", "mars-1"]),
    ("sagemaker/modelPackageArn", "sonic", ["cartesia:sagemaker.modelPackageArn: must be the ARN of a model package"]),
    (
        "sagemaker/modelPackageArn",
        ARN.replace("us-east-2", "eu-west-1"),
        ["cartesia:sagemaker.modelPackageArn: must be in us-east-2", "eu-west-1"],
    ),
    ("sagemaker/model", "sonic-9", ["cartesia:sagemaker.model: must be one of sonic-3, sonic-3.5", "sonic-9"]),
    (
        "sagemaker/variants/AllTraffic",
        {"minInstances": 4, "maxInstances": 2},
        ["cartesia:sagemaker.variants.AllTraffic.minInstances: must be at most maxInstances (2); got 4"],
    ),
    (
        "sagemaker/variants/AllTraffic",
        {"instanceType": "ml.g7e.2xlarge"},
        ["cartesia:sagemaker.variants.AllTraffic.instanceType: must be a type the vendor lists", "unlistedTypeReason"],
    ),
    (
        "sagemaker/routing",
        "PREFIX_AWARE",
        ["cartesia:sagemaker.routing: must not follow prompts", "LEAST_OUTSTANDING_REQUESTS"],
    ),
    ("sagemaker/randomRoutingReason", "why not", ["cartesia:sagemaker.randomRoutingReason: has no meaning"]),
    ("sagemaker/update", {"strategy": "rolling"}, ["cartesia:sagemaker.update.strategy: has no effect: AWS moves"]),
    ("measured", "nowhere.json", ["cartesia:measured: cannot be read", '"nowhere.json"']),
    ("measured", 3, ["cartesia:measured: must be a string"]),
    ("sagemaker/scaling", {"growthPercent": 10}, ["cartesia:sagemaker.scaling: has no effect", "maxInstances"]),
    ("sagemaker/callerRoles", {"api": "arn:aws:iam::123456789012:role/api"}, ["cartesia:sagemaker.callerRoles.api:"]),
]


@pytest.mark.parametrize(("path", "value", "words"), CASES, ids=[f"{n}-{p}" for n, (p, _, _) in enumerate(CASES)])
def test_bad_settings_are_one_clear_error(path: str, value: object, words: list[str], tmp_path: Path) -> None:
    config = changed(stack_file("sagemaker-dev"), path, value)
    if path == "sagemakr":
        config = changed(config, "sagemaker", DROP)
    text = str(refused(config, tmp_path))
    assert text.startswith("stack eks-test: ")
    assert [word for word in words if word not in text] == [], text


def test_a_file_with_two_targets_is_refused_with_what_else_is_wrong_and_nothing_twice(tmp_path: Path) -> None:
    config = stack_file("eks-dev") | stack_file("sagemaker-dev")
    for path, value in (("production", "yes"), ("eks/region", 5), ("sagemaker/region", 6), ("extra", {})):
        config = changed(config, path, value)
    error = refused(config, tmp_path, secrets={"apiKey": CANARY})
    paths = [problem.path for problem in error.problems]
    assert "cartesia: must have exactly one of the sections" in str(error)
    assert '["eks", "sagemaker"]; keep one' in str(error)
    wanted = ["cartesia", "cartesia:extra", "cartesia:production", "cartesia:eks.region", "cartesia:sagemaker.region"]
    assert {path: paths.count(path) for path in wanted} == dict.fromkeys(wanted, 1)


def test_a_file_without_a_target_still_tells_everything_else(tmp_path: Path) -> None:
    error = refused({"cartesia:production": "yes", "cartesia:extra": {}, "cartesia:release": {}}, tmp_path)
    paths = [problem.path for problem in error.problems]
    assert paths == ["cartesia", "cartesia:extra", "cartesia:production"]


def test_secrets_of_a_release_have_no_place_here_and_are_not_shown(tmp_path: Path) -> None:
    error = refused(stack_file("sagemaker-dev"), tmp_path, secrets={"apiKey": CANARY})
    assert "cartesia:apiKey: must not stand beside sagemaker" in str(error)
    plain = refused(stack_file("sagemaker-dev"), tmp_path, secrets={"apiKey": CANARY}, plain=frozenset({"apiKey"}))
    assert "cartesia:apiKey: must not be plain text" in str(plain)
    assert CANARY not in f"{error} {plain}"


def test_an_encrypted_section_is_refused(tmp_path: Path) -> None:
    config = stack_file("sagemaker-dev")
    error = refused({}, tmp_path, secrets={"sagemaker": str(config["cartesia:sagemaker"])})
    assert "cartesia:sagemaker: must not be or hold an encrypted value" in str(error)


MEASURED = {
    "schema": "cartesia-infra/measured-endpoint/1",
    "model": "sonic-3.5",
    "instanceType": "ml.g6e.xlarge",
    "slotsPerInstance": 8,
    "firstAudioMs": {"p50": 140, "p95": 260, "p99": 410},
    "startSeconds": 420,
}


def measured(root: Path, **changes: object) -> dict[str, Any]:
    """The production file with a load test beside it."""
    (root / "measured.json").write_text(json.dumps({**MEASURED, **changes}))
    return changed(stack_file("sagemaker-prod"), "measured", "measured.json")


def test_a_load_test_decides_what_the_file_leaves_open(tmp_path: Path) -> None:
    args = load(measured(tmp_path), tmp_path).args
    spec = resolve_sagemaker_voice_endpoint(args)
    assert spec.slots_per_instance == 8
    assert spec.alarms.first_chunk_p50_ms == 210
    assert spec.alarms.first_chunk_p99_ms == 2000  # the file says so itself
    assert {str(figure) for figure in spec.figures} >= {"8 (measured: measured.json)", "2000 (set in the settings)"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"schema": "cartesia-infra/measured-endpoint/2"}, "schema: must be cartesia-infra/measured-endpoint/1"),
        ({"model": "sonic-3"}, "must be of sonic-3.5"),
        ({"instanceType": "ml.g6e.2xlarge"}, "must be of ml.g6e.xlarge, which a variant runs on"),
        ({"slotsPerInstance": 0}, "slotsPerInstance: must be 1 to 64"),
        ({"slotsPerInstance": "8"}, "slotsPerInstance: must be a whole number"),
        ({"startSeconds": 7200}, "startSeconds: must be above 0"),
        ({"firstAudioMs": {"p50": 300, "p95": 200, "p99": 400}}, "must be above 0 and rise from p50 to p99"),
        ({"firstAudioMs": {"p50": 300}}, "p95"),
        ({"speed": 1}, "speed: unknown key"),
    ],
)
def test_a_load_test_of_something_else_is_refused(changes: dict[str, object], words: str, tmp_path: Path) -> None:
    found = str(refused(measured(tmp_path, **changes), tmp_path))
    assert words in found
    assert "measured" in found


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "null"])
def test_a_file_that_is_no_load_test_is_refused(text: str, tmp_path: Path) -> None:
    config = measured(tmp_path)
    (tmp_path / "measured.json").write_text(text)
    refused(config, tmp_path)


def test_a_load_test_is_written_as_it_is_read(tmp_path: Path) -> None:
    problems = Problems()
    found = read_measured(json.dumps(MEASURED), "x", problems)
    assert found is not None
    assert not problems
    assert json.loads(found.as_json()) == MEASURED


def test_the_production_file_keeps_its_budget_with_the_router_it_assumes(tmp_path: Path) -> None:
    """At the load that has grown by what the file says while an instance starts, in the smallest fleet."""
    spec = resolve_sagemaker_voice_endpoint(load(stack_file("sagemaker-prod"), tmp_path).args)
    (variant,) = spec.variants
    assert variant.plan is not None
    slots = variant.floor * spec.slots_per_instance
    load_then = slots * variant.plan.load_ratio_at_target * (1 + variant.plan.growth_while_starting)
    scenario = Scenario(
        policy=Policy.POWER_OF_TWO,
        instances=variant.floor,
        slots=spec.slots_per_instance,
        load=load_then,
        seconds=60_000.0,
        warm_up_seconds=300.0,
    )
    outcome = simulate(scenario, seed=5)
    assert outcome.requests > 40_000
    assert outcome.refusal_ratio <= spec.refusal_budget + 3 * outcome.standard_error
