"""The parts of the voice server that need no socket: frames, routing, faults, settings."""

import json
import random

import pytest
from botocore.eventstream import EventStreamBuffer
from hypothesis import given
from hypothesis import strategies as st

from core.input.problems import InvalidInput
from core.voice.decoder import decode
from core.voice.events import Chunk
from core.voice.ndjson import DecodeError
from core.voice.sagemaker_request import resolve_speech_request
from sandbox.voice.eventstream import exception_frame, frame, payload_part
from sandbox.voice.fleet import Fleet
from sandbox.voice.script import Act, lines_of, steps_of
from sandbox.voice.spec import FAULTS, EndpointSpec, Fault, VariantSpec, read_endpoint, read_faults

REQUEST = resolve_speech_request(
    {
        "context_id": "ctx",
        "transcript": "Grüße 東京",
        "language": "de",
        "output_format": {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 8000},
        "voice": {"mode": "id", "id": "v"},
        "add_timestamps": True,
    }
)
LINES = lines_of(REQUEST, 0.3)


def parts(steps) -> list[bytes]:
    buffer = EventStreamBuffer()
    buffer.add_data(b"".join(step.frame for step in steps if isinstance(step.frame, bytes)))
    return [event.payload for event in buffer]


@given(st.binary(max_size=500), st.dictionaries(st.text(min_size=1, max_size=20), st.text(max_size=50), max_size=4))
def test_botocore_reads_every_frame(payload: bytes, headers: dict[str, str]) -> None:
    buffer = EventStreamBuffer()
    buffer.add_data(
        frame(headers, payload) + payload_part(payload) + exception_frame("ModelStreamError", {"Message": "é"})
    )
    first, second, third = list(buffer)
    assert (first.headers, first.payload) == (headers, payload)
    assert (second.headers[":event-type"], second.payload) == ("PayloadPart", payload)
    assert third.headers[":exception-type"] == "ModelStreamError"
    assert json.loads(third.payload) == {"Message": "é"}


def until_refused(routing: str, seed: int) -> int:
    fleet = Fleet(4, 3, routing, random.Random(seed))
    admitted = 0
    while fleet.admit() is not None:
        admitted += 1
    assert (fleet.counts.refused, fleet.counts.arrivals, fleet.in_flight) == (1, admitted + 1, admitted)
    return admitted


def test_lor_refuses_only_when_all_slots_are_busy_and_random_sooner() -> None:
    assert {until_refused("LEAST_OUTSTANDING_REQUESTS", seed) for seed in range(50)} == {12}
    by_chance = [until_refused("RANDOM", seed) for seed in range(50)]
    assert 3 <= min(by_chance) < max(by_chance) <= 12
    assert sum(by_chance) / 50 < 9


def test_random_routing_spreads_evenly() -> None:
    fleet = Fleet(4, 10_000, "RANDOM", random.Random(5))
    chosen = [fleet.admit() for _ in range(8000)]
    assert all(1850 < chosen.count(i) < 2150 for i in range(4))
    for instance in chosen:
        fleet.release(instance, 0.5)
    assert (fleet.in_flight, fleet.counts.finished, fleet.counts.busy_seconds, fleet.counts.most_busy) == (
        0,
        8000,
        4000,
        8000,
    )


def test_times_follow_the_law() -> None:
    assert {step.at for step in steps_of(LINES, "instant", 9.0, None)} == {0.0}
    paced = [step.at for step in steps_of(LINES, "realtime", 9.0, None)]
    assert paced == pytest.approx([0.02 * i for i in range(len(LINES))])
    assert [step.at for step in steps_of(LINES, "fixed", 9.0, None)] == [0.0] * (len(LINES) - 1) + [9.0]


@pytest.mark.parametrize("count", [1, 2, 5, 64, 10_000])
@pytest.mark.parametrize("kind", ["coalesce", "split", "split_utf8", "split_base64", "no_final_newline"])
def test_cuts_keep_every_byte(kind: str, count: int) -> None:
    found = parts(steps_of(LINES, "instant", 0, Fault(kind=kind, count=count)))
    whole = b"".join(LINES)
    assert b"".join(found) == (whole[:-1] if kind == "no_final_newline" else whole)
    assert list(decode(found)) == list(decode([whole]))


def test_cuts_are_where_they_hurt() -> None:
    utf8 = parts(steps_of(LINES, "instant", 0, Fault(kind="split_utf8")))
    with pytest.raises(UnicodeDecodeError):
        [part.decode() for part in utf8]
    base64 = parts(steps_of(LINES, "instant", 0, Fault(kind="split_base64")))
    ends = [
        part.split(b'"data": "')[1] for part in base64 if part.count(b'"data": "') == 1 and not part.endswith(b"\n")
    ]
    assert ends
    assert all(len(end) % 4 for end in ends)


def test_broken_streams_break_after_the_events_asked_for() -> None:
    for kind in ("stall", "cut", "end_early", "garbage", "error_event", "long_line"):
        for after in (0, 1, 4):
            steps = steps_of(LINES, "instant", 0, Fault(kind=kind, after=after, count=2_000_000))
            events = []
            with pytest.raises(DecodeError):
                for event in decode(parts(steps)):
                    events.append(event)
                raise DecodeError("an error event ends a stream, too", 0)
            assert [type(e) for e in events[:after]] == [type(e) for e in list(decode(LINES))[:after]]
            assert len(events) == after + (kind == "error_event")
    assert steps_of(LINES, "instant", 0, Fault(kind="stall", after=2))[-1].frame is Act.STALL


def test_the_audio_of_a_response_is_in_chunks_of_20_ms() -> None:
    chunks = [event for event in decode(LINES) if isinstance(event, Chunk)]
    assert {len(chunk.audio) for chunk in chunks[:-1]} == {320}
    assert sum(len(chunk.audio) for chunk in chunks) == 4800


def test_settings_round_trip_and_are_checked() -> None:
    variants = {"AllTraffic": VariantSpec(instances=4), "reserve": VariantSpec(weight=0, routing="RANDOM")}
    spec = EndpointSpec(variants=variants, law="fixed", service_seconds=1.5, faults=(Fault(kind="cut", every=3),))
    assert read_endpoint(json.loads(json.dumps(spec.fields()))) == spec
    assert read_endpoint({}) == EndpointSpec()
    for kind in FAULTS:
        assert read_faults([{"kind": kind}])[0].kind == kind
    with pytest.raises(InvalidInput) as caught:
        read_endpoint({"slots": -1, "routing": "KV_AWARE", "law": "slow", "service_seconds": "x", "faults": [{}, 3]})
    assert [p.path for p in caught.value.problems] == [
        "slots",
        "routing",
        "law",
        "service_seconds",
        "faults[0].kind",
        "faults[1]",
    ]


def test_variants_are_checked_and_have_a_short_form_for_one() -> None:
    short = read_endpoint({"instances": 4, "routing": "LEAST_OUTSTANDING_REQUESTS", "variant": "main"})
    assert short.variants == {"main": VariantSpec(instances=4, routing="LEAST_OUTSTANDING_REQUESTS")}
    with pytest.raises(InvalidInput) as caught:
        read_endpoint({"instances": 4, "variants": {"a": {"instances": 0}, "b": {"weight": -1, "slots": 3}}})
    assert {p.path for p in caught.value.problems} == {
        "instances",
        "variants.a.instances",
        "variants.b.weight",
        "variants.b.slots",
    }
    with pytest.raises(InvalidInput, match="weight above 0"):
        read_endpoint({"variants": {"a": {"weight": 0}}})
