"""What makes a stream of speech a failure, whatever carries it: every bad ending, and none of the good ones."""

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.voice.events import Chunk, Done, Unknown
from toolkit.voice import errors
from toolkit.voice.reading import EventReader

AUDIO = {"type": "chunk", "data": "QUJD", "status_code": 206, "done": False}
DONE = {"type": "done", "done": True, "status_code": 200}


def lines(*events: object) -> bytes:
    return b"".join(event if isinstance(event, bytes) else json.dumps(event).encode() + b"\n" for event in events)


def read(parts: list[bytes]) -> tuple[list, errors.VoiceError | None]:
    """Events that were handed out, and the failure behind them."""
    reader, seen = EventReader(), []
    try:
        for part in parts:
            seen += reader.feed(part)
            reader.check()
            if reader.complete:
                return seen, None
        seen += reader.close()
        reader.check()
    except errors.VoiceError as error:
        return seen, error
    return seen, None


FAILURES = [
    ("a status on a chunk", [AUDIO | {"status_code": 500}], errors.SpeechFailedError, 500, True, 0),
    ("as a decimal", [AUDIO, AUDIO | {"status_code": 503.0}], errors.SpeechFailedError, 503, True, 1),
    ("as text", [AUDIO, AUDIO | {"status_code": "400"}], errors.SpeechFailedError, 400, False, 1),
    ("no free slot", [AUDIO | {"status_code": 429}], errors.RefusedError, 429, True, 0),
    ("malformed input", [{"type": "error", "status_code": 422}], errors.BadRequestError, 422, False, 0),
    ("a chunk of nothing", [AUDIO | {"status_code": 500, "data": None}], errors.SpeechFailedError, 500, True, 0),
    (
        "timestamps",
        [AUDIO, {"type": "timestamps", "word_timestamps": {}, "status_code": 404}],
        errors.SpeechFailedError,
        404,
        False,
        1,
    ),
    (
        "phonemes",
        [AUDIO, {"type": "phoneme_timestamps", "phoneme_timestamps": {}, "status_code": 500}],
        errors.SpeechFailedError,
        500,
        True,
        1,
    ),
    ("an unknown type", [AUDIO, {"type": "later", "status_code": 500}], errors.SpeechFailedError, 500, True, 1),
    ("done", [AUDIO, DONE | {"status_code": 500}], errors.SpeechFailedError, 500, True, 1),
    ("done alone with a status", [DONE | {"status_code": 500}], errors.SpeechFailedError, 500, True, 0),
    ("done alone", [DONE], errors.EmptySpeechError, 200, True, 0),
    ("done after no sound", [AUDIO | {"data": ""}, DONE], errors.EmptySpeechError, 200, True, 1),
    ("done after an empty end", [AUDIO | {"data": None, "done": True}, DONE], errors.EmptySpeechError, 200, True, 1),
    ("an error", [AUDIO, {"type": "error", "data": "too loud"}], errors.SpeechFailedError, None, False, 1),
    ("an error with status", [{"type": "error", "status_code": 500}], errors.SpeechFailedError, 500, True, 0),
    ("an error in odd form", [{"type": "error", "status_code": {}}], errors.SpeechFailedError, None, False, 0),
    ("no end", [AUDIO], errors.TruncatedSpeechError, None, True, 1),
    ("nothing", [], errors.TruncatedSpeechError, None, True, 0),
    ("half a line", [AUDIO, b'{"type": "chu'], errors.MalformedStreamError, None, False, 1),
    ("a page of HTML", [b"<html>504 Gateway Time-out</html>\n"], errors.MalformedStreamError, None, False, 0),
    ("an event stream", [b"data: " + lines(AUDIO)], errors.MalformedStreamError, None, False, 0),
    ("no type", [AUDIO, {"data": "QUJD"}], errors.MalformedStreamError, None, False, 1),
    ("audio that is a list", [AUDIO, AUDIO | {"data": [65, 66]}], errors.MalformedStreamError, None, False, 1),
    ("audio that is missing", [AUDIO, AUDIO | {"data": None}], errors.MalformedStreamError, None, False, 1),
    ("audio cut inside a group", [AUDIO | {"data": "QUJDR"}], errors.MalformedStreamError, None, False, 0),
    ("two objects in a line", [lines(AUDIO).strip() + lines(AUDIO)], errors.MalformedStreamError, None, False, 0),
]


@pytest.mark.parametrize(
    ("events", "kind", "status", "retryable", "heard"), [case[1:] for case in FAILURES], ids=[c[0] for c in FAILURES]
)
def test_each_bad_stream_ends_in_its_error_and_loses_nothing_before_it(
    events: list, kind: type, status: int | None, retryable: bool, heard: int
) -> None:
    data = lines(*events)
    for parts in ([data], [data[i : i + 1] for i in range(len(data))]):
        seen, error = read(parts)
        assert (type(error), error.status, error.retryable) == (kind, status, retryable)
        assert len(seen) == heard


@pytest.mark.parametrize(
    "events",
    [
        [AUDIO, DONE],
        [AUDIO | {"status_code": 399}, DONE],
        [AUDIO | {"status_code": "fine"}, DONE],
        [AUDIO, AUDIO | {"data": None, "done": True}, DONE],
        [AUDIO, {"type": "later", "fields": 1}, DONE],
        [AUDIO, DONE, b"nonsense after the end\n"],
        [AUDIO, DONE, {"type": "error", "status_code": 500}],
    ],
)
def test_a_good_stream_is_complete_and_nothing_after_its_end_is_looked_at(events: list) -> None:
    seen, error = read([lines(*events)])
    assert error is None
    assert isinstance(seen[-1], Done)


@given(
    st.lists(
        st.sampled_from(
            [AUDIO, AUDIO | {"status_code": 500}, {"type": "later"}, {"type": "error"}, DONE, b"nonsense\n"]
        ),
        max_size=6,
    ),
    st.lists(st.integers(0, 400), max_size=8),
)
def test_cuts_change_neither_the_events_nor_the_error(events: list, places: list[int]) -> None:
    data = lines(*events)
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    whole, cut = read([data]), read([data[a:b] for a, b in itertools.pairwise(edges)])
    assert whole[0] == cut[0]
    assert (type(whole[1]), str(whole[1])) == (type(cut[1]), str(cut[1]))
    assert all(isinstance(event, (Chunk, Done, Unknown)) for event in whole[0])
