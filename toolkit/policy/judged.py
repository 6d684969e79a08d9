"""Judges stacks by a policy pack: previews, saved events and states, each with what its charts render.

A pack alone cannot see into a release, and rendering in it would hold up every `pulumi preview` and need Helm there.
So charts are rendered here, and the same pack judges their objects in a run without backend or cloud, which takes half
a second.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from clients.engine import Engine, EngineError, Event, Events, analyze, events_in, read_event
from clients.helm import private_folder
from toolkit.policy.findings import Finding, Report, read_report
from toolkit.policy.planned import described, registered, state_of
from toolkit.policy.rendered import program_folders, render

__all__ = ["Judge"]

_UNMATCHED: Final = "waiver-unmatched"
"""The policy that finds fault with a waiver that waives nothing."""


@dataclass(frozen=True, slots=True)
class Judge:
    """A pack with its configuration, and whether charts are rendered."""

    pack: Path
    """Folder of the pack."""
    config: Path | None
    """JSON file with levels and parameters of rules."""
    root: Path
    """Folder of the Pulumi project; paths of charts may be relative to its program."""
    charts: bool = True

    def preview(self, stack: str) -> Report:
        """Judge what a preview of a stack registers, and what it would take away.

        Raises:
            EngineError: The preview failed by something else than a finding.
        """
        return self._run(Engine(stack).preview(self.pack, self.config))

    def log(self, file: Path) -> Report:
        """Judge the saved events of a preview that ran with the pack.

        Raises:
            EngineError: The preview had failed, or no pack spoke in it.
        """
        events = tuple(events_in(file.read_text(encoding="utf-8").splitlines()))
        if not any("policyAnalyzeSummaryEvent" in event or "policyEvent" in event for event in events):
            raise EngineError(f"{file.name} holds no event of a policy pack; make it by a preview with --policy-pack")
        summaries = [event["summaryEvent"] for event in events if "summaryEvent" in event]
        return self._run(Events(events, not summaries or summaries[-1].get("result") == "failed", ""))

    def state(self, file: Path) -> Report:
        """Judge an exported state.

        Raises:
            EngineError: The engine could not read it.
        """
        state = _read_state(file)
        resources = state["deployment"]["resources"] if state else []
        rendered = render(resources, self._folders()) if self.charts else render((), ())
        if not rendered.resources:
            return read_report(analyze(file, self.pack, self.config)) + Report((), rendered.unjudged)
        rows = [*resources, *state_of(rendered.resources)["deployment"]["resources"]]
        whole = {**state, "deployment": {**state["deployment"], "resources": rows}}
        return self._analyzed(whole) + Report((), rendered.unjudged)

    def _run(self, run: Events) -> Report:
        report = read_report(run)
        events = [event for each in run.events if (event := read_event(each)) is not None]
        return self._with_planned(report, events)

    def _with_planned(self, report: Report, events: Sequence[Event]) -> Report:
        objects, steps = registered(events), described(events)
        rendered = render(objects, self._folders()) if self.charts else render((), ())
        if not steps and not rendered.resources:
            return report + Report((), rendered.unjudged)
        further = self._analyzed(state_of([*objects, *rendered.resources, *steps]))
        return _joined(report, further) + Report((), rendered.unjudged)

    def _analyzed(self, state: Mapping[str, Any]) -> Report:
        with private_folder() as folder:
            return read_report(analyze(folder.write("state.json", json.dumps(state)), self.pack, self.config))

    def _folders(self) -> tuple[Path, ...]:
        return program_folders(self.root)


def _joined(report: Report, further: Report) -> Report:
    """Both; a waiver that one of the two runs used is not idle."""
    idle = _idle(report) & _idle(further)
    kept = [each for each in (*report.findings, *further.findings) if each.rule != _UNMATCHED or each.text in idle]
    return Report(tuple(sorted(_once(kept))), ()) + Report((), report.unjudged) + Report((), further.unjudged)


def _idle(report: Report) -> set[str]:
    return {each.text for each in report.findings if each.rule == _UNMATCHED}


def _once(findings: Sequence[Finding]) -> list[Finding]:
    """Findings on the waivers once, whatever the engine takes for their resource."""
    seen: dict[tuple[str, ...], Finding] = {}
    for each in findings:
        key = (each.rule, each.text) if each.rule.startswith("waiver-") else (each.urn, each.rule, each.text)
        seen.setdefault(key, each)
    return list(seen.values())


def _read_state(file: Path) -> dict[str, Any]:
    """The state in a file; empty where it is none, of which the engine will say what is wrong."""
    try:
        state: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        rows: object = state["deployment"]["resources"]
    except (ValueError, KeyError, TypeError):
        return {}
    return state if isinstance(rows, list) and all(isinstance(row, dict) for row in rows) else {}
