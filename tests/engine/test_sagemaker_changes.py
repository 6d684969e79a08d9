"""A SageMaker endpoint through the real engine and the AWS stand-in: what each change does, and in which order."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.host.layout import WORLD_VARIABLE, Layout
from sandbox.launchers import PROGRAMS, write_bin
from sandbox.toolchain import ensure
from tests.support.sagemaker_cases import ARN, SCALED, SMALL

pytestmark = pytest.mark.engine

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import json, sys
sys.path.insert(0, {root!r})
import pulumi, pulumi_aws as aws
from components.sagemaker.endpoint import SageMakerVoiceEndpoint
args = json.load(open("args.json"))
provider = aws.Provider("aws", region=args["region"])
voice = SageMakerVoiceEndpoint("voice", args, pulumi.ResourceOptions(providers=[provider]))
for name in ("endpoint_name", "config_name", "slots_now", "slots_max", "quota_needed", "caller_policy_arn"):
    pulumi.export(name, getattr(voice, name))
"""
LARGER = {"instance_type": "ml.g6e.2xlarge", "unlisted_type_reason": "tried with the vendor"}
BOUNDS = {"min_instances": 4, "max_instances": 12}


class Site:
    """A project with one stack and an AWS account of its own."""

    def __init__(self, folder: Path) -> None:
        layout = Layout(folder / "world")
        write_bin(layout, ensure(list(PROGRAMS)))
        self.deployed: dict[str, Any] = {}
        self.folder = folder / "project"
        self.folder.mkdir()
        backend = folder / "backend"
        backend.mkdir()
        self.env = {
            "PATH": os.pathsep.join([str(layout.bin), str(Path(sys.executable).parent), os.environ["PATH"]]),
            "HOME": str(folder),
            WORLD_VARIABLE: str(layout.root),
            "PULUMI_HOME": str(layout.pulumi_home),
            "PULUMI_BACKEND_URL": f"file://{backend}",
            "PULUMI_CONFIG_PASSPHRASE": "test",
            "PULUMI_DEBUG_COMMANDS": "true",  # for --event-log
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }
        runtime = f"runtime:\n  name: python\n  options: {{virtualenv: {sys.prefix}}}\n"
        (self.folder / "Pulumi.yaml").write_text(f"name: voice\n{runtime}")
        (self.folder / "__main__.py").write_text(PROGRAM.format(root=str(ROOT)))
        self.pulumi("stack", "init", "dev")

    def pulumi(self, *words: str, ok: bool = True) -> str:
        command = ["pulumi", *words, "--non-interactive"]
        run = subprocess.run(command, cwd=self.folder, env=self.env, capture_output=True, text=True, timeout=200)
        assert (run.returncode == 0) is ok, run.stdout + run.stderr
        return run.stdout + ("" if ok else run.stderr)

    def write(self, args: dict[str, Any]) -> None:
        (self.folder / "args.json").write_text(json.dumps(args))

    def up(self, args: dict[str, Any]) -> list[tuple[str, str]]:
        """Deploy; every step that was done, in order, as operation and resource name."""
        self.write(args)
        log = self.folder / "events.json"
        log.unlink(missing_ok=True)
        self.pulumi("up", "--yes", "--skip-preview", "--event-log", str(log))
        self.deployed = args
        events = [json.loads(line) for line in log.read_text().splitlines()]
        done = [event["resOutputsEvent"]["metadata"] for event in events if "resOutputsEvent" in event]
        return [(one["op"], one["urn"].rpartition("::")[2]) for one in done if one["op"] not in ("same", "read")]

    def preview(self, args: dict[str, Any]) -> dict[str, str]:
        self.write(args)
        steps = json.loads(self.pulumi("preview", "--json"))["steps"]
        return {step["urn"].rpartition("::")[2]: step["op"] for step in steps if step["op"] not in ("same", "read")}

    def output(self, name: str) -> Any:
        return json.loads(self.pulumi("stack", "output", "--json"))[name]

    def names(self, type_: str) -> list[str]:
        exported = json.loads(self.pulumi("stack", "export"))
        found = exported["deployment"].get("resources", [])
        return sorted(one["urn"].rpartition("::")[2] for one in found if one["type"].endswith(type_))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("sagemaker"))
    made.up(SCALED)
    yield made
    made.pulumi("destroy", "--yes", "--skip-preview")
    assert made.names("") == []


@pytest.fixture
def scaled(site: Site) -> Site:
    """The site as every test finds it: one autoscaled variant of the usual type."""
    if site.deployed != SCALED:
        site.up(SCALED)
    return site


