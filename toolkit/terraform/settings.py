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
    storage_class: str
    """Class that claims get here: the one that add-ons make, or that the cloud brings."""


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
                storage_class="gp3",
            ),
            Cloud(
                name="gcp",
                section="gke",
                groups="node_pools",
                settings="nodePools",
                marks=frozenset({"node_pools", "gke_admin_users", "project_id", "zone"}),
                storage_class="standard-rwo",
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


_AWS, _GCP = frozenset({"aws"}), frozenset({"gcp"})

VARIABLES: tuple[Row, ...] = (
    Row(variable="region", kind=Kind.TEXT, setting="{section}.region", clouds=_AWS),
    Row(
        variable="region",
        kind=Kind.TEXT,
        setting="{section}.location",
        differs="a regional cluster; write a zone there for a zonal one",
        clouds=_GCP,
    ),
    Row(variable="project_id", kind=Kind.TEXT, setting="{section}.project", clouds=_GCP),
    Row(
        variable="zone",
        kind=Kind.TEXT,
        setting="{section}.nodeZones",
        differs="the zone of the nodes, in a list",
        value=lambda zone: [zone],
        clouds=_GCP,
    ),
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
        differs="needs `storageClass`, which the converter fills in",
    ),
    Row(
        variable="eks_admin_users",
        kind=Kind.TEXTS,
        setting="{section}.admins",
        differs="ARNs by names; the converter takes the last part of each ARN",
        value=_by_last_part,
        clouds=_AWS,
    ),
    Row(
        variable="gke_admin_users",
        kind=Kind.TEXTS,
        setting="{section}.admins",
        differs="IAM members by names; the converter takes each address for a user's",
        value=lambda emails: {name: f"user:{email}" for name, email in _by_last_part(emails).items()},
        clouds=_GCP,
    ),
)
"""Variables with a setting of their own."""

NODES: tuple[Row, ...] = (
    Row(
        variable="instance_types",
        kind=Kind.TEXTS,
        setting="instanceTypes",
        differs="or a `profile` for GPUs",
        clouds=_AWS,
    ),
    Row(
        variable="ami_type",
        kind=Kind.TEXT,
        setting="amiType",
        differs="chosen from the instance types unless given",
        clouds=_AWS,
    ),
    Row(variable="min_size", kind=Kind.WHOLE, setting="minNodes", clouds=_AWS),
    Row(
        variable="max_size",
        kind=Kind.WHOLE,
        setting="maxNodes",
        differs="an update that could never get its GPUs is refused",
        clouds=_AWS,
    ),
    Row(variable="desired_size", kind=Kind.WHOLE, setting="desiredNodes", clouds=_AWS),
    Row(variable="disk_size", kind=Kind.WHOLE, setting="diskGib", differs="GiB, as EC2 counts them", clouds=_AWS),
    Row(variable="machine_type", kind=Kind.TEXT, setting="machineType", differs="or a `profile` for GPUs", clouds=_GCP),
    Row(variable="min_count", kind=Kind.WHOLE, setting="minNodes", differs="of the whole pool here", clouds=_GCP),
    Row(variable="max_count", kind=Kind.WHOLE, setting="maxNodes", differs="of the whole pool here", clouds=_GCP),
    Row(
        variable="initial_count",
        kind=Kind.WHOLE,
        setting="desiredNodes",
        differs="name not whole on the vendor's page, where it begins with `i`",
        clouds=_GCP,
    ),
    Row(
        variable="gpu_partition_size",
        kind=Kind.TEXT,
        setting="partition",
        differs="a slice with at least 24 GB",
        clouds=_GCP,
    ),
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
        value=str.lower,
        clouds=_AWS,
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
