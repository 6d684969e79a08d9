"""All resource types of the stand-in; one module a service, one row a type."""

from collections.abc import Mapping
from types import MappingProxyType

from sandbox.providers.aws.resource import ResourceType
from sandbox.providers.aws.services import (
    compute,
    eks,
    eks_access,
    eks_nodes,
    endpoints,
    firewall,
    iam,
    kms,
    logs,
    network,
    routing,
)

RESOURCES: Mapping[str, ResourceType] = MappingProxyType(
    {
        row.token: row
        for module in (network, routing, endpoints, firewall, compute, iam, kms, logs, eks, eks_nodes, eks_access)
        for row in module.ROWS
    }
)
"""Rows by type token."""
