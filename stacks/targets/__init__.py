"""Every target a stack may have: where the voice stack runs. A stack file chooses one by having its section."""

from collections.abc import Mapping
from types import MappingProxyType

from stacks.target import Target
from stacks.targets.eks import EKS
from stacks.targets.existing import EXISTING
from stacks.targets.gke import GKE
from stacks.targets.sagemaker import SAGEMAKER

__all__ = ["TARGETS"]

TARGETS: Mapping[str, Target] = MappingProxyType({row.section: row for row in (EKS, GKE, EXISTING, SAGEMAKER)})
"""Targets by section."""