def with_variants(**variants: dict[str, Any]) -> dict[str, Any]:
    return {**SCALED, "variants": variants}


def test_a_second_preview_has_nothing_to_do(scaled: Site) -> None:
    assert scaled.preview(SCALED) == {}
    assert scaled.output("endpoint_name") == "voice-prod"
    assert scaled.output("quota_needed") == {"ml.g6e.xlarge": 16}


def test_a_new_package_makes_a_new_configuration_and_deletes_the_old_one_last(scaled: Site) -> None:
    before = scaled.output("config_name")
    steps = scaled.up({**SCALED, "model_package_arn": f"{ARN}-v2"})
    assert scaled.output("config_name") != before
    ours = [step for step in steps if step[1] in ("voice-model", "voice-config", "voice-endpoint")]
    # "replace" is the engine's note that create and delete belong together.
    assert [step for step in ours if step[0] != "replace"] == [
        ("create-replacement", "voice-model"),
        ("create-replacement", "voice-config"),
        ("update", "voice-endpoint"),
        ("delete-replaced", "voice-config"),
        ("delete-replaced", "voice-model"),
    ]
    assert {name for _, name in steps} == {"voice-model", "voice-config", "voice-endpoint"}


def test_a_new_instance_type_takes_autoscaling_down_and_up_again(scaled: Site) -> None:
    steps = scaled.up(with_variants(AllTraffic={**BOUNDS, **LARGER}))
    order = {step: index for index, step in enumerate(steps)}
    moved = order["update", "voice-endpoint"]
    for name in ("voice-AllTraffic-scaling", "voice-AllTraffic-track", "voice-AllTraffic-step-out"):
        assert order["delete-replaced", name] < moved < order["create-replacement", name]
    assert order["create-replacement", "voice-config"] < moved < order["delete-replaced", "voice-config"]
    # Nothing else was replaced: callers, model, role and the alarms people know stay.
    replaced = {name for op, name in steps if op == "create-replacement"}
    assert replaced == {
        "voice-no-capacity",
        "voice-config",
        "voice-AllTraffic-scaling",
        "voice-AllTraffic-track",
        "voice-AllTraffic-step-out",
        "voice-AllTraffic-step-in",
    }
    assert scaled.preview(with_variants(AllTraffic={**BOUNDS, **LARGER})) == {}


def test_a_variant_that_scales_can_be_added_and_removed(scaled: Site) -> None:
    both = with_variants(AllTraffic=BOUNDS, Reserve={**BOUNDS, **LARGER, "weight": 0})
    scaled.up(both)
    assert scaled.names("target:Target") == ["voice-AllTraffic-scaling", "voice-Reserve-scaling"]
    steps = [name for _, name in scaled.up(SCALED)]
    assert steps.index("voice-Reserve-scaling") < steps.index("voice-endpoint")
    assert scaled.names("target:Target") == ["voice-AllTraffic-scaling"]


def test_autoscaling_can_end_together_with_a_change_of_type(scaled: Site) -> None:
    scaled.up(with_variants(AllTraffic={"instances": 2, **LARGER}))
    assert scaled.names("target:Target") == []
    assert scaled.preview(with_variants(AllTraffic={"instances": 2, **LARGER})) == {}


def test_bounds_thresholds_and_policies_change_in_place(scaled: Site) -> None:
    changed = {
        **with_variants(AllTraffic={**BOUNDS, "max_instances": 14}),
        "refusal_budget_percent": 2,
        "alarms": {"first_chunk_p99_ms": 20_000},
        "tags": {"team": "voice"},
    }
    steps = scaled.preview(changed)
    assert set(steps.values()) == {"update"}, steps
    assert steps["voice-AllTraffic-scaling"] == "update"
    assert steps["voice-AllTraffic-first-chunk-p99"] == "update"


def test_a_new_endpoint_name_replaces_the_endpoint(scaled: Site) -> None:
    steps = scaled.preview({**SCALED, "endpoint_name": "voice-other"})
    assert "replace" in steps["voice-endpoint"]


def test_wrong_settings_change_nothing_and_end_without_a_traceback(scaled: Site) -> None:
    scaled.write({**SMALL, "routing": "RANDOM", "variants": {"a": {"instances": 2}}})
    text = scaled.pulumi("up", "--yes", "--skip-preview", ok=False)
    assert "SageMakerVoiceEndpoint: 1 problem" in text
    assert "random_routing_reason" in text
    assert "Traceback" not in text
