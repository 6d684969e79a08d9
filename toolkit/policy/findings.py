"""Reads what a policy pack found out of the engine's events."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from clients.engine import EngineError, Events

__all__ = ["MANDATORY", "Finding", "Report", "Unjudged", "judged", "read_report"]

MANDATORY: Final = "mandatory"
_UNJUDGED: Final = "unjudged"
"""The policy by which the pack counts what it could not judge."""
_BY_ENGINE: Final = re.compile(
    r"can't run policy .* during preview:.*?(?: at \.?(?P<path>\S+))? can't be known", re.DOTALL
)
"""How the engine says that a rule of any pack met an unknown value; it does so as an advisory finding."""
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
    report = judged(event["policyEvent"] for event in run.events if isinstance(event.get("policyEvent"), Mapping))
    if run.failed and (report.fine or _errors(run)):
        raise EngineError(_why(run))
    return report


def judged(events: Iterable[Mapping[str, Any]]) -> Report:
    """What a pack found and what it could not judge, from the bodies of `policyEvent`s."""
    rows = [_finding(event) for event in events]
    unsure = {each: found for each in rows if (found := _unjudged(each))}
    return Report(tuple(sorted(set(rows) - unsure.keys())), tuple(sorted(set(unsure.values()))))


def _finding(event: Mapping[str, Any]) -> Finding:
    reason, _, text = str(event.get("message", "")).strip().partition("\n")
    level = str(event.get("enforcementLevel", ""))
    return Finding(str(event.get("resourceUrn", "")), str(event.get("policyName", "")), level, reason, text or reason)


def _unjudged(row: Finding) -> Unjudged | None:
    """What a finding says of a rule that could not judge; None where it is one on the resource."""
    if row.rule == _UNJUDGED and _UNSURE in row.text:
        rule, _, properties = row.text.partition(_UNSURE)
        return Unjudged(row.urn, rule, properties)
    said = _BY_ENGINE.match(row.reason)
    return Unjudged(row.urn, row.rule, said["path"] or "a value") if said else None


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
