"""The route through a TrueFoundry AI gateway.

source: docs.cartesia.ai, page `integrations/community/truefoundry`, and truefoundry.com/docs/ai-gateway/cartesia, read
2026-11-21. The path `.../tts/<account>/tts/sse` is put together from the base that they give and the API's own path.
What the gateway's own statuses mean is not published, so they mean what they mean to the API.
"""

from urllib.parse import quote

from toolkit.voice.route import Destination, RouteError
from toolkit.voice.routes.direct.address import Address
from toolkit.voice.routes.gateways.passing import gateway_kind, key_of

__all__ = ["ROUTE"]


def _address(to: Destination) -> Address:
    if not to.account:
        raise RouteError("the name of the Cartesia account in the gateway is missing: give it by --account")
    return Address(
        url=to.url or to.endpoint,
        path=f"tts/{quote(to.account, safe='')}",
        api_key=key_of(to, "gateway's key (x-tfy-api-key)"),
        header="x-tfy-api-key",
    )


ROUTE = gateway_kind("TrueFoundry", _address)
