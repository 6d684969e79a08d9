"""Every step of a stack goes wrong in every way, and one command brings it back each time.

`python -m tests.support.every_step [--stack S] [--when before|after|killed ...] [--only NAME ...] [--write]` makes a
world, plans a fault for each create step, then for each update step of a change that touches nearly everything, and
runs the documented command until nothing is planned any more. Faults of steps that run side by side come side by side.
`--write` puts what came out into the table of `docs/guides/recover.md`.
"""

import argparse
import json
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.support.stack_world import StackWorld

RESULTS: Final = Path(__file__).with_name("facts") / "every_step.json"
PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "guides" / "recover.md"
_BEGIN, _END = "<!-- steps: written by `python -m tests.support.every_step --write` -->", "<!-- steps: end -->"
WHEN: Final = ("before", "after", "killed")
_ERROR: Final = "ServiceUnavailable: planned for a test"
_MOST_ROUNDS: Final = 150
CLOUDS: Final = ("aws", "gcp", "kubernetes")
"""Packages whose stand-ins let calls fail on request."""
_NEVER_COMES_BACK: Final = {("after", "gcp:container/cluster:Cluster")}
"""A GKE cluster in ERROR is replaced by a person, see docs/guides/deploy-gke.md: no command does that by itself."""


@dataclass(frozen=True, slots=True)
class StepOf:
    """One step of a plan: what is made or changed."""

    type: str
    name: str

    @property
    def cloud(self) -> str:
        """Folder of the world that plans its faults."""
        return self.type.partition(":")[0]


@dataclass(slots=True)
class Outcome:
    """What came of one way of going wrong."""

    when: str
    operation: str
    steps: list[StepOf]
    rounds: int = 0
    """How often the command ran."""
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)
    """What was not as wanted at the end; empty where all is well."""


class Trial:
    """A world with one stack in which steps go wrong."""

    def __init__(self, world: StackWorld, stack: str) -> None:
        self.world, self.stack = world, stack

    def steps(self, operation: str) -> list[StepOf]:
        """The steps of the next update that a provider carries out."""
        plan = json.loads(self.world.pulumi("preview", "--json", stack=self.stack).stdout)
        found = [
            StepOf(step["newState"]["type"], step["urn"].rsplit("::", 1)[-1])
            for step in plan["steps"]
            if step["op"] == operation and step["newState"].get("custom")
        ]
        return [step for step in found if step.cloud in CLOUDS]

    def run(self, when: str, operation: str, steps: Sequence[StepOf]) -> Outcome:
        """Let each of the steps go wrong once, and run the command until none does."""
        outcome, begin = Outcome(when, operation, list(steps)), time.monotonic()
        self._plan(when, operation, steps)
        self.world.pulumi("up", "--yes", "--skip-preview", stack=self.stack, check=False)
        for _ in range(_MOST_ROUNDS):
            outcome.rounds += 1
            before = self._left()
            done = self.world.inside("cartesia-infra", "recover", "--stack", self.stack, "--up", check=False)
            if done.returncode == 0:
                break
            if self._left() == before:
                outcome.wrong.append(f"the command failed without a fault: {(done.stdout + done.stderr)[-1500:]}")
                break
        outcome.wrong += self._not_as_wanted()
        outcome.seconds = time.monotonic() - begin
        return outcome

    def _plan(self, when: str, operation: str, steps: Iterable[StepOf]) -> None:
        rows: dict[str, list[dict[str, Any]]] = {cloud: [] for cloud in CLOUDS}
        for step in steps:
            rows[step.cloud].append(
                {"type": step.type, "name": step.name, "operation": operation, "when": when, "error": _ERROR}
            )
        for cloud, faults in rows.items():
            folder = self.world.layout.root / cloud
            folder.mkdir(exist_ok=True)
            (folder / "faults.json").write_text(json.dumps(faults))

    def _left(self) -> int:
        """Faults that have not come yet."""
        files = [self.world.layout.root / cloud / "faults.json" for cloud in CLOUDS]
        return sum(fault.get("times", 1) != 0 for file in files for fault in json.loads(file.read_text()))

    def _not_as_wanted(self) -> list[str]:
        wrong = []
        if left := self._left():
            wrong.append(f"{left} faults never came")
        if pending := self.world.state(self.stack).get("pending_operations"):
            wrong.append(f"{len(pending)} operations are pending")
        if changes := self.world.preview(self.stack):
            wrong.append(f"the next update would do {changes}")
        exists = Counter((row["type"], row["id"]) for row in self.world.inventory())
        resources = self.world.state(self.stack).get("resources", [])
        known = Counter((each["type"], each["id"]) for each in resources if each["type"].startswith(("aws:", "gcp:")))
        wrong += [f"unknown to the state: {each}" for each in exists - known]
        wrong += [f"in the state alone: {each}" for each in known - exists]
        told = self.world.inside("cartesia-infra", "recover", "--stack", self.stack, "--dry-run", "--json", check=False)
        wrong += [f"not in service: {each}" for each in json.loads(told.stdout)["notInService"] or ()]
        status = self.world.outputs(self.stack).get("releaseStatus")
        return wrong if status == "deployed" else [*wrong, f"the release is {status}"]


