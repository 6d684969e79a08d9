"""The decoder gives the same events under any cut of the same bytes, and only its own error on anything else."""

import base64
import itertools
import json
import math
import tracemalloc
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.voice.careful import careful_event, parse_event
from core.voice.decoder import EventDecoder, TruncatedStreamError, decode
from core.voice.events import Chunk, Done, ErrorEvent, Event, PhonemeTimestamps, Timestamps, Unknown
from core.voice.ndjson import DecodeError, LineTooLongError

CHUNK = b'{"type": "chunk", "status_code": 206, "done": false, "data": "QUJD", "sampling_rate": 44100}'
DONE = b'{"type": "done", "done": true}'

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ["日本語", "🎙️é", '"data":"', "\\n"]
)
STATUS = st.none() | st.integers(100, 599)
CONTEXT = st.none() | TEXT
STAMPS = st.dictionaries(
    TEXT, st.lists(TEXT | st.floats(allow_nan=False, allow_infinity=False), max_size=3), max_size=3
)
COMMON = {"status_code": STATUS, "context_id": CONTEXT}
EVENTS = st.lists(
    st.one_of(
        st.builds(
            Chunk,
            audio=st.binary(max_size=40),
            sampling_rate=st.none() | st.integers(8000, 48000),
            step_time=st.none() | st.floats(allow_nan=False, allow_infinity=False),
            done=st.booleans(),
            **COMMON,
        ),
        st.builds(Timestamps, word_timestamps=STAMPS, **COMMON),
        st.builds(PhonemeTimestamps, phoneme_timestamps=STAMPS, **COMMON),
        st.builds(lambda fields, kind: Unknown(type=kind, fields={**fields, "type": kind}), STAMPS, st.just("later")),
    ),
    max_size=8,
)


def line_of(event: Event, *, escaped: bool, compact: bool) -> bytes:
    if isinstance(event, Unknown):
        fields = dict(event.fields)
    else:
        fields = {"type": event.type} | {k: v for k, v in msgspec.structs.asdict(event).items() if v is not None}
        if isinstance(event, Chunk):
            fields["data"] = base64.b64encode(fields.pop("audio")).decode()
    separators = (",", ":") if compact else None
    return json.dumps(fields, ensure_ascii=escaped, separators=separators).encode()


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(p % (len(data) + 1) for p in places)})
    return [data[a:b] for a, b in itertools.pairwise(edges)]


@given(
    events=EVENTS,
    ending=st.sampled_from([b"\n", b"\r\n", b"\n\n", b" \n"]),
    last_newline=st.booleans(),
    escaped=st.booleans(),
    compact=st.booleans(),
    places=st.lists(st.integers(0, 10_000), max_size=40),
)
def test_any_cut_gives_the_same_events(events, ending, last_newline, escaped, compact, places) -> None:
    events = [*events, Done(status_code=200)]
    data = ending.join(line_of(e, escaped=escaped, compact=compact) for e in events) + (ending if last_newline else b"")
    assert list(decode(cut(data, places))) == events
    assert list(decode([data])) == events
    assert list(decode(data[i : i + 1] for i in range(len(data)))) == events


@given(st.lists(st.binary(max_size=60) | st.sampled_from([CHUNK + b"\n", DONE + b"\n", b"{", b'{"type":', b"\n"])))
@example([b'{"type":"chunk","data":"QQ==","context_id":"\\ud800"}\n'])
@example([b"[" * 100_000 + b"\n"])
@example([b'{"type":"chunk","data":"QQ==","sampling_rate":' + b"9" * 5000 + b"}\n"])
@example([b"\xef\xbb\xbf" + DONE])
def test_garbage_ends_in_the_typed_error_and_cuts_do_not_change_what_came_before(parts: list[bytes]) -> None:
    def outcome(pieces):
        seen = []
        try:
            for event in decode(pieces):
                seen.append(event)
        except DecodeError as e:
            return seen, type(e), e.reason, e.offset
        return seen, None, "", 0

    data = b"".join(parts)
    assert outcome(parts) == outcome([data]) == outcome(data[i : i + 1] for i in range(len(data)))


FIELDS = st.sampled_from(
    [
        None,
        True,
        False,
        0,
        1,
        -1,
        206,
        1.5,
        10**30,
        1e400,
        math.nan,
        "",
        "x",
        "QQ==",
        "QQ",
        "QR==",
        "-_A=",
        "+_A=",
        "é",
        [],
        {},
    ]
)


KEYS = ("status_code", "done", "context_id", "x")


def said(judge: Callable[[bytes], Event], line: bytes) -> str:
    try:
        return repr(judge(line))
    except DecodeError as e:
        return e.reason


@given(st.fixed_dictionaries({}, optional=dict.fromkeys([*KEYS, "data", "sampling_rate", "step_time"], FIELDS)))
def test_the_quick_way_never_says_other_than_the_careful_one(fields: dict) -> None:
    line = json.dumps({"type": "chunk", **fields}).encode()
    assert said(parse_event, line) == said(careful_event, line)


