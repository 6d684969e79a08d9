"""Two gateways that pass Cartesia's API through, played before the voice server's own: TrueFoundry and KeyPool.

Owns their paths, keys and meanings of statuses. Behind them is the endpoint `cartesia-api`, whose `gateway_key` they
take and whose key they put in. source: truefoundry.com/docs/ai-gateway/cartesia and KeyPool's documentation, read
2026-11-21. Not published, and decided here: bodies of their errors; that TrueFoundry answers 401 to a wrong key and 404
to an account it does not know. Known differences: operations that this server does not have are not passed through.
"""

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from sandbox.voice.cartesia import INJECTED_KEY, REFUSALS, CartesiaApi, Refusals
from sandbox.voice.runtime import Endpoint

__all__ = ["Gateways"]

Operation = Callable[[web.Request], Awaitable[web.StreamResponse]]

_SUBPROTOCOL = "keypool-token."
_KEYPOOL: Refusals = {
    "throttle": (429, "Too many requests", "the team's limit for Cartesia is reached"),
    "unavailable": (503, "Service unavailable", "no available keys in this workspace"),
    "internal_failure": (502, "Bad gateway", "Cartesia did not answer"),
}


class Gateways:
    """Passes operations on.

    Args:
        api: What stands behind.
        endpoints: The endpoints of the server, by name.
        name: Name of the endpoint that the API follows.
    """

    def __init__(self, api: CartesiaApi, endpoints: Mapping[str, Endpoint], name: str) -> None:
        self._api = api
        self._endpoints = endpoints
        self._name = name

    def add_to(self, app: web.Application) -> None:
        """Serve both gateways there."""
        for method, path, operation in self._api.operations():
            if path == "/status":
                continue  # of a cluster, not of the API
            if path.startswith("/tts/"):
                app.router.add_route(method, f"/tts/{{account}}{path}", self._truefoundry(operation))
            app.router.add_route(method, f"/v1/cartesia{path}", self._keypool(operation))

    def _truefoundry(self, operation: Operation) -> Operation:
        async def call(request: web.Request) -> web.StreamResponse:
            endpoint = self._endpoint()
            if not self._fits(endpoint, request.headers.get("x-tfy-api-key", "")):
                return web.json_response({"error": "invalid x-tfy-api-key"}, status=401)
            if request.match_info["account"] != endpoint.spec.account:
                return web.json_response({"error": "no such provider account"}, status=404)
            request[INJECTED_KEY] = endpoint.spec.api_key or "injected"
            return await operation(request)

        return call

    def _keypool(self, operation: Operation) -> Operation:
        async def call(request: web.Request) -> web.StreamResponse:
            endpoint = self._endpoint()
            if not self._fits(endpoint, _team_token(request)):
                return web.Response(text="team token missing or invalid", status=401)
            request[INJECTED_KEY] = endpoint.spec.api_key or "injected"
            request[REFUSALS] = _KEYPOOL
            return await operation(request)

        return call

    def _endpoint(self) -> Endpoint:
        endpoint = self._endpoints.get(self._name)
        if endpoint is None:
            raise web.HTTPNotFound
        return endpoint

    def _fits(self, endpoint: Endpoint, key: str) -> bool:
        return key != "" and endpoint.spec.gateway_key in (None, key)


def _team_token(request: web.Request) -> str:
    """From the header, or from the subprotocol where a browser can set no header."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme == "Bearer":
        return token
    offered = [each.strip() for each in request.headers.get("Sec-WebSocket-Protocol", "").split(",")]
    return next((each.removeprefix(_SUBPROTOCOL) for each in offered if each.startswith(_SUBPROTOCOL)), "")
