"""Node pools of GKE of any kind: who their nodes act as, and what others reach of them."""

from collections.abc import Iterator

from policies.rule import Parameters, Resource, Rule, Severity

__all__ = ["NODE_POOL", "RULES"]

NODE_POOL = "gcp:container/nodePool:NodePool"

_PROVIDER = "Pulumi Registry, gcp.container.NodePool"
_COMPUTE_ACCOUNT = "-compute@developer.gserviceaccount.com"


def _own_account(pool: Resource, _: Parameters) -> Iterator[str]:
    account = pool.inputs["nodeConfig.serviceAccount"]
    if account.absent or account.is_("default") or (account.text or "").endswith(_COMPUTE_ACCOUNT):
        yield "nodeConfig.serviceAccount is not one of its own"


def _metadata(pool: Resource, _: Parameters) -> Iterator[str]:
    if pool.inputs["nodeConfig.workloadMetadataConfig.mode"].is_("GCE_METADATA", "MODE_UNSPECIFIED"):
        yield "nodeConfig.workloadMetadataConfig.mode is not GKE_METADATA"


def _private(pool: Resource, _: Parameters) -> Iterator[str]:
    if pool.inputs["networkConfig.enablePrivateNodes"].is_(False):
        yield "networkConfig.enablePrivateNodes is false"


def _shielded(pool: Resource, _: Parameters) -> Iterator[str]:
    if pool.inputs["nodeConfig.shieldedInstanceConfig.enableIntegrityMonitoring"].is_(False):
        yield "nodeConfig.shieldedInstanceConfig.enableIntegrityMonitoring is false"


def _repairs(pool: Resource, _: Parameters) -> Iterator[str]:
    flexible = pool.inputs["nodeConfig.flexStart"]
    if flexible.is_not(True) and pool.inputs["management.autoRepair"].is_(False):
        yield "management.autoRepair is false"


RULES = (
    Rule(
        id="gke-node-account",
        types=(NODE_POOL,),
        severity=Severity.HIGH,
        reason="The Compute service account is Editor in many projects, and every pod of the node can borrow it.",
        fix="Set nodeConfig.serviceAccount to one with roles/container.defaultNodeServiceAccount.",
        source=f"{_PROVIDER}; CIS Google Kubernetes Engine Benchmark, 5.2.1",
        check=_own_account,
    ),
    Rule(
        id="gke-node-metadata",
        types=(NODE_POOL,),
        severity=Severity.HIGH,
        reason="Pods would reach the node's own metadata, and with it the token of its service account.",
        fix="Set workloadMetadataConfig.mode to GKE_METADATA.",
        source=f"{_PROVIDER}; CIS Google Kubernetes Engine Benchmark, 5.4.2",
        check=_metadata,
    ),
    Rule(
        id="gke-node-private",
        types=(NODE_POOL,),
        severity=Severity.HIGH,
        reason="A node with a public address can be reached past the load balancer.",
        fix="Remove networkConfig.enablePrivateNodes, or set it to true.",
        source=f"{_PROVIDER}; CIS Google Kubernetes Engine Benchmark, 5.6.5",
        check=_private,
    ),
    Rule(
        id="gke-node-integrity",
        types=(NODE_POOL,),
        severity=Severity.MEDIUM,
        reason="A changed boot chain of a node would stay unnoticed.",
        fix="Remove enableIntegrityMonitoring; its default is true.",
        source=f"{_PROVIDER}; CIS Google Kubernetes Engine Benchmark, 5.5.6",
        check=_shielded,
    ),
    Rule(
        id="gke-node-repair",
        types=(NODE_POOL,),
        severity=Severity.MEDIUM,
        reason="A sick node stays in service until somebody looks.",
        fix="Set management.autoRepair to true.",
        source=f"{_PROVIDER}; CIS Google Kubernetes Engine Benchmark, 5.5.2",
        check=_repairs,
    ),
)
