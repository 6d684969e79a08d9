"""Rules for how a node group changes its nodes: strategy, nodes at once, force and time."""

from dataclasses import dataclass
from typing import Final

from core.input.reader import Reader

RESERVED_CAPACITIES: Final = ("capacity_reservation", "capacity_block")
DEFAULT: Final = "default"
MINIMAL: Final = "minimal"
_PROVIDER_MINUTES: Final = 60
"""What the provider waits for an update by itself. source: terraform-provider-aws `aws_eks_node_group`, 2026-11-25"""
_DRAIN_MINUTES: Final = 15
"""How long EKS tries to evict the pods of a node. source: EKS user guide, "Managed node updates", 2026-11-25"""
_START_MINUTES: Final = 10
"""Allowance for a new node to start and join; EKS names no bound."""
_MOST_MINUTES: Final = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Updates:
    """How a group changes its nodes."""

    strategy: str
    """`default` starts new nodes first, `minimal` ends old ones first."""
    max_unavailable: int
    """Nodes replaced at once."""
    force: bool
    """Nodes go although a disruption budget holds a pod back."""
    timeout_minutes: int | None
    """How long the provider waits; None where its own hour is enough."""

    def surge(self, zones: int) -> int:
        """Nodes that an update starts beside those that are there, at most.

        source: EKS user guide, "Managed node update behaviour": the larger of twice the zones and the nodes replaced
        at once; none with the minimal strategy, 2026-11-25.
        """
        return 0 if self.strategy == MINIMAL else max(2 * zones, self.max_unavailable)


def resolve_updates(read: Reader, capacity: str, most: int) -> Updates:
    """The update settings of one group.

    Args:
        read: The group; problems are added to its.
        capacity: Its capacity, checked.
        most: Its upper bound, nodes.
    """
    reserved = capacity in RESERVED_CAPACITIES
    strategy = read.choice("update_strategy", (DEFAULT, MINIMAL), MINIMAL if reserved else DEFAULT)
    if reserved and strategy == DEFAULT:
        rule = f"must be {MINIMAL} with capacity {capacity}: a full reservation has no room for a node more"
        fix, needs = f"set {MINIMAL}, or remove the key", (read.at("capacity"),)
        read.problems.add(read.at("update_strategy"), rule, got=strategy, fix=fix, needs=needs)
    at_once = read.whole("max_unavailable", 1, low=1, high=100)
    given = (
        read.whole("update_timeout_minutes", 0, low=10, high=_MOST_MINUTES) if read.has("update_timeout_minutes") else 0
    )
    needed = min(-(-most // at_once) * (_DRAIN_MINUTES + _START_MINUTES), _MOST_MINUTES)
    return Updates(
        strategy=strategy,
        max_unavailable=at_once,
        force=read.flag("force_update", False),
        timeout_minutes=given or (needed if needed > _PROVIDER_MINUTES else None),
    )
