"""Releases of the vendor's images: registry, image and model names, tags the documentation names, what needs which.

Owns the rows; reading a tag and comparing it is in `core.bundle.release_tag`, the chart's keys are in `catalog.chart`.

source of every row unless it says otherwise: docs.cartesia.ai/self-hosted, pages `provisioned-resources`, `changelog`,
`upgrades-and-rollback` and `managing-artifacts`, read 2026-11-21.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

REGISTRY_HOST = "us-docker.pkg.dev"
"""Host of the vendor's registry. The key of a pull secret."""
REGISTRY = f"{REGISTRY_HOST}/cartesia-external/self-serve"
"""Prefix of every image: `<prefix>/<image>:<tag>`."""
REGISTRY_USER = "_json_key"
"""User name with which the registry takes a service-account JSON as password."""

KNOWN_TAGS = ("sonic-20251118", "sonic-20260310", "sonic-20260503")
"""Tags the documentation names, oldest first. Examples for messages and tests, not the list of what exists."""

FEATURE_MINIMUM_TAGS: Mapping[str, str] = MappingProxyType(
    {
        "hot_reload": "sonic-20260310",
        "add_voices": "sonic-20260310",
        "add_pdict": "sonic-20260310",
    }
)
"""First tag that has a feature. Features without a row are not gated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model that a worker serves."""

    name: str
    """Id as in requests and in our arguments."""
    aliases: tuple[str, ...] = ()
    """Other ids for it. `azure-disco` is the id of Sonic 3.5 in worker configuration and in the changelog."""
    image: str | None
    """Image and Deployment name of its worker. None where the documentation does not give it."""
    minimum_tag: str | None = None
    """First tag with this model. None where no limit is documented."""
    speech_to_text: bool = False
    """True for Ink, false for Sonic."""


MODELS: Mapping[str, Model] = MappingProxyType(
    {
        row.name: row
        for row in (
            Model(name="sonic-2", image="cartesia-sonic-royal-plant"),
            Model(name="sonic-3", image="cartesia-sonic-rosy-dragon"),
            Model(
                name="sonic-3.5",
                aliases=("azure-disco",),
                image="cartesia-sonic-azure-disco",
                minimum_tag="sonic-20260503",
            ),
            Model(name="voice-clone", image="cartesia-sonic-voice-clone"),
            Model(name="ink-whisper", image=None, speech_to_text=True),
            Model(name="ink-2", image=None, speech_to_text=True),
        )
    }
)
"""Models of the Kubernetes offer by id. `voice-clone` is not a request model but a worker of the same kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """One image of the vendor's registry. All images of a release carry one tag."""

    name: str
    role: str
    """`api`, `license-proxy` or `worker`."""
    minimum_tag: str | None = None
    """First tag the image exists for. None where no limit is documented."""


IMAGES: Mapping[str, Image] = MappingProxyType(
    {
        row.name: row
        for row in (
            Image(name="cartesia-api", role="api"),
            Image(name="cartesia-license-proxy", role="license-proxy"),
            *(
                Image(name=model.image, role="worker", minimum_tag=model.minimum_tag)
                for model in MODELS.values()
                if model.image is not None
            ),
        )
    }
)
"""Images whose names are documented. Ink workers, the sync side-car and NATS are not: mirror those separately."""
