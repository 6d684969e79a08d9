"""The client for event loops against the voice server: the same answers as from threads, and cancelling is at once."""

import asyncio
import contextlib
import random
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable

import psutil
import pytest

from core.voice.events import Chunk, Done
from sandbox.voice.control import VoiceControl
from sandbox.voice.process import voice_process
from sandbox.voice.server import VoiceServer
from sandbox.voice.signal import speak
from tests.services.test_voice import BROKEN, CUTS, ENDPOINT, TEXT, request, session
from tests.support.voice_agent import answer
from toolkit.voice import errors
from toolkit.voice.aio import AsyncVoiceClient
from toolkit.voice.retry import RetryPolicy
from toolkit.voice.routes.sagemaker.aio import AsyncSageMakerRoute
from toolkit.voice.routes.sagemaker.pool import ConnectionSettings

ONCE = RetryPolicy(max_attempts=1)
STREAMED = {"stall", "cut", "end_early", "garbage", "corrupt_frame", "model_stream_error", "internal_stream_failure"}


@contextlib.asynccontextmanager
async def connect(
    server: VoiceControl, retry: RetryPolicy = ONCE, variant: str | None = None, **connections
) -> AsyncIterator[AsyncVoiceClient]:
    settings = ConnectionSettings(**connections)
    route = AsyncSageMakerRoute.connect(
        ENDPOINT, session=session(), endpoint_url=server.url, connections=settings, variant=variant
    )
    async with AsyncVoiceClient(route, retry=retry) as client:
        yield client


def run(server: VoiceControl, work: Callable[[AsyncVoiceClient], Awaitable], **connections):
    """What `work` gives, with a client in a loop of its own."""

    async def inside():
        async with connect(server, **connections) as client:
            return await work(client)

    return asyncio.run(inside())


@pytest.fixture(scope="module")
def server():
    with VoiceServer() as running:
        yield running


@pytest.fixture(autouse=True)
def endpoint(server: VoiceServer):
    server.put_endpoint(ENDPOINT)
    yield
    idle(server)


def idle(server: VoiceControl) -> None:
    deadline = time.monotonic() + 5
    while server.stats()["connections"]["open"] > 1 or server.stats()["endpoints"][ENDPOINT]["in_flight"]:
        assert time.monotonic() < deadline, "a client left a connection open"
        time.sleep(0.01)


def test_a_whole_speech_arrives_unchanged_and_its_connection_serves_the_next(server: VoiceServer) -> None:
    wanted = request(add_timestamps=True)
    before = server.stats()["connections"]["accepted"]

    async def twice(client: AsyncVoiceClient):
        return [await client.speak(wanted) for _ in range(2)]

    for speech in run(server, twice):
        assert speech.audio == speak(TEXT, wanted.output_format)
        assert isinstance(speech.events[-1], Done)
        figures = speech.metrics
        assert (figures.attempts, figures.audio_bytes, figures.variant) == (1, len(speech.audio), "AllTraffic")
        assert 0 < figures.attempt_ttfa_seconds <= figures.audio_end_seconds <= figures.total_seconds
    asked = 3  # this test's own controls
    assert server.stats()["connections"]["accepted"] - before <= 1 + asked


@pytest.mark.parametrize("count", [1, 7])
@pytest.mark.parametrize("kind", sorted(CUTS))
def test_other_cuts_of_the_same_bytes_change_nothing(server: VoiceServer, kind: str, count: int) -> None:
    server.faults(ENDPOINT, {"kind": kind, "count": count, "seconds": 0.05})
    wanted = request("Ja 東京!", rate=8000, add_timestamps=True)
    speech = run(server, lambda client: client.speak(wanted))
    assert speech.audio == speak("Ja 東京!", wanted.output_format)


