"""Previews of several stacks at once, each folded while the engine speaks."""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from clients.engine import EngineError
from toolkit.preview.fold import fold_lines
from toolkit.preview.hiding import Hiding
from toolkit.preview.model import StackReport
from toolkit.preview.releases import Render, release_diff

__all__ = ["Lines", "Plan", "engine_options", "preview_stacks", "report_lines"]

Lines = Callable[[str], Iterable[str]]
"""The lines of events of a stack's preview, by its name."""
Say = Callable[[str], None]
_STEP: Final = '"resourcePreEvent"'
_EVERY: Final = 25
"""Resources between two lines of progress."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How stacks are previewed."""

    parallel: int
    hiding: Hiding
    render: Render | None
    say: Say
    finish: Callable[[StackReport], StackReport] = lambda report: report
    """Adds what the events do not tell."""
    save: Path | None = None
    """Folder for the event logs, without debug lines."""


def preview_stacks(stacks: Sequence[str], lines: Lines, plan: Plan) -> list[StackReport]:
    """A report for each stack, in the order of their names; one that cannot be previewed has its error in it."""
    with ThreadPoolExecutor(max_workers=max(1, plan.parallel)) as pool:
        return list(pool.map(lambda stack: _preview(stack, lines, plan), sorted(set(stacks))))


def engine_options(
    pack: Path | None, config: Path | None = None, *, refresh: bool = False, save_plan: Path | None = None
) -> list[str]:
    """Words for the engine.

    Args:
        pack: Folder of the policy pack; None runs none.
        config: JSON file with levels and parameters of its rules.
        refresh: Compare the state with the cloud first.
        save_plan: File for the engine's plan, for `pulumi up --plan`.
    """
    words = [] if pack is None else ["--policy-pack", str(pack)]
    words += [] if pack is None or config is None else ["--policy-pack-config", str(config)]
    words += ["--refresh"] if refresh else []
    return words + (["--save-plan", str(save_plan.absolute())] if save_plan else [])


def _preview(stack: str, lines: Lines, plan: Plan) -> StackReport:
    plan.say(f"{stack}: begins")
    try:
        report = report_lines(stack, _watched(stack, lines(stack), plan), plan.hiding, plan.render)
    except EngineError as error:
        report = StackReport(stack, "", "failed", {}, errors=(plan.hiding.text(str(error)),))
    plan.say(f"{stack}: {report.result}")
    return plan.finish(report)


def report_lines(stack: str, lines: Iterable[str], hiding: Hiding, render: Render | None) -> StackReport:
    """The report of one stack from the lines of its events."""
    folded = fold_lines(stack, lines, hiding)
    report = folded.report
    return replace(report, releases=tuple(release_diff(each, report.name, render) for each in folded.releases))


@dataclass(slots=True)
class _Counter:
    steps: int = 0
    kept: list[str] = field(default_factory=list)


def _watched(stack: str, lines: Iterable[str], plan: Plan) -> Iterator[str]:
    """The lines, with progress told and events saved on their way."""
    counter = _Counter()
    for line in lines:
        if _STEP in line:
            counter.steps += 1
            if counter.steps % _EVERY == 0:
                plan.say(f"{stack}: {counter.steps} resources")
        if plan.save is not None and not _debug(line):
            counter.kept.append(plan.hiding.line(line))
        yield line
    if plan.save is not None:
        _write(plan.save / f"{stack.replace('/', '_')}.events.jsonl", "".join(counter.kept))


def _debug(line: str) -> bool:
    """Whether a line is a debug diagnostic, or none of JSON."""
    if '"diagnosticEvent"' not in line:
        return not line.startswith("{")
    try:
        return bool(json.loads(line)["diagnosticEvent"]["severity"] == "debug")
    except (ValueError, KeyError, TypeError):
        return False


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        out.write(text)
