"""Zones of Google Cloud that offer GPU machine types.

What Google adds later is missing here, so whoever reads this warns and does not refuse. Families without a row (G4)
are not judged. Zones with `-ai` in their name are for reservations and left out.

source: skypilot-catalog v8 `gcp/vms.csv`, which lists what the Compute API offers (commit 006059e, sizes of one family
have the same zones but where a row says otherwise); GKE documentation, "GPU locations"; 2026-11-25.
"""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["GPU_ZONES", "offers"]

# family, or one type of it: region and the letters of its zones
_OFFERED = {
    "g2-standard": (
        "asia-east1:abc asia-northeast1:abc asia-northeast3:ab asia-south1:abc asia-southeast1:abc europe-west1:bc "
        "europe-west2:ab europe-west3:ab europe-west4:abc europe-west6:bc me-central2:ac northamerica-northeast1:bc "
        "northamerica-northeast2:ab us-central1:abc us-east1:bcd us-east4:ac us-west1:abc us-west4:ac"
    ),
    "a2-highgpu": (
        "asia-northeast1:ac asia-northeast3:ab asia-southeast1:abc europe-west4:ab me-west1:ac us-central1:abcf "
        "us-east1:b us-west1:b us-west3:b us-west4:b"
    ),
    "a2-megagpu": "asia-southeast1:ac europe-west4:ab us-central1:abcf",
    "a2-ultragpu": "asia-southeast1:c europe-west4:a us-central1:ac us-east4:c us-east5:ab",
    "a3-edgegpu": (
        "asia-northeast1:b asia-northeast3:ac asia-south1:c asia-southeast1:bc europe-west2:b europe-west3:ac "
        "europe-west4:bc europe-west9:c northamerica-northeast2:c us-central1:abc us-east4:abc us-east5:a us-west1:ab "
        "us-west4:a"
    ),
    "a3-highgpu": (
        "asia-east1:c asia-northeast1:b asia-south1:c asia-south2:b asia-southeast1:bc australia-southeast1:c "
        "europe-north1:c europe-west1:bc europe-west3:c europe-west4:bc europe-west8:c europe-west9:c us-central1:abc "
        "us-east4:abc us-east5:a us-west1:ab us-west4:a"
    ),
    "a3-megagpu": (
        "asia-east1:c asia-northeast1:b asia-southeast1:bc australia-southeast1:c europe-north1:c europe-west1:bc "
        "europe-west3:c europe-west4:bc us-central1:abc us-east4:abc us-east5:a us-west1:ab us-west4:a"
    ),
    "a3-ultragpu": (
        "asia-south1:b asia-south2:c europe-west1:b europe-west4:a us-central1:b us-east4:b us-east5:a us-south1:b "
        "us-west1:c"
    ),
    "a4-highgpu": (
        "asia-northeast1:b asia-southeast1:b europe-north1:b europe-west4:b us-central1:b us-east1:b us-east4:b "
        "us-south1:b us-west2:c us-west3:bc"
    ),
}


def _zones(offered: str) -> frozenset[str]:
    parts = (part.split(":") for part in offered.split())
    return frozenset(f"{region}-{letter}" for region, letters in parts for letter in letters)


GPU_ZONES: Mapping[str, frozenset[str]] = MappingProxyType({name: _zones(text) for name, text in _OFFERED.items()})
"""Zones that offer each family of GPU types."""


def offers(machine_type: str, zone: str) -> bool | None:
    """Whether a zone offers a type.

    Args:
        machine_type: As `g2-standard-8`.
        zone: As `us-central1-a`.

    Returns:
        None where the table does not know the family.
    """
    zones = GPU_ZONES.get(machine_type.rpartition("-")[0])
    return None if zones is None else zone in zones
