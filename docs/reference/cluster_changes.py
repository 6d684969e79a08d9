"""The page `docs/reference/cluster-changes.md`: what a change of nodes does on each cloud.

Owns the rows, which a test holds against the engine: the plan of each change names exactly these resources.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["ROWS", "Change", "Effect", "page"]

_HEAD = """\
<!-- Written by `python -m docs.generate` from `docs/reference/cluster_changes.py`, whose rows a test holds. -->
# What a change of nodes does

What `pulumi up` plans for a change of the cluster's settings, by cloud, and what that means for calls. The plan is
proven against the engine for every row (`tests/cluster/`); what the clouds then do with nodes is theirs, with its
source below.

"Beside" means that the new nodes are there before the old ones go, which takes GPUs for both for a while. Every change
of nodes lets Helm wait for the pods once more, so the release is listed as updated; its pods are not restarted by that.

Calls end with the pod that serves them unless they are over by the end of its grace period, whatever the cloud. Where
nodes go one at a time and a spare GPU is there, new calls always find a worker; calls that last longer than the drain
are cut.
"""

_SOURCES = """\

Sources: EKS user guide, "Update a managed node group" (new nodes first, one at a time, pods are evicted for at most 15
minutes); GKE documentation, "Node pool upgrade strategies" (surge upgrades drain for at most an hour); schema of the
google provider for what replaces; 2026-11-25.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a change does on one cloud."""

    settings: Mapping[str, Any]
    """Path below the cluster's section, with double underscores, to its new value."""
    plan: Mapping[str, tuple[str, ...]]
    """Operation of the engine to the logical names that it is planned for; the release and parents left out."""
    nodes: str
    """What becomes of the nodes."""
    whole: bool = True
    """False: the plan has more, which `nodes` names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One kind of change on both clouds."""

    what: str
    on_aws: Effect
    on_gcp: Effect
    calls: str
    """What it means for calls."""


_REPLACED_GROUP = {"replace": ("voice-cluster-gpu",)}
_UPDATED_GROUP = {"update": ("voice-cluster-gpu",)}
_BESIDE = "the group is replaced, new one beside the old one"
_ONE_BY_ONE = "as spare GPUs allow; none are refused with one spare GPU for each kind of worker"

ROWS: tuple[Change, ...] = (
    Change(
        what="Machine type with the same GPU",
        on_aws=Effect(
            settings={"nodeGroups__gpu__instanceTypes": ["g6e.4xlarge"]}, plan=_REPLACED_GROUP, nodes=_BESIDE
        ),
        on_gcp=Effect(
            settings={"nodePools__gpu__machineType": "g2-standard-12"},
            plan={"update": ("voice-cluster-cluster", "voice-cluster-gpu")},
            nodes="updated in place: GKE replaces them one at a time; limits of the autoscaler follow",
        ),
        calls=_ONE_BY_ONE,
    ),
    Change(
        what="Another GPU",
        on_aws=Effect(settings={"nodeGroups__gpu__profile": "a10g"}, plan=_REPLACED_GROUP, nodes=_BESIDE),
        on_gcp=Effect(
            settings={"nodePools__gpu__profile": "a100-1gpu"},
            plan={**_REPLACED_GROUP, "update": ("voice-cluster-cluster",)},
            nodes="the pool is replaced, new one beside the old one",
        ),
        calls=_ONE_BY_ONE,
    ),
    Change(
        what="Rename a pool (add one, remove one)",
        on_aws=Effect(
            settings={
                "nodeGroups__gpu": None,
                "nodeGroups__voice": {"profile": "l40s", "desiredNodes": 2, "maxNodes": 3},
            },
            plan={
                "create": ("voice-cluster-voice", "voice-cluster-voice-template"),
                "delete": ("voice-cluster-gpu", "voice-cluster-gpu-template"),
            },
            nodes="the new group is made first, the old one deleted at the end",
        ),
        on_gcp=Effect(
            settings={
                "nodePools__gpu": None,
                "nodePools__voice": {"profile": "l4", "desiredNodes": 2, "maxNodes": 3},
            },
            plan={"create": ("voice-cluster-voice",), "delete": ("voice-cluster-gpu",)},
            nodes="the new pool is made first, the old one deleted at the end",
        ),
        calls="those on the old nodes end when their pods are evicted",
    ),
    Change(
        what="Taints of a pool",
        on_aws=Effect(
            settings={"nodeGroups__default__taints": [{"key": "a", "effect": "PreferNoSchedule"}]},
            plan={"update": ("voice-cluster-default",)},
            nodes="updated in place, nodes stay",
        ),
        on_gcp=Effect(
            settings={"nodePools__default__taints": [{"key": "a", "value": "b", "effect": "PreferNoSchedule"}]},
            plan={"update": ("voice-cluster-default",)},
            nodes="updated in place, nodes stay",
        ),
        calls="none, but for a taint `NoExecute`, which evicts",
    ),
    Change(
        what="Bounds of a pool",
        on_aws=Effect(
            settings={"nodeGroups__gpu__maxNodes": 4}, plan=_UPDATED_GROUP, nodes="updated in place, nodes stay"
        ),
        on_gcp=Effect(
            settings={"nodePools__gpu__maxNodes": 4},
            plan={"update": ("voice-cluster-cluster", "voice-cluster-gpu")},
            nodes="updated in place, nodes stay; limits of the autoscaler follow",
        ),
        calls="none",
    ),
    Change(
        what="Disk of the nodes",
        on_aws=Effect(
            settings={"nodeGroups__gpu__diskGib": 200},
            plan={"update": ("voice-cluster-gpu", "voice-cluster-gpu-template")},
            nodes="updated in place: EKS replaces them one at a time",
        ),
        on_gcp=Effect(
            settings={"nodePools__gpu__diskGib": 200},
            plan=_UPDATED_GROUP,
            nodes="updated in place: GKE replaces them one at a time",
        ),
        calls=_ONE_BY_ONE,
    ),
    Change(
        what="On demand to Spot",
        on_aws=Effect(settings={"nodeGroups__gpu__capacity": "spot"}, plan=_REPLACED_GROUP, nodes=_BESIDE),
        on_gcp=Effect(
            settings={"nodePools__gpu__capacity": "spot"},
            plan=_REPLACED_GROUP,
            nodes="the pool is replaced, new one beside the old one",
        ),
        calls=_ONE_BY_ONE,
    ),
    Change(
        what="Kubernetes version",
        on_aws=Effect(
            settings={"kubernetesVersion": "1.36"},
            plan={"update": ("voice-cluster-cluster", "voice-cluster-default", "voice-cluster-gpu")},
            nodes="control plane, then nodes one at a time; add-ons whose version follows",
            whole=False,
        ),
        on_gcp=Effect(
            settings={"kubernetesVersion": "1.35"},
            plan={"update": ("voice-cluster-cluster",)},
            nodes="control plane; nodes follow when GKE upgrades them, within the maintenance window",
        ),
        calls=_ONE_BY_ONE,
    ),
)
"""Changes of eks-dev and gke-dev, with their effects."""


def page() -> str:
    """The text of the page."""
    return "\n".join([_HEAD, *_table()]) + _SOURCES


def _table() -> Iterator[str]:
    yield "| change | EKS | GKE | calls that are lost |"
    yield "| --- | --- | --- | --- |"
    for row in ROWS:
        yield f"| {row.what} | {_told(row.on_aws)} | {_told(row.on_gcp)} | {row.calls} |"


def _told(effect: Effect) -> str:
    keys = ", ".join(f"`{path.replace('__', '.')}`" for path in effect.settings)
    return f"{keys}: {effect.nodes}"
