"""From the events of one stack's preview to its report: one pass, keeping only what differs.

Everything in the report follows from the events; nothing here asks the time, the machine or a server.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from clients.engine import (
    Cancelled,
    Diagnostic,
    Event,
    InternalError,
    Op,
    PolicyViolated,
    State,
    Step,
    StepBegun,
    StepDone,
    StepFailed,
    Summary,
    Tally,
    read_events,
    urn_name,
)
from core.diff.edits import Edit
from core.diff.values import edits
from toolkit.policy.findings import judged
from toolkit.preview.capacity import CapacityFold
from toolkit.preview.changes import change_of, mark, property_edits, replacement_order
from toolkit.preview.digest import DigestFold
from toolkit.preview.hiding import Hiding, forms_hidden
from toolkit.preview.model import Change, ChangeKind, Drift, Made, StackReport
from toolkit.preview.names import DrawnNames

__all__ = ["Folded", "ReleaseChange", "fold_events", "fold_lines"]

_STACK: Final = "pulumi:pulumi:Stack"
_RELEASE: Final = "kubernetes:helm.sh/v3:Release"
_LEFT: Final = frozenset({"preview failed", "update failed", "refresh failed"})
"""Errors that only say that there are others."""
_SLOTS: Final = ("slotsNow", "slotsMax")
"""Exports of a stack that count voice slots."""
_LISTED: Final = 40
"""Names of created resources that are kept for each component and type."""


@dataclass(frozen=True, slots=True)
class ReleaseChange:
    """A Helm release before and after, for its objects to be rendered."""

    kind: ChangeKind
    urn: str
    old: Mapping[str, Any] | None
    new: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Folded:
    """A stack's report, and what is still to be rendered for it."""

    report: StackReport
    releases: tuple[ReleaseChange, ...]


def fold_lines(stack: str, lines: Iterable[str], hiding: Hiding | None = None) -> Folded:
    """Fold the lines of an event log.

    Args:
        stack: Name of the stack; the events name it too, unless there are none.
        lines: JSON, one event a line.
        hiding: Strikes known secrets out of each line before it is read.
    """
    tally = Tally()
    hidden = map(hiding.line, lines) if hiding else lines
    return fold_events(stack, read_events(hidden, tally), tally)


def fold_events(stack: str, events: Iterable[Event], tally: Tally | None = None) -> Folded:
    """Fold typed events; the counts in `tally` are read at the end."""
    fold = _Fold(stack)
    for event in events:
        fold.take(event)
    return fold.folded(tally or Tally())


