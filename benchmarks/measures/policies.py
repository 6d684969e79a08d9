"""What the policy pack costs a preview of 200 resources, and other tools the same resources as a Terraform plan.

Nothing is deployed and no provider runs: the program declares the resources of the recorded stacks as they stand, and
five Helm releases with 13 kB of values each. checkov and conftest are no part of the project; they are measured where
they are on PATH, and their rows are missing where they are not.
"""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

from benchmarks.record import Benchmark, BenchmarkError, Figure, Rounds
from benchmarks.worlds import run
from policies.table import RULES
from sandbox.host.layout import CHECKOUT, WORLD_VARIABLE, Layout
from sandbox.launchers import PROGRAMS, write_bin
from sandbox.toolchain import ensure

_RESOURCES = 200
_RELEASES = 5
_VALUES_BYTES = 13_000
_RECORDED = CHECKOUT / "tests" / "engine" / "recorded"
_MARK = "4dabf18193072939515e22adb298388d"
_STACK = "policies-prod"
_PROGRAM = """
import json
import pulumi

for each in json.load(open("resources.json")):
    made = pulumi.ComponentResource(each["type"], each["name"], each["inputs"], remote=False)
    made.register_outputs(each["inputs"])
"""
_REGO = """\
deny contains msg if {
  some r in input.planned_values.root_module.resources
  r.type == "%(type)s"
  not r.values.property_%(number)d
  msg := sprintf("rule %(number)d: %%s", [r.address])
}
"""
_LEVELS = {
    "quiet": {"all": "advisory"},
    "off": {"all": "disabled"},
}
"""Policy configurations: findings that end nothing, and a pack that judges nothing."""


def _run(rounds: int) -> Rounds:
    with tempfile.TemporaryDirectory(prefix="cartesia-benchmark-") as folder:
        previews = _Previews(Path(folder))
        previews.seconds("off")  # writes byte code
        memory = previews.memory()
        for _ in range(rounds):
            plain, off, quiet = (previews.seconds(name) for name in (None, "off", "quiet"))
            yield {
                "plain": plain,
                "with_pack": quiet,
                "added": quiet - plain,
                "rule": (quiet - off) / len(RULES) * 1000,
                "memory": memory,
                **previews.others(),
            }


class _Previews:
    """A project of plain resources in a backend of its own."""

    def __init__(self, folder: Path) -> None:
        layout = Layout(folder / "world")
        write_bin(layout, ensure(list(PROGRAMS)))
        (folder / "backend").mkdir()
        self._folder = folder / "project"
        self._folder.mkdir()
        self._env = os.environ | {
            "PATH": os.pathsep.join([str(layout.bin), str(Path(sys.executable).parent), os.environ["PATH"]]),
            WORLD_VARIABLE: str(layout.root),
            "PULUMI_HOME": str(layout.pulumi_home),
            "PULUMI_BACKEND_URL": f"file://{folder / 'backend'}",
            "PULUMI_CONFIG_PASSPHRASE": "benchmark",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "CARTESIA_LOCK_FILE": str(folder / "cartesia.lock"),
        }
        resources = _resources()
        runtime = f"runtime:\n  name: python\n  options: {{virtualenv: {sys.prefix}}}\n"
        files = {
            "Pulumi.yaml": f"name: policies\n{runtime}",
            "__main__.py": _PROGRAM,
            "resources.json": json.dumps(resources),
            "plan.json": json.dumps(_plan(resources)),
            "rules.rego": _rego(resources),
            **{f"{name}.json": json.dumps(levels) for name, levels in _LEVELS.items()},
        }
        for name, text in files.items():
            (self._folder / name).write_text(text)
        run(self._command("stack", "init", "--no-select"), cwd=self._folder, env=self._env)

    def seconds(self, levels: str | None) -> float:
        """Time of one preview: without the pack, or with it at these levels."""
        done = run(self._preview(levels), cwd=self._folder, env=self._env)
        planned = len([step for step in json.loads(done.out)["steps"] if step["op"] == "create"])
        if planned != _RESOURCES + 1:  # and the stack itself
            raise BenchmarkError(f"the preview plans {planned - 1} resources and not {_RESOURCES}")
        return done.seconds

    def memory(self) -> float:
        """Most that the pack's process held in one preview, MiB resident; that preview is not timed."""
        pack, most = str(CHECKOUT / "policies"), 0
        quiet = subprocess.DEVNULL
        with subprocess.Popen(self._preview("quiet"), cwd=self._folder, env=self._env, stdout=quiet) as preview:
            family = psutil.Process(preview.pid)
            while preview.poll() is None:
                most = max([most, *_resident(family, pack)])
                time.sleep(0.01)
        return most / 1024**2

    def others(self) -> dict[str, float]:
        """Seconds of the tools that are there, over the same resources."""
        commands = {
            "checkov": [
                "checkov",
                "--file",
                "plan.json",
                "--framework",
                "terraform_plan",
                "--compact",
                "--quiet",
                "--skip-download",
            ],
            "conftest": ["conftest", "test", "plan.json", "--policy", "rules.rego", "--output", "json"],
        }
        return {name: self._other(words) for name, words in commands.items() if shutil.which(words[0])}

    def _other(self, words: list[str]) -> float:
        begin = time.perf_counter()
        done = subprocess.run(words, cwd=self._folder, capture_output=True, text=True, check=False)
        # Both end with 1 where they find fault.
        if done.returncode not in (0, 1) or not done.stdout.strip():
            raise BenchmarkError(f"`{' '.join(words)}` ended with {done.returncode}: {done.stderr[-500:]}")
        return time.perf_counter() - begin

    def _preview(self, levels: str | None) -> list[str]:
        words = ["preview", "--json"]
        if levels is not None:
            words += ["--policy-pack", str(CHECKOUT / "policies"), "--policy-pack-config", f"{levels}.json"]
        return self._command(*words)

    def _command(self, *words: str) -> list[str]:
        return ["pulumi", *words, "--stack", _STACK, "--non-interactive"]


