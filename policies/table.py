"""All rules, by area."""

from collections.abc import Mapping
from types import MappingProxyType

from policies.areas import eks, gke, gke_gpus, gke_nodes, google, gpu, hygiene, nodes, pods, release, speech, storage
from policies.rule import Rule

__all__ = ["AREAS", "RULES"]

AREAS: Mapping[str, tuple[Rule, ...]] = MappingProxyType(
    {
        "EKS": eks.RULES,
        "Nodes": nodes.RULES,
        "GKE": gke.RULES,
        "GKE nodes": gke_nodes.RULES,
        "GKE GPUs": gke_gpus.RULES,
        "Google Cloud": google.RULES,
        "GPUs": gpu.RULES,
        "Registry and storage": storage.RULES,
        "Pods": pods.RULES,
        "Releases": release.RULES,
        "SageMaker": speech.RULES,
        "Hygiene": hygiene.RULES,
    }
)
"""Rules by the heading that the documentation puts them under."""

RULES: Mapping[str, Rule] = MappingProxyType({rule.id: rule for rules in AREAS.values() for rule in rules})
"""Every rule by its id."""
