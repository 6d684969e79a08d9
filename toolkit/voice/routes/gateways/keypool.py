"""The route through KeyPool, a proxy that lends a workspace's provider keys to its teams.

source: KeyPool's documentation of its Cartesia proxy, read 2026-11-21. It gives the statuses of errors, not their
bodies.
"""

from toolkit.voice.errors import AccessError, NoKeyError, QuotaError, UpstreamError
from toolkit.voice.route import Destination
from toolkit.voice.routes.direct.address import Address
from toolkit.voice.routes.gateways.passing import gateway_kind, key_of

__all__ = ["ROUTE"]

_MEANINGS = {401: AccessError, 403: AccessError, 429: QuotaError, 502: UpstreamError, 503: NoKeyError}


def _address(to: Destination) -> Address:
    return Address(
        url=to.url or to.endpoint,
        path="v1/cartesia",
        api_key=key_of(to, "team token"),
        header="Authorization",
        scheme="Bearer",
        meanings=_MEANINGS,
    )


ROUTE = gateway_kind("KeyPool", _address)
