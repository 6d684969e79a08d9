"""HTTP/1.1 over asyncio streams, as much of it as the voice server needs.

Owns reading requests, writing responses, keep-alive and the count of connections. Knows nothing of voices or AWS.
"""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["BadRequest", "Connection", "Handler", "HttpServer", "Request"]

_MAX_HEAD_BYTES = 64 * 1024
_MAX_BODY_BYTES = 32 * 1024 * 1024
_REASONS = {200: "OK", 204: "No Content", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Not Allowed"}


@dataclass(frozen=True, slots=True)
class Request:
    """One request; header names are lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class BadRequest(Exception):  # noqa: N818 - reads as what it says at the raise site
    """What arrived is not HTTP as this server speaks it."""

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        super().__init__(message)


@dataclass(slots=True)
class Connection:
    """One connection, seen by a handler: whole responses, or a head and then chunks."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    keep: bool = True
    """False once this connection must end after the response."""

    def respond(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        """A whole response."""
        self.writer.write(_head(status, {**(headers or {}), "Content-Length": str(len(body))}, keep=self.keep) + body)

    def respond_json(self, status: int, fields: Any, headers: Mapping[str, str] | None = None) -> None:
        """A whole response of JSON."""
        self.respond(status, json.dumps(fields).encode(), {"Content-Type": "application/json", **(headers or {})})

    def start(self, status: int, headers: Mapping[str, str]) -> bytes:
        """The head of a chunked response, to be written with its first chunk or alone."""
        return _head(status, {**headers, "Transfer-Encoding": "chunked"}, keep=self.keep)

    @staticmethod
    def chunk(data: bytes) -> bytes:
        """One HTTP chunk; an empty one ends the response."""
        return b"%x\r\n%b\r\n" % (len(data), data)

    async def flush(self) -> None:
        """Wait until the client has taken most of what was written.

        Raises:
            ConnectionError: The client went away.
        """
        await self.writer.drain()
        if self.writer.is_closing():
            raise ConnectionResetError("the client went away")

    async def client_left(self) -> None:
        """Wait until the client closes the connection, or says something it should not."""
        self.keep = False
        with contextlib.suppress(ConnectionError):
            await self.reader.read(1)

    def cut(self) -> None:
        """Break the connection now."""
        self.keep = False
        self.writer.transport.abort()


Handler = Callable[[Request, Connection], Awaitable[None]]


@dataclass(slots=True)
class HttpServer:
    """Serves one handler on a loopback port."""

    handler: Handler
    accepted: int = 0
    """Connections since the start."""
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _server: asyncio.Server | None = None

    @property
    def open(self) -> int:
        """Connections open now."""
        return len(self._tasks)

    async def start(self, host: str, port: int) -> int:
        """Listen; gives the port, which the system chose where `port` is 0."""
        self._server = await asyncio.start_server(self._serve, host, port, limit=_MAX_HEAD_BYTES, backlog=1024)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Close the port and every connection."""
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine of the server always runs in a task
        self._tasks.add(task)
        self.accepted += 1
        try:
            await self._talk(Connection(reader, writer))
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client went away, or the server stops: nobody is left to tell
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _talk(self, connection: Connection) -> None:
        while connection.keep:
            try:
                request = await _read_request(connection)
            except BadRequest as error:
                connection.keep = False
                connection.respond_json(error.status, {"message": str(error)})
                request = None
            if request is None:
                return
            if request.headers.get("connection", "").lower() == "close":
                connection.keep = False
            await self.handler(request, connection)
            if not connection.writer.is_closing():
                await connection.writer.drain()


async def _read_request(connection: Connection) -> Request | None:
    """The next request, or None where the client has no more."""
    try:
        head = await connection.reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    except asyncio.LimitOverrunError:
        raise BadRequest(431, "the request's headers are too long") from None
    lines = head.decode("latin-1").split("\r\n")
    try:
        method, path, _version = lines[0].split(" ")
        pairs = (line.split(":", 1) for line in lines[1:] if line)
        headers = {name.strip().lower(): value.strip() for name, value in pairs}
        length = int(headers.get("content-length", "0"))
    except ValueError:
        raise BadRequest(400, "this is not HTTP/1.1") from None
    if "transfer-encoding" in headers or length < 0:
        raise BadRequest(411, "send the body with Content-Length")
    if length > _MAX_BODY_BYTES:
        raise BadRequest(413, f"the body is larger than {_MAX_BODY_BYTES} bytes")
    if headers.get("expect", "").lower() == "100-continue":
        connection.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    body = await connection.reader.readexactly(length) if length else b""
    return Request(method, path, headers, body)


def _head(status: int, headers: Mapping[str, str], *, keep: bool) -> bytes:
    lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Status')}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if not keep:
        lines.append("Connection: close")
    return "\r\n".join([*lines, "", ""]).encode("latin-1")
