"""What the asyncio route sends and reads on plain data: the same as boto3 where AWS defines it."""

import itertools
import json
import re

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.credentials import Credentials, ReadOnlyCredentials
from botocore.eventstream import ParserError
from botocore.exceptions import ClientError, EventStreamError, NoCredentialsError
from hypothesis import given
from hypothesis import strategies as st

from sandbox.voice.eventstream import exception_frame, frame, payload_part
from toolkit.voice import errors
from toolkit.voice.routes.sagemaker.classify import classify
from toolkit.voice.routes.sagemaker.target import target_of
from toolkit.voice.routes.sagemaker.wire import Frames, Invocation, make_refusals_readable, refusal

KEYS = ReadOnlyCredentials("AKIDEXAMPLE", "secret", "a-session-token")


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_args: object, **_kwargs: object):
        yield self._body


@pytest.fixture(scope="module")
def client():
    session = boto3.session.Session("AKIDEXAMPLE", "secret", "a-session-token", region_name="us-east-2")
    made = session.client("sagemaker-runtime")
    make_refusals_readable(made)
    yield made
    made.close()


def asked_of_boto3(client, answer: AWSResponse, **more: object):
    """The request that boto3 would send, and what it raises for `answer`."""
    caught = []

    def instead(request, **_kwargs):
        caught.append(request)
        return answer

    client.meta.events.register("before-send", instead, unique_id="instead")
    try:
        with pytest.raises(ClientError) as raised:
            client.invoke_endpoint_with_response_stream(
                EndpointName="my-voice", ContentType="application/json", Accept="text/event-stream", Body=b"{}", **more
            )
    finally:
        client.meta.events.unregister("before-send", unique_id="instead")
    return caught[0], raised.value


def refused(status: int, body: bytes, **headers: str) -> AWSResponse:
    return AWSResponse("https://x", status, headers, _Raw(body))


@pytest.mark.parametrize("variant", [None, "reserve"])
def test_the_request_is_the_one_boto3_sends(client, variant: str | None) -> None:
    invocation = Invocation(
        endpoint_url=client.meta.endpoint_url,
        target=target_of("my-voice", variant),
        region="us-east-2",
        signing_name="sagemaker",
    )
    url, ours = invocation.signed(b"{}", KEYS)
    more = {"TargetVariant": variant} if variant else {}
    theirs, _ = asked_of_boto3(client, refused(503, b"{}"), **more)
    assert (url, theirs.method) == (theirs.url, "POST")
    text = {key.lower(): value if isinstance(value, str) else value.decode() for key, value in theirs.headers.items()}
    ours = {key.lower(): value for key, value in ours.items()}
    for name in ours.keys() - {"authorization", "x-amz-date"}:
        assert ours[name] == text[name], name
    assert {"content-type", "x-amzn-sagemaker-accept", "x-amz-security-token"} <= ours.keys()
    scope = re.compile(r"Credential=AKIDEXAMPLE/\d{8}/us-east-2/sagemaker/aws4_request")
    assert scope.search(ours["authorization"])
    assert scope.search(text["authorization"])


def test_a_name_that_is_none_stays_one_segment_and_no_credentials_are_told() -> None:
    invocation = Invocation(endpoint_url="http://x/", target={"EndpointName": "../a b?"}, region="r", signing_name="s")
    assert (
        invocation.signed(b"", Credentials("a", "b"))[0]
        == "http://x/endpoints/..%2Fa%20b%3F/invocations-response-stream"
    )
    with pytest.raises(NoCredentialsError):
        invocation.signed(b"", None)


