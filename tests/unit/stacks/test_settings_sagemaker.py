"""Settings of a SageMaker stack, and of a file that cannot decide: one clear error a mistake, all at once."""

from pathlib import Path
from typing import Any

import pytest

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
    ("sagemaker/alarms/modelP99Ms", 1.5, ["cartesia:sagemaker.alarms.modelP99Ms: must be a whole number; got 1.5"]),
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
    ("sagemaker/update", {"strategy": "rolling"}, ["cartesia:sagemaker.update.strategy: must be all_at_once below 2"]),
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
