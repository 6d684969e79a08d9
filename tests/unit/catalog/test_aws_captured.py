"""Local disks and regional offers of GPU types, against what moto captured of EC2."""

import gzip
import json
from pathlib import Path
from typing import Any

import moto
import pytest

from catalog.aws.instances import INSTANCES, family_of, refusal_of
from catalog.aws.local_storage import LOCAL_STORAGE_GB
from catalog.aws.offers import GPU_REGIONS, OFFERS_ASKED_OF

_CAPTURED = Path(moto.__file__).parent / "ec2" / "resources"
_TYPES: dict[str, Any] = json.loads(gzip.decompress((_CAPTURED / "instance_types.json.gz").read_bytes()))
GPU_TYPES = [name for name, row in INSTANCES.items() if row.gpu and not refusal_of(name)]


@pytest.mark.parametrize("name", GPU_TYPES)
def test_local_disks_are_those_that_ec2_describes(name: str) -> None:
    told = _TYPES[name].get("InstanceStorageInfo", {}).get("TotalSizeInGB") if name in _TYPES else None
    assert LOCAL_STORAGE_GB.get(name) == told


def test_offers_are_those_that_ec2_lists() -> None:
    files = {path.name.split(".")[0]: path for path in (_CAPTURED / "instance_type_offerings/region").iterdir()}
    assert files.keys() == OFFERS_ASKED_OF
    offered: dict[str, set[str]] = {}
    for region, path in files.items():
        rows = json.loads(gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_text())
        for family in {family_of(row["InstanceType"]) for row in rows if row["InstanceType"] in GPU_TYPES}:
            offered.setdefault(family, set()).add(region)
    assert {family: set(regions) for family, regions in GPU_REGIONS.items()} == offered
