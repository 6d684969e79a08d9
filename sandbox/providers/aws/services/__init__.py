"""All resource types of the stand-in; one module a service, one row a type."""

from collections.abc import Mapping
from types import MappingProxyType

from sandbox.providers.aws.services import (
    appautoscaling,
    cloudwatch_alarms,
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
    sagemaker,
    sns,
)
from sandbox.providers.cloud.row import ResourceType

_SERVICES = (
    *(network, routing, endpoints, firewall, compute, iam, kms, logs, eks, eks_nodes, eks_access),
    *(sagemaker, appautoscaling, cloudwatch_alarms, sns),
)

RESOURCES: Mapping[str, ResourceType] = MappingProxyType(
    {row.token: row for module in _SERVICES for row in module.ROWS}
)
"""Rows by type token."""