@pytest.mark.parametrize("after", [0, 5])
@pytest.mark.parametrize("kind", BROKEN)
def test_every_broken_answer_ends_in_the_same_error_as_for_threads(server: VoiceServer, kind: str, after: int) -> None:
    server.faults(ENDPOINT, {"kind": kind, "after": after, "count": 3_000_000, "seconds": 0.02})

    async def broken_then_well(client: AsyncVoiceClient):
        began = time.monotonic()
        with pytest.raises(errors.VoiceError) as caught:
            await client.speak(request(rate=8000), deadline_seconds=0.7)
        assert time.monotonic() - began < 1.7
        server.faults(ENDPOINT)
        assert (await client.speak(request(rate=8000))).audio
        return caught.value

    error = run(server, broken_then_well)
    assert type(error) is BROKEN[kind]
    if kind in STREAMED - {"internal_stream_failure"}:
        assert error.audio_seconds == pytest.approx(after * 0.02)


def test_the_code_of_a_broken_stream_is_read_where_botocore_drops_it(server: VoiceServer) -> None:
    server.faults(ENDPOINT, {"kind": "model_stream_error", "code": "ModelInvocationTimeExceeded", "after": 0})
    with pytest.raises(errors.ModelTimeoutError):
        run(server, lambda client: client.speak(request()))


@pytest.mark.parametrize("law", ["stall", "slow_start", "trickle"])
def test_the_deadline_holds_whatever_the_server_does(server: VoiceServer, law: str) -> None:
    server.faults(ENDPOINT, {"kind": law, "seconds": 1.5 if law == "slow_start" else 0.01})

    async def late(client: AsyncVoiceClient) -> float:
        began = time.monotonic()
        with pytest.raises(errors.DeadlineExceededError):
            await client.speak(request(), 0.3)
        return time.monotonic() - began

    assert 0.29 <= run(server, late) < 0.6


def test_silence_has_a_bound_of_its_own(server: VoiceServer) -> None:
    server.faults(ENDPOINT, {"kind": "stall", "after": 3})
    with pytest.raises(errors.ConnectionFailedError, match=r"(?i)timeout"):
        run(server, lambda client: client.speak(request()), silence_seconds=0.2)


