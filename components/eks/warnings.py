"""What an EKS cluster may suffer from that no rule refuses, since it may be meant or only AWS knows."""

from collections.abc import Iterator

from catalog.aws.instances import family_of
from catalog.aws.offers import GPU_REGIONS, OFFERS_ASKED_OF
from components.eks.spec import EksClusterSpec
from core.input.problems import Problem

__all__ = ["warnings_of"]


def warnings_of(spec: EksClusterSpec) -> Iterator[Problem]:
    """The warnings, paths as the arguments have them."""
    if spec.network.made and not spec.public_access_cidrs:
        rule = "lead nowhere before a VPN or a peering of yours reaches the VPC made here"
        fix = "name public_access_cidrs for the first update, or give a VPC that is connected already"
        yield Problem("private_access_cidrs", rule, "", fix)
    if spec.unpinned:
        rule = (
            f"have no version of their own, nor has the catalogue one for Kubernetes {spec.version}: EKS takes what is "
            "newest at each change, and goes back from no image"
        )
        yield Problem(", ".join(spec.unpinned), rule, "", "pin them: `cartesia-infra versions --stack <stack> --write`")
    yield from _not_offered(spec)


def _not_offered(spec: EksClusterSpec) -> Iterator[Problem]:
    """Groups of which no type was offered in the region. AWS may have added it since, so it is not refused."""
    for key, group in sorted(spec.node_groups.items()):
        families = {family_of(name) for name in group.instance_types}
        known = families <= GPU_REGIONS.keys() and spec.region in OFFERS_ASKED_OF
        if not known or any(spec.region in GPU_REGIONS[family] for family in families):
            continue
        near = sorted(
            region for family in families for region in GPU_REGIONS[family] if _continent(region, spec.region)
        )
        rule = f"was not offered in {spec.region} when the catalogue was made (2026-11-25): its nodes may never start"
        asked = f"`aws ec2 describe-instance-type-offerings --region {spec.region}` tells today's"
        fix = f"{asked}; offered in {', '.join(near) or 'other regions'}"
        yield Problem(f"node_groups.{key}", rule, ", ".join(group.instance_types), fix)


def _continent(one: str, other: str) -> bool:
    return one.partition("-")[0] == other.partition("-")[0]
