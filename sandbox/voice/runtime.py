"""The SageMaker runtime of the stand-in: `InvokeEndpointWithResponseStream` over a fleet of slots.

Owns the endpoints, and the checks AWS makes before a container sees a request. Leaves alone what the container takes
(`sandbox/voice/container.py`) and how a response is sent (`sandbox/voice/sending.py`). Known differences from AWS:
signatures must be there and are not verified; any access key may call any endpoint; the container refuses at once when
its slots are full, as the vendor documents; a client that leaves frees its slot at once, which nobody documents.
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

from aiohttp import web

from core.voice.speech_request import SpeechRequest
from sandbox.voice.container import Malformed, read_request
from sandbox.voice.eventstream import CONTENT_TYPE
from sandbox.voice.fleet import Fleet
from sandbox.voice.script import lines_of, steps_of
from sandbox.voice.sending import drop, send
from sandbox.voice.spec import SILENT, EndpointSpec, Fault

__all__ = ["INVOKE_PATH", "Endpoint", "SageMakerRuntime", "signature_of"]

INVOKE_PATH = "/endpoints/{name}/invocations-response-stream"

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


def signature_of(request: web.Request) -> re.Match[str] | None:
    """The signature of a request, with its group `region`; None where it has none. It is not verified."""
    if "X-Amz-Date" not in request.headers:
        return None
    return _SIGNATURE.fullmatch(request.headers.get("Authorization", ""))


class SageMakerRuntime:
    """Answers invocations."""

    def __init__(self) -> None:
        self.endpoints: dict[str, Endpoint] = {}

    async def invoke(self, request: web.Request) -> web.StreamResponse:
        """One `InvokeEndpointWithResponseStream`."""
        name = request.match_info["name"]
        signature = signature_of(request)
        if signature is None:
            return _refusal(403, "MissingAuthenticationTokenException", {"message": "Missing Authentication Token"})
        body = await request.read()
        endpoint = self.endpoints.get(name)
        if (
            endpoint is None
            or endpoint.spec.status in SILENT
            or endpoint.spec.region not in (None, signature["region"])
        ):
            return _refusal(400, "ValidationError", {"Message": f"Endpoint {name} of account 000000000000 not found."})
        variant = request.headers.get("X-Amzn-SageMaker-Target-Variant") or endpoint.choose_variant()
        fleet = endpoint.fleets.get(variant)
        if fleet is None:
            return _refusal(400, "ValidationError", {"Message": f"Variant {variant} of endpoint {name} not found."})
        # Slots whose time is up are freed before the next request is judged, also when both waited for the processor.
        await asyncio.sleep(0)
        instance = fleet.admit()
        if instance is None:
            message = f"all {endpoint.spec.slots} slots are in use"
            return _model_error(name, variant, 429, {"error": message, "status_code": 429})
        began = time.monotonic()
        try:
            return await _serve(endpoint, name, variant, request, body)
        finally:
            fleet.release(instance, time.monotonic() - began)


async def _serve(endpoint: Endpoint, name: str, variant: str, request: web.Request, body: bytes) -> web.StreamResponse:
    fault = endpoint.next_fault()
    if fault is not None and fault.kind == "slow_start":
        await asyncio.sleep(fault.seconds)
        fault = None
    if fault is not None and (answer := _failure_before_stream(name, variant, fault, request)) is not None:
        return answer
    try:
        speech = read_request(request.headers.get("Content-Type", ""), body, endpoint.spec.model)
    except Malformed as error:
        return _model_error(name, variant, 422, {"error": str(error), "status_code": 422})
    encoding, only = speech.output_format.encoding, endpoint.spec.sixteen_bit
    if encoding in ("pcm", "pcm_s16le") and only and encoding != only:
        said = {"error": f"output_format.encoding: must be {only}, not {encoding}", "status_code": 422}
        return _model_error(name, variant, 422, said)
    return await _stream(endpoint, variant, request, speech, fault)


def _failure_before_stream(name: str, variant: str, fault: Fault, request: web.Request) -> web.StreamResponse | None:
    if fault.kind == "drop":
        return drop(request)
    if fault.kind == "model_error":
        return _model_error(name, variant, fault.status, {"error": "the stand-in was told to fail"})
    if fault.kind in _BEFORE_STREAM:
        return _refusal(*_BEFORE_STREAM[fault.kind])
    return None


async def _stream(
    endpoint: Endpoint, variant: str, request: web.Request, speech: SpeechRequest, fault: Fault | None
) -> web.StreamResponse:
    spec = endpoint.spec
    steps = steps_of(lines_of(speech, spec.audio_seconds), spec.law, endpoint.service_seconds(), fault)
    headers = {
        "x-amzn-RequestId": str(uuid.uuid4()),
        "x-Amzn-Invoked-Production-Variant": variant,
        "X-Amzn-SageMaker-Content-Type": request.headers.get("X-Amzn-SageMaker-Accept", "application/x-ndjson"),
        "Content-Type": CONTENT_TYPE,
    }
    return await send(request, headers, steps, fault.seconds if fault is not None else 0.0)


def _refusal(status: int, kind: str, fields: Mapping[str, object]) -> web.Response:
    headers = {"x-amzn-RequestId": str(uuid.uuid4()), "x-amzn-ErrorType": kind}
    return web.json_response(fields, status=status, headers=headers)


def _model_error(name: str, variant: str, status: int, said: Mapping[str, object]) -> web.Response:
    """What AWS makes of a container's answer that is not a success."""
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
    return _refusal(424, "ModelError", fields)
