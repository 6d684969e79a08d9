"""The voice server's own controls, under `/_control`: endpoints, faults, counts.

Owns both ends: `answer` in the server, `VoiceControl` for the stand-in of AWS, the command and tests.
"""

import dataclasses
import http.client
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from core.input.problems import InvalidInput
from sandbox.host.errors import SandboxError
from sandbox.voice.fleet import FleetCounts
from sandbox.voice.http import Connection, HttpServer, Request
from sandbox.voice.runtime import Endpoint, SageMakerRuntime
from sandbox.voice.spec import read_endpoint, read_faults

__all__ = ["PREFIX", "VoiceControl", "answer"]

PREFIX = "/_control/"

_ENDPOINT = re.compile(r"/_control/endpoints/([^/]+)(/faults)?")


def answer(
    runtime: SageMakerRuntime,
    server: HttpServer,
    request: Request,
    connection: Connection,
    remember: Callable[[], None],
) -> None:
    """Answer one control request; `remember` is called after each change, before anybody is told of it."""
    try:
        _act(runtime, server, request, connection, remember)
    except InvalidInput as error:
        connection.respond_json(400, {"message": str(error)})
    except ValueError:
        connection.respond_json(400, {"message": "the body is not JSON"})


def _act(
    runtime: SageMakerRuntime,
    server: HttpServer,
    request: Request,
    connection: Connection,
    remember: Callable[[], None],
) -> None:
    asked = (request.method, request.path)
    if asked == ("GET", "/_control/endpoints"):
        specs = {name: endpoint.spec.fields() for name, endpoint in sorted(runtime.endpoints.items())}
        connection.respond_json(200, {"endpoints": specs})
    elif asked == ("GET", "/_control/stats"):
        connection.respond_json(200, _stats(runtime, server))
    elif asked == ("DELETE", "/_control/stats"):
        for endpoint in runtime.endpoints.values():
            for fleet in endpoint.fleets.values():
                fleet.counts = FleetCounts()
        connection.respond_json(200, {})
    elif (found := _ENDPOINT.fullmatch(request.path)) is not None:
        changed = _change(runtime, unquote(found[1]), bool(found[2]), request, connection)
        if changed is not None:
            if request.method != "GET":
                remember()
            connection.respond_json(200, changed.spec.fields())
    else:
        connection.respond_json(404, {"message": f"no control {request.method} {request.path}"})


def _change(
    runtime: SageMakerRuntime, name: str, of_faults: bool, request: Request, connection: Connection
) -> Endpoint | None:
    """Look at, make, change or remove an endpoint; None after refusing to."""
    endpoint = runtime.endpoints.get(name)
    if request.method == "PUT" and not of_faults:
        # Requests in flight end on the fleets they began on; their counts go with them.
        runtime.endpoints[name] = endpoint = Endpoint(read_endpoint(json.loads(request.body)))
    elif endpoint is None:
        connection.respond_json(404, {"message": f"no endpoint {name}; PUT it first"})
        return None
    elif request.method == "PUT":
        endpoint.change_faults(read_faults(json.loads(request.body)))
    elif request.method == "DELETE" and not of_faults:
        del runtime.endpoints[name]
    elif request.method != "GET":
        connection.respond_json(405, {"message": f"{request.method} is not possible here"})
        return None
    return endpoint


def _stats(runtime: SageMakerRuntime, server: HttpServer) -> dict[str, Any]:
    return {
        "connections": {"open": server.open, "accepted": server.accepted},
        "endpoints": {name: _counts(endpoint) for name, endpoint in sorted(runtime.endpoints.items())},
    }


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
        """Remove an endpoint; it is no error where there is none."""
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
        """Start counting anew."""
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
