"""What a stack file pins of AWS's versions, and how that compares with what AWS has published.

The order of the rows is the order of an update: control plane, add-ons, nodes. Pure.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.aws import amis
from catalog.aws.eks import EKS_ADDONS, EKS_DEFAULT_VERSION, EKS_VERSIONS
from catalog.aws.instances import INSTANCES
from catalog.aws.versions import ADDON_VERSIONS, AMI_RELEASES, ROLLBACK_DAYS
from core.input.plain import plain
from toolkit.overview.tables import table
from toolkit.versions.published import Published

__all__ = ["Comparison", "Pin", "compare"]

_SECTION = ("config", "cartesia:eks")


@dataclass(frozen=True, slots=True)
class Pin:
    """One thing that AWS versions."""

    kind: str
    """`control plane`, `add-on` or `nodes`."""
    name: str
    pinned: str | None
    """None: AWS chooses."""
    source: str
    """`stack file`, `catalogue` or `nobody`."""
    newest: str | None
    """None: AWS has published none."""
    path: tuple[str, ...]
    """Where it stands, or would stand, in the stack file."""

    @property
    def behind(self) -> bool:
        """Whether there is something to write."""
        return self.newest is not None and self.newest != self.pinned


@dataclass(frozen=True, slots=True)
class Comparison:
    """All pins of a stack."""

    stack: str
    region: str
    kubernetes: str
    """The version whose add-ons and images were asked for."""
    pins: tuple[Pin, ...]
    upgrade: str | None
    """The next version of Kubernetes that EKS offers."""

    @property
    def behind(self) -> tuple[Pin, ...]:
        """What could be newer, in the order of an update. A newer Kubernetes is only named, not counted."""
        return tuple(pin for pin in self.pins if pin.behind)

    def as_data(self, written: str | None = None) -> dict[str, Any]:
        """As JSON."""
        rows = [plain(pin) | {"path": ".".join(pin.path[1:]), "behind": pin.behind} for pin in self.pins]
        return {
            "stack": self.stack,
            "region": self.region,
            "kubernetes": self.kubernetes,
            "upgrade": self.upgrade,
            "pins": rows,
            "current": not self.behind,
            "written": written,
        }

    def as_text(self, columns: int = 0) -> str:
        """For a terminal: the table, and the order of an update."""
        rows = [
            (pin.kind, pin.name, pin.pinned or "AWS chooses", pin.newest or "none published", pin.source)
            for pin in self.pins
        ]
        parts = [table("WHAT", "NAME", "PINNED", "NEWEST", "PINNED BY", rows=rows, columns=columns)]
        if self.upgrade:
            parts.append(f"EKS offers Kubernetes {self.upgrade}; add --upgrade to move to it, one version at a time")
        if self.behind:
            parts.append(_ORDER)
        return "\n\n".join(parts)


_ORDER = f"""\
`--write` puts the newest into the stack file. One `pulumi up` then updates in this order: control plane, the add-ons
that nodes need, node groups, the other add-ons. New images replace every node of a group, within `maxUnavailable`.
The way back: add-ons take older versions, images do not. Kubernetes goes back within {ROLLBACK_DAYS} days, node groups
first: restore the stack file, `pulumi up --target` of the node groups, then `pulumi up`."""


def compare(stack: str, file: Mapping[str, Any], published: Published, *, upgrade: bool = False) -> Comparison:
    """The pins of a stack file beside what AWS has published.

    Args:
        stack: Name of the stack.
        file: Its file as plain data.
        published: Who knows what there is.
        upgrade: Take the next version of Kubernetes, with its add-ons and images.
    """
    eks = (file.get("config") or {}).get("cartesia:eks") or {}
    current = str(eks.get("kubernetesVersion", EKS_DEFAULT_VERSION))
    following = _next(current, [row.version for row in published.kubernetes()])
    wanted = following if upgrade and following else current
    source = "stack file" if "kubernetesVersion" in eks else "catalogue"
    plane = Pin("control plane", "Kubernetes", current, source, wanted, (*_SECTION, "kubernetesVersion"))
    pins = (plane, *_addons(eks, wanted, published), *_groups(eks, wanted, published))
    return Comparison(stack, str(eks.get("region", "")), wanted, pins, None if wanted != current else following)


def _next(current: str, offered: Sequence[str]) -> str | None:
    """The version one above, if it is offered: EKS takes no two at once."""
    major, _, minor = current.partition(".")
    above = f"{major}.{int(minor) + 1}" if minor.isdigit() else ""
    return above if above in {*offered, *(EKS_VERSIONS if not offered else ())} else None


def _addons(eks: Mapping[str, Any], kubernetes: str, published: Published) -> Iterator[Pin]:
    given = eks.get("addonVersions") or {}
    known = ADDON_VERSIONS.get(str(eks.get("kubernetesVersion", EKS_DEFAULT_VERSION)), {})
    for name in EKS_ADDONS:
        pinned = given.get(name, known.get(name))
        source = "stack file" if name in given else "catalogue" if pinned else "nobody"
        path = (*_SECTION, "addonVersions", name)
        yield Pin("add-on", name, pinned, source, published.addon(name, kubernetes), path)


def _groups(eks: Mapping[str, Any], kubernetes: str, published: Published) -> Iterator[Pin]:
    for name, group in (eks.get("nodeGroups") or {}).items():
        ami = _ami(group)
        known = AMI_RELEASES.get((str(eks.get("kubernetesVersion", EKS_DEFAULT_VERSION)), ami))
        pinned = group.get("releaseVersion", known)
        source = "stack file" if "releaseVersion" in group else "catalogue" if pinned else "nobody"
        path = (*_SECTION, "nodeGroups", name, "releaseVersion")
        yield Pin("nodes", name, pinned, source, published.image(ami, kubernetes), path)


def _ami(group: Mapping[str, Any]) -> str:
    """The image of a group: of its own choice, or the one its machines need."""
    types = [INSTANCES[name] for name in group.get("instanceTypes") or () if name in INSTANCES]
    gpu = "profile" in group or "unlistedGpu" in group or any(row.gpu for row in types)
    return str(group.get("amiType", amis.DEFAULT_GPU if gpu else amis.DEFAULT))