def _resident(family: psutil.Process, pack: str) -> list[int]:
    """Bytes that processes of the pack hold now."""
    found: list[int] = []
    with contextlib.suppress(psutil.Error):
        for each in family.children(recursive=True):
            with contextlib.suppress(psutil.Error):
                if pack in " ".join(each.cmdline()) and "policy" in " ".join(each.cmdline()):
                    found.append(each.memory_info().rss)
    return found


def _resources() -> list[dict[str, Any]]:
    """Recorded resources again and again under other names, and the releases."""
    files = sorted(_RECORDED.glob("*.state.json"))
    states = [json.loads(file.read_text()) for file in files]
    rows = [row for state in states for row in _rows(state) if not row["type"].startswith(("pulumi:", "cartesia:"))]
    plain = [rows[index % len(rows)] for index in range(_RESOURCES - _RELEASES)]
    return [
        *({"type": row["type"], "name": f"r{n}", "inputs": _shown(row["inputs"])} for n, row in enumerate(plain)),
        *({"type": "kubernetes:helm.sh/v3:Release", "name": f"h{n}", "inputs": _release(n)} for n in range(_RELEASES)),
    ]


def _rows(state: Any) -> list[dict[str, Any]]:
    held = state if isinstance(state, list) else state.get("deployment", state)
    rows: list[dict[str, Any]] = held if isinstance(held, list) else held["resources"]
    return [row for row in rows if row.get("inputs")]


def _shown(value: Any) -> Any:
    """The value with a text in place of each secret."""
    if isinstance(value, Mapping):
        return "hidden" if _MARK in value else {key: _shown(each) for key, each in value.items()}
    return [_shown(each) for each in value] if isinstance(value, list) else value


def _release(number: int) -> dict[str, Any]:
    values: dict[str, Any] = {}
    while len(json.dumps(values)) < _VALUES_BYTES:
        values[f"section{len(values)}"] = {"image": "registry.example.com/tool:1.2", "replicas": 2, "args": ["--port"]}
    remote = {"repositoryOpts": {"repo": "https://example.com"}, "version": f"1.0.{number}"}
    return {"chart": "tool", **remote, "values": values}


def _plan(resources: list[dict[str, Any]]) -> dict[str, Any]:
    """The same resources as `terraform show -json` writes a plan of them."""
    rows = [
        {
            "address": f"{_terraform(each['type'])}.{each['name']}",
            "mode": "managed",
            "type": _terraform(each["type"]),
            "name": each["name"],
            "values": _attributes(each),
        }
        for each in resources
    ]
    changes = [{**row, "change": {"actions": ["create"], "before": None, "after": row["values"]}} for row in rows]
    return {
        "format_version": "1.2",
        "terraform_version": "1.9.0",
        "planned_values": {"root_module": {"resources": rows}},
        "resource_changes": changes,
        "configuration": {"root_module": {}},
    }


def _terraform(kind: str) -> str:
    """Name of a type in Terraform; services that it puts into all names, and Pulumi into none, are few here."""
    provider, path, name = kind.split(":")
    if name == "Release":
        return "helm_release"
    service = path.partition("/")[0]
    with_service = service in ("eks", "iam", "kms", "sagemaker", "sns", "cloudwatch", "appautoscaling")
    return "_".join([provider, *([service] if with_service and provider == "aws" else []), _word(name)])


def _attributes(resource: Mapping[str, Any]) -> dict[str, Any]:
    """Inputs as Terraform has them; values of a release are a list of YAML texts there."""
    inputs: dict[str, Any] = _snake(resource["inputs"])
    return inputs | {"values": [json.dumps(inputs["values"])]} if resource["type"].endswith(":Release") else inputs


def _word(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _snake(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_word(key): _snake(each) for key, each in value.items()}
    return [_snake(each) for each in value] if isinstance(value, list) else value


def _rego(resources: list[dict[str, Any]]) -> str:
    """As many rules as the pack has, each on one property of one type, for `conftest test`."""
    kinds = sorted({_terraform(each["type"]) for each in resources})
    rules = (_REGO % {"type": kinds[n % len(kinds)], "number": n} for n in range(len(RULES)))
    return "package main\n\nimport rego.v1\n\n" + "\n".join(rules)


BENCHMARK = Benchmark(
    name="policies",
    what="Preview of 200 plain resources, five of them Helm releases with 13 kB of values, judged by the policy pack.",
    baseline="the same preview without a pack; the same resources as a Terraform plan through other tools",
    figures=(
        Figure(key="with_pack", what=f"preview with the pack, {len(RULES)} rules", unit="s"),
        Figure(key="plain", what="baseline: preview without", unit="s"),
        Figure(key="added", what="what the pack adds", unit="s", target=1.0),
        Figure(key="rule", what="what a rule adds, all on against all off", unit="ms", target=2.0),
        Figure(key="memory", what="most memory of the pack's process", unit="MiB"),
        Figure(key="checkov", what="checkov over the same as a Terraform plan, whole run", unit="s", optional=True),
        Figure(key="conftest", what="conftest with as many rules, whole run", unit="s", optional=True),
    ),
    rounds=5,
    run=_run,
)
