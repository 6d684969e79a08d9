"""`WS /tts/websocket` of Cartesia's API: many contexts on one socket, each a queue of texts that are spoken in order.

Owns contexts: continuation, flush, cancel, and their slots. Faults are played to each context as to a response;
those that only cut bytes differently mean nothing here, since a socket carries whole messages.
source: docs.cartesia.ai, page `api-reference/tts/websocket`, and `use-the-api/concurrency-limits-and-timeouts`, read
2026-11-21. Not published, and decided here: texts are spoken as they come, whatever `max_buffer_delay_ms` says.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from sandbox.voice.container import Field, Malformed, read_values, speech_of
from sandbox.voice.runtime import Endpoint
from sandbox.voice.script import Act, Wire, lines_of, steps_of
from sandbox.voice.sending import drop
from sandbox.voice.spec import Fault

__all__ = ["SpeechSocket", "message_fields"]

_CUT_ONLY = frozenset({"coalesce", "split", "split_utf8", "split_base64", "no_final_newline", "trickle"})
_REFUSALS = {"throttle": 429, "unavailable": 503, "internal_failure": 500}


def message_fields(sse: Mapping[str, Field]) -> Mapping[str, Field]:
    """Fields of a message: those of an event stream, and what a socket adds."""
    flag, text = sse["add_timestamps"], sse["context_id"]
    return {
        **sse,
        "context_id": Field(fits=text.fits, rule=text.rule, required=lambda _model: True),
        "transcript": Field(fits=lambda value, _model: isinstance(value, str), rule="text"),
        "continue": flag,
        "flush": flag,
        "max_buffer_delay_ms": Field(
            fits=lambda value, _model: type(value) is int and 0 <= value <= 5000, rule="0 to 5000"
        ),
    }


def _failure(kind: str, fields: Mapping[str, str]) -> bytes:
    return json.dumps({"type": "error", "title": kind, "message": fields["Message"], "status_code": 500}).encode()


_SOCKET = Wire(event=lambda line: line.rstrip(b"\n"), part=bytes, failure=_failure)


@dataclass(slots=True)
class _Context:
    """One conversation on a socket."""

    instance: int
    began: float
    fault: Fault | None
    texts: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)
    flushes: int = 0
    task: asyncio.Task[None] | None = None


class SpeechSocket:
    """One socket.

    Args:
        request: The upgrade.
        endpoint: Whose slots and faults it has.
        fields: What a message may hold.
    """

    def __init__(self, request: web.Request, endpoint: Endpoint, fields: Mapping[str, Field]) -> None:
        self._request = request
        self._endpoint = endpoint
        self._fields = fields
        # A browser that was not answered one of the subprotocols it offered closes the socket.
        offered = request.headers.get("Sec-WebSocket-Protocol", "").split(",")
        self._socket = web.WebSocketResponse(protocols=[each.strip() for each in offered if each.strip()])
        self._contexts: dict[str, _Context] = {}

    async def serve(self) -> web.StreamResponse:
        """Until the client leaves."""
        await self._socket.prepare(self._request)
        try:
            async for message in self._socket:
                if message.type is WSMsgType.TEXT:
                    await self._take(message.data)
        finally:
            for name in list(self._contexts):
                await self._end(name)
        return self._socket

    async def _take(self, text: str) -> None:
        name = _context_of(text)
        if name is not None and json.loads(text).get("cancel") is True:
            await self._end(name)
            return
        spec = self._endpoint.spec
        try:
            values = read_values("application/json", text.encode(), spec.model, self._fields)
        except Malformed as error:
            await self._refuse(name, 400, "Bad request", str(error))
            return
        if values["model_id"] != (spec.model_id or spec.model):
            await self._refuse(name, 404, "Not found", f"no model {values['model_id']} here")
            return
        context = self._contexts.get(values["context_id"]) or await self._begin(values["context_id"])
        if context is not None:
            context.texts.put_nowait(values)

    async def _begin(self, name: str) -> _Context | None:
        fleet = next(iter(self._endpoint.fleets.values()))
        instance = fleet.admit()
        if instance is None:
            await self._refuse(name, 429, "Too many requests", "every worker is busy")
            return None
        context = _Context(instance, time.monotonic(), self._endpoint.next_fault())
        self._contexts[name] = context
        context.task = asyncio.create_task(self._speak(name, context))
        return context

    async def _end(self, name: str) -> None:
        """Free a context's slot; what it was saying stops."""
        context = self._contexts.pop(name, None)
        if context is None:
            return
        next(iter(self._endpoint.fleets.values())).release(context.instance, time.monotonic() - context.began)
        if context.task is not None and context.task is not asyncio.current_task():
            context.task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await context.task

    async def _speak(self, name: str, context: _Context) -> None:
        try:
            if await self._fails_at_once(name, context.fault):
                return
            while True:
                values = await context.texts.get()
                last = values.get("continue") is not True
                if not await self._say(values, context, last):
                    return
                if values.get("flush") is True:
                    context.flushes += 1
                    await self._send(
                        {"type": "flush_done", "context_id": name, "status_code": 206, "done": False}
                        | {"flush_id": context.flushes, "flush_done": True}
                    )
                if last:
                    return
        except ConnectionError:
            pass  # the client went away
        finally:
            if self._contexts.get(name) is context:
                await self._end(name)

    async def _fails_at_once(self, name: str, fault: Fault | None) -> bool:
        if fault is None:
            return False
        if fault.kind == "slow_start":
            await asyncio.sleep(fault.seconds)
        elif fault.kind == "drop":
            drop(self._request)
            return True
        elif fault.kind == "model_error" or fault.kind in _REFUSALS:
            status = _REFUSALS.get(fault.kind, max(400, fault.status))
            await self._refuse(name, status, "Error", "the stand-in was told to fail")
            return True
        return False

    async def _say(self, values: Mapping[str, Any], context: _Context, last: bool) -> bool:
        """Speak one text; whether the context goes on."""
        spec, text = self._endpoint.spec, values.get("transcript") or ""
        done = json.dumps({"type": "done", "context_id": values["context_id"], "status_code": 200, "done": True})
        lines = [done.encode()]
        if text.strip():
            lines = lines_of(speech_of(dict(values), spec.model), spec.audio_seconds, tells_rate=False)
        fault = None if context.fault is None or context.fault.kind in _CUT_ONLY else context.fault
        steps = steps_of(lines, spec.law, self._endpoint.service_seconds(), fault, _SOCKET)
        began = time.monotonic()
        for step in steps if last or fault is not None else steps[:-1]:
            await asyncio.sleep(max(0.0, began + step.at - time.monotonic()))
            if isinstance(step.frame, bytes):
                await self._socket.send_str(step.frame.decode("utf-8", "replace"))
            elif step.frame is Act.STALL:
                await asyncio.Event().wait()
            elif step.frame is Act.CUT:
                drop(self._request)
                return False
        return True

    async def _refuse(self, name: str | None, status: int, title: str, message: str) -> None:
        error = {"type": "error", "done": True, "status_code": status, "title": title, "message": message}
        await self._send(error | ({} if name is None else {"context_id": name}))

    async def _send(self, fields: Mapping[str, Any]) -> None:
        with contextlib.suppress(ConnectionError):
            await self._socket.send_str(json.dumps(fields))


def _context_of(text: str) -> str | None:
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        return None
    name = given.get("context_id") if isinstance(given, dict) else None
    return name if isinstance(name, str) else None
