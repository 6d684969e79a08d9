"""How late parts of speech reach the caller with 500 streams in one process: asyncio against plain boto3 on threads.

Both read the same streams from the same server in a process of its own, one after the other in each round: speech at
the pace of its playing, a part every 200 ms. A part's delay is how much later it came than the earliest part of its
stream says it should have; it holds the server's own lateness, which is the same for both. Plain boto3 parses each line
with `json` and decodes its audio, as the vendor's notebook does, one thread a stream.
"""

import asyncio
import base64
import json
import resource
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
from botocore.config import Config

from benchmarks.record import Benchmark, BenchmarkError, Figure, Rounds
from core.voice.events import Chunk
from core.voice.sagemaker_request import resolve_speech_request
from sandbox.voice.process import voice_process
from toolkit.voice.aio import AsyncVoiceClient
from toolkit.voice.retry import RetryPolicy
from toolkit.voice.routes.sagemaker.aio import AsyncSageMakerRoute
from toolkit.voice.routes.sagemaker.pool import ConnectionSettings

_ENDPOINT = "streams"
_STREAMS = 500
_SECONDS = 4.0
_EVENTS_A_PART = 10
_PART_SECONDS = 0.02 * _EVENTS_A_PART
_RAMP_SECONDS = 3.0
_REQUEST = resolve_speech_request(
    {
        "context_id": "streams",
        "transcript": "Five hundred people listen at once.",
        "language": "en",
        "output_format": {"container": "raw", "encoding": "pcm_mulaw", "sample_rate": 8000},
        "voice": {"mode": "id", "id": "v"},
    }
)

Arrivals = list[list[float]]
"""For each stream, when its parts came."""


def _session() -> boto3.session.Session:
    return boto3.session.Session("t", "t", region_name="us-east-2")


def _ours(url: str) -> Arrivals:
    async def one(client: AsyncVoiceClient, wait: float) -> list[float]:
        await asyncio.sleep(wait)
        times: list[float] = []
        heard = 0
        async with client.stream(_REQUEST, 60) as stream:
            async for event in stream:
                if isinstance(event, Chunk):
                    if heard % _EVENTS_A_PART == 0:
                        times.append(time.monotonic())
                    heard += 1
        return times

    async def every() -> Arrivals:
        settings = ConnectionSettings(concurrency=_STREAMS)
        route = AsyncSageMakerRoute.connect(_ENDPOINT, session=_session(), endpoint_url=url, connections=settings)
        async with AsyncVoiceClient(route, retry=RetryPolicy(max_attempts=1)) as client:
            waits = [_RAMP_SECONDS * i / _STREAMS for i in range(_STREAMS)]
            return await asyncio.gather(*(one(client, wait) for wait in waits))

    return asyncio.run(every())


def _boto3(url: str) -> Arrivals:
    config = Config(max_pool_connections=_STREAMS, retries={"total_max_attempts": 1})
    client: Any = _session().client("sagemaker-runtime", endpoint_url=url, config=config)
    ready = threading.Barrier(_STREAMS)

    def one(wait: float) -> list[float]:
        ready.wait(60)
        time.sleep(wait)
        answer = client.invoke_endpoint_with_response_stream(
            EndpointName=_ENDPOINT, ContentType="application/json", Body=_REQUEST.body()
        )
        times = []
        for message in answer["Body"]:
            came = time.monotonic()
            events = [json.loads(line) for line in message["PayloadPart"]["Bytes"].splitlines()]
            audio = [base64.b64decode(event["data"]) for event in events if event["type"] == "chunk"]
            if audio:  # the last part brings `done` alone, and out of the others' step
                times.append(came)
        return times

    with ThreadPoolExecutor(_STREAMS) as pool:
        found = list(pool.map(one, [_RAMP_SECONDS * i / _STREAMS for i in range(_STREAMS)]))
    client.close()
    return found


def _delays(arrivals: Arrivals) -> list[float]:
    delays: list[float] = []
    for times in arrivals:
        if len(times) < _SECONDS / _PART_SECONDS - 1:
            raise BenchmarkError(f"a stream of {_SECONDS} s came in {len(times)} parts")
        begun = min(at - i * _PART_SECONDS for i, at in enumerate(times))
        delays += [at - i * _PART_SECONDS - begun for i, at in enumerate(times)]
    return delays


def _measured(way: str, url: str) -> dict[str, float]:
    used = _processor()
    delays = _delays(_ours(url) if way == "asyncio" else _boto3(url))
    spent = _processor() - used
    p99 = statistics.quantiles(delays, n=100)[98]
    return {
        f"{way}_p50": 1000 * statistics.median(delays),
        f"{way}_p99": 1000 * p99,
        f"{way}_processor": 1000 * spent / (_STREAMS * _SECONDS),
    }


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _run(rounds: int) -> Rounds:
    with voice_process() as server:
        fault = {"kind": "coalesce", "count": _EVENTS_A_PART}
        server.put_endpoint(_ENDPOINT, slots=_STREAMS, law="realtime", audio_seconds=_SECONDS, faults=[fault])
        for number in range(rounds):
            found: dict[str, float] = {}
            for way in ("asyncio", "boto3") if number % 2 == 0 else ("boto3", "asyncio"):
                found |= _measured(way, server.url)
            yield found | {"p99_ratio": found["asyncio_p99"] / found["boto3_p99"]}


BENCHMARK = Benchmark(
    name="voice_streams",
    what="Delay of parts of speech that come every 200 ms, 500 streams at once in one process.",
    baseline="plain boto3, a thread a stream, `json` and `b64decode`",
    figures=(
        Figure(key="asyncio_p50", what="asyncio client, p50", unit="ms"),
        Figure(key="asyncio_p99", what="asyncio client, p99", unit="ms"),
        Figure(key="boto3_p50", what="baseline, p50", unit="ms"),
        Figure(key="boto3_p99", what="baseline, p99", unit="ms"),
        Figure(key="p99_ratio", what="p99, asyncio client / baseline", unit="x", target=1.0),
        Figure(key="asyncio_processor", what="asyncio client, processor time for a second of a stream", unit="ms"),
        Figure(key="boto3_processor", what="baseline, processor time for a second of a stream", unit="ms"),
    ),
    rounds=4,
    run=_run,
)
