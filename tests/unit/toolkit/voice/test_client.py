"""What the voice client decides without a network: which error is which, what is tried again, and when."""

import random
import threading
import time
from types import SimpleNamespace

import aiohttp
import pytest
import urllib3.exceptions
from botocore import exceptions as boto
from botocore.eventstream import ChecksumMismatch

from toolkit.voice import errors
from toolkit.voice.deadline import Guard, Watch
from toolkit.voice.retry import RetryBudget, RetryPolicy
from toolkit.voice.routes.sagemaker.classify import FOREIGN_ERRORS, classify


def answered(code: str, http: int = 400, **fields: object) -> boto.ClientError:
    response = {"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": {"HTTPStatusCode": http}, **fields}
    return boto.ClientError(response, "InvokeEndpointWithResponseStream")


def streamed(code: str, **fields: object) -> boto.EventStreamError:
    return boto.EventStreamError(
        {"Error": {"Code": code, "Message": "m"}, **fields}, "InvokeEndpointWithResponseStream"
    )


CASES = [
    (
        answered("ModelError", 424, OriginalStatusCode=422, OriginalMessage="voice: missing"),
        errors.BadRequestError,
        False,
    ),
    (answered("ModelError", 424, OriginalStatusCode=429), errors.RefusedError, True),
    (answered("ModelError", 424, OriginalStatusCode=500), errors.ModelFailedError, True),
    (answered("ModelError", 424, OriginalStatusCode=503), errors.ModelFailedError, True),
    (answered("ModelError", 424, OriginalStatusCode=424), errors.ModelFailedError, False),
    (answered("ModelError", 424), errors.ModelFailedError, False),
    (answered("ThrottlingException"), errors.ThrottledError, True),
    (answered("Unheard", 429), errors.ThrottledError, True),
    (answered("ServiceUnavailable", 503), errors.UnavailableError, True),
    (answered("InternalFailure", 500), errors.UnavailableError, True),
    (answered("ModelNotReadyException", 429), errors.UnavailableError, True),
    (answered("AccessDeniedException", 429), errors.AccessError, False),
    (answered("ModelError", 424, OriginalStatusCode=0), errors.ModelTimeoutError, True),
    (answered("ModelError", 424, OriginalStatusCode=504), errors.ModelTimeoutError, True),
    (streamed("ModelStreamError", ErrorCode="ModelInvocationTimeExceeded"), errors.ModelTimeoutError, True),
    (aiohttp.ServerDisconnectedError(), errors.ConnectionFailedError, True),
    (aiohttp.ClientPayloadError("cut"), errors.ConnectionFailedError, True),
    (aiohttp.SocketTimeoutError(), errors.ConnectionFailedError, True),
    (aiohttp.InvalidURL("x"), errors.EndpointError, False),
    (answered("Unheard", 502), errors.UnavailableError, True),
    (answered("ValidationError"), errors.EndpointError, False),
    (answered("Unheard", 404), errors.EndpointError, False),
    (answered("AccessDeniedException", 403), errors.AccessError, False),
    (answered("ExpiredTokenException", 400), errors.AccessError, False),
    (answered("Unheard", 403), errors.AccessError, False),
    (streamed("ModelStreamError"), errors.StreamBrokenError, True),
    (streamed("InternalStreamFailure"), errors.StreamBrokenError, True),
    (streamed(""), errors.EndpointError, False),
    (boto.NoCredentialsError(), errors.AccessError, False),
    (boto.PartialCredentialsError(provider="env", cred_var="x"), errors.AccessError, False),
    (boto.EndpointConnectionError(endpoint_url="u"), errors.ConnectionFailedError, True),
    (boto.ConnectTimeoutError(endpoint_url="u"), errors.ConnectionFailedError, True),
    (boto.ReadTimeoutError(endpoint_url="u"), errors.ConnectionFailedError, True),
    (boto.ConnectionClosedError(endpoint_url="u"), errors.ConnectionFailedError, True),
    (boto.SSLError(endpoint_url="u", error="e"), errors.ConnectionFailedError, True),
    (boto.ParamValidationError(report="EndpointName"), errors.EndpointError, False),
    (urllib3.exceptions.ProtocolError("cut"), errors.ConnectionFailedError, True),
    (urllib3.exceptions.ReadTimeoutError(None, "u", "m"), errors.ConnectionFailedError, True),
    (ConnectionResetError("reset"), errors.ConnectionFailedError, True),
    (ChecksumMismatch(1, 2), errors.MalformedStreamError, False),
]


