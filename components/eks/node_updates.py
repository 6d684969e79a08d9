"""How node groups change: what an update costs in nodes, told before it runs, and bounds that an autoscaler moved."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import get_monitor

from catalog.aws.instances import INSTANCES
from components.eks.spec import NodeGroupSpec

_ROLLING: Final = ("version", "releaseVersion", "launchTemplate")
"""Inputs of a node group whose change replaces its nodes. source: EKS API, UpdateNodegroupVersion, 2026-11-25"""
_GONE: Final = "ResourceNotFoundException"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaling:
    """The `scalingConfig` of a group."""

    values: Mapping[str, int]
    ignored: bool
    """Whether the engine leaves the count to its owner."""


def scaling_of(name: str, cluster_name: str, group: NodeGroupSpec, parent: pulumi.Resource) -> Scaling:
    """Bounds and count of a group, so that EKS takes the bounds whatever count an autoscaler has made of it.

    EKS refuses a minimum above the count that is sent along, and the recorded one is as old as the last update. So a
    group whose bounds change is asked for its count; otherwise the count is nobody's business here.

    Args:
        name: Logical name of the group, with which its name in EKS begins.
        cluster_name: Its cluster.
        group: The settings.
        parent: Whose provider is asked.
    """
    bounds = {"min_size": group.min_nodes, "max_size": group.max_nodes}
    planned = Scaling(values={**bounds, "desired_size": group.desired_nodes}, ignored=group.autoscaled)
    live = _live(name, cluster_name, pulumi.InvokeOptions(parent=parent)) if group.autoscaled else None
    if live is None or (live.min_size, live.max_size) == (group.min_nodes, group.max_nodes):
        return planned
    count = min(max(live.desired_size, group.min_nodes), group.max_nodes)
    return Scaling(values={**bounds, "desired_size": count}, ignored=False)


def tell_cost(name: str, group: NodeGroupSpec) -> pulumi.ResourceHookBinding | None:
    """A hook that says, in previews too, how many instances an update of the nodes starts beside those that run."""
    if isinstance(get_monitor(), MockMonitor):  # no engine could call it
        return None
    hook = pulumi.ResourceHook(f"{name}-cost", hook_of(group), pulumi.ResourceHookOptions(on_dry_run=True))
    return pulumi.ResourceHookBinding(before_update=[hook])


def hook_of(group: NodeGroupSpec) -> Callable[[pulumi.ResourceHookArgs], None]:
    """What `tell_cost` runs before an update of a group."""

    def tell(args: pulumi.ResourceHookArgs) -> None:
        before, after = args.old_inputs or {}, args.new_inputs or {}
        if any(before.get(key) != after.get(key) for key in _ROLLING):
            pulumi.log.info(cost_of_update(group))

    return tell


def cost_of_update(group: NodeGroupSpec) -> str:
    """One sentence on what an update of the nodes needs."""
    updates = group.updates
    surge = updates.surge(len(group.zones))
    pace = f"every node of group {group.key} is replaced, {updates.max_unavailable} at a time"
    if not surge:
        return f"{pace}; old ones end first, so that many fewer serve meanwhile"
    types = [INSTANCES[each].vcpus for each in group.instance_types if each in INSTANCES]
    vcpus = f" ({surge * max(types)} vCPUs)" if types else ""
    return f"{pace}; EKS starts up to {surge} more nodes at once{vcpus}: keep that free in the EC2 quota"


def _live(name: str, cluster_name: str, opts: pulumi.InvokeOptions) -> Any:
    """`scaling_configs` of the group that is there; None where there is none, or EKS cannot be asked."""
    try:
        names: Sequence[str] = aws.eks.get_node_groups(cluster_name=cluster_name, opts=opts).names or ()
        ours = [each for each in names if each.rpartition("-")[0] == name]
        if len(ours) != 1:  # none yet, or one on its way out
            return None
        found = aws.eks.get_node_group(cluster_name=cluster_name, node_group_name=ours[0], opts=opts)
        return next(iter(found.scaling_configs or ()), None)
    except Exception as error:  # noqa: BLE001 - the SDK raises its own for everything a provider says
        if _GONE not in str(error):
            pulumi.log.warn(f"EKS could not be asked for the count of {name}, so what is recorded counts: {error}")
        return None
