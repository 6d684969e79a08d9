"""The voice server as one object: listens, routes, remembers its endpoints over a restart.

Owns the life of the server. `VoiceServer` runs it on a thread of the caller's process, for tests.
"""

import asyncio
import json
import threading
import weakref
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from catalog.speech import MAX_BODY_BYTES
from sandbox.host.errors import StartFailed
from sandbox.host.ports import HOST
from sandbox.voice.api import API_PATH, SageMakerApi
from sandbox.voice.cartesia import API_NAME, CartesiaApi
from sandbox.voice.control import PREFIX, Handler, VoiceControl, controls
from sandbox.voice.gateways import Gateways
from sandbox.voice.runtime import INVOKE_PATH, Endpoint, SageMakerRuntime
from sandbox.voice.spec import read_endpoint

__all__ = ["VoiceApp", "VoiceServer"]

_START_SECONDS = 10.0
_STOP_SECONDS = 0.05
"""How long requests may still run when the server stops."""
_MAX_HEAD_BYTES = 64 * 1024
"""Longest header; a session token has several KB."""


class VoiceApp:
    """Everything one server serves; runs in one event loop.

    `state`, where given, is a file with the endpoints: read at the start, written at every change. `store`, where
    given, is the folder of the stand-in of AWS, for calls that ask SageMaker about an endpoint.
    """

    def __init__(self, state: Path | None = None, store: Path | None = None) -> None:
        self.runtime = SageMakerRuntime()
        self._api = SageMakerApi(self.runtime.endpoints, store, self._remember)
        self._runner: web.AppRunner | None = None
        self._accepted = 0
        self._seen: weakref.WeakSet[asyncio.Transport] = weakref.WeakSet()
        self._state = state
        if state is not None and state.exists():
            for name, spec in json.loads(state.read_text()).items():
                self.runtime.endpoints[name] = Endpoint(read_endpoint(spec))

    async def start(self, host: str, port: int) -> int:
        """Listen; gives the port, which the system chose where `port` is 0."""
        self._runner = web.AppRunner(
            self._application(),
            access_log=None,
            handler_cancellation=True,  # a client that leaves ends what it asked for
            shutdown_timeout=_STOP_SECONDS,
            max_line_size=_MAX_HEAD_BYTES,
            max_field_size=_MAX_HEAD_BYTES,
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port, backlog=1024).start()
        return int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Close the port and every connection."""
        if self._runner is not None:
            await self._runner.cleanup()

    def _application(self) -> web.Application:
        app = web.Application(client_max_size=MAX_BODY_BYTES, middlewares=[self._counted, _as_aws])
        app.router.add_post(INVOKE_PATH, self.runtime.invoke)
        app.router.add_post(API_PATH, self._api.call)
        api = CartesiaApi(self.runtime.endpoints)
        api.add_to(app)
        Gateways(api, self.runtime.endpoints, API_NAME).add_to(app)
        app.add_subapp(PREFIX, controls(self.runtime, self._connections, self._remember))
        return app

    @web.middleware
    async def _counted(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Counts connections by their first requests."""
        if request.transport is not None and request.transport not in self._seen:
            self._seen.add(request.transport)
            self._accepted += 1
        return await handler(request)

    def _connections(self) -> dict[str, int]:
        server = None if self._runner is None else self._runner.server
        return {"open": 0 if server is None else len(server.connections), "accepted": self._accepted}

    def _remember(self) -> None:
        if self._state is None:
            return
        specs = {name: endpoint.spec.fields() for name, endpoint in sorted(self.runtime.endpoints.items())}
        fresh = self._state.with_name(self._state.name + ".new")
        fresh.write_text(json.dumps(specs, indent=1))
        fresh.replace(self._state)


@web.middleware
async def _as_aws(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refusals of what is not an invocation, as AWS words them."""
    try:
        return await handler(request)
    except web.HTTPRequestEntityTooLarge:
        status, kind, message = 413, "413", f"HTTP content length exceeded {MAX_BODY_BYTES} bytes."
    except web.HTTPException:
        status, kind, message = 404, "UnknownOperationException", f"no {request.method} {request.path} here"
    return web.json_response({"message": message}, status=status, headers={"x-amzn-ErrorType": kind})


class VoiceServer(VoiceControl):
    """A voice server on a thread: `with VoiceServer() as server: server.put_endpoint("sonic")`."""

    def __init__(self, port: int = 0, state: Path | None = None, store: Path | None = None) -> None:
        super().__init__("")
        self._app = VoiceApp(state, store)
        self._wanted_port = port
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="voice-server", daemon=True)

    @property
    def port(self) -> int:
        """Port it listens on."""
        return int(self.url.rsplit(":", 1)[1])

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(_START_SECONDS) or self._failure is not None:
            raise StartFailed(f"the voice server did not start: {self._failure!r}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._loop is not None and self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(_START_SECONDS)

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except OSError as error:
            self._failure = error
        finally:
            self._ready.set()

    async def _main(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        port = await self._app.start(HOST, self._wanted_port)
        self.url = f"http://{HOST}:{port}"
        self._ready.set()
        await self._stop.wait()
        await self._app.stop()
