"""Add-ons that run beside the voice stack: image, pinned version, where each comes from.

One row an add-on; `components.addons.cluster_platform` installs them. Versions move by a reviewed change of a row.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Addon:
    """One add-on of the cluster."""

    name: str
    """Key in reports and outputs."""
    registry: str
    """Prefix of the image, which a mirror replaces as a whole."""
    image: str
    """Image name after the prefix."""
    version: str
    """Pinned image tag."""


NVIDIA_DEVICE_PLUGIN = Addon(
    name="nvidia-device-plugin",
    registry="nvcr.io/nvidia",
    image="k8s-device-plugin",
    version="v0.19.3",
)
"""Offers GPUs to the scheduler. source: github.com/NVIDIA/k8s-device-plugin, releases, read 2026-11-21."""

ADDONS = (NVIDIA_DEVICE_PLUGIN,)
"""Every add-on, e.g. for a mirror's list of images."""


def image_reference(addon: Addon, *, version: str | None = None, image_registry: str | None = None) -> str:
    """`<registry>/<image>:<version>` of an add-on, from `image_registry` where that is given."""
    return f"{image_registry or addon.registry}/{addon.image}:{version or addon.version}"
