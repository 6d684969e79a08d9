"""GKE: versions, release channels, drivers and limits: what the vendor tested and what Google says."""

GKE_DEFAULT_CHANNEL = "STABLE"
"""Release channel of new clusters: the one that the vendor tested. source: vendor documentation, 2026-11-21."""

VENDOR_TESTED_GKE_VERSION = "1.34"
"""What the vendor tested on GKE (Stable channel). source: vendor documentation, 2026-11-21."""

RELEASE_CHANNELS = ("STABLE", "REGULAR", "RAPID", "EXTENDED")
"""source: container API, `ReleaseChannel.channel`, in Google's published API description, 2026-11-25."""

GPU_DRIVER = "DEFAULT"
"""Driver version that GKE installs: the one it calls default for the node's version.

Unset means the same from 1.30.1-gke.1156000 on and no driver before, so it is always set. source: pulumi-gcp,
`guestAccelerators.gpuDriverInstallationConfig`; Google's API reference says otherwise of older versions; 2026-11-25.
"""

GPU_DRIVERS = ("DEFAULT", "LATEST")
"""Drivers by which GPUs become usable. The third value, INSTALLATION_DISABLED, leaves that to somebody else."""

NO_DEVICE_PLUGIN_LABEL = "gke-no-default-nvidia-gpu-device-plugin"
"""Node label (value `true`) that keeps GKE's own device plugin away. source: GKE documentation, 2026-11-25."""

GPU_SHARED_CLIENTS = (2, 48)
"""Pods that may share one GPU. source: ComputeClass CRD and GKE documentation, 2026-11-25."""

AUTOSCALING_PROFILES = ("BALANCED", "OPTIMIZE_UTILIZATION")
"""source: container API, `ClusterAutoscaling.autoscalingProfile`, 2026-11-25."""

MAX_EXCLUSIONS = 20
"""Maintenance exclusions of a cluster. source: provider documentation, `maintenance_exclusion`, 2026-11-25."""

EXCLUSION_SCOPES = ("NO_UPGRADES", "NO_MINOR_UPGRADES", "NO_MINOR_OR_NODE_UPGRADES")
"""source: container API, `MaintenanceExclusionOptions.scope`, 2026-11-25."""

PODS_OF_A_NODE = ((8, 28), (16, 27), (32, 26), (64, 25), (128, 24), (256, 23))
"""(most pods of a node, prefix of the block that a node gets). source: GKE, "Configure maximum Pods per node"."""
