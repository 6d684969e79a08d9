"""Records the previews of every case: `python -m tests.support.previews.record [CASE ...]`, in a world of its own.

A log is cut to what a report reads: no debug diagnostics, of steps that change nothing only those that capacity is
counted from, and paths of the machine that recorded it replaced.
"""

import json
import re
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import yaml

from tests.support import recordings
from tests.support.previews.cases import CASES, Case
from tests.support.recorded_world import ROOT, RecordedWorld, read_state

FOLDER = ROOT / "tests" / "support" / "previews" / "logs"
_STORE = re.compile(r"(?:\.\./)*(?:/?tmp/)?[^\"\s]*bundles/[0-9a-f]{64}")
_FOLDERS = "|".join(re.escape(str(each)) for each in (tempfile.gettempdir(), Path.home(), ROOT))
_MACHINE = re.compile(rf"(?:{_FOLDERS})/[^\"\s|,:]*")
_KEPT = re.compile(
    r"NodeGroup|LaunchTemplate|EndpointConfiguration|sagemaker/endpoint|appautoscaling|pulumi:pulumi:Stack|:Release$"
)
_DROPPED = ("policyAnalyzeSummaryEvent", "policyRemediateSummaryEvent")


def _told(metadata: dict[str, Any], *, done: bool) -> bool:
    """Whether a report reads a step: where one is done, only findings of a refresh and exports of the stack."""
    if metadata["type"] == "pulumi:pulumi:Stack":
        return True
    if done:
        return bool(metadata["op"] == "refresh")
    return metadata["op"] != "same" or bool(_KEPT.search(metadata["type"]))


def cut(lines: list[str]) -> Iterator[str]:
    """The lines of a log that a report reads, without what belongs to one machine."""
    for line in lines:
        event = json.loads(line)
        if (event.get("diagnosticEvent") or {}).get("severity") == "debug" or any(key in event for key in _DROPPED):
            continue
        metadata = (event.get("resourcePreEvent") or event.get("resOutputsEvent") or {}).get("metadata") or {}
        if metadata and not _told(metadata, done="resOutputsEvent" in event):
            continue
        if summary := event.get("summaryEvent"):
            summary["PolicyPacks"] = {"cartesia": "0.1.0"}
        event["timestamp"] = 1795594800
        text = json.dumps(event, separators=(",", ":"), ensure_ascii=False)
        yield _MACHINE.sub("/checkout", _STORE.sub("../.cartesia/bundles/archive", text))


class Recorder(RecordedWorld):
    """A world with every stack's recorded state in it."""

    def load(self, stack: str) -> None:
        """Give a stack its recorded state."""
        digest = self.first_plan(stack)
        chart = recordings.Chart(self.chart.store, self.chart.archive, recordings.checksum_in(digest))
        envelope = json.loads(self.shell('pulumi stack export --stack "$1"', stack))
        envelope["deployment"]["resources"] = recordings.usable_state(read_state(stack), chart)
        file = self.folder / f"{stack}.json"
        file.write_text(json.dumps(envelope))
        self.shell('pulumi stack import --stack "$1" --file "$2" >&2', stack, str(file))

    def play(self, case: Case) -> list[str]:
        """The cut log of a case."""
        log = self.folder / f"{case.name}.events"
        given = [*self.given]
        for variable, text in case.secrets.items():
            path = self.folder / f"{case.name}.{variable}"
            path.write_text(text)
            given.append(f"{variable}={path}")
        path = self.settings(case.stack).path
        before = path.read_text()
        content: dict[str, Any] = yaml.safe_load(before)
        case.edit(content["config"])
        path.write_text(yaml.safe_dump(content, sort_keys=False))
        pack = () if case.words[0] == "destroy" else ("--policy-pack", str(ROOT / "policies"))
        try:
            self.inside(
                *("env", *given, "pulumi", *case.words, "--stack", case.stack, "--non-interactive"),
                *("--event-log", str(log), *pack),
                check=False,
            )
        finally:
            path.write_text(before)
        return list(cut(log.read_text().splitlines()))


def _of_one_stack(world: Recorder, cases: list[Case]) -> None:
    """One after another, for they change one file; those of a stack without state come first."""
    loaded = False
    for case in sorted(cases, key=lambda each: each.deployed):
        if case.deployed and not loaded:
            world.load(case.stack)
            loaded = True
        (FOLDER / f"{case.name}.jsonl").write_text("\n".join(world.play(case)) + "\n")


def main() -> None:
    """Record the named cases, or all."""
    names = sys.argv[1:]
    wanted = [case for case in CASES if not names or case.name in names]
    stacks = sorted({case.stack for case in wanted})
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        Recorder(Path(folder)).ready() as world,
        ThreadPoolExecutor(max_workers=2) as pool,
    ):
        list(pool.map(lambda stack: _of_one_stack(world, [c for c in wanted if c.stack == stack]), stacks))


if __name__ == "__main__":
    main()