@pytest.mark.parametrize(
    ("error", "kind", "retryable"), CASES, ids=[f"{i}-{c[1].__name__}" for i, c in enumerate(CASES)]
)
def test_each_foreign_error_has_one_type(error: Exception, kind: type, retryable: bool) -> None:
    assert isinstance(error, FOREIGN_ERRORS)
    found = classify(error)
    assert type(found) is kind
    assert found.retryable is retryable


def test_what_the_container_said_is_told_and_kept_short() -> None:
    found = classify(answered("ModelError", 424, OriginalStatusCode=422, OriginalMessage="v" * 10_000))
    assert found.status == 422
    assert len(str(found)) < 600


def test_kinds_are_distinct() -> None:
    kinds = [getattr(errors, name).kind for name in errors.__all__]
    assert len(set(kinds)) == len(kinds)


def test_waits_are_fully_jittered_and_capped() -> None:
    policy, rng = RetryPolicy(base_seconds=0.1, cap_seconds=1.0), random.Random(1)
    for attempts, limit in ((1, 0.1), (2, 0.2), (3, 0.4), (4, 0.8), (5, 1.0), (50, 1.0), (500, 1.0)):
        waits = [policy.wait_seconds(attempts, rng) for _ in range(500)]
        assert 0 <= min(waits) < 0.1 * limit
        assert 0.9 * limit < max(waits) <= limit


def test_a_budget_bounds_retries_to_a_share_of_the_successes() -> None:
    budget = RetryBudget(capacity=5, refund=0.1)
    assert sum(budget.take() for _ in range(100)) == 5
    for _ in range(101):  # 0.1 has no exact binary form
        budget.succeeded()
    assert sum(budget.take() for _ in range(100)) == 5
    for _ in range(31):
        budget.succeeded()
    assert sum(budget.take() for _ in range(100)) == 3


class FakeConnection:
    def __init__(self) -> None:
        self.guard = None
        self.shut = threading.Event()
        self.sock = SimpleNamespace(shutdown=lambda _how: self.shut.set())


def test_a_guard_shuts_its_connection_at_the_deadline_and_not_before() -> None:
    watch, connection = Watch(), FakeConnection()
    began = time.monotonic()
    with watch.guard(0.1) as guard:
        guard.take(connection)
        assert connection.shut.wait(5)
        assert 0.1 <= time.monotonic() - began < 2
        assert guard.expired
    watch.close()


def test_a_connection_that_serves_another_call_is_left_alone() -> None:
    connection = FakeConnection()
    first, second = Guard(time.monotonic() - 1), Guard(time.monotonic() + 60)
    with pytest.raises(TimeoutError):
        first.take(connection)
    second.take(connection)
    first.fire()
    assert not connection.shut.is_set()
    second.end()
    second.fire()
    assert not connection.shut.is_set()


def test_deadlines_fire_in_order_whatever_the_order_of_calls() -> None:
    watch = Watch()
    fired = []
    guards = [Guard(time.monotonic() + delay) for delay in (0.3, 0.1, 0.2)]
    for number, guard in enumerate(guards):
        guard.fire = lambda number=number: fired.append(number)
        watch.watch(guard)
    time.sleep(0.6)
    watch.close()
    assert fired == [1, 2, 0]
    with pytest.raises(RuntimeError, match="closed"):
        watch.watch(guards[0])
