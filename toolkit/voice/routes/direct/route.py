"""The route to Cartesia's own API, as `smoke` and stacks name it."""

import asyncio
from collections.abc import Mapping
from typing import Any

import aiohttp

from core.input.problems import InvalidInput, Problems
from core.voice.api_error import read_api_error
from core.voice.direct_request import resolve_direct_request
from core.voice.speech_request import SpeechRequest
from toolkit.voice.bridge import ThreadRoute
from toolkit.voice.route import Destination, Live, RouteError, RouteKind
from toolkit.voice.routes.direct.address import Address
from toolkit.voice.routes.direct.aio import AsyncDirectRoute
from toolkit.voice.routes.direct.classify import FOREIGN_ERRORS, of_answer, of_failure

__all__ = ["ROUTE"]

_SECONDS = 5.0
_INSIDE = (".svc", ".svc.cluster.local")


def _check(args: Mapping[str, Any], model: str, passthrough: bool) -> SpeechRequest:
    return resolve_direct_request(args, model, passthrough=passthrough)


def _of_outputs(outputs: Mapping[str, Any], stack: str) -> Destination:
    url = outputs.get("apiEndpoint")
    problems = Problems()
    if not isinstance(url, str):
        problems.add(
            f"stack {stack}",
            "must have the outputs of a cluster with a release",
            got=sorted(outputs) or "none",
            fix="deploy it with `pulumi up`, choose a stack with a cluster, or use --endpoint",
        )
        raise InvalidInput("smoke", problems)
    if (url.split("://")[-1].split("/")[0].split(":")[0]).endswith(_INSIDE):
        problems.add(
            f"stack {stack}",
            "must be reachable from here",
            got=url,
            fix="set an ingress, or forward a port (`kubectl port-forward`) and use --endpoint http://127.0.0.1:<port>",
        )
        raise InvalidInput("smoke", problems)
    return Destination(endpoint=url)


def _address(to: Destination) -> Address:
    if to.api_key is None:
        raise RouteError("the API key is missing: name its file in CARTESIA_API_KEY_FILE or by --api-key-file")
    return Address(url=to.url or to.endpoint, api_key=to.api_key)


def _connect_async(to: Destination, concurrency: int) -> AsyncDirectRoute:
    return AsyncDirectRoute.connect(_address(to), concurrency)


def _connect(to: Destination, concurrency: int) -> ThreadRoute:
    address = _address(to)
    return ThreadRoute(lambda: AsyncDirectRoute.connect(address, concurrency))


def _describe(to: Destination) -> Live:
    address = _address(to)
    try:
        status, body = asyncio.run(_status(address))
    except FOREIGN_ERRORS as error:
        raise of_failure(error) from error
    if status != 200:
        raise of_answer(status, read_api_error(body), address.meanings)
    return Live(deployment=None, status="serving", settled=True, reason="", variants={})


async def _status(address: Address) -> tuple[int, bytes]:
    """Asks without the key, which a status does not need."""
    timeout = aiohttp.ClientTimeout(total=_SECONDS)
    async with (
        aiohttp.ClientSession(timeout=timeout, trust_env=True) as session,
        session.get(address.at("status"), allow_redirects=False) as response,
    ):
        return response.status, await response.content.read(65536)


ROUTE = RouteKind(
    models=("sonic-3.5", "sonic-3"),
    check=_check,
    of_outputs=_of_outputs,
    connect=_connect,
    connect_async=_connect_async,
    describe=_describe,
    takes_key=True,
)
