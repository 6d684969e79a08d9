"""The projects that the stand-in pretends to have: any name, one number."""

from typing import Final

PACKAGE: Final = "gcp"
"""Pulumi's name of the provider, and the folder of its objects in a world."""
LOCATION_KEY: Final = "project"
"""What the objects are divided by: ids hold region or zone, so that one folder a project is enough."""
FIRST_PROJECT: Final = "sandbox-project"
"""Until the engine says which; it always does."""
PROJECT_NUMBER: Final = "123456789012"
"""The number of every project here, as Google's own documentation uses it."""
SERVICE_AGENT: Final = f"service-{PROJECT_NUMBER}@container-engine-robot.iam.gserviceaccount.com"
"""What GKE acts as. source: GKE documentation, "Encrypt secrets at the application layer", 2026-11-25."""
DEFAULT_NODE_ACCOUNT: Final = f"{PROJECT_NUMBER}-compute@developer.gserviceaccount.com"
"""What nodes run as that name no service account."""


def region_of(location: str) -> str:
    """The region of a region or zone: `us-central1-a` is in `us-central1`."""
    return location.rsplit("-", 1)[0] if is_zone(location) else location


def is_zone(location: str) -> bool:
    """Whether a location is a zone and not a region."""
    return location.count("-") == 2


def zones_of(location: str) -> list[str]:
    """Zones that GKE would choose: the zone itself, or three of the region."""
    return [location] if is_zone(location) else [f"{location}-{letter}" for letter in "abc"]
