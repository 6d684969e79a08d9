"""Reads the engine's events: a line of an event log or of a streaming preview becomes one typed event.

Debug diagnostics are dropped before anything else, for they print secret outputs in plain text. An event of a kind that
is not known here is kept as `Other`, and a line that is no event as `Malformed`, so that nothing is lost silently.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from clients.engine.events import (
    Cancelled,
    Diagnostic,
    Event,
    InternalError,
    Malformed,
    Other,
    PolicyLoaded,
    PolicyRemediated,
    PolicySummary,
    PolicyViolated,
    Prelude,
    StepBegun,
    StepDone,
    StepFailed,
    Summary,
    Told,
)
from clients.engine.steps import Step, read_step

__all__ = ["Tally", "read_event", "read_events"]

_ENVELOPE: Final = frozenset({"sequence", "timestamp", "type"})
"""Members of an event beside its one payload."""
_DEBUG: Final = "debug"


@dataclass(slots=True)
class Tally:
    """Counts of what was read, filled while events are taken."""

    events: int = 0
    """Without what was dropped."""
    dropped: int = 0
    """Debug diagnostics."""
    malformed: int = 0
    other: Counter[str] = field(default_factory=Counter)
    """Events of kinds that are not known here, by kind."""

    def take(self, event: Event | None) -> None:
        """Count one; None is a dropped one."""
        if event is None:
            self.dropped += 1
            return
        self.events += 1
        if isinstance(event, Malformed):
            self.malformed += 1
        elif isinstance(event, Other):
            self.other[event.kind] += 1


def read_events(lines: Iterable[str], tally: Tally | None = None) -> Iterator[Event]:
    """The events in lines of JSON, one by one as they are needed; blank lines are none.

    Args:
        lines: Of an event log, or of `pulumi preview --json` with streaming on.
        tally: Counts what is read, dropped and not known.
    """
    counts = tally or Tally()
    for line in lines:
        if line.isspace() or not line:
            continue
        event = _parsed(line)
        counts.take(event)
        if event is not None:
            yield event


def read_event(data: Mapping[str, Any]) -> Event | None:
    """One event; None for a debug diagnostic.

    Args:
        data: The JSON object. It is not copied; nobody may change it afterwards.
    """
    kind = next((key for key in data if key not in _ENVELOPE), "")
    body = data.get(kind)
    if not isinstance(body, Mapping):
        return Other(kind, MappingProxyType({}))
    if kind == "diagnosticEvent" and body.get("severity") == _DEBUG:
        return None
    reader = _READERS.get(kind)
    return reader(body) if reader else Other(kind, MappingProxyType(dict(body)))


def _parsed(line: str) -> Event | None:
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return Malformed(len(line))
    return read_event(data) if isinstance(data, dict) else Malformed(len(line))


def _prelude(body: Mapping[str, Any]) -> Prelude:
    config = body.get("config")
    values = config if isinstance(config, Mapping) else {}
    return Prelude(MappingProxyType({str(key): str(value) for key, value in values.items()}))


def _diagnostic(body: Mapping[str, Any]) -> Diagnostic:
    return Diagnostic(_text(body, "severity"), _text(body, "message"), _text(body, "urn"))


def _told(body: Mapping[str, Any]) -> Told:
    return Told(_text(body, "message"))


def _step(body: Mapping[str, Any]) -> Step:
    metadata = body.get("metadata")
    return read_step(metadata if isinstance(metadata, Mapping) else {})


def _begun(body: Mapping[str, Any]) -> StepBegun:
    return StepBegun(_step(body), bool(body.get("planning")))


def _done(body: Mapping[str, Any]) -> StepDone:
    return StepDone(_step(body), bool(body.get("planning")))


def _violated(body: Mapping[str, Any]) -> PolicyViolated:
    return PolicyViolated(
        urn=_text(body, "resourceUrn"),
        policy=_text(body, "policyName"),
        pack=_text(body, "policyPackName"),
        pack_version=_text(body, "policyPackVersion"),
        level=_text(body, "enforcementLevel"),
        message=_text(body, "message"),
        severity=_text(body, "severity"),
    )


def _remediated(body: Mapping[str, Any]) -> PolicyRemediated:
    before, after = (body.get(key) for key in ("before", "after"))
    return PolicyRemediated(
        urn=_text(body, "resourceUrn"),
        policy=_text(body, "policyName"),
        pack=_text(body, "policyPackName"),
        before=MappingProxyType(before if isinstance(before, dict) else {}),
        after=MappingProxyType(after if isinstance(after, dict) else {}),
    )


def _policies(kind: str) -> Callable[[Mapping[str, Any]], PolicySummary]:
    def read(body: Mapping[str, Any]) -> PolicySummary:
        passed, failed = (_texts(body.get(key)) for key in ("passed", "failed"))
        return PolicySummary(kind, _text(body, "resourceUrn"), _text(body, "policyPackName"), passed, failed)

    return read


def _summary(body: Mapping[str, Any]) -> Summary:
    changes = body.get("resourceChanges")
    counts = changes if isinstance(changes, Mapping) else {}
    return Summary(
        changes=MappingProxyType({str(op): count for op, count in counts.items() if isinstance(count, int)}),
        result=_text(body, "result"),
        is_preview=bool(body.get("isPreview")),
        duration_seconds=_number(body, "durationSeconds"),
        maybe_corrupt=bool(body.get("maybeCorrupt")),
    )


def _text(body: Mapping[str, Any], key: str) -> str:
    value = body.get(key)
    return value if isinstance(value, str) else ""


def _texts(value: object) -> tuple[str, ...]:
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def _number(body: Mapping[str, Any], key: str) -> int:
    value = body.get(key)
    return value if isinstance(value, int) else 0


_READERS: Final[Mapping[str, Callable[[Mapping[str, Any]], Event]]] = MappingProxyType(
    {
        "preludeEvent": _prelude,
        "diagnosticEvent": _diagnostic,
        "stdoutEvent": _told,
        "progressEvent": _told,
        "resourcePreEvent": _begun,
        "resOutputsEvent": _done,
        "resOpFailedEvent": lambda body: StepFailed(_step(body)),
        "policyLoadEvent": lambda _body: PolicyLoaded(),
        "policyEvent": _violated,
        "policyRemediationEvent": _remediated,
        "policyAnalyzeSummaryEvent": _policies("analyze"),
        "policyRemediateSummaryEvent": _policies("remediate"),
        "policyAnalyzeStackSummaryEvent": _policies("stack"),
        "summaryEvent": _summary,
        "errorEvent": lambda body: InternalError(_text(body, "error")),
        "cancelEvent": lambda _body: Cancelled(),
    }
)
"""How each kind is read. `startDebuggingEvent` needs a debugger, which no preview here has, and so is `Other`."""
