"""Arguments of `GkeCluster` that tests start from, and a recorder whose answers come from the stand-in."""

import itertools
import tempfile
from pathlib import Path
from typing import Any

from pulumi.runtime import mocks

from tests.support import aws_mocks
from tests.support.standin_gcp import Engine, without_storage

ADMIN = "group:platform-engineers@example.com"
KEY = "projects/example-voice/locations/us-central1/keyRings/keys/cryptoKeys/secrets"

SMALL: dict[str, Any] = {
    "cluster_name": "voice-dev",
    "project": "example-voice",
    "project_number": "123456789012",
    "location": "us-central1",
    "admins": {"platform": ADMIN},
    "node_pools": {
        "default": {"max_nodes": 3},
        "gpu": {"profile": "l4", "zones": ["us-central1-a"], "max_nodes": 4},
    },
}

FULL: dict[str, Any] = {
    "cluster_name": "voice-prod",
    "project": "example-voice",
    "project_number": "123456789012",
    "location": "us-central1",
    "node_zones": ["us-central1-a", "us-central1-b"],
    "admins": {"platform": ADMIN, "ci": "serviceAccount:ci@example-ci.iam.gserviceaccount.com"},
    "release_channel": "REGULAR",
    "kubernetes_version": "1.34",
    "network": {"cidr": "10.20.0.0/20", "pods_cidr": "10.128.0.0/14", "services_cidr": "10.60.0.0/20"},
    "public_access_cidrs": ["203.0.113.0/24"],
    "dns_endpoint": True,
    "image_streaming": True,
    "logging": False,
    "managed_prometheus": False,
    "maintenance": {
        "start_time": "2026-01-03T02:00:00Z",
        "end_time": "2026-01-03T08:00:00Z",
        "recurrence": "FREQ=WEEKLY;BYDAY=SA,SU",
        "exclusions": {
            "launch": {"start_time": "2026-12-20T00:00:00Z", "end_time": "2027-01-05T00:00:00Z"},
        },
    },
    "autoscaling_profile": "OPTIMIZE_UTILIZATION",
    "deletion_protection": True,
    "labels": {"team": "voice", "cost-centre": "42"},
    "node_pools": {
        "default": {"machine_type": "n2-standard-8", "min_nodes": 2, "max_nodes": 4, "disk_gib": 80},
        "fixed": {"machine_type": "n4-standard-4", "min_nodes": 2, "max_nodes": 2, "autoscaled": False},
        "gpu": {
            "profile": "l4",
            "zones": ["us-central1-a", "us-central1-b"],
            "max_nodes": 6,
            "desired_nodes": 2,
            "labels": {"team": "voice"},
            "taints": [{"key": "dedicated", "value": "voice", "effect": "NoExecute"}],
            "upgrade": "blue_green",
            "driver": "latest",
        },
        "cut": {
            "machine_type": "a3-highgpu-8g",
            "zones": ["us-central1-a"],
            "max_nodes": 1,
            "partition": "3g.40gb",
            "capacity": "reservation",
            "reservation": "voice-h100",
        },
        "shared": {
            "machine_type": "a2-ultragpu-1g",
            "zones": ["us-central1-a"],
            "max_nodes": 2,
            "shared_clients": 3,
            "capacity": "spot",
        },
        "flex": {"profile": "h100-1gpu", "zones": ["us-central1-a"], "max_nodes": 2, "capacity": "flex_start"},
    },
}

GIVEN: dict[str, Any] = {
    **{key: value for key, value in SMALL.items() if key != "project_number"},
    "kms_key": KEY,
    "network": {"network": "shared", "subnetwork": "shared", "pods_range": "pods", "services_range": "services"},
}


class GcpMocks(mocks.Mocks):
    """Answers with what the stand-in makes of each registration, so that whatever it refuses fails the test."""

    def __init__(self, recording: aws_mocks.Recording) -> None:
        self.recording = recording
        self.engine = Engine(Path(tempfile.mkdtemp(prefix="gcp-")))
        self._numbers = itertools.count()

    def call(self, args: mocks.MockCallArgs) -> dict[str, Any]:
        self.recording.invoked.append(args.token)
        return {}

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        if not args.typ.startswith("gcp:"):
            return args.name, {**args.inputs}
        with without_storage():
            made = self.engine.create(args.typ, args.name, _plain(args.inputs))
        return made.id, _plain(made.outputs)


def _plain(value: Any) -> Any:
    """Values as the wire has them: numbers without fraction as whole ones."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if item is not None}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def record(program: Any, *, preview: bool = False) -> aws_mocks.Recording:
    """Run a program against the stand-in's answers."""
    return aws_mocks.record(program, preview=preview, cloud=GcpMocks)
