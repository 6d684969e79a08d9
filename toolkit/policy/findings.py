"""Reads what a policy pack found out of the engine's events."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from clients.engine import EngineError, Events

__all__ = ["MANDATORY", "Finding", "Report", "Unjudged", "read_report"]

MANDATORY: Final = "mandatory"
_UNJUDGED: Final = "unjudged"
"""The policy by which the pack counts what it could not judge."""
_UNSURE: Final = ": not known before the update: "


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A broken rule."""

    urn: str
    """Of the resource; the stack's where the engine names none."""
    rule: str
    level: str
    """`mandatory` or `advisory`."""
    reason: str
    """Why there is the rule."""
    text: str
    """What is wrong, and what to do."""

    @property
    def mandatory(self) -> bool:
        """Whether it ends an update."""
        return self.level == MANDATORY


@dataclass(frozen=True, slots=True, order=True)
class Unjudged:
    """A rule that could not judge a resource in full."""

    urn: str
    rule: str
    properties: str
    """Paths of what is not known before the update."""


@dataclass(frozen=True, slots=True)
class Report:
    """All that was found."""

    findings: tuple[Finding, ...]
    unjudged: tuple[Unjudged, ...]

    @property
    def fine(self) -> bool:
        """Whether no finding is mandatory."""
        return not any(finding.mandatory for finding in self.findings)

    @property
    def not_judged(self) -> Mapping[str, int]:
        """How many resources each rule could not judge in full."""
        return dict(sorted(Counter(each.rule for each in self.unjudged).items()))

    def __add__(self, other: "Report") -> "Report":
        return Report(
            tuple(sorted({*self.findings, *other.findings})), tuple(sorted({*self.unjudged, *other.unjudged}))
        )


def read_report(run: Events) -> Report:
    """What the pack found in a run of the engine.

    Raises:
        EngineError: The run failed by something else than a finding, so not everything was judged.
    """
    events = [event["policyEvent"] for event in run.events if isinstance(event.get("policyEvent"), Mapping)]
    rows = [_finding(event) for event in events]
    findings = {row for row in rows if row.rule != _UNJUDGED or _UNSURE not in row.text}
    unjudged = {_unjudged(row) for row in rows if row not in findings}
    report = Report(tuple(sorted(findings)), tuple(sorted(unjudged)))
    if run.failed and (report.fine or _errors(run)):
        raise EngineError(_why(run))
    return report


def _finding(event: Mapping[str, Any]) -> Finding:
    reason, _, text = str(event.get("message", "")).strip().partition("\n")
    level = str(event.get("enforcementLevel", ""))
    return Finding(str(event.get("resourceUrn", "")), str(event.get("policyName", "")), level, reason, text or reason)


def _unjudged(row: Finding) -> Unjudged:
    rule, _, properties = row.text.partition(_UNSURE)
    return Unjudged(row.urn, rule, properties)


def _errors(run: Events) -> list[str]:
    """Errors that the engine reported, but for the one that says that a rule is broken."""
    texts = [_diagnostic(event) for event in run.events]
    return [text for text in texts if text and text.strip() not in ("preview failed", "update failed")]


def _diagnostic(event: Mapping[str, Any]) -> str:
    said = event.get("diagnosticEvent") or {}
    return str(said.get("message", "")) if said.get("severity") in ("error", "info#err") else ""


def _why(run: Events) -> str:
    said = "".join(_errors(run)).strip() or run.said
    return said.removeprefix("error: ") or "the engine failed and did not say why"
