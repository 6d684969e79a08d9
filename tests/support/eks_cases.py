"""Arguments of `EksCluster` that tests start from: a small good cluster and one that uses everything."""

import copy
from typing import Any

ADMIN = "arn:aws:iam::111122223333:role/platform-admin"

SMALL: dict[str, Any] = {
    "cluster_name": "voice-dev",
    "region": "us-west-2",
    "availability_zones": ["us-west-2a", "us-west-2b"],
    "admins": {"platform": ADMIN},
    "public_access_cidrs": ["198.51.100.0/24"],
    "node_groups": {"default": {"max_nodes": 3}, "gpu": {"profile": "l40s", "max_nodes": 4}},
}

FULL: dict[str, Any] = {
    "cluster_name": "voice-prod",
    "region": "us-west-2",
    "availability_zones": ["us-west-2a", "us-west-2b", "us-west-2c"],
    "kubernetes_version": "1.35",
    "support": "standard",
    "admins": {"platform": ADMIN, "ci": "arn:aws:iam::111122223333:user/ci/runner"},
    "network": {"cidr": "10.20.0.0/16", "nat": "per-zone"},
    "service_cidr": "172.20.0.0/16",
    "public_access_cidrs": ["203.0.113.0/24"],
    "log_retention_days": 365,
    "addon_versions": {"vpc-cni": "v1.20.4-eksbuild.1"},
    "node_session_manager": True,
    "deletion_protection": True,
    "tags": {"team": "voice", "cost-centre": "42"},
    "node_groups": {
        "default": {"instance_types": ["m7a.4xlarge"], "min_nodes": 2, "max_nodes": 4, "disk_gib": 80},
        "gpu": {
            "profile": "a10g",
            "min_nodes": 0,
            "max_nodes": 5,
            "desired_nodes": 2,
            "autoscaled": True,
            "labels": {"team": "voice"},
            "taints": [{"key": "dedicated", "value": "voice", "effect": "NoExecute"}],
            "max_unavailable": 2,
        },
        "spot": {"profile": "l40s", "max_nodes": 2, "capacity": "spot"},
        "held": {
            "instance_types": ["g6e.2xlarge"],
            "max_nodes": 1,
            "capacity": "capacity_reservation",
            "capacity_reservation_id": "cr-0123456789abcdef0",
            "zones": ["us-west-2b"],
        },
        "block": {
            "profile": "h100",
            "max_nodes": 1,
            "capacity": "capacity_block",
            "capacity_reservation_id": "cr-02168da1478b509e0",
            "zones": ["us-west-2a"],
        },
    },
}

GIVEN: dict[str, Any] = {
    **SMALL,
    "network": {
        "vpc_id": "vpc-0123456789abcdef0",
        "private_subnet_ids": {
            "us-west-2a": "subnet-0123456789abcdef0",
            "us-west-2b": "subnet-0123456789abcdef1",
        },
    },
    "kms_key_arn": "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "creator_is_admin": True,
    "tags": {},
}


def changed(base: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy of `base` with the value at a dotted path set, or removed where `value` is `...`."""
    out = copy.deepcopy(base)
    *parents, last = path.split(".")
    spot = out
    for key in parents:
        spot = spot.setdefault(key, {})
    if value is ...:
        del spot[last]
    else:
        spot[last] = value
    return out
