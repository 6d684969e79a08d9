"""Zones with GPUs: each row of AWS against what EC2 said, and what an unknown family or zone answers."""

import gzip
import json
from collections import defaultdict
from pathlib import Path

import moto
import pytest

from catalog.aws import zones as aws
from catalog.aws.instances import INSTANCES, REFUSED_FAMILIES
from catalog.gcp import zones as gcp
from catalog.gcp.machines import MACHINE_TYPES

CAPTURED = Path(moto.__file__).parent / "ec2/resources/instance_type_offerings/availability-zone-id"


def captured() -> dict[str, set[str]]:
    """Zones by family, as EC2 lists them."""
    found: dict[str, set[str]] = defaultdict(set)
    for file in CAPTURED.glob("*.json.gz"):
        for row in json.loads(gzip.decompress(file.read_bytes())):
            found[row["InstanceType"].partition(".")[0]].add(row["Location"])
    return found


def test_every_row_of_aws_is_what_ec2_said() -> None:
    said = captured()
    assert aws.GPU_ZONES
    assert {family: set(zones) for family, zones in aws.GPU_ZONES.items()} == {
        family: said[family] for family in aws.GPU_ZONES
    }


def test_every_family_a_worker_runs_on_has_a_row() -> None:
    usable = {row.family for row in INSTANCES.values() if row.gpus and row.family not in REFUSED_FAMILIES}
    assert usable == set(aws.GPU_ZONES)
    rows = {row.family for row in MACHINE_TYPES.values() if row.gpu}
    assert rows - set(gcp.GPU_ZONES) == {"g4-standard"}
    assert set(gcp.GPU_ZONES) <= rows


@pytest.mark.parametrize(
    ("kind", "zone", "answer"),
    [
        ("g6e.2xlarge", "usw2-az1", True),
        ("g6e.2xlarge", "euw1-az1", False),
        ("g6e.2xlarge", "us-west-2", True),
        ("g6e.2xlarge", "eu-west-1", False),
        ("g6e.2xlarge", "mars-az1", None),
        ("m7i.large", "usw2-az1", None),
    ],
)
def test_what_aws_offers(kind: str, zone: str, answer: bool | None) -> None:
    assert aws.offers(kind, zone) is answer


@pytest.mark.parametrize(
    ("kind", "zone", "answer"),
    [
        ("g2-standard-8", "us-central1-a", True),
        ("g2-standard-8", "us-central1-f", False),
        ("g4-standard-48", "us-central1-a", None),
        ("e2-standard-8", "us-central1-a", None),
        ("", "us-central1-a", None),
    ],
)
def test_what_google_cloud_offers(kind: str, zone: str, answer: bool | None) -> None:
    assert gcp.offers(kind, zone) is answer
