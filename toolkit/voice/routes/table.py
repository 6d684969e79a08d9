"""The table of routes: name -> how it is made.

A route's module is loaded when the route is asked for, since each brings a library of its own.
"""

import importlib
from collections.abc import Mapping
from types import MappingProxyType

from toolkit.voice.route import RouteKind

__all__ = ["ROUTES", "load_route"]

ROUTES: Mapping[str, str] = MappingProxyType(
    {
        "sagemaker": "toolkit.voice.routes.sagemaker.route",
        "direct": "toolkit.voice.routes.direct.route",
        "truefoundry": "toolkit.voice.routes.gateways.truefoundry",
        "keypool": "toolkit.voice.routes.gateways.keypool",
    }
)
"""Name of a route -> module whose `ROUTE` is its `RouteKind`; the first is the default."""


def load_route(name: str) -> RouteKind:
    """The route of that name.

    Raises:
        KeyError: There is none.
    """
    kind: RouteKind = importlib.import_module(ROUTES[name]).ROUTE
    return kind