@given(
    st.sampled_from([Timestamps.type, PhonemeTimestamps.type, Done.type, ErrorEvent.type, "x"]),
    st.fixed_dictionaries({}, optional=dict.fromkeys([*KEYS, "word_timestamps", "phoneme_timestamps"], FIELDS)),
)
def test_nor_for_the_other_types(kind: str, fields: dict) -> None:
    line = json.dumps({"type": kind, **fields}).encode()
    assert said(parse_event, line) == said(careful_event, line)


@pytest.mark.parametrize("judge", [parse_event, careful_event])
def test_repeated_keys_take_the_last_value(judge: Callable[[bytes], Event]) -> None:
    assert judge(b'{"type":"x","data":"QQ==","data":"QUI=","type":"chunk"}') == Chunk(audio=b"AB")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"hello", "not JSON"),
        (b"{} {}", "not JSON"),
        (b"[1]", "not a JSON object"),
        (b"7", "not a JSON object"),
        (b'{"done": true}', "no `type`"),
        (b'{"type": 7}', "no `type`"),
        (b'{"type": "chunk"}', "`data` is not base64 text"),
        (b'{"type": "chunk", "data": "Q"}', "`data` is not base64"),
        (b'{"type": "chunk", "data": "Q Q="}', "`data` is not base64"),
        (b'{"type": "chunk", "data": "QQ==="}', "wrong base64 padding"),
        (b'{"type": "chunk", "data": "QQ==QQ=="}', "`data` is not base64"),
        (b'{"type": "chunk", "data": null}', "`data` is not base64 text"),
        (b'{"type": "chunk", "data": [65]}', "`data` is not base64 text"),
        (b'{"type": "chunk", "data": "QQ==", "step_time": nan}', "not JSON"),
        (b'{"type": "x\xff"}', "not UTF-8"),
        (b'{"type": "chunk", "data": "QQ==", "note": "\xff"}', "not UTF-8"),
    ],
)
def test_each_malformed_line_names_what_is_wrong_and_where(line: bytes, reason: str) -> None:
    with pytest.raises(DecodeError, match="byte ") as caught:
        list(decode([CHUNK + b"\n", line + b"\n" + DONE]))
    assert reason in caught.value.reason
    assert caught.value.offset == len(CHUNK) + 1
    assert caught.value.excerpt.isascii() or caught.value.excerpt.endswith("…")


def chunk(**fields: object) -> dict:
    return {"type": "chunk", "data": "QQ==", **fields}


@pytest.mark.parametrize(
    ("fields", "reads", "odd"),
    [
        (chunk(status_code=206.0), {"status_code": 206}, ["status_code"]),
        (chunk(status_code="206"), {"status_code": 206}, ["status_code"]),
        (chunk(status_code="fine"), {"status_code": None}, ["status_code"]),
        (chunk(status_code=True), {"status_code": None}, ["status_code"]),
        (chunk(sampling_rate=44100.0), {"sampling_rate": 44100}, ["sampling_rate"]),
        (chunk(sampling_rate="44100 Hz"), {"sampling_rate": None}, ["sampling_rate"]),
        (chunk(sampling_rate=44100.5), {"sampling_rate": None}, ["sampling_rate"]),
        (chunk(step_time=math.nan), {"step_time": None}, ["step_time"]),
        (chunk(step_time=math.inf), {"step_time": None}, ["step_time"]),
        (chunk(step_time="5 ms"), {"step_time": None}, ["step_time"]),
        (chunk(step_time=10**400), {"step_time": None}, ["step_time"]),
        (chunk(done=1), {"done": False}, ["done"]),
        (chunk(done=None), {"done": False}, []),
        (chunk(context_id=4), {"context_id": None}, ["context_id"]),
        (
            chunk(context_id={"a": 1}, step_time=[]),
            {"context_id": None, "step_time": None},
            ["context_id", "step_time"],
        ),
        (chunk(data=None, done=True), {"audio": b"", "done": True}, ["data"]),
        (chunk(data=None, status_code=500), {"audio": b"", "status_code": 500}, ["data"]),
        (chunk(extra=[1, 2]), {"audio": b"A"}, []),
        ({"type": "timestamps", "word_timestamps": [["a", 0.1]]}, {"word_timestamps": {}}, ["word_timestamps"]),
        ({"type": "timestamps"}, {"word_timestamps": {}}, ["word_timestamps"]),
        ({"type": "phoneme_timestamps", "phoneme_timestamps": "x"}, {"phoneme_timestamps": {}}, ["phoneme_timestamps"]),
        ({"type": "done", "status_code": "200"}, {"status_code": 200}, ["status_code"]),
        ({"type": "done", "done": "yes"}, {"done": True}, ["done"]),
        ({"type": "error", "status_code": 500.0}, {"status_code": 500}, ["status_code"]),
        ({"type": "later", "status_code": "404"}, {"status_code": 404}, ["status_code"]),
    ],
)
def test_odd_metadata_is_read_leniently_and_kept_as_sent(fields: dict, reads: dict, odd: list[str]) -> None:
    event = next(
        decode([json.dumps(fields).encode() + b"\n", *([] if fields["type"] in ("done", "error") else [DONE])])
    )
    assert {key: getattr(event, key) for key in reads} == reads
    assert repr(event.odd or {}) == repr({key: fields.get(key) for key in sorted(odd)})  # NaN equals nothing


