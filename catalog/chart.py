"""The vendor's Helm chart `cartesia` as far as its documentation goes: documented keys, object names, rollout figures.

The chart itself is private, so this is not its schema. A key without a row here is undocumented: nothing in this
project writes it unless the user says where the chart in hand keeps it (`KEY_ROLES`).

source of every row: docs.cartesia.ai/self-hosted, pages `managed-kubernetes`, `air-gapped`, `upgrades-and-rollback`,
`architecture` and `changelog`, read 2026-11-21.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

NAMESPACE = "cartesia"
RELEASE_NAME = "cartesia"

KEY_RELEASE_TAG = "release.releaseTag"
KEY_MAX_UNAVAILABLE = "release.maxUnavailable"
KEY_IMAGE_REGISTRY = "infra.imageRegistry"
KEY_AUTHENTICATE = "infra.authenticate"
KEY_LICENSE_PERSISTENCE = "licenseProxy.persistence.enabled"
KEY_LICENSE_STORAGE_CLASS = "licenseProxy.persistence.storageClass"

DOCUMENTED_KEYS = (
    KEY_RELEASE_TAG,
    KEY_MAX_UNAVAILABLE,
    KEY_IMAGE_REGISTRY,
    KEY_AUTHENTICATE,
    KEY_LICENSE_PERSISTENCE,
    KEY_LICENSE_STORAGE_CLASS,
)
"""Every values key that the documentation names in full."""

API_DEPLOYMENT = "cartesia-api"
LICENSE_PROXY_SERVICE = "cartesia-license-proxy"
API_PORT = 5000
"""HTTP and WebSocket port the API server listens on. The port of its Service is undocumented."""
LICENSE_PROXY_PORT = 8080
LICENSE_PATHS = ("/license", "/audit")
"""Paths of the license proxy that an air-gapped release shows on its ingress, without documented authentication."""

WORKER_MAX_SURGE = 3
"""Pods a worker Deployment may add during an update before it takes old ones away."""
GPUS_PER_WORKER = 1
"""One worker per GPU."""
DEFAULT_MAX_UNAVAILABLE = 0
"""The chart's own `release.maxUnavailable`."""

WORKER_PLACEHOLDER = "{worker}"
"""Stands for the worker's key in a path of a role that exists once a worker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRole:
    """A thing the chart can be told, whose values path is undocumented."""

    name: str
    """Key in `key_paths`."""
    argument: str
    """Argument that asks for it; `*` stands for a worker."""
    holds: str
    """What is written at the path."""
    worker_key: str | None = None
    """Key inside a worker's map; set where the path must hold `{worker}`."""


KEY_ROLES: Mapping[str, KeyRole] = MappingProxyType(
    {
        role.name: role
        for role in (
            KeyRole(name="pull_secret", argument="pull_secret", holds="name of the registry pull secret"),
            KeyRole(name="gcs_secret", argument="gcs_access", holds="name of the secret with the vendor's key"),
            KeyRole(name="api_key_secret", argument="api_key", holds="name of the secret with the Cartesia API key"),
            KeyRole(name="license_seed_secret", argument="license.seed", holds="name of the secret with the licence"),
            KeyRole(name="hot_reload", argument="features.hot_reload", holds="true or false"),
            KeyRole(name="nats_image", argument="nats_image", holds="image reference"),
            KeyRole(name="pod_monitor", argument="monitoring.pod_monitor", holds="true or false"),
            KeyRole(name="autoscaling", argument="monitoring.autoscaling", holds="true or false"),
            KeyRole(name="prometheus_address", argument="monitoring.prometheus_address", holds="URL"),
            KeyRole(name="ingress_enabled", argument="ingress", holds="true"),
            KeyRole(name="ingress_host", argument="ingress.host", holds="DNS name"),
            KeyRole(name="ingress_certificate", argument="ingress.certificate_arn", holds="certificate ARN"),
            KeyRole(name="ingress_tls_secret", argument="ingress.tls_secret", holds="name of a TLS secret"),
            KeyRole(name="ingress_class", argument="ingress.class_name", holds="ingress class"),
            KeyRole(name="ingress_annotations", argument="ingress.annotations", holds="map of annotations"),
            KeyRole(name="workers", argument="workers", holds="map of workers by name"),
            KeyRole(name="worker_enabled", argument="workers.*", holds="true", worker_key="enabled"),
            KeyRole(name="worker_model", argument="workers.*.model", holds="model id", worker_key="model"),
            KeyRole(
                name="worker_min_replicas",
                argument="workers.*.min_replicas",
                holds="whole number",
                worker_key="minReplicas",
            ),
            KeyRole(
                name="worker_max_replicas",
                argument="workers.*.max_replicas",
                holds="whole number",
                worker_key="maxReplicas",
            ),
            KeyRole(
                name="worker_batch_size",
                argument="workers.*.batch_size",
                holds="whole number",
                worker_key="batch_size",
            ),
        )
    }
)
"""Roles a caller may give a path for in `key_paths`; an empty path says the chart has no such key (a fixed name).

The role `workers` gives the three documented worker keys their paths below `<path>.<worker>`; a `worker_*` role with
`{worker}` in its path overrules it.
"""

DOCUMENTED_WORKER_ROLES = ("worker_min_replicas", "worker_max_replicas", "worker_batch_size")
"""Roles whose key is documented by name (`minReplicas`, `maxReplicas`, `batch_size`), though not where it stands."""
