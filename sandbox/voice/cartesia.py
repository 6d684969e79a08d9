"""Cartesia's own API, as a self-hosted cluster serves it: status, voices, speech as a file, an event stream, a socket.

Owns the protocol. Slots, faults and times are those of the endpoint `cartesia-api`, so everything that can be started
for a SageMaker endpoint can be started here.
source: docs.cartesia.ai, pages `use-the-api/api-conventions`, `use-the-api/api-errors`, `api-reference/tts/sse`, and
`self-hosted/smoke-tests-and-benchmarking`, read 2026-11-21.
Not published, and decided here: what a self-hosted API answers when it is full (429, as the hosted one), the wording of
refusals, and that a field that no table names is refused. Known differences: no mp3 (the stand-in has no encoder), no
pronunciation dictionaries.
"""

import asyncio
import json
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from aiohttp import web

from catalog.speech import EXAMPLE_VOICE_ID
from core.voice.audio import wav
from core.voice.speech_request import SpeechRequest
from sandbox.voice.container import FIELDS, Field, Malformed, one_of, read_values, speech_of, spoken
from sandbox.voice.runtime import Endpoint
from sandbox.voice.script import Wire, lines_of, steps_of
from sandbox.voice.sending import drop, send
from sandbox.voice.signal import speak
from sandbox.voice.sockets import SpeechSocket, message_fields
from sandbox.voice.spec import Fault

__all__ = ["API_NAME", "CartesiaApi"]

API_NAME: Final = "cartesia-api"
"""Name of the endpoint whose settings the API follows."""

VERSIONS = ("2024-06-10", "2024-11-13", "2025-04-16", "2025-11-04", "2026-03-01", "2026-08-14")
_JSON_ERRORS_SINCE = "2026-03-01"
"""Version from which errors are JSON; before it they may be plain text."""

VOICES = ({"id": EXAMPLE_VOICE_ID, "name": "Example", "language": "en"},)

_SSE_FIELDS: Mapping[str, Field] = {
    **{path: field for path, field in FIELDS.items() if path != "pronunciation_map"},
    "model_id": Field(fits=spoken, rule="the id of a model", required=lambda _model: True),
    "context_id": Field(fits=spoken, rule="a string"),
    "language": Field(fits=FIELDS["language"].fits, rule=FIELDS["language"].rule),
}
_MESSAGE_FIELDS = message_fields(_SSE_FIELDS)
_BYTES_FIELDS: Mapping[str, Field] = {
    **{path: field for path, field in _SSE_FIELDS.items() if not path.startswith(("add_", "use_", "context"))},
    "output_format.container": Field(fits=one_of("raw", "wav"), rule="raw or wav", required=lambda _model: True),
}


def _sse(line: bytes) -> bytes:
    return b"data: " + line.rstrip(b"\n") + b"\n\n"


def _failure(kind: str, fields: Mapping[str, str]) -> bytes:
    error = {"type": "error", "title": kind, "message": fields["Message"], "status_code": 500, "done": True}
    return _sse(json.dumps(error).encode())


SSE = Wire(event=_sse, part=bytes, failure=_failure)

Refusals = Mapping[str, tuple[int, str, str]]
"""Fault -> status, title and error code, or message, of its answer."""

INJECTED_KEY: Final = web.RequestKey("injected_key", str)
"""Where a gateway leaves the key that it puts in, in the request."""
REFUSALS: Final[web.RequestKey[Refusals]] = web.RequestKey("refusals", dict)
"""Where a gateway leaves `Refusals` of its own."""

_BEFORE_STREAM: Refusals = {
    "throttle": (429, "Too many requests", "concurrency_limited"),
    "unavailable": (503, "Service unavailable", "service_unavailable"),
    "internal_failure": (500, "Internal server error", "internal_error"),
}


