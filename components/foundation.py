"""What a release stands on: nodes, GPU pools and add-ons, and what follows for the release when they change.

Owns two rules. A pool that no worker may enter gives no GPU, and a release without any other is refused. And a release
carries a digest of what is below it, so that a change there makes Helm wait for the pods once more: an update that
takes the ground from under them fails, where it would else end well. Nothing in a pod's template changes by it.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, Final

from components.cluster import ClusterKind, GpuPoolSpec
from core.input.problems import Problems

__all__ = ["check_open_pool", "foundation", "open_pools"]

_NODES: Final = ("version", "node_groups", "node_pools")
"""Names under which the specs of clusters hold what decides about nodes, beside the GPU pools."""


def open_pools(pools: Sequence[GpuPoolSpec], values: object) -> list[GpuPoolSpec]:
    """The pools that workers may enter, as far as can be known.

    Args:
        pools: Pools of GPU nodes.
        values: The caller's own Helm values. What the vendor's chart tolerates beside the GPU taint is not documented,
            so a toleration anywhere in them counts.
    """
    tolerated = set(_tolerated(values))
    return [pool for pool in pools if "" in tolerated or tolerated.issuperset(pool.closed_by)]


def check_open_pool(kind: ClusterKind, pools: Sequence[GpuPoolSpec], values: object, problems: Problems) -> None:
    """Add a problem where every GPU pool is closed to the workers by a taint that none is known to tolerate."""
    if not pools or open_pools(pools, values):
        return
    for pool in pools:
        keys = ", ".join(pool.closed_by)
        problems.add(
            f"{kind.section}.{kind.pools}.{pool.name}.taints",
            "keeps every worker away: no GPU pool is without such a taint, and nothing in release.values tolerates it",
            got=keys,
            fix="take it off one GPU pool, add a toleration to release.values where the chart takes them, or set "
            "release.rollout.allow_stall to true to go on all the same",
        )


def foundation(cluster: object, addons: object) -> str:
    """Eight hex digits that change with nodes, pools and add-ons.

    Args:
        cluster: Checked arguments of the cluster.
        addons: Checked arguments of the add-ons.
    """
    below = {name: getattr(cluster, name, None) for name in (*_NODES, "gpu_pools")}
    text = json.dumps(_plain([below, addons]), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _plain(value: Any) -> Any:
    """The value as JSON has it. What only the update will tell is left out."""
    if is_dataclass(value):
        # A flag that is off by default says nothing while it is off: a release that brings a new one changes no digest.
        said = (each for each in fields(value) if each.default is not False or getattr(value, each.name))
        return {each.name: _plain(getattr(value, each.name)) for each in said}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, str | int | float | bool) else None


def _tolerated(values: object) -> Iterator[str]:
    """Keys of the tolerations in some values. An empty one stands for all."""
    if isinstance(values, Mapping):
        for key, item in values.items():
            if key == "tolerations" and isinstance(item, list):
                yield from (str(each.get("key") or "") for each in item if isinstance(each, Mapping))
            else:
                yield from _tolerated(item)
    elif isinstance(values, list):
        for item in values:
            yield from _tolerated(item)
