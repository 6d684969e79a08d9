"""Decoder throughput against the parser of the vendor's notebook: `json.loads(part.decode())` for each part.

Run: `python -m benchmarks decoder` for three streams, or `python -m benchmarks.measures.decoder [--seconds 60]
[--rounds 15]` for all, against other parsers too. Both read the same well-formed stream, one event a part (the only cut
under which the notebook's parser works), and both end with audio bytes. The rows `no audio` leave base64 out of the
other parser, which then does less than ours. Equality of the results is asserted before anything is timed. The two
alternate within one process and each round gives one ratio. Times are processor time of the thread, so that waiting for
a busy machine is not counted.
"""

import argparse
import base64
import binascii
import json
import math
import random
import statistics
import time
from collections.abc import Callable
from typing import Any

from benchmarks.record import Benchmark, Figure, Rounds
from catalog.speech import CHUNK_SECONDS, ENCODINGS
from core.voice.decoder import decode
from core.voice.events import Chunk, Event, Timestamps, Unknown

WORDS = "the quick brown fox jumps over the lazy dog größer 日本語".split()  # noqa: SIM905 - a sentence reads better


def make_stream(seconds: float, rate: int, encoding: str, *, timestamps: bool) -> list[bytes]:
    """A stream as the container sends it: full chunks in order, each followed by its words if asked, then `done`."""
    rng = random.Random(20261121)
    size = math.ceil(CHUNK_SECONDS * rate) * ENCODINGS[encoding]
    parts = []
    for i in range(round(seconds / CHUNK_SECONDS)):
        audio = base64.b64encode(rng.randbytes(size)).decode()
        common = {"context_id": "ctx-7f3a", "status_code": 206, "done": False}
        parts.append({"type": "chunk", **common, "data": audio, "sampling_rate": rate, "step_time": rng.random()})
        if timestamps and i % 12 == 0:
            start = [round(i * CHUNK_SECONDS + 0.1 * n, 3) for n in range(3)]
            stamps = {"words": rng.sample(WORDS, 3), "start": start, "end": [s + 0.09 for s in start]}
            parts.append({"type": "timestamps", **common, "word_timestamps": stamps})
    parts.append({"type": "done", "context_id": "ctx-7f3a", "status_code": 200, "done": True})
    return [json.dumps(part, ensure_ascii=False).encode() + b"\n" for part in parts]


def naive(parts: list[bytes]) -> list[dict[str, Any]]:
    """What the vendor's notebook does: parse each part, decode the audio of chunks."""
    events = []
    for part in parts:
        event = json.loads(part.decode())
        if event["type"] == "chunk":
            event["audio"] = base64.b64decode(event["data"])
        events.append(event)
    return events


def naive_direct(parts: list[bytes]) -> list[dict[str, Any]]:
    """The same with the fastest base64 of the standard library."""
    events = []
    for part in parts:
        event = json.loads(part.decode())
        if event["type"] == "chunk":
            event["audio"] = binascii.a2b_base64(event["data"])
        events.append(event)
    return events


def naive_without_audio(parts: list[bytes]) -> list[dict[str, Any]]:
    """Only `json.loads(part.decode())`; the audio stays base64 text."""
    return [json.loads(part.decode()) for part in parts]


def ours(parts: list[bytes]) -> list[Event]:
    return list(decode(parts))


def assert_equal(parts: list[bytes]) -> None:
    """Ours, under this cut and two others, equals the notebook's parser event by event."""
    whole = b"".join(parts)
    odd = [whole[i : i + 1009] for i in range(0, len(whole), 1009)]
    expected = naive(parts)
    for cut in (parts, [whole], odd):
        events = ours(cut)
        assert len(events) == len(expected)
        for event, fields in zip(events, expected, strict=True):
            assert not isinstance(event, Unknown)
            assert (event.type, event.context_id, event.status_code) == tuple(
                fields[key] for key in ("type", "context_id", "status_code")
            )
            if isinstance(event, Chunk):
                assert event.audio == fields["audio"]
                assert (event.sampling_rate, event.step_time) == (fields["sampling_rate"], fields["step_time"])
            elif isinstance(event, Timestamps):
                assert event.word_timestamps == fields["word_timestamps"]


def seconds_of(work: Callable[[list[bytes]], object], parts: list[bytes]) -> float:
    start = time.thread_time()
    work(parts)
    return time.thread_time() - start


def compare(parts: list[bytes], other: Callable[[list[bytes]], object], rounds: int) -> tuple[list[float], list[float]]:
    """MB/s of ours and the ratio to `other`, one figure a round."""
    size = sum(map(len, parts)) / 1e6
    speeds, ratios = [], []
    for _ in range(rounds):
        theirs, mine = seconds_of(other, parts), seconds_of(ours, parts)
        speeds.append(size / mine)
        ratios.append(theirs / mine)
    return speeds, ratios


_SHOWN = {
    "cd": (44100, "pcm_s16le", True),
    "studio": (48000, "pcm_f32le", False),
    "phone": (8000, "pcm_mulaw", False),
}
"""Streams of the common table: the default, the largest parts and the smallest."""


def _run(rounds: int) -> Rounds:
    streams = {name: make_stream(60.0, r, e, timestamps=words) for name, (r, e, words) in _SHOWN.items()}
    for parts in streams.values():
        assert_equal(parts)
    for _ in range(rounds):
        found: dict[str, float] = {}
        for name, parts in streams.items():
            speeds, ratios = compare(parts, naive, 1)
            found |= {name: speeds[0], f"{name}_ratio": ratios[0]}
        yield found


def _figures(name: str, rate: int, encoding: str) -> tuple[Figure, ...]:
    what = f"{rate} Hz {encoding}"
    return (
        Figure(key=name, what=what, unit="MB/s", higher_is_better=True),
        Figure(key=f"{name}_ratio", what=f"{what} / baseline", unit="x", target=3.0, higher_is_better=True),
    )


BENCHMARK = Benchmark(
    name="decoder",
    what="Bytes of a SageMaker speech stream to typed events with audio, one event a part.",
    baseline="the parser of the vendor's notebook, `json.loads(part.decode())` and `b64decode`",
    figures=tuple(each for name, (rate, encoding, _) in _SHOWN.items() for each in _figures(name, rate, encoding)),
    rounds=15,
    run=_run,
)


def figures(values: list[float], digits: int) -> str:
    shown = (statistics.median(values), min(values), max(values))
    return " / ".join(f"{v:.{digits}f}" for v in shown)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0, help="audio in the stream (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=15, help="rounds a row (default: %(default)s)")
    options = parser.parse_args()
    print("median / min / max".rjust(84))
    print(f"{'stream':<28}{'against':<28}{'ours, MB/s':>24}{'ratio':>22}")
    for rate, encoding, timestamps in (
        (44100, "pcm_s16le", False),
        (44100, "pcm_s16le", True),
        (48000, "pcm_f32le", False),
        (16000, "pcm_s16le", False),
        (8000, "pcm_mulaw", False),
    ):
        parts = make_stream(options.seconds, rate, encoding, timestamps=timestamps)
        assert_equal(parts)
        stream = f"{rate} {encoding}{' + words' if timestamps else ''}"
        for name, other in (
            ("json + base64", naive),
            ("json + binascii", naive_direct),
            ("json, no audio", naive_without_audio),
        ):
            speeds, ratios = compare(parts, other, options.rounds)
            print(f"{stream:<28}{name:<28}{figures(speeds, 0):>24}{figures(ratios, 2):>22}")


if __name__ == "__main__":
    main()
