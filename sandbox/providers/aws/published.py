"""What the pretended AWS has published, as `cartesia-infra versions` asks for it in the sandbox.

The catalogue's versions, and a younger one of each: so there is always something to write.
"""

import json
import re

from catalog.aws.eks import EKS_VERSIONS
from catalog.aws.versions import ADDON_VERSIONS, AMI_RELEASES

_YOUNGER = "20261104"


def published() -> dict[str, object]:
    """As `toolkit.versions.published.CommandPublished` reads it."""
    addons = {
        version: {name: _younger(pinned) for name, pinned in rows.items()} for version, rows in ADDON_VERSIONS.items()
    }
    images: dict[str, dict[str, str]] = {}
    for (version, ami), release in AMI_RELEASES.items():
        images.setdefault(version, {})[ami] = f"{release.partition('-')[0]}-{_YOUNGER}"
    return {"kubernetes": list(EKS_VERSIONS), "addons": addons, "images": images}


def _younger(version: str) -> str:
    return re.sub(r"\d+$", lambda match: str(int(match.group()) + 1), version)


if __name__ == "__main__":
    print(json.dumps(published()))  # noqa: T201
