"""The vendor's Helm chart `cartesia` as far as its documentation goes: documented keys, object names, rollout figures.

The chart itself is private, so this is not its schema. A key without a row here is undocumented: nothing in this
project writes it unless the user says where the chart in hand keeps it (`key_paths`).

source of every row: docs.cartesia.ai/self-hosted, pages `managed-kubernetes`, `air-gapped`, `upgrades-and-rollback`,
`architecture` and `changelog`, read 2026-11-21.
"""

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
