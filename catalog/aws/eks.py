"""Kubernetes versions and EKS add-ons: what the vendor tested, what EKS supports, what this project picks.

source: Amazon EKS user guide, "Kubernetes release calendar", and its copies at endoflife.date and aws-samples,
read 2026-11-21. Versions newer than the table are accepted; the table is for defaults and for words in messages.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class EksVersion:
    """One Kubernetes minor version on EKS."""

    version: str
    """Minor version, e.g. `1.35`."""
    standard_until: date
    """Last day of standard support. After it AWS charges for extended support or upgrades the cluster."""
    extended_until: date
    """Last day of extended support. After it AWS upgrades the cluster."""


EKS_VERSIONS: Mapping[str, EksVersion] = MappingProxyType(
    {
        row.version: row
        for row in (
            EksVersion(version="1.31", standard_until=date(2025, 11, 26), extended_until=date(2026, 11, 26)),
            EksVersion(version="1.32", standard_until=date(2026, 3, 23), extended_until=date(2027, 3, 23)),
            EksVersion(version="1.33", standard_until=date(2026, 7, 29), extended_until=date(2027, 7, 29)),
            EksVersion(version="1.34", standard_until=date(2026, 12, 2), extended_until=date(2027, 12, 2)),
            EksVersion(version="1.35", standard_until=date(2027, 3, 27), extended_until=date(2028, 3, 27)),
        )
    }
)
"""Versions whose dates are published, oldest first."""

EKS_DEFAULT_VERSION = "1.35"
"""Default for new clusters: the newest one with a published end of standard support (2027-03-27).

1.34 leaves standard support on 2026-12-02, days after this choice (2026-11-21). 1.36 is offered too, but its dates are
not in the calendar read; whoever wants it sets `kubernetes_version`.
"""

VENDOR_TESTED_EKS_VERSION = "1.31"
"""What the vendor tested on EKS. It left standard support on 2025-11-26. source: vendor documentation, 2026-11-21."""

ADDON_VPC_CNI = "vpc-cni"
ADDON_KUBE_PROXY = "kube-proxy"
ADDON_POD_IDENTITY = "eks-pod-identity-agent"
ADDON_COREDNS = "coredns"
ADDON_EBS_CSI = "aws-ebs-csi-driver"

EKS_ADDONS_BEFORE_NODES = (ADDON_VPC_CNI, ADDON_KUBE_PROXY, ADDON_POD_IDENTITY)
"""Daemon sets a node needs to become Ready and its pods to get credentials. They are active without any node."""

EKS_ADDONS_AFTER_NODES = (ADDON_COREDNS, ADDON_EBS_CSI)
"""Deployments: EKS calls them degraded until a node runs them, so they come after the default group."""

EKS_ADDONS = (*EKS_ADDONS_BEFORE_NODES, *EKS_ADDONS_AFTER_NODES)
"""Every add-on the cluster gets, by the name EKS gives it. source: Amazon EKS user guide, "AWS add-ons", 2026-11-21."""


def standard_support_on(version: str, day: date) -> bool | None:
    """Whether `version` is in standard support on `day`. None where its dates are not known."""
    row = EKS_VERSIONS.get(version)
    return None if row is None else day <= row.standard_until
