"""`InvokeEndpointWithResponseStream` on plain data: the signed request, and what the bytes of the answer are.

Owns no connection: an event loop's HTTP client sends what `Invocation` signs and feeds `Frames` what arrives. Signing,
the service's model, the reading of errors and of event-stream frames are botocore's own.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest, HeadersDict
from botocore.eventstream import EventStreamBuffer, EventStreamMessage
from botocore.exceptions import ClientError, EventStreamError, NoCredentialsError
from botocore.parsers import create_parser

__all__ = ["OPERATION", "Frames", "Invocation", "make_refusals_readable", "readable", "refusal"]

OPERATION = "InvokeEndpointWithResponseStream"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """Makes signed requests to one endpoint."""

    endpoint_url: str
    """Where the service is."""
    target: Mapping[str, str]
    """As `toolkit.voice.routes.sagemaker.target.target_of` gives it."""
    region: str
    signing_name: str

    def signed(self, body: bytes, credentials: Any) -> tuple[str, dict[str, str]]:
        """URL and headers of one invocation.

        Args:
            body: What is sent.
            credentials: Frozen credentials, or None.

        Raises:
            NoCredentialsError: There are none.
        """
        if credentials is None:
            raise NoCredentialsError
        name = quote(self.target["EndpointName"], safe="")
        url = f"{self.endpoint_url.rstrip('/')}/endpoints/{name}/invocations-response-stream"
        headers = {"Content-Type": "application/json", "X-Amzn-SageMaker-Accept": "text/event-stream"}
        if "TargetVariant" in self.target:
            headers["X-Amzn-SageMaker-Target-Variant"] = self.target["TargetVariant"]
        request = AWSRequest(method="POST", url=url, headers=headers, data=body)
        SigV4Auth(credentials, self.signing_name, self.region).add_auth(request)
        return url, dict(request.headers.items())


def refusal(service_model: Any, status: int, headers: Mapping[str, str], body: bytes) -> ClientError:
    """The error of an answer from 300 up, with the fields that the service's model gives it, as boto3 raises it."""
    answer = {"status_code": status, "headers": HeadersDict(dict(headers.items())), "body": readable(body)}
    parser = create_parser(service_model.metadata["protocol"])
    parsed = parser.parse(answer, service_model.operation_model(OPERATION).output_shape)
    shape = service_model.shape_for_error_code(parsed.get("Error", {}).get("Code"))
    if shape is not None:
        parsed |= parser.parse(answer, shape)
    return ClientError(parsed, OPERATION)


_TEXTS = ("message", "Message", "__type", "code", "ErrorCode", "LogStreamArn", "OriginalMessage")


def readable(body: bytes) -> bytes:
    """A body of a refusal that botocore's parser can read: over one that it does not expect it raises any error at all.

    What is between us and AWS answers in its own way: a list, `null`, a page, bytes that are no text.
    """
    text = body.decode("utf-8", "replace")
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        given = {"Message": text} if text else {}
    if not isinstance(given, dict):
        given = {"Message": text}
    fields = {key: given[key] for key in _TEXTS if isinstance(given.get(key), str)}
    status = given.get("OriginalStatusCode")
    if type(status) is int:
        fields["OriginalStatusCode"] = status
    return json.dumps(fields).encode()


def make_refusals_readable(client: Any) -> None:
    """Have a boto3 client read refusals as `refusal` does."""
    client.meta.events.register("before-parse.sagemaker-runtime", _before_parse)


def _before_parse(response_dict: dict[str, Any], **_kwargs: Any) -> None:
    if response_dict["status_code"] >= 300:
        response_dict["body"] = readable(response_dict["body"])


class Frames:
    """Bytes of the answer in any cut -> payload parts."""

    def __init__(self) -> None:
        self._buffer = EventStreamBuffer()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Parts of the container's response that are complete by now.

        Raises:
            ParserError: A frame is malformed; parts before it were handed out.
            EventStreamError: The service ended the stream with an error.
        """
        self._buffer.add_data(data)
        for message in self._buffer:
            headers: Any = message.headers  # a dict; the stubs take it for a number
            if headers.get(":message-type") in ("error", "exception"):
                raise _stream_error(headers, message)
            if headers.get(":event-type") == "PayloadPart":
                yield message.payload


def _stream_error(headers: Mapping[str, Any], message: EventStreamMessage) -> EventStreamError:
    try:
        fields = json.loads(message.payload)
    except ValueError:
        fields = None
    fields = fields if isinstance(fields, dict) else {}
    code = headers.get(":exception-type") or headers.get(":error-code") or ""
    said = headers.get(":error-message") or fields.get("Message") or fields.get("message") or ""
    answer: Any = {**fields, "Error": {"Code": str(code), "Message": str(said)}}
    return EventStreamError(answer, OPERATION)