class CartesiaApi:
    """Answers the HTTP API.

    Args:
        endpoints: The endpoints of the server, by name.
    """

    def __init__(self, endpoints: Mapping[str, Endpoint]) -> None:
        self._endpoints = endpoints

    def add_to(self, app: web.Application) -> None:
        """Serve it there."""
        for method, path, operation in self.operations():
            app.router.add_route(method, path, operation)

    def operations(self) -> tuple[tuple[str, str, Callable[[web.Request], Awaitable[web.StreamResponse]]], ...]:
        """Method, path and handler of each operation."""
        return (
            ("GET", "/status", self.status),
            ("GET", "/voices", self.voices),
            ("POST", "/tts/bytes", self.file),
            ("POST", "/tts/sse", self.sse),
            ("GET", "/tts/websocket", self.socket),
        )

    async def status(self, request: web.Request) -> web.StreamResponse:
        """Whether it serves; takes no key."""
        self._endpoint()
        return web.json_response({"ok": True})

    async def voices(self, request: web.Request) -> web.StreamResponse:
        """A page of voices."""
        refused = self._refused(request, self._endpoint())
        return refused or web.json_response({"data": list(VOICES), "has_more": False})

    async def sse(self, request: web.Request) -> web.StreamResponse:
        """Speech as an event stream."""
        return await self._speech(request, _SSE_FIELDS)

    async def socket(self, request: web.Request) -> web.StreamResponse:
        """Speech for many contexts on one socket."""
        endpoint = self._endpoint()
        return self._refused(request, endpoint) or await SpeechSocket(request, endpoint, _MESSAGE_FIELDS).serve()

    async def file(self, request: web.Request) -> web.StreamResponse:
        """Speech as a file."""
        return await self._speech(request, _BYTES_FIELDS)

    def _endpoint(self) -> Endpoint:
        endpoint = self._endpoints.get(API_NAME)
        if endpoint is None:
            raise web.HTTPNotFound
        return endpoint

    def _refused(self, request: web.Request, endpoint: Endpoint) -> web.Response | None:
        version = _version(request)
        if version not in VERSIONS:
            return _error(request, 400, "Bad request", f"unknown API version {version or '(none)'}", "version")
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        key = (
            request.get(INJECTED_KEY)
            or request.headers.get("X-API-Key")
            or (token if scheme == "Bearer" else request.query.get("api_key", ""))
        )
        if not key or endpoint.spec.api_key not in (None, key):
            return _error(request, 401, "Unauthorized", "the API key is missing or wrong", "unauthorized")
        return None

    async def _speech(self, request: web.Request, fields: Mapping[str, Field]) -> web.StreamResponse:
        endpoint = self._endpoint()
        if refused := self._refused(request, endpoint):
            return refused
        body = await request.read()
        fleet = next(iter(endpoint.fleets.values()))
        await asyncio.sleep(0)  # slots whose time is up are freed before the next request is judged
        instance = fleet.admit()
        if instance is None:
            return _error(request, 429, "Too many requests", "every worker is busy", "concurrency_limited")
        began = time.monotonic()
        try:
            return await _serve(request, endpoint, body, fields)
        finally:
            fleet.release(instance, time.monotonic() - began)


async def _serve(
    request: web.Request, endpoint: Endpoint, body: bytes, fields: Mapping[str, Field]
) -> web.StreamResponse:
    fault = endpoint.next_fault()
    if fault is not None and fault.kind == "slow_start":
        await asyncio.sleep(fault.seconds)
        fault = None
    if fault is not None and (answer := _failure_before_stream(request, fault)) is not None:
        return answer
    model = endpoint.spec.model
    try:
        values = read_values(request.headers.get("Content-Type", ""), body, model, fields)
    except Malformed as error:
        return _error(request, 400, "Bad request", str(error), "bad_request")
    takes = endpoint.spec.model_id or model
    if values["model_id"] != takes:
        return _error(request, 404, "Not found", f"no model {values['model_id']} here", "model_not_found")
    speech = speech_of({"context_id": "", **values}, model)
    if fields is _BYTES_FIELDS:
        return _file(speech, values["output_format.container"], endpoint.spec.audio_seconds)
    lines = lines_of(speech, endpoint.spec.audio_seconds, tells_rate=False)
    steps = steps_of(lines, endpoint.spec.law, endpoint.service_seconds(), fault, SSE)
    headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}
    return await send(request, headers, steps, fault.seconds if fault is not None else 0.0)


def _failure_before_stream(request: web.Request, fault: Fault) -> web.StreamResponse | None:
    if fault.kind == "drop":
        return drop(request)
    if fault.kind == "model_error":
        return _error(request, max(fault.status, 400), "Error", "the stand-in was told to fail", "error")
    refusals: Refusals = request.get(REFUSALS, _BEFORE_STREAM)
    if fault.kind in refusals:
        status, title, code = refusals[fault.kind]
        return _error(request, status, title, "the stand-in was told to fail", code)
    return None


def _file(speech: SpeechRequest, container: str, seconds: float) -> web.Response:
    form, config = speech.output_format, speech.generation_config
    audio = speak(
        speech.transcript,
        form,
        speed=float(config.get("speed", 1.0)),
        volume=float(config.get("volume", 1.0)),
        seconds=seconds or None,
    )
    kind = "audio/wav" if container == "wav" else "application/octet-stream"
    return web.Response(body=wav(audio, form) if container == "wav" else audio, content_type=kind)


def _version(request: web.Request) -> str:
    return request.query.get("cartesia_version") or request.headers.get("Cartesia-Version") or ""


def _error(request: web.Request, status: int, title: str, message: str, code: str) -> web.Response:
    if _version(request) < _JSON_ERRORS_SINCE:
        return web.Response(text=f"{title}: {message}", status=status)
    fields: dict[str, Any] = {"error_code": code, "title": title, "message": message, "request_id": str(uuid.uuid4())}
    return web.json_response(fields, status=status)
