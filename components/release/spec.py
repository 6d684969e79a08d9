"""What a release is after its arguments were read: the parts, and the Spec the component builds from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.release.blocks import (
    IngressPart,
    LicensePart,
    RolloutPart,
    SecretPart,
    WorkerPart,
)
from core.input.problems import Problem
from core.kube.helm_values import Setting


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseParts:
    """Every block of the arguments, read and checked by itself."""

    tag: str
    air_gapped: bool
    image_registry: str
    nats_image: str
    hot_reload: bool | None
    models: tuple[str, ...]
    license: LicensePart
    secrets: Mapping[str, SecretPart]
    """What the release reads, by argument: `api_key`, `license.seed`."""
    workers: tuple[WorkerPart, ...]
    rollout: RolloutPart
    ingress: IngressPart | None
    plain: Mapping[str, Any]
    """What goes into the values as it was given, by role."""
    key_paths: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CartesiaReleaseSpec:
    """Checked arguments: everything that decides which resources exist and what is in them."""

    chart_path: str
    chart_version: str
    foundation: str
    namespace: str
    create_namespace: bool
    pod_security: str
    release_name: str
    parts: ReleaseParts
    settings: tuple[Setting, ...]
    """What the typed arguments put into the values."""
    values: Mapping[str, Any]
    """The caller's own values, laid over the settings."""
    api_endpoint: str
    timeout_seconds: int
    wait: bool
    atomic: bool
    warnings: tuple[Problem, ...]
    """Told once the component exists. None of them stops it."""

    @property
    def worker_names(self) -> list[str]:
        """Names of the worker Deployments, sorted."""
        return sorted({worker.deployment for worker in self.parts.workers})
