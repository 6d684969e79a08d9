"""What Terraform says of a cluster: the file of `terraform output -json`, and the names that common modules use."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from core.input.problems import Problem, Problems, nearest

__all__ = ["CLUSTER_FACTS", "cluster_facts"]

CLUSTER_FACTS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = MappingProxyType(
    {
        # source: terraform-aws-modules/eks, outputs.tf; the vendor's own modules are not public, 2026-11-25
        "aws": MappingProxyType(
            {
                "cluster_name": ("cluster_name", "cluster_id", "eks_cluster_name"),
                "endpoint": ("cluster_endpoint", "eks_cluster_endpoint"),
                "certificate_authority": ("cluster_certificate_authority_data", "cluster_ca_certificate"),
                "region": ("region", "aws_region"),
            }
        ),
        # source: terraform-google-modules/kubernetes-engine, outputs.tf, 2026-11-25
        "gcp": MappingProxyType(
            {
                "cluster_name": ("cluster_name", "name"),
                "endpoint": ("endpoint", "cluster_endpoint"),
                "certificate_authority": ("ca_certificate", "cluster_ca_certificate"),
                "project": ("project_id", "project"),
                "location": ("location", "region", "zone"),
            }
        ),
    }
)
"""By cloud: what has to be known of a cluster, and the outputs that usually tell it."""


def cluster_facts(
    outputs: Mapping[str, Any], cloud: str, names: Mapping[str, str], path: str
) -> tuple[dict[str, str], list[Problem]]:
    """Facts of a cluster by our names, and what is wrong with the outputs.

    Args:
        outputs: As Terraform prints them: a map of name to `{"value": ...}`.
        cloud: Key of `CLUSTER_FACTS`.
        names: Our names to those of the outputs, where they are others.
        path: Where the outputs come from, for messages.
    """
    problems = Problems()
    facts: dict[str, str] = {}
    for fact, usual in CLUSTER_FACTS[cloud].items():
        wanted = (names[fact],) if fact in names else usual
        found = next((name for name in wanted if name in outputs), None)
        if found is None:
            near = f"; {nearest(wanted[0], outputs)}" if outputs else ""
            fix = f"add the output, or name yours: names.{fact}{near}"
            problems.add(path, f"has no output {' or '.join(wanted)}", fix=fix)
            continue
        row = outputs[found]
        value = row.get("value") if isinstance(row, Mapping) else None
        if not isinstance(value, str) or not value:
            rule = f"must have text as the value of output {found}"
            problems.add(path, rule, fix="print the file with `terraform output -json`")
            continue
        facts[fact] = value
    return facts, list(problems)
