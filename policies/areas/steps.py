"""What an update would do to a resource, as `cartesia-infra policy check` reads it off the events of a preview.

The engine shows a pack resources and not operations, so `policy check` describes each deletion and replacement by a
resource of the type `STEP` with the URN of what it happens to. `pulumi preview --policy-pack` alone has no such ones.
"""

from collections.abc import Iterator
from typing import Final

from catalog.aws.instances import INSTANCES
from catalog.gcp.machines import MACHINE_TYPES
from policies.rule import PRODUCTION, Parameters, Resource, Rule, Severity

__all__ = ["RULES", "STEP"]

STEP = "pulumi:policy:Step"
"""Type of a described operation; `op` is `delete` or `replace`, `type` the resource's, `old` its inputs before.

`deletesFirst` is true of a replacement that takes the old one away before the new one is there.
"""
SERVING: Final = (
    "aws:eks/cluster:Cluster",
    "aws:sagemaker/endpoint:Endpoint",
    "gcp:container/cluster:Cluster",
)
"""Types whose end is the end of all calls."""
POOLS: Final = {
    "aws:eks/nodeGroup:NodeGroup": "instanceTypes",
    "gcp:container/nodePool:NodePool": "nodeConfig.machineType",
}
"""Types that make nodes, each with the property of its machine types."""


def _deletion(step: Resource, parameters: Parameters) -> Iterator[str]:
    if step.in_production(parameters) and step.inputs["type"].is_(*SERVING):
        if step.inputs["op"].is_("delete"):
            yield "would be deleted"
        if step.inputs["op"].is_("replace"):
            yield "would be replaced, which deletes the one there is"


def _created_first(step: Resource, _: Parameters) -> Iterator[str]:
    kind = step.inputs["type"].text or ""
    if kind not in POOLS or not step.inputs["op"].is_("replace") or not step.inputs["deletesFirst"].is_(True):
        return
    if any(_has_gpu(name) for name in step.inputs["old"][POOLS[kind]].texts()):
        yield "would be deleted before the new one is there"


def _has_gpu(name: str) -> bool:
    row = INSTANCES.get(name) or MACHINE_TYPES.get(name)
    return row is not None and row.gpu is not None


RULES = (
    Rule(
        id="deletion-waived",
        types=(STEP,),
        severity=Severity.CRITICAL,
        reason="With a production cluster or endpoint all calls end, and no update brings the same one back.",
        fix="If it is meant, write a waiver with an owner and an end; else look for what forces it.",
        source="this project's rule; Pulumi documentation, resource option protect",
        check=_deletion,
        schema=PRODUCTION,
    ),
    Rule(
        id="gpu-pool-created-first",
        types=(STEP,),
        severity=Severity.HIGH,
        reason="All its workers end before a new node is there, and new GPUs may not be had at that moment.",
        fix="Leave its name to Pulumi, or make a second pool, move the workers and then remove the first.",
        source="Pulumi documentation, deleteBeforeReplace; Amazon EKS user guide, update a managed node group",
        check=_created_first,
    ),
)