MODEL_ERROR = {
    "ErrorCode": "CLIENT_ERROR_FROM_MODEL",
    "LogStreamArn": "arn:aws:logs:x",
    "Message": "Received client error (429)",
    "OriginalMessage": "full",
    "OriginalStatusCode": 429,
}


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ((424, json.dumps(MODEL_ERROR).encode(), {"x-amzn-ErrorType": "ModelError"}), errors.RefusedError),
        (
            (424, json.dumps(MODEL_ERROR | {"OriginalStatusCode": 0}).encode(), {"x-amzn-ErrorType": "ModelError"}),
            errors.ModelTimeoutError,
        ),
        (
            (424, b'{"Message": "m"}', {"x-amzn-ErrorType": "ModelError:http://internal.amazon.com/coral/"}),
            errors.ModelFailedError,
        ),
        ((429, b'{"Message": "m"}', {"x-amzn-ErrorType": "ModelNotReadyException"}), errors.UnavailableError),
        ((400, b'{"Message": "Rate exceeded"}', {"x-amzn-ErrorType": "ThrottlingException"}), errors.ThrottledError),
        ((400, b'{"__type": "ThrottlingException", "message": "m"}', {}), errors.ThrottledError),
        ((503, b"<html>Service Unavailable</html>", {"content-type": "text/html"}), errors.UnavailableError),
        ((502, b"", {}), errors.UnavailableError),
        ((403, b'{"message": "Missing Authentication Token"}', {}), errors.AccessError),
        ((403, b"not JSON", {"x-amzn-ErrorType": "AccessDeniedException"}), errors.AccessError),
        ((413, b"[]", {}), errors.EndpointError),
        ((502, b"null", {}), errors.UnavailableError),
        ((500, b'"Internal"', {}), errors.UnavailableError),
        ((503, b"\xff\xfe\x00", {}), errors.UnavailableError),
        ((400, b'{"__type": 7}', {}), errors.EndpointError),
        ((429, b'{"code": []}', {}), errors.ThrottledError),
        ((424, b'{"OriginalStatusCode": "abc"}', {"x-amzn-ErrorType": "ModelError"}), errors.ModelFailedError),
        ((424, b'{"OriginalStatusCode": [429]}', {"x-amzn-ErrorType": "ModelError"}), errors.ModelFailedError),
        ((424, b'{"Message": {"a": 1}}', {"x-amzn-ErrorType": "ModelError"}), errors.ModelFailedError),
        ((500, b"[" * 100_000, {}), errors.UnavailableError),
        ((404, b'{"Message": null}', {"x-amzn-ErrorType": "ValidationError"}), errors.EndpointError),
        ((301, b"", {"location": "https://elsewhere"}), errors.EndpointError),
    ],
)
def test_every_refusal_is_read_as_boto3_reads_it(client, answer: tuple[int, bytes, dict[str, str]], kind: type) -> None:
    status, body, headers = answer
    if status >= 400:  # boto3 looks for another region behind a redirect
        _, theirs = asked_of_boto3(client, refused(status, body, **headers))
        ours = refusal(client.meta.service_model, status, headers, body)
        shared = theirs.response.keys() - {"ResponseMetadata"}
        assert {key: ours.response[key] for key in shared} == {key: theirs.response[key] for key in shared}
    assert type(classify(refusal(client.meta.service_model, status, headers, body))) is kind


@given(st.lists(st.binary(max_size=200), max_size=6), st.lists(st.integers(0, 2000), max_size=12))
def test_frames_give_the_same_parts_under_any_cut(parts: list[bytes], places: list[int]) -> None:
    other = frame({":message-type": "event", ":event-type": "SomethingElse"}, b"x")
    data = b"".join([*map(payload_part, parts), other])
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    frames = Frames()
    found = [part for a, b in itertools.pairwise(edges) for part in frames.feed(data[a:b])]
    assert found == parts


STREAM_ERRORS = [
    (exception_frame("ModelStreamError", {"Message": "m", "ErrorCode": "StreamBroken"}), errors.StreamBrokenError),
    (
        exception_frame("ModelStreamError", {"Message": "m", "ErrorCode": "ModelInvocationTimeExceeded"}),
        errors.ModelTimeoutError,
    ),
    (exception_frame("InternalStreamFailure", {"Message": "m"}), errors.StreamBrokenError),
    (
        frame({":message-type": "exception", ":exception-type": "ModelStreamError"}, b"no JSON"),
        errors.StreamBrokenError,
    ),
    (frame({":message-type": "exception", ":exception-type": "ModelStreamError"}, b"[1]"), errors.StreamBrokenError),
    (frame({":message-type": "error", ":error-code": "Throttling", ":error-message": "m"}, b""), errors.ThrottledError),
    (frame({":message-type": "error"}, b""), errors.EndpointError),
]


@pytest.mark.parametrize(("message", "kind"), STREAM_ERRORS)
def test_errors_inside_a_stream_come_after_the_parts_before_them(message: bytes, kind: type) -> None:
    parts = []
    with pytest.raises(EventStreamError) as caught:
        for part in Frames().feed(payload_part(b"a") + message):
            parts.append(part)
    assert parts == [b"a"]
    assert type(classify(caught.value)) is kind


@pytest.mark.parametrize("at", [4, 9, 20, -1])
def test_a_damaged_frame_is_refused_wherever_the_damage_is(at: int) -> None:
    damaged = bytearray(payload_part(b"some audio"))
    damaged[at] ^= 0x55
    with pytest.raises(ParserError):
        list(Frames().feed(bytes(damaged) + payload_part(b"b") * 100_000))
