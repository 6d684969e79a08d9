"""Stack files with one mistake in each of several places, for tests of which mistakes are told."""

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from tests.support.settings_cases import stack_file

Path = tuple[str | int, ...]

RESERVED: Mapping[str, Any] = {
    "instanceTypes": ["g6e.4xlarge"],
    "maxNodes": 3,
    "labels": {"a": "b"},
    "taints": [{"key": "k", "value": "v", "effect": "NoSchedule"}],
    "capacity": "capacity_reservation",
    "capacityReservationId": "cr-0123456789abcdef0",
    "zones": ["us-west-2a"],
}
MIRROR = "registry.example.com"


def connected() -> dict[str, Any]:
    """Production on EKS, with more of what it may say: taints, tags, a role, monitoring, existing secrets."""
    config = _plain("eks-prod")
    config["eks"]["nodeGroups"]["reserved"] = dict(RESERVED)
    config["eks"] |= {
        "tags": {"a": "b"},
        "addonVersions": {"vpc-cni": "v1.20.4-eksbuild.1"},
        "serviceCidr": "172.20.0.0/16",
        "credentials": {"roleArn": "arn:aws:iam::123456789012:role/platform-engineers"},
        "controlPlaneZones": ["us-west-2a", "us-west-2b"],
        "kubernetesVersion": "1.35",
    }
    release = config["release"]
    release |= {
        "gcsAccess": {"existingSecret": "x"},
        "rollout": {"maxUnavailable": 1, "allowStall": True},
        "monitoring": {"podMonitor": True, "prometheusAddress": "http://a:9090"},
        "values": {"a": {"b": [1]}},
    }
    release["keyPaths"] |= {"podMonitor": "podMonitor.enabled", "prometheusAddress": "autoscaling.prometheusAddress"}
    release["workers"]["cartesia-sonic-rosy-dragon"] |= {"batchSize": 4, "maxReplicas": 2}
    config["bundle"] = {"lock": "cartesia.lock"}
    return config


def air_gapped() -> dict[str, Any]:
    """A release that calls out to nobody, in a network that is there."""
    config = _plain("eks-prod")
    zones = config["eks"]["availabilityZones"]
    subnets = {zone: f"subnet-0123456789abcde{index}" for index, zone in enumerate(zones)}
    config["eks"]["network"] = {"vpcId": "vpc-0123456789abcdef0", "privateSubnetIds": subnets}
    config["addons"] = {"imageRegistry": MIRROR}
    release = config["release"]
    release |= {
        "airGapped": True,
        "imageRegistry": f"{MIRROR}/cartesia",
        "natsImage": f"{MIRROR}/nats:2",
        "pullSecret": {"mirror": {"registry": MIRROR, "username": "u"}},
    }
    del release["features"]["hotReload"]
    release["ingress"]["exposeLicensePaths"] = True
    release["keyPaths"] |= {"licenseSeedSecret": "licenseSeedSecret", "natsImage": "natsImage"}
    return config


def fleet() -> dict[str, Any]:
    """SageMaker with two variants, of which one scales, inside networks."""
    config = _plain("sagemaker-prod")
    config["sagemaker"] |= {
        "variants": {
            "a": {"minInstances": 2, "maxInstances": 4, "instances": 3, "weight": 1},
            "b": {"instanceType": "ml.p5.48xlarge", "unlistedTypeReason": "measured", "instances": 2},
        },
        "routing": "RANDOM",
        "randomRoutingReason": "measured",
        "callerRoles": {"a": "role"},
        "modelNetwork": _network("0", "1"),
        "runtimeNetwork": {"vpcId": "vpc-0123456789abcdef0", "privateDns": True, **_network("0")},
    }
    for schedule in config["sagemaker"]["scaling"]["schedules"].values():
        schedule |= {"variant": "a", "minInstances": 2, "maxInstances": 3}
    return config


def _network(*subnets: str) -> dict[str, Any]:
    found = [f"subnet-0123456789abcdef{each}" for each in subnets]
    return {"subnetIds": found, "securityGroupIds": ["sg-0123456789abcdef0"]}


def places(tree: Any, above: Path = ()) -> Iterator[Path]:
    """The path of every value in a tree, a map before what is in it."""
    for key, item in tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ():
        yield (*above, key)
        yield from places(item, (*above, key))


def at(tree: Any, path: Path) -> Any:
    """The value at a path."""
    for key in path:
        tree = tree[key]
    return tree


def put(tree: Any, path: Path, value: Any) -> Any:
    """The tree with another value at a path."""
    tree = copy.deepcopy(tree)
    at(tree, path[:-1])[path[-1]] = value
    return tree


def misspelt(tree: Any, path: Path) -> Any:
    """The tree with two letters of a key exchanged."""
    tree = copy.deepcopy(tree)
    node, key = at(tree, path[:-1]), str(path[-1])
    node[swapped(key)] = node.pop(key)
    return tree


def swapped(key: str) -> str:
    """A key with its third and fourth letter exchanged."""
    return key[:2] + key[3] + key[2] + key[4:]


def shown(path: Path) -> str:
    """A path as messages write it."""
    first, *rest = path
    return f"cartesia:{first}" + "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in rest)


def full(config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration with the keys that a stack file has."""
    return {f"cartesia:{key}": value for key, value in config.items()}


def _plain(name: str) -> dict[str, Any]:
    return {key.removeprefix("cartesia:"): value for key, value in stack_file(name).items()}
