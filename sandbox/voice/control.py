"""The voice server's own controls, under `/_control`: endpoints, faults, counts.

Owns both ends: `controls` in the server, `VoiceControl` for the stand-in of AWS, the command and tests.
"""

import dataclasses
import http.client
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from aiohttp import web

from core.input.problems import InvalidInput
from sandbox.host.errors import SandboxError
from sandbox.voice.fleet import FleetCounts
from sandbox.voice.runtime import Endpoint, SageMakerRuntime
from sandbox.voice.spec import read_endpoint, read_faults

__all__ = ["PREFIX", "VoiceControl", "controls"]

PREFIX = "/_control/"


def controls(
    runtime: SageMakerRuntime, connections: Callable[[], Mapping[str, int]], remember: Callable[[], None]
) -> web.Application:
    """The controls as an application, to be served under `PREFIX`.

    Args:
        runtime: What is controlled.
        connections: Gives the counts of connections.
        remember: Called after each change, before anybody is told of it.
    """
    inner = _Controls(runtime, connections, remember)
    app = web.Application(middlewares=[_explained])
    app.router.add_get("/endpoints", inner.list_endpoints)
    app.router.add_get("/endpoints/{name}", inner.show_endpoint)
    app.router.add_put("/endpoints/{name}", inner.put_endpoint)
    app.router.add_delete("/endpoints/{name}", inner.delete_endpoint)
    app.router.add_put("/endpoints/{name}/faults", inner.put_faults)
    app.router.add_get("/stats", inner.show_stats)
    app.router.add_delete("/stats", inner.reset_stats)
    return app


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def _explained(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every refusal as JSON with a message."""
    try:
        return await handler(request)
    except InvalidInput as error:
        status, message = 400, str(error)
    except ValueError:
        status, message = 400, "the body is not JSON"
    except web.HTTPException as error:
        status, message = error.status, error.text or error.reason
    return web.json_response({"message": message}, status=status)


class _Controls:
    """The server's end."""

    def __init__(
        self, runtime: SageMakerRuntime, connections: Callable[[], Mapping[str, int]], remember: Callable[[], None]
    ) -> None:
        self._runtime = runtime
        self._connections = connections
        self._remember = remember

    async def list_endpoints(self, _request: web.Request) -> web.Response:
        specs = {name: endpoint.spec.fields() for name, endpoint in sorted(self._runtime.endpoints.items())}
        return web.json_response({"endpoints": specs})

    async def show_endpoint(self, request: web.Request) -> web.Response:
        return web.json_response(self._named(request).spec.fields())

    async def put_endpoint(self, request: web.Request) -> web.Response:
        # Requests in flight end on the fleets they began on; their counts go with them.
        endpoint = Endpoint(read_endpoint(await request.json()))
        self._runtime.endpoints[request.match_info["name"]] = endpoint
        return self._changed(endpoint)

    async def put_faults(self, request: web.Request) -> web.Response:
        endpoint = self._named(request)
        endpoint.change_faults(read_faults(await request.json()))
        return self._changed(endpoint)

    async def delete_endpoint(self, request: web.Request) -> web.Response:
        endpoint = self._named(request)
        del self._runtime.endpoints[request.match_info["name"]]
        return self._changed(endpoint)

    async def show_stats(self, _request: web.Request) -> web.Response:
        counted = {name: _counts(endpoint) for name, endpoint in sorted(self._runtime.endpoints.items())}
        return web.json_response({"connections": self._connections(), "endpoints": counted})

    async def reset_stats(self, _request: web.Request) -> web.Response:
        for endpoint in self._runtime.endpoints.values():
            for fleet in endpoint.fleets.values():
                fleet.counts = FleetCounts()
        return web.json_response({})

    def _named(self, request: web.Request) -> Endpoint:
        name = request.match_info["name"]
        endpoint = self._runtime.endpoints.get(name)
        if endpoint is None:
            raise web.HTTPNotFound(text=f"no endpoint {name}; PUT it first")
        return endpoint

    def _changed(self, endpoint: Endpoint) -> web.Response:
        self._remember()
        return web.json_response(endpoint.spec.fields())


def _counts(endpoint: Endpoint) -> dict[str, Any]:
    """Counts of each variant, and of the endpoint: sums, but for `most_busy`, which is that of the busiest variant."""
    variants = {
        name: {**dataclasses.asdict(fleet.counts), "in_flight": fleet.in_flight}
        for name, fleet in endpoint.fleets.items()
    }
    rows = list(variants.values())
    total = {key: (max if key == "most_busy" else sum)(row[key] for row in rows) for key in rows[0]}
    return {**total, "variants": variants}


class VoiceControl:
    """Talks to a running voice server's controls; each call is one short connection."""

    def __init__(self, url: str, timeout_seconds: float = 5.0) -> None:
        self.url = url
        self._timeout = timeout_seconds

    def put_endpoint(self, name: str, **settings: Any) -> dict[str, Any]:
        """Make or replace an endpoint; settings as in `sandbox.voice.spec.read_endpoint`. Gives them all."""
        return self._call("PUT", f"endpoints/{quote(name, safe='')}", settings)

    def delete_endpoint(self, name: str) -> None:
        """Remove an endpoint; it is not an error where there is none."""
        if name in self.endpoints():
            self._call("DELETE", f"endpoints/{quote(name, safe='')}")

    def endpoints(self) -> dict[str, dict[str, Any]]:
        """Every endpoint with its settings."""
        found: dict[str, dict[str, Any]] = self._call("GET", "endpoints")["endpoints"]
        return found

    def faults(self, name: str, *faults: Mapping[str, Any]) -> None:
        """Start these faults at an endpoint instead of those that run; none stops them all."""
        self._call("PUT", f"endpoints/{quote(name, safe='')}/faults", faults)

    def stats(self) -> dict[str, Any]:
        """Connections of the server, and counts of each endpoint since its start or the last reset."""
        return self._call("GET", "stats")

    def reset_stats(self) -> None:
        """Start counting again."""
        self._call("DELETE", "stats")

    def _call(self, method: str, path: str, body: Mapping[str, Any] | Sequence[Any] | None = None) -> dict[str, Any]:
        where = urlsplit(self.url)
        connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=self._timeout)
        try:
            sent = None if body is None else json.dumps(body)
            connection.request(method, PREFIX + path, sent, {"Connection": "close"})
            response = connection.getresponse()
            fields: dict[str, Any] = json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise SandboxError(f"the voice server at {self.url} does not answer: {error!r}; is it running?") from error
        finally:
            connection.close()
        if response.status != 200:
            raise SandboxError(f"voice server: {fields.get('message')}")
        return fields
