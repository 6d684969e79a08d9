"""All rules, by area."""

from collections.abc import Mapping
from types import MappingProxyType

from policies.areas import (
    capacity,
    charts,
    controllers,
    disruption,
    eks,
    gke,
    gke_gpus,
    gke_nodes,
    google,
    gpu,
    hygiene,
    nodes,
    pod_rights,
    pods,
    release,
    speech,
    steps,
    storage,
)
from policies.rule import Rule

__all__ = ["AREAS", "LOCKED", "RULES"]

LOCKED = charts.LOCKED

AREAS: Mapping[str, tuple[Rule, ...]] = MappingProxyType(
    {
        "EKS": eks.RULES,
        "Nodes": nodes.RULES,
        "GPUs": gpu.RULES,
        "GKE": gke.RULES,
        "GKE nodes": gke_nodes.RULES,
        "GKE GPUs": gke_gpus.RULES,
        "Capacity": capacity.RULES,
        "Registry and storage": storage.RULES,
        "Google Cloud": google.RULES,
        "Pods": pods.RULES,
        "What pods may reach": pod_rights.RULES,
        "Disruption": disruption.RULES,
        "Releases": release.RULES,
        "Charts": charts.RULES,
        "Classes and drivers": controllers.RULES,
        "SageMaker": speech.RULES,
        "Hygiene": hygiene.RULES,
        "Updates": steps.RULES,
    }
)
"""Rules by the heading that the documentation puts them under."""

RULES: Mapping[str, Rule] = MappingProxyType({rule.id: rule for rules in AREAS.values() for rule in rules})
"""Every rule by its id."""
