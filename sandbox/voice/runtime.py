"""The SageMaker runtime of the stand-in: `InvokeEndpointWithResponseStream` over a fleet of slots.

Owns the endpoints, the checks AWS makes before a container sees a request, and the sending of responses. Known
differences from AWS: signatures must be there and are not verified; any access key may call any endpoint; the container
refuses at once when its slots are full, as the vendor documents.
"""

import asyncio
import dataclasses
import json
import random
import re
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from core.input.problems import InvalidInput
from core.voice.sagemaker_request import resolve_speech_request
from core.voice.speech_request import SpeechRequest
from sandbox.voice.eventstream import CONTENT_TYPE
from sandbox.voice.fleet import Fleet
from sandbox.voice.http import Connection, Request
from sandbox.voice.script import Act, lines_of, steps_of
from sandbox.voice.spec import EndpointSpec, Fault

__all__ = ["INVOKE_PATH", "Endpoint", "SageMakerRuntime"]

INVOKE_PATH = re.compile(r"/endpoints/([^/]+)/invocations-response-stream")

_SIGNATURE = re.compile(
    r"AWS4-HMAC-SHA256 Credential=[^/,]+/\d{8}/(?P<region>[^/,]+)/[^,]+, ?SignedHeaders=[^,]+, ?Signature=[0-9a-f]{64}"
)
_BEFORE_STREAM = {
    "throttle": (400, "ThrottlingException", {"Message": "Rate exceeded"}),
    "unavailable": (503, "ServiceUnavailable", {"Message": "the stand-in was told to be unavailable"}),
    "internal_failure": (500, "InternalFailure", {"Message": "the stand-in was told to fail"}),
}


@dataclass(slots=True)
class Endpoint:
    """One endpoint: its settings, the slots of each variant, and the faults that are running."""

    spec: EndpointSpec
    fleets: dict[str, Fleet] = field(init=False)
    """Fleets by variant."""
    services: random.Random = field(init=False)
    """Draws service times."""
    _hits: dict[Fault, int] = field(default_factory=dict)
    _seen: int = 0

    def __post_init__(self) -> None:
        rng = random.Random(f"routing {self.spec.seed}")  # noqa: S311 - repeatable on purpose
        self.services = random.Random(f"service {self.spec.seed}")  # noqa: S311 - as above
        self.fleets = {
            name: Fleet(variant.instances, self.spec.slots, variant.routing, rng)
            for name, variant in self.spec.variants.items()
        }

    def choose_variant(self) -> str:
        """The variant for the next request that names none."""
        names = list(self.spec.variants)
        weights = [variant.weight for variant in self.spec.variants.values()]
        return names[0] if len(names) == 1 else self.services.choices(names, weights)[0]

    def change_faults(self, faults: tuple[Fault, ...]) -> None:
        """Run these faults from now on; slots and counts stay."""
        self.spec = dataclasses.replace(self.spec, faults=faults)
        self._hits, self._seen = {}, 0

    def next_fault(self) -> Fault | None:
        """The first running fault that hits this request."""
        self._seen += 1
        for fault in self.spec.faults:
            hits = self._hits.get(fault, 0)
            if self._seen % fault.every == 0 and not 0 < fault.times <= hits:
                self._hits[fault] = hits + 1
                return fault
        return None

    def service_seconds(self) -> float:
        """How long the next request holds its slot, under the laws that draw it."""
        mean = self.spec.service_seconds
        return self.services.expovariate(1 / mean) if self.spec.law == "exponential" else mean


class SageMakerRuntime:
    """Answers invocations."""

    def __init__(self) -> None:
        self.endpoints: dict[str, Endpoint] = {}

    async def invoke(self, name: str, request: Request, connection: Connection) -> None:
        """One `InvokeEndpointWithResponseStream`."""
        signature = _SIGNATURE.fullmatch(request.headers.get("authorization", ""))
        if signature is None or "x-amz-date" not in request.headers:
            _refuse(connection, 403, "MissingAuthenticationTokenException", {"message": "Missing Authentication Token"})
            return
        endpoint = self.endpoints.get(name)
        if endpoint is None or endpoint.spec.region not in (None, signature["region"]):
            _refuse(
                connection, 400, "ValidationError", {"Message": f"Endpoint {name} of account 000000000000 not found."}
            )
            return
        variant = request.headers.get("x-amzn-sagemaker-target-variant") or endpoint.choose_variant()
        fleet = endpoint.fleets.get(variant)
        if fleet is None:
            _refuse(connection, 400, "ValidationError", {"Message": f"Variant {variant} of endpoint {name} not found."})
            return
        # Slots whose time is up are freed before the next request is judged, also when both waited for the processor.
        await asyncio.sleep(0)
        instance = fleet.admit()
        if instance is None:
            message = f"all {endpoint.spec.slots} slots are in use"
            _model_error(connection, name, variant, 429, {"error": message, "status_code": 429})
            return
        began = time.monotonic()
        try:
            await _serve(endpoint, name, variant, request, connection)
        finally:
            fleet.release(instance, time.monotonic() - began)


