"""The voice server as one object: listens, routes, remembers its endpoints over a restart.

Owns the life of the server. `VoiceServer` runs it on a thread of the caller's process, for tests.
"""

import asyncio
import json
import threading
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import unquote

from sandbox.host.errors import StartFailed
from sandbox.host.ports import HOST
from sandbox.voice.control import PREFIX, VoiceControl, answer
from sandbox.voice.http import Connection, HttpServer, Request
from sandbox.voice.runtime import INVOKE_PATH, Endpoint, SageMakerRuntime
from sandbox.voice.spec import read_endpoint

__all__ = ["VoiceApp", "VoiceServer"]

_START_SECONDS = 10.0


class VoiceApp:
    """Everything one server serves; runs in one event loop.

    `state`, where given, is a file with the endpoints: read at the start, written at every change.
    """

    def __init__(self, state: Path | None = None) -> None:
        self.runtime = SageMakerRuntime()
        self.http = HttpServer(self._handle)
        self._state = state
        if state is not None and state.exists():
            for name, spec in json.loads(state.read_text()).items():
                self.runtime.endpoints[name] = Endpoint(read_endpoint(spec))

    async def _handle(self, request: Request, connection: Connection) -> None:
        found = INVOKE_PATH.fullmatch(request.path)
        if found is not None and request.method == "POST":
            await self.runtime.invoke(unquote(found[1]), request, connection)
        elif request.path.startswith(PREFIX):
            answer(self.runtime, self.http, request, connection, self._remember)
        else:
            headers = {"x-amzn-ErrorType": "UnknownOperationException"}
            connection.respond_json(404, {"message": f"no {request.method} {request.path} here"}, headers)

    def _remember(self) -> None:
        if self._state is None:
            return
        specs = {name: endpoint.spec.fields() for name, endpoint in sorted(self.runtime.endpoints.items())}
        fresh = self._state.with_name(self._state.name + ".new")
        fresh.write_text(json.dumps(specs, indent=1))
        fresh.replace(self._state)


class VoiceServer(VoiceControl):
    """A voice server on a thread: `with VoiceServer() as server: server.put_endpoint("sonic")`."""

    def __init__(self, port: int = 0, state: Path | None = None) -> None:
        super().__init__("")
        self._app = VoiceApp(state)
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
        port = await self._app.http.start(HOST, self._wanted_port)
        self.url = f"http://{HOST}:{port}"
        self._ready.set()
        await self._stop.wait()
        await self._app.http.stop()
