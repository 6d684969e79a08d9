"""What a preview tells of an EKS cluster and does not refuse."""

from typing import Any

import pytest

from components.eks.resolve import resolve_eks_cluster
from components.eks.warnings import warnings_of
from tests.support.eks_cases import GIVEN, SMALL, changed

PRIVATE = {"private_access_cidrs": ["10.9.0.0/16"], "public_access_cidrs": []}
IRELAND = {"region": "eu-west-1", "availability_zones": ["eu-west-1a", "eu-west-1b"]}
TOLD: dict[str, tuple[dict[str, Any], str, str]] = {
    "a network that is yet to be made": ({**SMALL, **PRIVATE}, "private_access_cidrs", "lead nowhere before"),
    "a version without pins": ({**SMALL, "kubernetes_version": "1.34"}, "addon_versions.vpc-cni", "no version"),
    "a type that the region has not": ({**SMALL, **IRELAND}, "node_groups.gpu", "was not offered in eu-west-1"),
}


@pytest.mark.parametrize("case", TOLD, ids=list(TOLD))
def test_it_is_told_with_what_helps(case: str) -> None:
    args, path, words = TOLD[case]
    (told,) = warnings_of(resolve_eks_cluster(args))
    assert told.path.startswith(path)
    assert words in told.rule
    assert told.fix


def test_nothing_is_told_of_what_is_fine() -> None:
    elsewhere = changed({**SMALL, **IRELAND}, "node_groups.gpu.profile", "a10g")
    for args in (SMALL, GIVEN, {**GIVEN, **PRIVATE}, elsewhere):
        assert list(warnings_of(resolve_eks_cluster(args))) == []
