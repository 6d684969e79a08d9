"""Every platform a stack may be on; a stack file chooses one by having its section."""

from collections.abc import Mapping
from types import MappingProxyType

from stacks.eks_settings import EKS
from stacks.platform_row import Platform
from stacks.sagemaker_settings import SAGEMAKER

__all__ = ["PLATFORMS"]

PLATFORMS: Mapping[str, Platform] = MappingProxyType({row.section: row for row in (EKS, SAGEMAKER)})
"""Platforms by section."""
