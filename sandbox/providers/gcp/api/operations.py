"""From the properties of a resource to the members of the API's object that the provider makes of them.

A property goes to the member of the same name; `renamed` holds the others.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from sandbox.providers.gcp.services import tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The object that an API takes for a type of resource."""

    document: str
    """Name of the discovery document, e.g. `container.v1`."""
    schema: str
    renamed: Mapping[str, str] = field(default_factory=dict)
    """Dotted path of a property to the name of the member beside which it stands."""


_NODE: Final = {
    "guestAccelerators": "accelerators",
    "guestAccelerators.count": "acceleratorCount",
    "guestAccelerators.type": "acceleratorType",
}

BODIES: Mapping[str, Body] = MappingProxyType(
    {
        tokens.NETWORK: Body(document="compute.v1", schema="Network"),
        tokens.SUBNETWORK: Body(document="compute.v1", schema="Subnetwork"),
        tokens.ROUTER: Body(document="compute.v1", schema="Router"),
        tokens.ROUTER_NAT: Body(document="compute.v1", schema="RouterNat"),
        tokens.CLUSTER: Body(
            document="container.v1",
            schema="Cluster",
            renamed={
                "clusterAutoscaling": "autoscaling",
                "nodeConfig.guestAccelerators": "accelerators",
                "nodeLocations": "locations",
            },
        ),
        tokens.NODE_POOL: Body(
            document="container.v1",
            schema="NodePool",
            renamed={"nodeConfig": "config", "nodeLocations": "locations"}
            | {f"nodeConfig.{path}": member for path, member in _NODE.items()},
        ),
        tokens.ACCOUNT: Body(document="iam.v1", schema="ServiceAccount"),
        tokens.KEY_RING: Body(document="cloudkms.v1", schema="KeyRing"),
        tokens.CRYPTO_KEY: Body(document="cloudkms.v1", schema="CryptoKey"),
    }
)
"""By type token. IAM members are rows of a policy, which has no limits of its own."""
