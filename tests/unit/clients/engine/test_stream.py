"""The engine's events: typed, whole, and without what it prints for debugging."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.engine import (
    Cancelled,
    Diagnostic,
    InternalError,
    Malformed,
    Op,
    Other,
    PolicyRemediated,
    PolicySummary,
    PolicyViolated,
    Prelude,
    StepBegun,
    StepFailed,
    Summary,
    Tally,
    Told,
    is_secret,
    is_unknown,
    read_event,
    read_events,
)

LOGS = Path(__file__).parent / "logs"
MINORS = ("3.100", "3.150", "3.200", "3.259")
CANARY = "export-canary-0001"


def events_of(minor: str) -> list[Any]:
    return list(read_events((LOGS / f"{minor}.jsonl").read_text().splitlines()))


def of_kind(events: list[Any], kind: type) -> list[Any]:
    return [each for each in events if isinstance(each, kind)]


@pytest.mark.parametrize("minor", MINORS)
def test_every_minor_tells_the_same_steps(minor: str) -> None:
    steps = [each.step for each in of_kind(events_of(minor), StepBegun)]
    newest = [each.step for each in of_kind(events_of("3.259"), StepBegun)]
    assert steps == newest
    assert [step.op for step in steps if step.name == "voice-cluster-gpu"] == [
        Op.CREATE_REPLACEMENT,
        Op.REPLACE,
        Op.DELETE_REPLACED,
    ]
    forcing = next(step for step in steps if step.op == Op.REPLACE)
    assert forcing.keys == ("instanceTypes",)
    assert forcing.detailed["instanceTypes[0]"].forces_replacement
    assert forcing.old and forcing.new and forcing.old.inputs["instanceTypes"] != forcing.new.inputs["instanceTypes"]


@pytest.mark.parametrize("minor", MINORS)
def test_no_event_of_a_minor_is_lost(minor: str) -> None:
    tally = Tally()
    lines = (LOGS / f"{minor}.jsonl").read_text().splitlines()
    events = list(read_events(lines, tally))
    assert (tally.events, tally.dropped, tally.malformed, dict(tally.other)) == (len(lines) - 1, 1, 0, {})
    assert len(events) == len(lines) - 1
    assert isinstance(events[-1], Cancelled)
    (summary,) = of_kind(events, Summary)
    assert summary.changes == {"replace": 1, "same": 63, "update": 1}
    assert summary.result == ("succeeded" if minor == "3.259" else "")
    (found,) = of_kind(events, PolicyViolated)
    assert (found.policy, found.level) == ("eks-addon-pinned", "advisory")
    assert len(of_kind(events, PolicySummary)) == (3 if minor in ("3.200", "3.259") else 0)


def test_debug_diagnostics_are_dropped_and_never_kept() -> None:
    said = {"severity": "debug", "message": f'key: "sec" string_value: "{CANARY}"', "prefix": "debug: "}
    line = json.dumps({"sequence": 1, "timestamp": 2, "diagnosticEvent": said})
    tally = Tally()
    assert list(read_events([line], tally)) == []
    assert tally.dropped == 1
    assert read_event({"diagnosticEvent": {**said, "severity": "info"}}) == Diagnostic("info", said["message"])


def test_a_kind_that_is_not_known_is_kept_and_counted() -> None:
    tally = Tally()
    lines = [json.dumps({"sequence": n, "fancyEvent": {"a": 1}}) for n in range(3)] + ["no json", "[1]", "", "  "]
    events = list(read_events(lines, tally))
    assert events[0] == Other("fancyEvent", {"a": 1})
    assert dict(tally.other) == {"fancyEvent": 3}
    assert (tally.events, tally.malformed) == (5, 2)
    assert events[3] == Malformed(7)


def test_what_a_line_that_is_no_event_holds_is_not_kept() -> None:
    (event,) = read_events([f"panic: {CANARY}"])
    assert CANARY not in repr(event)


@pytest.mark.parametrize(
    ("data", "event"),
    [
        ({"stdoutEvent": {"message": "hi", "color": "never"}}, Told("hi")),
        ({"progressEvent": {"type": "plugin-download", "message": "half", "received": 1}}, Told("half")),
        ({"errorEvent": {"error": "boom"}}, InternalError("boom")),
        ({"preludeEvent": {"config": {"a:b": "[secret]"}}}, Prelude({"a:b": "[secret]"})),
        (
            {"policyRemediationEvent": {"resourceUrn": "u", "policyName": "p", "before": {"a": 1}, "after": {"a": 2}}},
            PolicyRemediated("u", "p", "", {"a": 1}, {"a": 2}),
        ),
    ],
)
def test_the_rarer_kinds(data: Mapping[str, Any], event: object) -> None:
    assert read_event(data) == event


def test_a_failed_step_tells_its_resource() -> None:
    event = read_event({"resOpFailedEvent": {"metadata": {"op": "create", "urn": "urn::x"}, "status": 1, "steps": 2}})
    assert isinstance(event, StepFailed)
    assert (event.step.name, event.step.op) == ("x", "create")


def test_secrets_and_unknown_values_are_told_from_others() -> None:
    steps = [each.step for each in of_kind(events_of("3.259"), StepBegun)]
    secret = next(step for step in steps if step.type == "kubernetes:core/v1:Secret")
    assert secret.new is not None
    assert is_secret(secret.new.inputs["stringData"])
    assert not is_secret(secret.new.inputs["metadata"])
    assert is_secret("[secret]")
    assert is_unknown("04da6b54-80e4-46f7-96ec-b56ff0331ba9")
    assert not is_unknown("04da6b54") and not is_unknown(None) and not is_unknown({})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
KINDS = st.sampled_from(
    [
        *("preludeEvent", "diagnosticEvent", "resourcePreEvent", "resOutputsEvent", "resOpFailedEvent", "summaryEvent"),
        *(
            "policyEvent",
            "policyRemediationEvent",
            "policyAnalyzeSummaryEvent",
            "cancelEvent",
            "errorEvent",
            "newEvent",
        ),
    ]
)
MEMBERS = st.sampled_from(
    [
        *("metadata", "old", "new", "op", "urn", "type", "keys", "diffs", "detailedDiff", "inputs", "config", "passed"),
        *("severity", "message", "resourceChanges", "result", "resourceUrn", "before", "planning"),
    ]
)
BODIES = st.recursive(JSON, lambda inner: st.dictionaries(MEMBERS, inner, max_size=5), max_leaves=12)


@given(st.lists(st.tuples(KINDS, BODIES) | st.text(max_size=20).map(lambda text: (None, text)), max_size=6))
def test_any_log_is_read_and_every_line_counted(rows: list[tuple[str | None, Any]]) -> None:
    lines = [str(body) if kind is None else json.dumps({"sequence": 1, kind: body}) for kind, body in rows]
    tally = Tally()
    events = list(read_events(lines, tally))
    blank = sum(not line.strip() for line in lines)
    assert len(events) == tally.events
    assert tally.events + tally.dropped + blank == len(lines)