def test_nobody_there_and_no_credentials_are_errors_of_their_own(monkeypatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with pytest.raises(errors.ConnectionFailedError):
        run(VoiceControl(url), lambda client: client.speak(request()))


@pytest.mark.parametrize("kind", ["throttle", "drop", "unavailable", "end_early", "cut", "model_error"])
def test_before_audio_what_may_pass_is_tried_again(server: VoiceServer, kind: str) -> None:
    server.faults(ENDPOINT, {"kind": kind, "after": 0, "times": 2})
    retry = RetryPolicy(max_attempts=3, base_seconds=0.01)
    speech = run(server, lambda client: client.speak(request()), retry=retry)
    assert speech.metrics.failed_attempts == [BROKEN[kind].kind] * 2


def test_a_reserve_variant_is_reached_by_name(server: VoiceServer) -> None:
    server.put_endpoint(ENDPOINT, variants={"main": {}, "reserve": {"weight": 0}})
    speech = run(server, lambda client: client.speak(request()), variant="reserve")
    assert speech.metrics.variant == "reserve"


async def freed(server: VoiceControl) -> float:
    """Seconds until the slot of the only call is free."""
    began = time.monotonic()
    while (await asyncio.to_thread(server.stats))["endpoints"][ENDPOINT]["in_flight"]:
        assert time.monotonic() - began < 5
        await asyncio.sleep(0.002)
    return time.monotonic() - began


@pytest.mark.parametrize("how", ["cancel", "leave", "task"])
def test_an_interruption_frees_the_slot_at_once(server: VoiceServer, how: str) -> None:
    server.put_endpoint(ENDPOINT, law="realtime", audio_seconds=5.0)
    heard: list[int] = []

    async def interrupted(client: AsyncVoiceClient) -> float:
        async def talk() -> None:
            async with client.stream(request()) as stream:
                async for event in stream:
                    heard.append(len(event.audio))
                    if len(heard) == 10 and how == "cancel":
                        stream.cancel()
                    if len(heard) == 10 and how == "leave":
                        return
                assert how == "cancel"
                assert stream.cancelled
                assert not stream.complete
                assert stream.metrics().audio_seconds == pytest.approx(0.2, abs=0.1)

        task = asyncio.create_task(talk())
        if how == "task":
            while len(heard) < 10:
                await asyncio.sleep(0.01)
            task.cancel()
        await asyncio.wait([task])
        assert task.cancelled() == (how == "task")
        assert task.cancelled() or task.exception() is None
        return await freed(server)

    assert run(server, interrupted) < 0.5
    assert len(heard) in range(10, 15 if how == "task" else 11)


@pytest.mark.parametrize("fault", ["slow_start", "stall"])
def test_a_task_cancelled_before_the_first_audio_frees_the_slot_too(server: VoiceServer, fault: str) -> None:
    server.faults(ENDPOINT, {"kind": fault, "after": 0, "seconds": 30})

    async def interrupted(client: AsyncVoiceClient) -> float:
        task = asyncio.create_task(client.speak(request()))
        while not (await asyncio.to_thread(server.stats))["endpoints"][ENDPOINT]["in_flight"]:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return await freed(server)

    assert run(server, interrupted) < 0.5


def test_events_before_a_cancel_from_another_task_are_kept_and_a_waiting_reader_wakes(server: VoiceServer) -> None:
    server.faults(ENDPOINT, {"kind": "stall", "after": 4})

    async def wakened(client: AsyncVoiceClient) -> int:
        async with client.stream(request()) as stream:
            asyncio.get_running_loop().call_later(0.1, stream.cancel)
            async with asyncio.timeout(2):
                return len([event async for event in stream if isinstance(event, Chunk)])

    assert run(server, wakened) == 4


@pytest.mark.parametrize("interrupted_after", [None, 3])
def test_the_agent_of_the_guide_speaks_until_it_is_interrupted(server: VoiceServer, interrupted_after) -> None:
    server.put_endpoint(ENDPOINT, law="realtime", audio_seconds=0.3)
    played: list[bytes] = []

    async def talk() -> None:
        interrupted = asyncio.Event()

        def play(audio: bytes) -> None:
            played.append(audio)
            if len(played) == interrupted_after:
                interrupted.set()

        route = AsyncSageMakerRoute.connect(ENDPOINT, session=session(), endpoint_url=server.url)
        await answer(route, request().fields(), play, interrupted)

    asyncio.run(talk())
    assert len(played) == (interrupted_after or 15)


def sockets() -> int:
    return len(psutil.Process().net_connections("all"))


def test_five_hundred_streams_at_once_are_given_up_at_once() -> None:
    with voice_process() as server:  # both ends of 500 connections are more files than one process may have open
        server.put_endpoint(ENDPOINT, slots=500, faults=[{"kind": "stall", "after": 1}])
        assert run(server, lambda client: given_up_at_once(server, client, 500), concurrency=500) < 2


async def given_up_at_once(server: VoiceControl, client: AsyncVoiceClient, total: int) -> float:
    heard = asyncio.Semaphore(0)

    async def listen() -> None:
        async with client.stream(request(rate=8000)) as stream:
            heard.release()
            async for _ in stream:
                pass

    tasks = [asyncio.create_task(listen()) for _ in range(total)]
    for _ in tasks:
        await heard.acquire()
    counted = await asyncio.to_thread(server.stats)
    assert counted["endpoints"][ENDPOINT]["in_flight"] == total
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    return await freed(server)


def test_ten_thousand_cancels_at_random_moments_leak_no_connection() -> None:
    total, at_once = 10_000, 500
    rng = random.Random(20261125)
    ends: Counter[str] = Counter()
    with voice_process() as server:
        server.put_endpoint(ENDPOINT, slots=2 * at_once, law="fixed", service_seconds=0.3, audio_seconds=0.04)
        before = sockets()

        async def one(client: AsyncVoiceClient) -> None:
            try:
                async with asyncio.timeout(rng.uniform(0.0, 0.8)):
                    await client.speak(request(rate=8000), deadline_seconds=60)
                ends["spoken"] += 1
            except TimeoutError:
                ends["cancelled"] += 1

        async def worker(client: AsyncVoiceClient) -> None:
            for _ in range(total // at_once):
                await one(client)

        async def everything() -> None:
            async with connect(server, concurrency=at_once) as client:
                await asyncio.gather(*(worker(client) for _ in range(at_once)))
                assert sockets() - before <= at_once + 10  # the loop's own, and those that are being closed

        asyncio.run(everything())
        assert ends.total() == total
        assert ends["cancelled"] > total / 5
        idle(server)
    assert sockets() <= before
