"""What each variable of the vendor's Terraform is among the settings of a stack.

Owns the table. Names and types on the left are those the vendor documents (docs.cartesia.ai/self-hosted, pages
`terraform-aws` and `terraform-gcp`, read 2026-11-21); the modules are not public, so a variable may exist that no page
names: the converter keeps those. `docs/from-terraform.md` is generated from this table.
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from core.secrets.table import SECRETS
from toolkit.terraform.types import Kind

__all__ = ["CLOUDS", "NODES", "SECRET_FILES", "SECRET_VARIABLES", "SWITCH", "VARIABLES", "Cloud", "Row"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One variable and the setting it becomes."""

    variable: str
    kind: Kind
    setting: str
    """Dotted path below `cartesia:`, with `{section}` for the section of the target."""
    differs: str = ""
    """What a reader has to know, for the documentation."""
    value: Callable[[Any], Any] = lambda value: value
    """From the variable's value to the setting's. None leaves the setting out."""
    clouds: frozenset[str] | None = None
    """Clouds whose modules take it; None for all."""

    def of(self, cloud: "Cloud") -> bool:
        """Whether the modules of a cloud take it."""
        return self.clouds is None or cloud.name in self.clouds


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """Where the vendor's modules build."""

    name: str
    """Word for `--cloud`."""
    section: str
    """Section of the stack file that chooses the target."""
    groups: str
    """Variable that holds the groups of nodes."""
    settings: str
    """Setting that holds them, below the section."""
    marks: frozenset[str]
    """Variables that only this cloud's modules take."""


CLOUDS: Mapping[str, Cloud] = MappingProxyType(
    {
        each.name: each
        for each in (
            Cloud(
                name="aws",
                section="eks",
                groups="node_groups",
                settings="nodeGroups",
                marks=frozenset({"node_groups", "eks_admin_users", "certificate_arn"}),
            ),
        )
    }
)
"""Clouds by their word."""


def _reversed(value: bool) -> bool | None:
    return True if value is False else None


def _by_last_part(names: Sequence[str]) -> dict[str, str]:
    """Each by what stands behind its last `/`, with a number behind it where two end alike."""
    found: dict[str, str] = {}
    for each in names:
        short = each.rsplit("/", 1)[-1].partition("@")[0] or "admin"
        spare = (f"{short}-{count}" for count in itertools.count(2))
        found[short if short not in found else next(name for name in spare if name not in found)] = each
    return found


def _unless_driven(labels: Mapping[str, str]) -> Mapping[str, str] | None:
    """Without the label that every GPU group gets here by itself."""
    return {key: value for key, value in labels.items() if key != "nvidia.com/gpu.present"} or None


_AWS = frozenset({"aws"})
_CAPACITY = {"ON_DEMAND": "on_demand", "SPOT": "spot"}

VARIABLES: tuple[Row, ...] = (
    Row(variable="region", kind=Kind.TEXT, setting="{section}.region"),
    Row(variable="name", kind=Kind.TEXT, setting="{section}.clusterName"),
    Row(
        variable="release_tag",
        kind=Kind.TEXT,
        setting="release.releaseTag",
        differs="checked against the features that are switched on",
    ),
    Row(variable="ingress_route", kind=Kind.TEXT, setting="release.ingress.host"),
    Row(variable="certificate_arn", kind=Kind.TEXT, setting="release.ingress.certificateArn", clouds=_AWS),
    Row(variable="enable_hot_reload", kind=Kind.FLAG, setting="release.features.hotReload"),
    Row(
        variable="authenticate",
        kind=Kind.FLAG,
        setting="release.airGapped",
        differs="the other way round: `authenticate = false` is `airGapped: true`",
        value=_reversed,
    ),
    Row(
        variable="license_proxy_persistence",
        kind=Kind.FLAG,
        setting="release.license.persistence",
        differs="needs `storageClass`; `gp3` is the one that add-ons make",
    ),
    Row(
        variable="eks_admin_users",
        kind=Kind.TEXTS,
        setting="{section}.admins",
        differs="ARNs by names; the converter takes the last part of each ARN",
        value=_by_last_part,
        clouds=_AWS,
    ),
)
"""Variables with a setting of their own."""

NODES: tuple[Row, ...] = (
    Row(
        variable="instance_types",
        kind=Kind.TEXTS,
        setting="instanceTypes",
        differs="or a `profile` for GPUs",
    ),
    Row(
        variable="ami_type",
        kind=Kind.TEXT,
        setting="amiType",
        differs="chosen from the instance types unless given",
    ),
    Row(variable="min_size", kind=Kind.WHOLE, setting="minNodes"),
    Row(
        variable="max_size",
        kind=Kind.WHOLE,
        setting="maxNodes",
        differs="an update that could never get its GPUs is refused",
    ),
    Row(variable="desired_size", kind=Kind.WHOLE, setting="desiredNodes"),
    Row(variable="disk_size", kind=Kind.WHOLE, setting="diskGib", differs="GiB, as EC2 counts them"),
    Row(
        variable="labels",
        kind=Kind.TEXT_MAP,
        setting="labels",
        differs="`nvidia.com/gpu.present` is left out: GPU groups get it here",
        value=_unless_driven,
    ),
    Row(
        variable="capacity_type",
        kind=Kind.TEXT,
        setting="capacity",
        differs="not documented by the vendor; the word of EKS",
        value=_CAPACITY.get,
    ),
)
"""Keys of one group of nodes."""

SECRET_VARIABLES: Mapping[str, str] = MappingProxyType(
    {"cartesia_api_key": SECRETS["apiKey"].key, "service_account_json": SECRETS["serviceAccountJson"].key}
)
"""Secrets by the variable that holds their text. They go encrypted into the stack file."""

SECRET_FILES: Mapping[str, str] = MappingProxyType({"license_proxy_seed_file": SECRETS["license"].key})
"""Secrets by the variable that names a file with them."""

SWITCH = "enable_ingress"
"""Whether there is an ingress at all. Here the section is there, or it is not."""
