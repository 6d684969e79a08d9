"""What components register, judged by the policy pack, which says what a secure resource is."""

import functools
from typing import Any

import pytest

from components.addons.cluster_platform import ClusterPlatform
from components.eks.cluster import EksCluster
from components.gke.cluster import GkeCluster
from components.sagemaker.endpoint import SageMakerVoiceEndpoint
from policies.rule import Level, Shown, judge
from policies.table import RULES
from tests.support.aws_mocks import Recording, record
from tests.support.eks_cases import FULL as EKS_FULL
from tests.support.eks_cases import GIVEN, changed
from tests.support.eks_cases import SMALL as EKS_SMALL
from tests.support.gke_cases import FULL as GKE_FULL
from tests.support.gke_cases import SMALL as GKE_SMALL
from tests.support.gke_cases import record as record_on_google_cloud
from tests.support.sagemaker_cases import FULL as SAGEMAKER_FULL
from tests.support.sagemaker_cases import SMALL as SAGEMAKER_SMALL

PROGRAMS = {
    "eks small": lambda: EksCluster("voice", EKS_SMALL),
    "eks full": lambda: EksCluster("voice", EKS_FULL),
    "eks in a network there is": lambda: EksCluster("voice", GIVEN),
    "gke small": lambda: GkeCluster("voice", GKE_SMALL),
    "gke full": lambda: GkeCluster("voice", GKE_FULL),
    "sagemaker small": lambda: SageMakerVoiceEndpoint("voice", SAGEMAKER_SMALL),
    "sagemaker full": lambda: SageMakerVoiceEndpoint("voice", SAGEMAKER_FULL),
    "add-ons": lambda: ClusterPlatform("platform", {}),
}
DAY = {"today": "2026-11-25"}
ASKED_FOR = {
    # The example's own package is a placeholder; policies/waivers.yaml says the same of the stack.
    ("sagemaker small", "sagemaker-package-versioned"),
    # Eight slots, which a load test of the package showed; the rule's own figure is the default of four.
    ("sagemaker full", "sagemaker-target-below-slots"),
    ("eks full", "gpu-budget"),
    ("gke full", "gke-logs"),
}
"""Findings on what the arguments of a program ask for, in a stack without production's rules."""


@functools.cache
def recorded(program: str) -> Recording:
    recording = record_on_google_cloud if program.startswith("gke") else record
    return recording(PROGRAMS[program])


def shown(recording: Recording, stack: str) -> list[Shown]:
    return [
        Shown(f"urn:pulumi:{stack}::p::{one.type}::{one.name}", one.type, one.name, one.inputs, bool(one.protect))
        for one in recording.found.values()
    ]


def broken(resources: list[Shown]) -> set[str]:
    mandatory = [rule for rule in RULES.values() if rule.level is Level.MANDATORY]
    return {rule.id for rule in mandatory if judge(rule, resources, DAY).findings}


@pytest.mark.parametrize("program", PROGRAMS)
def test_no_mandatory_rule_is_broken(program: str) -> None:
    resources = shown(recorded(program), "dev")
    assert resources
    assert {(program, rule) for rule in broken(resources)} <= ASKED_FOR


def test_production_asks_for_no_more_than_arguments_can_give() -> None:
    """With spot nodes gone, which its arguments ask for, the full cluster passes in production too."""
    groups = {name: group for name, group in EKS_FULL["node_groups"].items() if name != "spot"}
    recording = record(lambda: EksCluster("voice", changed(EKS_FULL, "node_groups", groups)))
    assert broken(shown(recording, "prod")) <= {"gpu-budget"}


ASSUMED: list[tuple[str, str, Any, str]] = [
    ("eks full", "subnet-no-automatic-address", {"mapPublicIpOnLaunch": True}, "Subnet"),
    ("eks full", "eks-access-entries", {"accessConfig": {"authenticationMode": "CONFIG_MAP"}}, "Cluster"),
    ("eks full", "eks-secrets-encrypted", {"encryptionConfig": None}, "Cluster"),
    ("eks small", "kms-rotates", {"enableKeyRotation": False}, "Key"),
    ("eks full", "node-imdsv2", {"metadataOptions": {}}, "LaunchTemplate"),
    ("eks full", "node-disks-encrypted", {"blockDeviceMappings": [{"ebs": {"volumeSize": 100}}]}, "LaunchTemplate"),
    ("eks full", "gpu-taint", {"taints": []}, "NodeGroup"),
    ("eks full", "gpu-label", {"labels": {}}, "NodeGroup"),
    ("eks full", "gpu-ami-has-driver", {"amiType": "AL2023_x86_64_STANDARD"}, "NodeGroup"),
    ("sagemaker full", "sagemaker-network-isolation", {"enableNetworkIsolation": False}, "Model"),
    ("add-ons", "storage-class-encrypted", {"parameters": {"type": "gp3"}}, "StorageClass"),
    ("add-ons", "storage-class-binds-late", {"volumeBindingMode": "Immediate"}, "StorageClass"),
]


@pytest.mark.parametrize(("program", "rule", "changes", "kind"), ASSUMED, ids=[rule for _, rule, _, _ in ASSUMED])
def test_a_component_that_left_it_out_would_be_seen(program: str, rule: str, changes: Any, kind: str) -> None:
    resources = shown(recorded(program), "dev")
    worse = [
        Shown(each.urn, each.type, each.name, {**each.properties, **changes})
        if each.type.endswith(f":{kind}")
        else each
        for each in resources
    ]
    assert rule in broken(worse)
    assert rule not in broken(resources)
