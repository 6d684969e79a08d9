"""Kinds of change that a reviewer meets, each as an edit of a stack file over the recorded states."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Edit = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of change."""

    name: str
    stack: str
    edit: Edit = field(default=lambda _config: None)
    """Changes the stack's configuration in place."""
    secrets: Mapping[str, str] = field(default_factory=dict)
    """Variables of secret files that hold something else."""
    words: tuple[str, ...] = ("preview",)
    """What the engine is told."""
    deployed: bool = True
    """False: of a stack without any state."""


def _set(path: str, value: Any) -> Edit:
    """Put a value at a dotted path, whose first part is a section."""
    section, *keys = path.split(".")

    def edit(config: dict[str, Any]) -> None:
        whole = f"cartesia:{section}"
        if not keys:
            config[whole] = value
            return
        node = config.setdefault(whole, {})
        for key in keys[:-1]:
            node = node.setdefault(key, {})
        node[keys[-1]] = value

    return edit


def _unset(path: str) -> Edit:
    section, *keys = path.split(".")

    def edit(config: dict[str, Any]) -> None:
        node = config
        for key in [f"cartesia:{section}", *keys][:-1]:
            node = node[key]
        del node[[f"cartesia:{section}", *keys][-1]]

    return edit


def _all(*edits: Edit) -> Edit:
    def edit(config: dict[str, Any]) -> None:
        for each in edits:
            each(config)

    return edit


_ACCOUNT = "123456789012"
_PACKAGE = f"arn:aws:sagemaker:us-east-2:{_ACCOUNT}:model-package/sonic-3-5-example"
_WORKER = "cartesia-sonic-azure-disco"

CASES = (
    Case("nothing", "eks-dev"),
    Case("first-up", "sagemaker-dev", deployed=False),
    Case("first-up-cluster", "eks-dev", deployed=False),
    Case("tag-bump", "eks-dev", _set("release.releaseTag", "sonic-20260601")),
    Case("tag-too-old", "eks-dev", _set("release.releaseTag", "sonic-20260310")),
    Case("misspelt-setting", "eks-dev", _set("release.workerz", {})),
    Case("values-one-line", "eks-dev", _set("release.values", {"natsImage": "docker.io/library/nats:2.12.1-alpine"})),
    Case("chart-refuses", "eks-dev", _set("release.values", {"logLevel": "debug"})),
    Case("worker-replicas", "eks-prod", _set(f"release.workers.{_WORKER}.minReplicas", 3)),
    Case("worker-added", "eks-prod", _set("release.workers.cartesia-sonic-royal-plant", {"model": "sonic-2"})),
    Case("ingress-host", "eks-prod", _set("release.ingress.host", "speech.example.com")),
    Case(
        "ingress-annotation",
        "eks-prod",
        _set(
            "release.ingress.annotations",
            {"alb.ingress.kubernetes.io/load-balancer-attributes": "idle_timeout.timeout_seconds=600"},
        ),
    ),
    Case("license-volume", "eks-prod", _set("release.license.persistence", False)),
    Case("gpu-type", "eks-dev", _set("eks.nodeGroups.gpu", {"profile": "a10g", "desiredNodes": 2, "maxNodes": 3})),
    Case(
        "taint",
        "eks-dev",
        _set(
            "eks.nodeGroups.gpu.taints",
            [
                {"key": "example.com/voice", "value": "only", "effect": "PreferNoSchedule"},
            ],
        ),
    ),
    Case("label", "eks-dev", _set("eks.nodeGroups.default.labels", {"team": "voice"})),
    Case(
        "new-pool", "eks-dev", _set("eks.nodeGroups.h100", {"profile": "h100-1gpu", "desiredNodes": 1, "maxNodes": 2})
    ),
    Case("pool-grows", "eks-dev", _set("eks.nodeGroups.gpu.maxNodes", 8)),
    Case(
        "pool-renamed",
        "eks-dev",
        _all(
            _unset("eks.nodeGroups.gpu"),
            _set("eks.nodeGroups.voice", {"profile": "l40s", "desiredNodes": 2, "maxNodes": 3}),
        ),
    ),
    Case("release-removed", "eks-dev", _unset("release")),
    Case("cluster-version", "eks-dev", _set("eks.kubernetesVersion", "1.36")),
    Case("cluster-renamed", "eks-dev", _set("eks.clusterName", "cartesia-test")),
    Case("network-range", "eks-dev", _set("eks.network.cidr", "10.60.0.0/16")),
    Case("nat-per-zone", "eks-dev", _set("eks.network.nat", "per-zone")),
    Case("admin-added", "eks-dev", _set("eks.admins.oncall", f"arn:aws:iam::{_ACCOUNT}:role/on-call")),
    Case("storage-class", "eks-prod", _set("addons.storageClass.reclaimPolicy", "Delete")),
    Case("tags", "eks-dev", _set("eks.tags", {"team": "voice", "cost-center": "4711"})),
    Case("open-endpoint", "eks-dev", _set("eks.publicAccessCidrs", ["0.0.0.0/0"])),
    Case(
        "policy-block",
        "eks-dev",
        _all(_set("eks.publicAccessCidrs", ["0.0.0.0/0"]), _set("eks.allowPublicAccessFromAnywhere", True)),
    ),
    Case("spot", "eks-dev", _set("eks.nodeGroups.gpu.capacity", "spot")),
    Case("secret-rotation", "eks-dev", secrets={"CARTESIA_API_KEY_FILE": "CanaryApiKey00000002"}),
    Case("protected-cluster", "eks-prod", _set("eks.clusterName", "cartesia-live")),
    Case("stack-removed", "sagemaker-dev", words=("destroy", "--preview-only")),
    Case("package-update", "sagemaker-prod", _set("sagemaker.modelPackageArn", f"{_PACKAGE}/2")),
    Case("fleet-grows", "sagemaker-prod", _set("sagemaker.variants.AllTraffic.minInstances", 6)),
    Case(
        "instance-type",
        "sagemaker-dev",
        _set(
            "sagemaker.variants",
            {"AllTraffic": {"instanceType": "ml.g6e.2xlarge", "unlistedTypeReason": "tried by hand"}},
        ),
    ),
    Case("alarm-threshold", "sagemaker-prod", _set("sagemaker.alarms.clientErrorPercent", 5)),
    Case("schedule", "sagemaker-prod", _set("sagemaker.scaling.schedules.night.minInstances", 5)),
    Case(
        "caller-role",
        "sagemaker-prod",
        _set("sagemaker.callerRoles", {"app": "app-server"}),
    ),
    Case("iam-network", "sagemaker-prod", _set("sagemaker.kmsKeyArn", f"arn:aws:kms:us-east-2:{_ACCOUNT}:key/1")),
    Case("endpoint-renamed", "sagemaker-dev", _set("sagemaker.endpointName", "cartesia-test")),
    Case(
        "region",
        "sagemaker-dev",
        _all(
            _set("sagemaker.region", "us-west-2"),
            _set("sagemaker.modelPackageArn", _PACKAGE.replace("us-east-2", "us-west-2") + "/1"),
        ),
    ),
    Case("vanished", "sagemaker-dev", words=("preview", "--refresh")),
)
"""Every kind, in the order of the pages that they are recorded into."""
