"""What a call does after a failed attempt: tried again, asked in another spelling, or told; and what it remembers."""

import random

import pytest

from core.voice.sagemaker_request import resolve_speech_request
from core.voice.speech_request import SpeechRequest
from toolkit.voice import errors
from toolkit.voice.call import Call, Caller
from toolkit.voice.retry import RetryBudget, RetryPolicy
from toolkit.voice.routes.sagemaker.target import other_spelling, target_of


def request(model: str = "sonic-3", encoding: str = "pcm_s16le") -> SpeechRequest:
    return resolve_speech_request(
        {
            "context_id": "c",
            "transcript": "Hello.",
            "language": "en",
            "output_format": {"container": "raw", "encoding": encoding, "sample_rate": 8000},
            "voice": {"mode": "id", "id": "v"},
        },
        model,
    )


def caller(**retry: object) -> Caller:
    return Caller(rephrase=other_spelling, retry=RetryPolicy(**retry), rng=random.Random(1))


def sent(call: Call) -> str:
    return call.attempt().output_format.encoding


def test_the_spelling_that_got_audio_is_asked_first_from_then_on() -> None:
    shared = caller()
    first = Call(shared, request())
    assert sent(first) == "pcm_s16le"
    assert first.after(errors.BadRequestError("encoding"), 9.0) == 0.0
    assert sent(first) == "pcm"
    first.heard()
    assert first.metrics.failed_attempts == ["bad_request"]
    second = Call(shared, request())
    assert sent(second) == "pcm"
    second.heard()
    assert (second.metrics.attempts, second.metrics.failed_attempts) == (1, [])


def test_where_both_spellings_are_refused_the_first_refusal_is_told() -> None:
    shared = caller()
    for _ in range(2):  # and neither is taken for one that works
        call = Call(shared, request())
        call.attempt()
        call.after(errors.BadRequestError("unknown voice v"), 9.0)
        call.attempt()
        with pytest.raises(errors.BadRequestError, match="unknown voice v"):
            call.after(errors.BadRequestError("unknown encoding pcm"), 9.0)


def test_a_package_that_changed_its_mind_is_asked_again_both_ways() -> None:
    shared = caller()
    shared.negotiation.learn(request(), request(encoding="pcm"))
    call = Call(shared, request())
    assert sent(call) == "pcm"
    call.after(errors.BadRequestError("unknown encoding pcm"), 9.0)
    assert sent(call) == "pcm_s16le"
    call.heard()
    assert sent(Call(shared, request())) == "pcm_s16le"


@pytest.mark.parametrize(
    "asked", [request("sonic-3.5"), request("sonic-3.5", "pcm_f32le"), request(encoding="pcm_mulaw")]
)
def test_where_there_is_one_spelling_a_refusal_is_told_at_once(asked: SpeechRequest) -> None:
    call = Call(caller(), asked)
    call.attempt()
    with pytest.raises(errors.BadRequestError):
        call.after(errors.BadRequestError("no"), 9.0)


def test_another_spelling_costs_no_retry_and_no_budget() -> None:
    shared = caller(max_attempts=2, base_seconds=0.0)
    shared.budget = RetryBudget(capacity=1)
    call = Call(shared, request())
    call.attempt()
    call.after(errors.BadRequestError("encoding"), 9.0)
    call.attempt()
    assert call.after(errors.RefusedError("full"), 9.0) == 0.0
    call.attempt()
    with pytest.raises(errors.RefusedError, match="still full"):
        call.after(errors.RefusedError("still full"), 9.0)
    assert call.metrics.failed_attempts == ["bad_request", "refused"]


@pytest.mark.parametrize(
    ("error", "retryable"),
    [
        (errors.ModelTimeoutError("0", status=0), True),
        (errors.EmptySpeechError("no audio"), True),
        (errors.SpeechFailedError("500", status=500, retryable=True), True),
        (errors.SpeechFailedError("400", status=400), False),
        (errors.MalformedStreamError("?"), False),
        (errors.AccessError("?"), False),
    ],
)
def test_only_what_may_pass_is_tried_again(error: errors.VoiceError, retryable: bool) -> None:
    call = Call(caller(), request())
    call.attempt()
    if retryable:
        assert 0 <= call.after(error, 9.0) <= 0.1
    else:
        with pytest.raises(type(error)):
            call.after(error, 9.0)


def test_a_variant_is_named_only_where_one_was_asked() -> None:
    assert target_of("e", None) == {"EndpointName": "e"}
    assert target_of("e", "reserve") == {"EndpointName": "e", "TargetVariant": "reserve"}
