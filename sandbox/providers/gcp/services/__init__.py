"""All resource types of the stand-in; one module or folder a service, one row a type."""

from collections.abc import Mapping
from types import MappingProxyType

from sandbox.providers.cloud.row import ResourceType
from sandbox.providers.gcp.services import compute, iam, kms
from sandbox.providers.gcp.services.gke import cluster, pools

RESOURCES: Mapping[str, ResourceType] = MappingProxyType(
    {row.token: row for module in (compute, iam, kms, cluster, pools) for row in module.ROWS}
)
"""Rows by type token."""
