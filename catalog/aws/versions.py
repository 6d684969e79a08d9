"""What AWS versions beside Kubernetes itself: images of nodes and add-ons, as pinned for each Kubernetes version.

Without a pin EKS takes its newest image at each creation and at each change of a launch template, and its default
add-on of the day. `cartesia-infra versions` compares the pins of a stack with what AWS has published, and writes newer
ones.

source: the API's own lists, as several people pinned them from `DescribeAddonVersions` and the SSM parameters in August
and September 2026: release 1.35.7-20260911 in five public repositories of us-east-1 and us-west-2, each add-on version
in three or more; kube-proxy v1.35.3 also the EKS user guide. Read 2026-11-25. Of the NVIDIA image this very release was
not seen by itself: releases 20260304 and 20260520 of amazon-eks-ami had both images under one number. Versions of
Kubernetes for which no two sources were found have no row; their stacks pin by themselves.
"""

from collections.abc import Mapping
from types import MappingProxyType

from catalog.aws import amis
from catalog.aws.eks import ADDON_COREDNS, ADDON_EBS_CSI, ADDON_KUBE_PROXY, ADDON_POD_IDENTITY, ADDON_VPC_CNI

__all__ = ["ADDON_VERSIONS", "AMI_PARAMETERS", "AMI_RELEASES", "ROLLBACK_DAYS"]

AMI_RELEASES: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("1.35", amis.DEFAULT): "1.35.7-20260911",
        ("1.35", amis.DEFAULT_GPU): "1.35.7-20260911",
    }
)
"""Release version by Kubernetes version and AMI type. `20260911` is the day of the image."""

ADDON_VERSIONS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "1.35": MappingProxyType(
            {
                ADDON_VPC_CNI: "v1.23.0-eksbuild.1",
                ADDON_KUBE_PROXY: "v1.35.3-eksbuild.18",
                ADDON_POD_IDENTITY: "v1.3.10-eksbuild.3",
                ADDON_COREDNS: "v1.14.3-eksbuild.3",
                ADDON_EBS_CSI: "v1.64.0-eksbuild.1",
            }
        )
    }
)
"""Add-on versions by Kubernetes version and add-on."""

_PARAMETER = "/aws/service/eks/optimized-ami/{version}/amazon-linux-2023/x86_64/%s/recommended/release_version"

AMI_PARAMETERS: Mapping[str, str] = MappingProxyType(
    {amis.DEFAULT: _PARAMETER % "standard", amis.DEFAULT_GPU: _PARAMETER % "nvidia"}
)
"""SSM parameter that names the newest release, by AMI type.

source: EKS user guide, "Retrieve recommended Amazon Linux AMI IDs", and users of these parameters, 2026-11-25.
"""

ROLLBACK_DAYS = 7
"""Days within which EKS takes a Kubernetes version back after an upgrade; node groups have to be moved back before.

source: EKS user guide, "Roll back cluster to previous Kubernetes version", 2026-11-25.
"""
