"""What routes through gateways share: Cartesia's own API behind another address."""

from collections.abc import Callable, Mapping
from typing import Any

from core.input.problems import InvalidInput, Problems
from core.voice.direct_request import resolve_direct_request
from core.voice.speech_request import SpeechRequest
from toolkit.voice.bridge import ThreadRoute
from toolkit.voice.route import Destination, RouteError, RouteKind
from toolkit.voice.routes.direct.address import Address
from toolkit.voice.routes.direct.aio import AsyncDirectRoute

__all__ = ["gateway_kind", "key_of"]


def gateway_kind(name: str, address: Callable[[Destination], Address]) -> RouteKind:
    """A route through a gateway.

    Args:
        name: What the gateway is called.
        address: The API behind it, or `RouteError`.
    """

    def connect_async(to: Destination, concurrency: int) -> AsyncDirectRoute:
        return AsyncDirectRoute.connect(address(to), concurrency)

    def connect(to: Destination, concurrency: int) -> ThreadRoute:
        known = address(to)
        return ThreadRoute(lambda: AsyncDirectRoute.connect(known, concurrency))

    def of_outputs(outputs: Mapping[str, Any], stack: str) -> Destination:
        problems = Problems()
        problems.add(
            f"stack {stack}",
            f"must have the outputs of {name}",
            got=sorted(outputs) or "none",
            fix=f"{name} is no part of a stack: give its address by --endpoint",
        )
        raise InvalidInput("smoke", problems)

    return RouteKind(
        models=("sonic-3.5", "sonic-3"),
        check=_check,
        of_outputs=of_outputs,
        connect=connect,
        connect_async=connect_async,
        takes_key=True,
    )


def key_of(to: Destination, what: str) -> str:
    """The key of a gateway.

    Raises:
        RouteError: There is none, or it is a key of Cartesia's, which a gateway must never see.
    """
    if to.api_key is None:
        raise RouteError(f"the {what} is missing: name its file in CARTESIA_API_KEY_FILE or by --api-key-file")
    if to.api_key.startswith("sk_car_"):
        raise RouteError(f"a key of Cartesia's must not be sent to a gateway: give the {what}")
    return to.api_key


def _check(args: Mapping[str, Any], model: str, passthrough: bool) -> SpeechRequest:
    return resolve_direct_request(args, model, passthrough=passthrough)
