"""Nodes of the stand-in's node groups look like those EKS makes."""

import random
import re

import pytest

from catalog.aws.instances import INSTANCES
from sandbox.providers.aws.facts.regions import zone_id, zones
from sandbox.providers.aws.nodes import GroupShape, address_of, machine_of, node_pool
from sandbox.providers.cloud.nodes.devices import DEVICES_ANNOTATION
from sandbox.providers.cloud.nodes.pool import Place, node_object, sizes
from tests.support.standin_aws import REGION


def shape(**more):
    facts = {
        "name": "gpu",
        "region": REGION,
        "instance": "g6e.12xlarge",
        "ami_type": "AL2023_x86_64_NVIDIA",
        "nvidia": True,
        "capacity_type": "ON_DEMAND",
        "disk_gib": 100,
        "desired": 1,
        "version": "1.35",
        "labels": {"nvidia.com/gpu.present": "true"},
        "taints": ({"key": "nvidia.com/gpu", "value": "true", "effect": "NO_SCHEDULE"},),
        "places": (Place(zone=f"{REGION}a", cidr="10.0.0.0/24"),),
    }
    return GroupShape(**{**facts, **more})


def test_a_node_looks_like_one_of_eks():
    node = node_object(node_pool(shape()), shape().places[0], "ip-10-0-0-9.us-west-2.compute.internal")
    labels = node["metadata"]["labels"]
    assert labels["eks.amazonaws.com/nodegroup"] == "gpu"
    assert labels["node.kubernetes.io/instance-type"] == "g6e.12xlarge"
    assert labels["topology.kubernetes.io/zone"] == "us-west-2a"
    assert labels["topology.k8s.aws/zone-id"] == "usw2-az1"
    assert labels["nvidia.com/gpu.present"] == "true"
    assert node["spec"]["taints"] == [{"key": "nvidia.com/gpu", "value": "true", "effect": "NoSchedule"}]
    assert re.fullmatch("aws:///us-west-2a/i-0[0-9a-f]{16}", node["spec"]["providerID"])
    assert node["metadata"]["annotations"][DEVICES_ANNOTATION] == "4"
    assert "nvidia.com/gpu" not in node["status"]["capacity"], "no plugin runs there yet"
    assert node["status"]["capacity"]["cpu"] == "48"
    assert node["status"]["addresses"][0] == {"type": "InternalIP", "address": "10.0.0.9"}
    assert node["metadata"]["annotations"]["kwok.x-k8s.io/node"] == "fake"


@pytest.mark.parametrize("name", sorted(INSTANCES))
def test_every_type_has_sensible_sizes(name):
    row = INSTANCES[name]
    machine = machine_of(shape(instance=name))
    capacity, allocatable = sizes(machine)
    assert machine.gpus == row.gpus
    assert 0 < int(allocatable["cpu"][:-1]) <= row.vcpus * 1000
    assert 0 < int(allocatable["memory"][:-2]) < int(capacity["memory"][:-2])
    assert 0 < int(allocatable["ephemeral-storage"]) < 100 * 1024**3


def test_a_plain_image_offers_no_gpu():
    assert machine_of(shape(nvidia=False)).gpus == 0


def test_hosts_are_unique_addresses_of_their_subnet():
    source, taken = random.Random(7), set()
    for _ in range(24):
        taken.add(node_pool(shape()).facts.host(Place(zone="us-west-2a", cidr="10.0.3.0/27"), taken, source))
    numbers = sorted(int(address_of(host).rsplit(".", 1)[-1]) for host in taken)
    assert len(numbers) == 24
    assert numbers[0] >= 4
    assert numbers[-1] <= 30


def test_what_a_node_cannot_change_is_its_generation():
    same = node_pool(shape()).generation
    assert node_pool(shape(labels={}, taints=(), desired=9)).generation == same
    for change in ({"version": "1.34"}, {"disk_gib": 200}, {"template_version": "2"}, {"instance": "g6e.xlarge"}):
        assert node_pool(shape(**change)).generation != same


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("us-west-2a", "usw2-az1"),
        ("us-east-1f", "use1-az6"),
        ("eu-central-1c", "euc1-az3"),
        ("ap-southeast-2b", "apse2-az2"),
    ],
)
def test_zone_ids(zone, expected):
    assert zone in zones(zone[:-1])
    assert zone_id(zone) == expected
