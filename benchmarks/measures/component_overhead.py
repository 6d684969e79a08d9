"""What components cost: a preview of `eks-prod` held against the same resources declared flat in a loop."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from benchmarks.flat.plan import declarations, planned
from benchmarks.record import Benchmark, BenchmarkError, Figure, Rounds
from benchmarks.worlds import Done, World, run, world
from sandbox.environment import environment

_STACK = "eks-prod"
_FLAT = ("classes", "bare")


def _run(rounds: int) -> Rounds:
    with world() as sandbox:
        sandbox.infra("sandbox", "up")
        sandbox.inside("cartesia-infra", "release", "fetch")
        # Through the checkout once, as a user would: it makes the project and the stack. It warms the caches, too.
        plan = json.loads(sandbox.inside("pulumi", "preview", "--json", "--stack", _STACK).out)
        previews = _Previews(sandbox, plan)
        for name in _FLAT:
            previews.seconds(name)
        for _ in range(rounds):
            seconds = {name: previews.seconds(name) for name in (_STACK, *_FLAT)}
            ours = seconds[_STACK]
            yield {
                "components": ours,
                **{name: seconds[name] for name in _FLAT},
                **{f"{name}_ratio": ours / seconds[name] for name in _FLAT},
            }


class _Previews:
    """The three programs, run by the engine itself from inside the world."""

    def __init__(self, sandbox: World, plan: Mapping[str, Any]) -> None:
        layout = sandbox.layout
        self._pulumi = str(layout.bin / "pulumi")
        self._env = environment(layout.root)
        self._expected = planned(plan)
        flat = layout.root / "flat"
        flat.mkdir()
        (flat / "resources.json").write_text(json.dumps(declarations(plan)))
        (flat / "Pulumi.yaml").write_text(yaml.safe_dump(_flat_project()))
        self._folders = {_STACK: layout.project} | dict.fromkeys(_FLAT, flat)
        for stack in _FLAT:
            self._engine(stack, "stack", "init", "--no-select")

    def seconds(self, stack: str) -> float:
        """Time of one preview, which must plan the resources of the first one, no more and no fewer."""
        done = self._engine(stack, "preview", "--json")
        found = planned(json.loads(done.out))
        if found != self._expected:
            differ = sorted((found - self._expected) + (self._expected - found))
            raise BenchmarkError(f"the preview of {stack} plans other resources than {_STACK}: {differ}")
        return done.seconds

    def _engine(self, stack: str, *words: str) -> Done:
        command = [self._pulumi, *words, "--stack", stack, "--non-interactive"]
        return run(command, cwd=self._folders[stack], env=self._env)


def _flat_project() -> dict[str, Any]:
    options = {"toolchain": "pip", "virtualenv": sys.prefix}
    program = Path(__file__).parents[1] / "flat"
    return {"name": "flat", "runtime": {"name": "python", "options": options}, "main": str(program)}


BENCHMARK = Benchmark(
    name="component_overhead",
    what="Preview of `eks-prod`, never deployed, by components; settings, checks and the verified chart included.",
    baseline="the same resources, inputs, order and dependencies declared in one loop",
    figures=(
        Figure(key="components", what="preview of `eks-prod`", unit="s"),
        Figure(key="classes", what="baseline: flat, by the SDK's classes", unit="s"),
        Figure(key="bare", what="baseline: flat, by bare `CustomResource`", unit="s"),
        Figure(key="classes_ratio", what="`eks-prod` / flat by classes", unit="x", target=1.15),
        Figure(key="bare_ratio", what="`eks-prod` / flat by bare", unit="x", target=1.15),
    ),
    rounds=7,
    run=_run,
)