async def _serve(endpoint: Endpoint, name: str, variant: str, request: Request, connection: Connection) -> None:
    fault = endpoint.next_fault()
    if fault is not None and fault.kind == "slow_start":
        await asyncio.sleep(fault.seconds)
        fault = None
    if fault is not None and _fail_before_stream(name, variant, fault, connection):
        return
    try:
        speech = _speech(request, endpoint.spec.model)
    except InvalidInput as error:
        _model_error(connection, name, variant, 422, {"error": str(error), "status_code": 422})
        return
    await _stream(endpoint, variant, request, speech, fault, connection)


def _fail_before_stream(name: str, variant: str, fault: Fault, connection: Connection) -> bool:
    if fault.kind == "drop":
        connection.cut()
    elif fault.kind == "model_error":
        _model_error(connection, name, variant, fault.status, {"error": "the stand-in was told to fail"})
    elif fault.kind in _BEFORE_STREAM:
        status, kind, fields = _BEFORE_STREAM[fault.kind]
        _refuse(connection, status, kind, fields)
    else:
        return False
    return True


def _speech(request: Request, model: str) -> SpeechRequest:
    if request.headers.get("content-type", "").split(";")[0].strip() != "application/json":
        return resolve_speech_request({}, model)
    try:
        given = json.loads(request.body)
    except (ValueError, RecursionError):
        given = None
    return resolve_speech_request(given, model)


async def _stream(
    endpoint: Endpoint,
    variant: str,
    request: Request,
    speech: SpeechRequest,
    fault: Fault | None,
    connection: Connection,
) -> None:
    spec = endpoint.spec
    lines = lines_of(speech, spec.audio_seconds)
    head = connection.start(
        200,
        {
            "x-amzn-RequestId": str(uuid.uuid4()),
            "x-Amzn-Invoked-Production-Variant": variant,
            "X-Amzn-SageMaker-Content-Type": request.headers.get("x-amzn-sagemaker-accept", "application/x-ndjson"),
            "Content-Type": CONTENT_TYPE,
        },
    )
    began = time.monotonic()
    ready, trickle = [head], 0.0
    held: list[bytes] = []
    for step in steps_of(lines, spec.law, endpoint.service_seconds(), fault):
        wait = began + step.at - time.monotonic()
        if wait > 0 or sum(map(len, held)) > 65536:
            await _send(connection, ready, held, trickle)
            await asyncio.sleep(max(0.0, wait))
        if isinstance(step.frame, bytes):
            held.append(step.frame)
            continue
        await _send(connection, ready, held, trickle)
        if step.frame is Act.TRICKLE and fault is not None:
            trickle = fault.seconds
        elif step.frame is Act.STALL:
            await connection.client_left()
            return
        elif step.frame is Act.CUT:
            connection.writer.write(b"ffff\r\nhalf a chunk")
            await connection.flush()
            connection.cut()
            return
    held_data = b"".join(held)
    if trickle:
        await _send(connection, ready, held, trickle)
        held_data = b""
    last = connection.chunk(held_data) if held_data else b""
    connection.writer.write(b"".join(ready) + last + connection.chunk(b""))
    await connection.flush()


async def _send(connection: Connection, ready: list[bytes], held: list[bytes], trickle: float) -> None:
    """Write what is held as one HTTP chunk, after the head if that is still to be written; empties both lists."""
    data = b"".join(held)
    connection.writer.write(b"".join(ready) + (connection.chunk(data) if data and not trickle else b""))
    ready.clear()
    held.clear()
    await connection.flush()
    if trickle:
        for i in range(len(data)):
            connection.writer.write(connection.chunk(data[i : i + 1]))
            await connection.flush()
            await asyncio.sleep(trickle)


def _refuse(connection: Connection, status: int, kind: str, fields: Mapping[str, object]) -> None:
    headers = {"x-amzn-RequestId": str(uuid.uuid4()), "x-amzn-ErrorType": kind}
    connection.respond_json(status, fields, headers)


def _model_error(connection: Connection, name: str, variant: str, status: int, said: Mapping[str, object]) -> None:
    """What AWS makes of a container's answer that is no success."""
    original = json.dumps(said)
    log = f"arn:aws:logs:us-east-1:000000000000:log-group:/aws/sagemaker/Endpoints/{name}"
    message = (
        f'Received client error ({status}) from {variant} with message "{original}". See {log} for more information.'
    )
    fields = {
        "ErrorCode": "CLIENT_ERROR_FROM_MODEL" if status < 500 else "INTERNAL_FAILURE_FROM_MODEL",
        "LogStreamArn": log,
        "Message": message,
        "OriginalMessage": original,
        "OriginalStatusCode": status,
    }
    _refuse(connection, 424, "ModelError", fields)