def try_all(stack: str, kinds: Iterable[str], only: Sequence[str] = ()) -> list[Outcome]:
    """A world for each kind: first every creation, then every update.

    Args:
        stack: Which of the checkout's stacks.
        kinds: Of `WHEN`.
        only: Logical names; none for all.
    """
    found = []
    for when in kinds:
        with StackWorld(Path(tempfile.mkdtemp(prefix="steps-"))).up() as world:
            trial = Trial(world, stack)
            creations = [each for each in trial.steps("create") if (when, each.type) not in _NEVER_COMES_BACK]
            found.append(_told(trial.run(when, "create", _chosen(creations, only))))
            change(world, stack)
            found.append(_told(trial.run(when, "update", _chosen(trial.steps("update"), only))))
    return found


def change(world: StackWorld, stack: str) -> None:
    """Settings whose change touches nearly everything in place."""
    if stack.startswith("gke"):
        world.settings(stack).set(
            gke__labels={"team": "voice", "round": "second"},
            gke__nodePools__gpu__labels={"round": "second"},
            gke__nodePools__default__labels={"round": "second"},
            gke__autoscalingProfile="OPTIMIZE_UTILIZATION",
            release__timeoutSeconds=900,
        )
        return
    world.settings(stack).set(
        eks__tags={"team": "voice", "round": "second"},
        eks__logRetentionDays=30,
        eks__nodeGroups__gpu__labels={"round": "second"},
        eks__nodeGroups__default__labels={"round": "second"},
        addons__devicePlugin__version="v0.19.2",
        release__timeoutSeconds=900,
    )


def rows_of(outcomes: Iterable[Outcome]) -> list[dict[str, Any]]:
    """The outcomes as they are kept."""
    return [
        {
            "when": each.when,
            "operation": each.operation,
            "steps": dict(sorted(Counter(step.type for step in each.steps).items())),
            "rounds": each.rounds,
            "wrong": each.wrong,
        }
        for each in outcomes
    ]


_WORDS: Final[Mapping[str, str]] = {
    "before": "the call is refused",
    "after": "it is made or taken, and fails then",
    "killed": "it goes through, and the engine is killed",
}


def table(rows: Iterable[Mapping[str, Any]]) -> str:
    """What is kept, as the page shows it."""
    lines = [
        "| what happens | at | steps | kinds | the command ran | at the end |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        count = sum(row["steps"].values())
        end = "as wanted" if not row["wrong"] else f"{len(row['wrong'])} not as wanted"
        what = f"{_WORDS[row['when']]} | each {row['operation']}"
        lines.append(f"| {what} | {count} | {len(row['steps'])} | {row['rounds']} times | {end} |")
    return "\n".join(lines)


def page_with(text: str, rows: Iterable[Mapping[str, Any]]) -> str:
    """The page with the table in its place."""
    head, _, rest = text.partition(_BEGIN)
    return f"{head}{_BEGIN}\n{table(rows)}\n{_END}{rest.partition(_END)[2]}"


def _chosen(steps: Sequence[StepOf], only: Sequence[str]) -> list[StepOf]:
    return [step for step in steps if not only or step.name in only]


def _told(outcome: Outcome) -> Outcome:
    steps = f"{len(outcome.steps)} steps, {outcome.rounds} rounds, {outcome.seconds:.0f} s"
    sys.stdout.write(f"== {outcome.when} {outcome.operation}: {steps}; {outcome.wrong or 'as wanted'}\n")
    sys.stdout.flush()
    return outcome


def main() -> int:
    """Run what the command line asks for; 1 where something did not end as wanted."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.every_step", description=__doc__)
    parser.add_argument("--stack", default="eks-prod")
    parser.add_argument("--when", nargs="*", default=list(WHEN), choices=WHEN)
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME")
    parser.add_argument("--write", action="store_true", help="keep what came out for the docs")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the world is taken down
    rows = rows_of(try_all(chosen.stack, chosen.when, chosen.only))
    if chosen.write and chosen.stack == "eks-prod":  # the page is about that stack
        kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else []
        others = [row for row in kept if row["when"] not in chosen.when]
        merged = sorted([*others, *rows], key=lambda row: (WHEN.index(row["when"]), row["operation"]))
        RESULTS.write_text(json.dumps(merged, indent=1) + "\n")
        PAGE.write_text(page_with(PAGE.read_text(), merged))
    return int(any(row["wrong"] for row in rows))


if __name__ == "__main__":
    sys.exit(main())