def test_a_number_longer_than_python_reads_is_odd_and_no_reason_to_stop() -> None:
    [event, _] = decode([b'{"type":"chunk","data":"QQ==","sampling_rate":' + b"9" * 5000 + b"}\n", DONE])
    assert event == Chunk(audio=b"A", odd={"sampling_rate": math.inf})


def test_excerpts_are_short_and_printable() -> None:
    with pytest.raises(DecodeError) as caught:
        list(decode([b"\x1b[2J\xff\x00" * 200 + b"\n"]))
    assert len(caught.value.excerpt) <= 61
    assert caught.value.excerpt.isprintable()


def test_events_before_a_bad_line_in_the_same_part_are_not_lost() -> None:
    seen = []
    with pytest.raises(DecodeError):
        for event in decode([CHUNK + b"\n" + CHUNK + b"\nnonsense\n" + CHUNK + b"\n"]):
            seen.append(event)
    assert [e.audio for e in seen] == [b"ABC", b"ABC"]


def test_after_an_error_the_decoder_takes_nothing_more() -> None:
    decoder = EventDecoder()
    for _ in range(2):
        with pytest.raises(DecodeError, match="not JSON"):
            decoder.feed(b"nonsense\n")
    with pytest.raises(DecodeError, match="not JSON"):
        decoder.close()


def test_a_stream_without_done_is_truncated() -> None:
    seen = []
    with pytest.raises(TruncatedStreamError, match="without `done`"):
        seen.extend(decode([CHUNK + b"\n"]))
    with pytest.raises(TruncatedStreamError):
        list(decode([]))
    with pytest.raises(DecodeError, match="not JSON"):
        list(decode([CHUNK[:-4]]))


def test_done_on_a_chunk_ends_nothing() -> None:
    final = CHUNK.replace(b'"done": false', b'"done": true')
    with pytest.raises(TruncatedStreamError):
        list(decode([final]))
    assert list(decode([final + b"\n" + DONE]))[-1] == Done()


@pytest.mark.parametrize("key", ["message", "error", "data", "title"])
def test_an_error_event_ends_the_stream_and_tells_what_the_server_said(key: str) -> None:
    [event] = decode([json.dumps({"type": "error", key: "too loud", "status_code": 500}).encode()])
    assert isinstance(event, ErrorEvent)
    assert (event.message, event.status_code) == ("too loud", 500)


def test_an_error_event_in_an_unknown_form_is_still_an_error_event() -> None:
    [event] = decode([b'{"type": "error", "status_code": "bad", "data": {"a": 1}}'])
    assert isinstance(event, ErrorEvent)
    assert '"a": 1' in event.message


def test_unknown_types_are_kept() -> None:
    assert next(iter(decode([b'{"type": "flush", "id": 3}\n' + DONE]))) == Unknown(
        type="flush", fields={"type": "flush", "id": 3}
    )


@pytest.mark.parametrize("in_one_part", [True, False])
def test_a_line_of_100_mb_is_refused_without_being_collected(in_one_part: bool) -> None:
    total, size = 100 * 1024 * 1024, 64 * 1024
    parts = [b"x" * total] if in_one_part else (b"x" * size for _ in range(total // size))
    decoder = EventDecoder()
    decoder.feed(CHUNK + b"\n")
    tracemalloc.start()
    try:
        with pytest.raises(LineTooLongError, match="longer than 1048576 bytes") as caught:
            for part in parts:
                decoder.feed(part)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert caught.value.offset == len(CHUNK) + 1
    assert peak < 4 * 1024 * 1024


@pytest.mark.parametrize("extra", [-1, 0, 1])
def test_the_limit_is_on_the_line_whatever_the_cut(extra: int) -> None:
    limit = len(CHUNK) - extra
    for parts in (
        [CHUNK + b"\n" + DONE],
        [CHUNK, b"\n", DONE],
        [CHUNK[:9], CHUNK[9:] + b"\n", DONE],
        [CHUNK + b"\n", DONE],
    ):
        if extra == 1:
            with pytest.raises(LineTooLongError):
                list(decode(parts, max_line_bytes=limit))
        else:
            assert len(list(decode(parts, max_line_bytes=limit))) == 2
