"""The AWS half of the catalogue against what EC2, EKS and the vendor's pages say."""

import gzip
import json
from datetime import date
from itertools import pairwise
from pathlib import Path

import botocore.session
import moto
import pytest

from catalog.aws.eks import (
    EKS_DEFAULT_VERSION,
    EKS_VERSIONS,
    VENDOR_TESTED_EKS_VERSION,
    standard_support_on,
)
from catalog.aws.instances import CAPACITY_BLOCK_FAMILIES, INSTANCES, REFUSED_FAMILIES, family_of, refusal_of
from catalog.aws.versions import ROLLBACK_DAYS

CAPTURED = json.loads(
    gzip.decompress((Path(moto.__file__).parent / "ec2/resources/instance_types.json.gz").read_bytes())
)
NOT_CAPTURED = {"p3.2xlarge", "p3.8xlarge", "p3.16xlarge"}
CHOSEN_ON = date(2026, 11, 21)


@pytest.mark.parametrize("name", sorted(set(INSTANCES) - NOT_CAPTURED))
def test_each_row_is_what_ec2_says(name):
    row, fact = INSTANCES[name], CAPTURED[name]
    gpus = (fact.get("GpuInfo") or {}).get("Gpus", [])
    assert row.vcpus == fact["VCpuInfo"]["DefaultVCpus"]
    assert row.memory_gib == fact["MemoryInfo"]["SizeInMiB"] / 1024
    assert row.arch in fact["ProcessorInfo"]["SupportedArchitectures"]
    assert row.gpus == sum(gpu["Count"] for gpu in gpus)
    assert (row.gpu is None) == (not gpus)
    if row.gpu_memory_gib is not None:
        reported = gpus[0]["MemoryInfo"]["SizeInMiB"] / 1024
        assert reported == pytest.approx(row.gpu_memory_gib, rel=0.08)
    if row.gpu is not None and "RTX" not in row.gpu:
        assert row.gpu.lower() == gpus[0]["Name"].lower()


def test_the_gpu_families_named_by_the_vendor_are_complete():
    families = {"g5", "g6", "g6e", "p4d", "p4de", "p5", "p5e", "p5en"}
    ec2 = set(botocore.session.get_session().get_service_model("ec2").shape_for("InstanceType").enum)
    assert {name for name in ec2 if family_of(name) in families} == {
        name for name in INSTANCES if family_of(name) in families
    }


def test_every_type_is_one_ec2_knows():
    ec2 = set(botocore.session.get_session().get_service_model("ec2").shape_for("InstanceType").enum)
    assert set(INSTANCES) <= ec2


def test_a_refused_family_has_a_reason_and_a_like_named_one_none():
    assert refusal_of("g5g.xlarge")
    assert refusal_of("g5.xlarge") is None
    assert refusal_of("g6f.large")
    assert refusal_of("g6.xlarge") is None
    assert refusal_of("g4dn.999xlarge"), "the family decides, known size or not"
    assert {"g4dn", "g5g", "p3", "g6f"} <= set(REFUSED_FAMILIES)


def test_the_default_version_is_in_standard_support_and_the_vendors_is_not():
    assert standard_support_on(EKS_DEFAULT_VERSION, CHOSEN_ON) is True
    assert standard_support_on(VENDOR_TESTED_EKS_VERSION, CHOSEN_ON) is False
    assert standard_support_on("1.99", CHOSEN_ON) is None
    assert (EKS_VERSIONS[EKS_DEFAULT_VERSION].standard_until - CHOSEN_ON).days > 90


@pytest.mark.parametrize("row", EKS_VERSIONS.values(), ids=lambda row: row.version)
def test_extended_support_of_a_version_is_twelve_months_long(row):
    """source: Amazon EKS user guide, "Kubernetes version lifecycle": 14 months of standard support, then 12."""
    end = row.standard_until
    assert row.extended_until == end.replace(year=end.year + 1)
    assert EKS_VERSIONS[row.version] is row


def test_versions_follow_each_other_in_the_order_of_their_ends():
    ends = [EKS_VERSIONS[version].standard_until for version in sorted(EKS_VERSIONS, key=lambda text: text.split("."))]
    assert ends == sorted(ends)
    assert min((later - end).days for end, later in pairwise(ends)) > 80


def test_capacity_blocks_are_of_known_families():
    assert {family_of(name) for name in INSTANCES} >= CAPACITY_BLOCK_FAMILIES


def test_the_page_says_what_the_vendor_tested_and_what_new_clusters_get() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs/guides/deploy-eks.md").read_text()
    assert f"Kubernetes {EKS_DEFAULT_VERSION}, which AWS supports until" in page
    assert f"tested EKS with {VENDOR_TESTED_EKS_VERSION}" in page
    for version in (EKS_DEFAULT_VERSION, VENDOR_TESTED_EKS_VERSION):
        assert str(EKS_VERSIONS[version].standard_until) in page


def test_no_page_denies_the_way_back_that_eks_has() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs/guides/upgrade-and-roll-back.md").read_text()
    assert "takes no version back" not in page
    assert f"within {ROLLBACK_DAYS} days of an upgrade" in " ".join(page.split())
