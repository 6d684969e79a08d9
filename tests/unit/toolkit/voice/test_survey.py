"""A whole endpoint is asked: what runs there, every part of it, and what is said where the two do not fit."""

import dataclasses

import pytest

from core.voice.audio_checks import Finding
from tests.unit.toolkit.voice.test_call import request
from toolkit.voice import errors
from toolkit.voice.route import Destination, Live
from toolkit.voice.smoke import SmokeReport
from toolkit.voice.survey import survey

TO = Destination(endpoint="voice", deployment="voice-config-2")
LIVE = Live(deployment="voice-config-2", status="InService", settled=True, reason="", variants={"main": 4})


def report(*findings: Finding) -> SmokeReport:
    return SmokeReport(request=request(), findings=findings)


def asked(live, variants=(), to=TO, answers=None):
    """The survey, and the parts it asked; `live` is what each description gives or raises, the last one for ever."""
    lives = list(live) if isinstance(live, (list, tuple)) else [live]
    parts = []

    def describe() -> Live:
        found = lives.pop(0) if len(lives) > 1 else lives[0]
        if isinstance(found, Exception):
            raise found
        return found

    def ask(part):
        parts.append(part)
        return (answers or {}).get(part, report())

    return survey(to, None if live is None else describe, ask, variants), parts


def checks(found) -> list[str]:
    return [finding.check for finding in found.findings]


def test_what_was_deployed_answers_and_all_is_fine() -> None:
    found, parts = asked(LIVE)
    assert (found.fine, found.live, parts) == (True, LIVE, [None])


def test_every_part_that_runs_is_asked_also_a_reserve() -> None:
    live = dataclasses.replace(LIVE, variants={"main": 4, "reserve": 1, "empty": 0})
    slow = Finding("ttfa", "slow")
    found, parts = asked(live, answers={"reserve": report(slow)})
    assert parts == ["main", "reserve"]
    assert found.findings == (Finding("ttfa", "reserve: slow"),)
    assert found.shown.findings == (slow,)
    assert [answer["variant"] for answer in found.as_data()["answers"]] == parts
    assert not found.as_data()["fine"]


def test_named_parts_are_asked_alone() -> None:
    assert asked(LIVE, ("reserve",))[1] == ["reserve"]


def test_an_update_that_the_provider_took_back_is_found() -> None:
    found, _ = asked(dataclasses.replace(LIVE, deployment="voice-config-1"))
    assert checks(found) == ["deployment"]
    assert "voice-config-1 answers, the stack deployed voice-config-2" in found.findings[0].message


@pytest.mark.parametrize("status", ["Updating", "RollingBack", "Failed", "UpdateRollbackFailed"])
def test_an_endpoint_that_is_not_in_service_is_found_with_the_providers_reason(status: str) -> None:
    live = dataclasses.replace(LIVE, status=status, settled=False, reason="no capacity")
    found, parts = asked(live)
    assert checks(found) == ["status"]
    assert f"{status}: no capacity" in found.findings[0].message
    assert parts == [None]


def test_a_change_in_the_middle_is_found() -> None:
    found, _ = asked([LIVE, dataclasses.replace(LIVE, deployment="voice-config-3")])
    assert checks(found) == ["deployment"]
    assert "voice-config-2 became voice-config-3" in found.findings[0].message


@pytest.mark.parametrize("error", [errors.AccessError("denied"), errors.ConnectionFailedError("no way there")])
def test_who_may_not_look_may_still_ask(error: errors.VoiceError) -> None:
    found, parts = asked(error)
    assert found.fine
    assert "what runs there is not known" in found.notes[0]
    assert parts == [None]


def test_an_endpoint_that_is_not_there_is_found() -> None:
    assert checks(asked(errors.EndpointError("there is no endpoint voice"))[0]) == ["endpoint"]


def test_where_nobody_said_what_should_answer_nothing_is_compared() -> None:
    to = dataclasses.replace(TO, deployment=None)
    assert asked(LIVE, to=to)[0].fine
    found, parts = asked(None)
    assert (found.live, parts, found.fine) == (None, [None], True)
