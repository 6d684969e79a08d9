"""All resource types of the stand-in; one module or folder a service, one row a type."""

from collections.abc import Mapping
from types import MappingProxyType

from sandbox.providers.aws.services import appautoscaling, cloudwatch_alarms, functions, iam, kms, logs, sagemaker, sns
from sandbox.providers.aws.services.ec2 import compute, endpoints, firewall, network, routing
from sandbox.providers.aws.services.eks import access, cluster, nodes
from sandbox.providers.cloud.row import ResourceType

_SERVICES = (
    *(network, routing, endpoints, firewall, compute, iam, kms, logs, cluster, nodes, access),
    *(sagemaker, appautoscaling, cloudwatch_alarms, sns, functions),
)

RESOURCES: Mapping[str, ResourceType] = MappingProxyType(
    {row.token: row for module in _SERVICES for row in module.ROWS}
)
"""Rows by type token."""