class _Fold:
    def __init__(self, stack: str) -> None:
        self.stack, self.project = stack, ""
        self.result, self.ended = "", False
        self.counts: Counter[str] = Counter()
        self.changes: dict[str, Change] = {}
        self.orders: dict[str, str] = {}
        self.made: dict[tuple[str, str], list[str]] = {}
        self.releases: dict[str, ReleaseChange] = {}
        self.policies: list[dict[str, str]] = []
        self.judged = False
        self.capacity, self.names = CapacityFold(), DrawnNames()
        self.digest = DigestFold(self.names)
        self.exports: tuple[Mapping[str, Any], Mapping[str, Any]] | None = None
        self.refreshing: dict[str, bool] = {}
        self.drift: dict[str, Drift] = {}
        self.errors: dict[str, None] = {}
        self.warnings: dict[str, None] = {}
        self.said: list[str] = []

    def take(self, event: Event) -> None:
        """Count one event."""
        if isinstance(event, StepBegun):
            self._begun(event.step)
        elif isinstance(event, StepDone):
            self._done(event.step)
        elif isinstance(event, Diagnostic):
            self._diagnostic(event)
        elif isinstance(event, PolicyViolated):
            self.policies.append(_policy_body(event))
        elif isinstance(event, Summary):
            self.result = event.result or ("failed" if self.errors else "succeeded")
            self.counts.update(event.changes)
        elif isinstance(event, StepFailed):
            self.errors[f"{event.step.name}: {event.step.op} failed"] = None
        elif isinstance(event, InternalError):
            self.errors[f"the engine went wrong: {event.message.strip()}"] = None
        elif isinstance(event, Cancelled):
            self.ended = True
        elif type(event).__name__.startswith("Policy"):
            self.judged = True

    def _begun(self, step: Step) -> None:
        if not self.project:
            self.stack, self.project = _names(step.urn) or (self.stack, self.project)
        if step.op == Op.REFRESH:
            self.refreshing.setdefault(step.urn, False)
            return
        self.refreshing.pop(step.urn, None)
        self.names.take(step)
        self.capacity.take(step)
        self.digest.take(step)
        order = replacement_order(step.op)
        if order:
            self.orders.setdefault(step.urn, order)
        if step.type == _RELEASE and step.op not in (Op.SAME, Op.CREATE_REPLACEMENT, Op.DELETE_REPLACED):
            self._release(step)
        if step.op == Op.CREATE:
            self._create(step)
            return
        change = change_of(step, self.stack)
        if change is not None:
            self.changes[f"{step.urn} {change.kind}"] = change

    def _create(self, step: Step) -> None:
        change = change_of(step, self.stack)
        if change is not None:
            self.made.setdefault((change.component, step.type), []).append(step.name)

    def _release(self, step: Step) -> None:
        old = step.old.inputs if step.old and step.op != Op.CREATE else None
        new = step.new.inputs if step.new and step.op != Op.DELETE else None
        kind = ChangeKind.CREATE if old is None else ChangeKind.DELETE if new is None else ChangeKind.UPDATE
        self.releases[step.urn] = ReleaseChange(kind, step.urn, old, new)

    def _done(self, step: Step) -> None:
        if step.type == _STACK and step.old and step.new and step.op != Op.REFRESH:
            self.exports = step.old.outputs, step.new.outputs
        if step.op == Op.REFRESH or step.urn in self.refreshing:
            self.refreshing[step.urn] = True
            found = _drift(step)
            if found is not None:
                self.drift[step.urn] = found

    def _diagnostic(self, event: Diagnostic) -> None:
        text = forms_hidden(event.message.strip())
        if event.is_error and text not in _LEFT:
            name = urn_name(event.urn)
            self.errors[f"{name}: {text}" if name and name not in text else text] = None
        elif event.severity == "warning":
            self.warnings[text] = None
        elif event.severity == "info#err" and text:
            self.said.append(text)

    def folded(self, tally: Tally) -> Folded:
        """Everything that was counted."""
        found = judged(self.policies)
        old, new = self.exports or ({}, {})
        self.digest.take_outputs(old, new)
        unread = dict(sorted(tally.other.items())) | ({"malformed": tally.malformed} if tally.malformed else {})
        report = StackReport(
            name=self.stack,
            project=self.project,
            result=self._result(failing=not found.fine),
            counts=self._counts(),
            changes=tuple(self._ordered()),
            made=tuple(self._made()),
            findings=found.findings,
            unjudged=found.unjudged,
            judged=self.judged or bool(self.policies),
            capacity=self.capacity.pools(),
            slots=tuple(_slots(old, new)),
            outputs=self._settled(edits(old, new, mark=mark)) if self.exports else (),
            drift=tuple(self.drift[urn] for urn in sorted(self.drift)),
            refreshed=bool(self.refreshing or self.drift),
            errors=self._errors(failing=not found.fine),
            warnings=tuple(self.warnings),
            unread=unread,
            digest=self.digest.hex(),
        )
        return Folded(report, tuple(self.releases[urn] for urn in sorted(self.releases)))

    def _result(self, *, failing: bool) -> str:
        if self.result:
            return self.result
        return "failed" if self.ended and (self.errors or self.said or failing) else "incomplete"

    def _errors(self, *, failing: bool) -> tuple[str, ...]:
        """Errors in full; what a program printed on its way down counts where nothing else says why."""
        if self.errors:
            return tuple(self.errors)
        if self.result == "succeeded" or (self.result == "failed" and failing):
            return ()
        text = "\n".join(self.said).strip()
        return (text,) if text else ()

    def _counts(self) -> dict[str, int]:
        """As the engine counts; where it ended too early, as its steps tell."""
        if self.counts:
            return dict(sorted(self.counts.items()))
        found = Counter(str(change.kind) for change in self.changes.values())
        created = sum(map(len, self.made.values()))
        return dict(sorted((found + Counter({"create": created} if created else {})).items()))

    def _ordered(self) -> Iterator[Change]:
        kinds = list(ChangeKind)
        for change in sorted(self.changes.values(), key=lambda each: (kinds.index(each.kind), each.urn)):
            yield replace(change, order=self.orders.get(change.urn, ""), edits=self._settled(change.edits))

    def _settled(self, found: Iterable[Edit]) -> tuple[Edit, ...]:
        """Differences in which names that the engine drew read the same in each preview."""
        return tuple(map(self._one_settled, found))

    def _one_settled(self, edit: Edit) -> Edit:
        path, new = forms_hidden(edit.path), self.names.settled_value(edit.new)
        return edit if path == edit.path and new == edit.new else replace(edit, path=path, new=new)

    def _made(self) -> Iterator[Made]:
        for (component, kind), names in sorted(self.made.items()):
            yield Made(component, kind, len(names), tuple(sorted(names)[:_LISTED]))


def _names(urn: str) -> tuple[str, str] | None:
    """Names of stack and project in a URN."""
    parts = urn.split("::")
    return (parts[0].removeprefix("urn:pulumi:"), parts[1]) if len(parts) > 2 else None


def _policy_body(event: PolicyViolated) -> dict[str, str]:
    return {
        "resourceUrn": event.urn,
        "message": forms_hidden(event.message),
        "policyName": event.policy,
        "enforcementLevel": event.level,
    }


def _drift(step: Step) -> Drift | None:
    """How a resource differs from its state; None if it does not."""
    gone = step.new is None or step.op == Op.DELETE
    if gone:
        return Drift(step.urn, step.name, step.type, True) if step.old else None
    found = tuple(_drift_edits(step))
    return Drift(step.urn, step.name, step.type, False, found) if found else None


def _drift_edits(step: Step) -> Iterator[Edit]:
    """What the provider names; where it names nothing, how the outputs differ, if the step says that they do."""
    if not (step.diffs or step.detailed or step.op == Op.UPDATE):
        return
    old, new = _outputs(step.old), _outputs(step.new)
    named = {path.split(".")[0].split("[")[0] for path in (*step.diffs, *step.detailed)}
    found = [each for each in edits(old, new, mark=mark) if not named or _top(each.path) in named]
    yield from found or property_edits(step)


def _outputs(state: State | None) -> dict[str, Any]:
    return {key: value for key, value in (state.outputs if state else {}).items() if not key.startswith("__")}


def _top(path: str) -> str:
    return path.split(".")[0].split("[")[0].split("{")[0]


def _slots(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[str, int | None, int | None]]:
    for name in _SLOTS:
        before, after = (side.get(name) if isinstance(side.get(name), int) else None for side in (old, new))
        if name in old or name in new:
            yield name, before, after
