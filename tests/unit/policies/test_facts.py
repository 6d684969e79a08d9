"""What rules take for granted of clouds: types and properties against the SDKs, values against published models."""

import gzip
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import moto
import pulumi_aws
import pulumi_gcp
import pytest

from catalog.aws.instances import INSTANCES
from policies.table import RULES
from tests.support.policy_rules import read_cases

CASES = read_cases()
SDKS = {"aws": Path(pulumi_aws.__file__).parent, "gcp": Path(pulumi_gcp.__file__).parent}
OF_CLOUDS = sorted({kind for rule in RULES.values() for kind in rule.types if kind.split(":")[0] in SDKS})
OUTPUTS = frozenset({"id", "availabilityZoneId"})
"""Properties of a resource that rules on stacks read and that nobody sets."""
NESTED = re.compile(r"'([A-Za-z0-9]+Args)'")
PROPERTY = re.compile(r'@pulumi\.getter(?:\(name="(\w+)"\))?\s+def (\w+)\(self\) -> (.+):')


def words(name: str) -> str:
    """A name as the SDK's files have it."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


@cache
def source(provider: str, service: str, file: str) -> str:
    return (SDKS[provider] / service / f"{file}.py").read_text()


def properties(text: str, kind: str) -> dict[str, str | None]:
    """Properties of a class of arguments, each with the class of what stands in it."""
    found = re.search(rf"\nclass {kind}:.*?(?=\n@pulumi\.input_type|\nclass |\n_Args|\Z)", text, re.DOTALL)
    assert found, kind
    rows = PROPERTY.findall(found.group())
    return {name or attribute: next(iter(NESTED.findall(of)), None) for name, attribute, of in rows}


def unknown_paths(value: Any, kind: str, own: str, inputs: str, path: str = "") -> Iterator[str]:
    known = properties(own, kind)
    for key, each in value.items():
        if key not in known and key not in OUTPUTS:
            yield f"{path}{key}"
        elif (nested := known.get(key)) is not None:
            for item in each if isinstance(each, list) else [each]:
                if isinstance(item, Mapping):
                    yield from unknown_paths(item, nested, inputs, inputs, f"{path}{key}.")


def file_of(kind: str) -> tuple[str, str, str]:
    provider, path, name = kind.split(":")
    return provider, path.partition("/")[0], words(name)


@pytest.mark.parametrize("kind", OF_CLOUDS)
def test_every_type_is_one_of_the_sdk(kind: str) -> None:
    assert f"'{kind}'" in source(*file_of(kind))


EXAMPLES = [
    (rule, each)
    for rule, case in CASES.items()
    for each in (*case.good, *case.bad)
    if each["type"].split(":")[0] in SDKS
]


@pytest.mark.parametrize(("rule", "each"), EXAMPLES, ids=[rule for rule, _ in EXAMPLES])
def test_every_property_of_an_example_is_one_of_the_sdk(rule: str, each: dict[str, Any]) -> None:
    provider, service, file = file_of(each["type"])
    inputs = source(provider, service, "_inputs") if (SDKS[provider] / service / "_inputs.py").is_file() else ""
    kind = f"{each['type'].split(':')[2]}Args"
    assert not list(unknown_paths(each["inputs"], kind, source(provider, service, file), inputs))


def test_a_property_that_the_sdk_lacks_is_seen() -> None:
    text = source("gcp", "container", "node_pool")
    wrong = {"nodeConfig": {"taint": []}, "autoscale": {}}
    found = unknown_paths(wrong, "NodePoolArgs", text, source("gcp", "container", "_inputs"))
    assert list(found) == ["nodeConfig.taint", "autoscale"]


# --- values


def values_of(service: str, shape: str) -> set[str]:
    model = botocore.session.get_session().get_service_model(service)
    return set(model.shape_for(shape).enum)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("service", "shape", "used"),
    [
        ("ecr", "ImageTagMutability", {"IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION", "MUTABLE"}),
        ("eks", "AuthenticationMode", {"API", "API_AND_CONFIG_MAP"}),
        ("eks", "SupportType", {"STANDARD", "EXTENDED"}),
        ("eks", "CapacityTypes", {"SPOT"}),
        ("eks", "LogType", {"api", "audit", "authenticator"}),
        ("sagemaker", "RoutingStrategy", {"LEAST_OUTSTANDING_REQUESTS"}),
        ("s3", "BucketCannedACL", {"public-read", "public-read-write", "authenticated-read"}),
    ],
)
def test_words_of_rules_are_words_of_the_api(service: str, shape: str, used: set[str]) -> None:
    assert used <= values_of(service, shape)


def test_every_gpu_type_has_local_disks_whose_key_is_in_hardware() -> None:
    file = Path(moto.__file__).parent / "ec2" / "resources" / "instance_types.json"
    said = json.loads(file.read_text() if file.is_file() else gzip.decompress(Path(f"{file}.gz").read_bytes()))
    gpus = [row.name for row in INSTANCES.values() if row.gpu is not None and row.name in said]
    assert len(gpus) > 40
    assert not [
        name for name in gpus if not said[name]["InstanceStorageSupported"] and not name.startswith(("p3", "g5g"))
    ]
