"""A target is one row: choice, keys, messages and secrets follow from the table."""

import json
import subprocess
import sys
from collections.abc import Iterator
from types import MappingProxyType
from typing import Any

import pytest

from core.input.problems import Problem
from stacks import settings
from stacks.settings import SettingsError, Sources, read_settings
from stacks.target import CommonSettings, Target
from stacks.targets import TARGETS
from stacks.targets.sagemaker import SAGEMAKER
from tests.support.settings_cases import ROOT, stack_file


class OwnSettings(CommonSettings):
    """Sections of a target that only this test knows."""

    own: dict[str, str]


def _check(args: dict[str, str]) -> list[Problem]:
    return (
        []
        if not isinstance(args, dict) or args.get("size") == "small"
        else [Problem("own.size", "must be small", "", "make it small")]
    )


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> Iterator[Target]:
    row = Target(
        section="own",
        title="Own",
        shape=OwnSettings,
        takes_secrets=False,
        prepare=SAGEMAKER.prepare,
        arguments=lambda sections, stack: sections["own"],
        check=_check,
        provider=SAGEMAKER.provider,
        component=SAGEMAKER.component,
    )
    monkeypatch.setattr(settings, "TARGETS", MappingProxyType({**TARGETS, "own": row}))
    yield row


def load(config: dict[str, Any]) -> settings.Settings:
    encoded = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    return read_settings(Sources("test", encoded, lambda key: False, {}, ROOT, ROOT / "stacks"))


def test_a_further_target_is_chosen_by_its_section(own: Target) -> None:
    found = load({"cartesia:own": {"size": "small"}, "cartesia:production": True})
    assert found.target is own
    assert found.args == {"size": "small"}
    assert found.production is True


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"cartesia:own": {"size": "big"}}, "cartesia:own.size: must be small; make it small"),
        ({"cartesia:own": 5}, "cartesia:own: must be a map; got 5"),
        ({"cartesia:own": {}, "cartesia:aws": {}}, "cartesia:aws: must not stand beside own"),
        ({"cartesia:onw": {}}, 'cartesia:onw: unknown key; did you mean "own"?'),
        ({}, f"must have exactly one of the sections {', '.join(TARGETS)}, own, which choose the target"),
        ({}, "or stacks/Pulumi.own-dev.yaml"),
        (
            {"cartesia:own": {}} | stack_file("sagemaker-dev"),
            '["sagemaker", "own"]; keep one, and give the other target',
        ),
    ],
)
def test_messages_name_a_further_target(own: Target, config: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(config)
    assert words in str(caught.value)


def test_a_stack_loads_no_service_of_an_sdk_that_it_does_not_use() -> None:
    """Every target is imported for its row. An annotation that is evaluated would load whole services: 0.5 s of 0.7."""
    program = "import sys, stacks.targets; print(*(name for name in sys.modules if name.endswith('._inputs')))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == {"pulumi_aws._inputs", "pulumi_gcp._inputs", "pulumi_kubernetes._inputs"}
