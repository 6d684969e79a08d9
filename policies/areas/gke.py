"""GKE clusters: what the control plane shows, who pods and nodes act as, and that Google may not break in on calls."""

from collections.abc import Iterator

from policies.reading import Value
from policies.rule import PRODUCTION, Level, Parameters, Resource, Rule, Severity

__all__ = ["CLUSTER", "RULES"]

CLUSTER = "gcp:container/cluster:Cluster"

_EVERYBODY = ("0.0.0.0/0", "::/0")
_PROVIDER = "Pulumi Registry, gcp.container.Cluster"


def _is_autopilot(cluster: Resource) -> bool:
    return cluster.inputs["enableAutopilot"].is_(True)


def _channel(cluster: Resource, _: Parameters) -> Iterator[str]:
    channel = cluster.inputs["releaseChannel.channel"]
    if channel.absent or channel.is_("UNSPECIFIED"):
        yield "releaseChannel.channel is not set"


def _channel_not_rapid(cluster: Resource, parameters: Parameters) -> Iterator[str]:
    if cluster.in_production(parameters) and cluster.inputs["releaseChannel.channel"].is_("RAPID"):
        yield "releaseChannel.channel is RAPID"


def _private_nodes(cluster: Resource, _: Parameters) -> Iterator[str]:
    if cluster.inputs["privateClusterConfig.enablePrivateNodes"].is_not(True):
        yield "privateClusterConfig.enablePrivateNodes is not true"


def _endpoint_limited(cluster: Resource, _: Parameters) -> Iterator[str]:
    inputs = cluster.inputs
    internal = inputs["privateClusterConfig.enablePrivateEndpoint"]
    if not (_has_ip_endpoint(cluster) and internal.is_not(True)):
        return
    networks = inputs["masterAuthorizedNetworksConfig"]
    if networks.is_(None):
        yield "masterAuthorizedNetworksConfig is not set, so every address reaches the control plane"
    elif any(block["cidrBlock"].is_(*_EVERYBODY) for block in networks["cidrBlocks"].items()):
        yield f"{networks.path}.cidrBlocks names every address"


def _has_ip_endpoint(cluster: Resource) -> bool:
    return cluster.inputs["controlPlaneEndpointsConfig.ipEndpointsConfig.enabled"].is_not(False)


def _endpoint_reachable(cluster: Resource, _: Parameters) -> Iterator[str]:
    endpoints = cluster.inputs["controlPlaneEndpointsConfig"]
    no_address = endpoints["ipEndpointsConfig.enabled"].is_(False)
    if no_address and endpoints["dnsEndpointConfig.allowExternalTraffic"].is_not(True):
        yield f"{endpoints.path or 'controlPlaneEndpointsConfig'} turns the IP endpoints off and lets nobody use DNS"


def _workload_identity(cluster: Resource, _: Parameters) -> Iterator[str]:
    if not _is_autopilot(cluster) and cluster.inputs["workloadIdentityConfig.workloadPool"].absent:
        yield "workloadIdentityConfig.workloadPool is not set"


def _shielded(cluster: Resource, _: Parameters) -> Iterator[str]:
    if cluster.inputs["enableShieldedNodes"].is_(False):
        yield "enableShieldedNodes is false"


def _secrets_encrypted(cluster: Resource, parameters: Parameters) -> Iterator[str]:
    if cluster.in_production(parameters) and cluster.inputs["databaseEncryption.state"].is_not("ENCRYPTED"):
        yield "databaseEncryption.state is not ENCRYPTED"


def _deletion_protection(cluster: Resource, parameters: Parameters) -> Iterator[str]:
    if cluster.in_production(parameters) and cluster.inputs["deletionProtection"].is_(False):
        yield "deletionProtection is false"


def _no_old_access(cluster: Resource, _: Parameters) -> Iterator[str]:
    if cluster.inputs["enableLegacyAbac"].is_(True):
        yield "enableLegacyAbac is true"
    if cluster.inputs["masterAuth.clientCertificateConfig.issueClientCertificate"].is_(True):
        yield "masterAuth.clientCertificateConfig.issueClientCertificate is true"


def _logs(cluster: Resource, parameters: Parameters) -> Iterator[str]:
    if cluster.inputs["loggingService"].is_("none"):
        yield "loggingService is none"
    kinds = cluster.inputs["loggingConfig.enableComponents"]
    missing = [kind for kind in parameters.texts("components") if _is_given(kinds) and kinds.lacks(kind)]
    if missing:
        yield f"{kinds.path} lacks {', '.join(missing)}"


def _is_given(value: Value) -> bool:
    """Known not to be missing; an empty list is given."""
    return value.is_not(None)


def _maintenance(cluster: Resource, parameters: Parameters) -> Iterator[str]:
    policy = cluster.inputs["maintenancePolicy"]
    windows = ("recurringWindow", "recurringMaintenanceWindow", "dailyMaintenanceWindow")
    if cluster.in_production(parameters) and all(policy[key].absent for key in windows):
        yield "maintenancePolicy names no window"


def _no_default_pool(cluster: Resource, _: Parameters) -> Iterator[str]:
    inputs = cluster.inputs
    if _is_autopilot(cluster) or inputs["removeDefaultNodePool"].is_(True):
        return
    if inputs["removeDefaultNodePool"].known and inputs["nodePools"].absent:
        yield "removeDefaultNodePool is not true"


RULES = (
    Rule(
        id="gke-release-channel",
        types=(CLUSTER,),
        severity=Severity.MEDIUM,
        reason="Outside a channel nobody sets the pace of upgrades, and exclusions of minor versions do not hold.",
        fix="Set releaseChannel.channel; the vendor tested STABLE.",
        source=f"{_PROVIDER}; GKE documentation, release channels",
        check=_channel,
    ),
    Rule(
        id="gke-channel-not-rapid",
        types=(CLUSTER,),
        severity=Severity.MEDIUM,
        reason="RAPID gets versions before Google has them in the others, and without a promise of service.",
        fix="Set releaseChannel.channel to STABLE or REGULAR.",
        source=f"{_PROVIDER}; GKE documentation, release channels",
        check=_channel_not_rapid,
        schema=PRODUCTION,
    ),
    Rule(
        id="gke-private-nodes",
        types=(CLUSTER,),
        severity=Severity.HIGH,
        reason="A node with a public address can be reached past the load balancer.",
        fix="Set privateClusterConfig.enablePrivateNodes to true, and give the subnet a Cloud NAT.",
        source=f"{_PROVIDER}; CIS Google Kubernetes Engine Benchmark, 5.6.5",
        check=_private_nodes,
    ),
    Rule(
        id="gke-endpoint-limited",
        types=(CLUSTER,),
        severity=Severity.CRITICAL,
        reason="Without authorised networks the whole internet reaches the control plane's address.",
        fix="List your networks, or turn ipEndpointsConfig off and use the DNS endpoint, which asks for IAM.",
        source=f"{_PROVIDER}; CIS Google Kubernetes Engine Benchmark, 5.6.3",
        check=_endpoint_limited,
    ),
    Rule(
        id="gke-endpoint-reachable",
        types=(CLUSTER,),
        severity=Severity.HIGH,
        reason="With neither endpoint nobody outside Google's network can deploy to the cluster.",
        fix="Set dnsEndpointConfig.allowExternalTraffic to true.",
        source=f"{_PROVIDER}; container API, DNSEndpointConfig",
        check=_endpoint_reachable,
    ),
    Rule(
        id="gke-workload-identity",
        types=(CLUSTER,),
        severity=Severity.HIGH,
        reason="Without it pods act as the service account of their node, or carry keys that never end.",
        fix="Set workloadIdentityConfig.workloadPool to <project>.svc.id.goog.",
        source=f"{_PROVIDER}; CIS Google Kubernetes Engine Benchmark, 5.2.2",
        check=_workload_identity,
    ),
    Rule(
        id="gke-shielded-nodes",
        types=(CLUSTER,),
        severity=Severity.HIGH,
        reason="Without shielded nodes the credentials by which a node joins can be taken and used elsewhere.",
        fix="Remove enableShieldedNodes; its default is true.",
        source=f"{_PROVIDER}; CIS Google Kubernetes Engine Benchmark, 5.5.5",
        check=_shielded,
    ),
    Rule(
        id="gke-secrets-encrypted",
        types=(CLUSTER,),
        severity=Severity.HIGH,
        reason="Kubernetes secrets hold the keys to the vendor's registry and API; only a key of yours can be revoked.",
        fix="Set databaseEncryption with state ENCRYPTED and a key in the cluster's region.",
        source=f"{_PROVIDER}; CIS Google Kubernetes Engine Benchmark, 5.3.1",
        check=_secrets_encrypted,
        schema=PRODUCTION,
    ),
    Rule(
        id="gke-deletion-protection",
        types=(CLUSTER,),
        severity=Severity.HIGH,
        reason="One wrong update deletes a production cluster; no setting keeps other tools from deleting it.",
        fix="Remove deletionProtection; its default is true. Add the resource option protect.",
        source=f"{_PROVIDER}; terraform-provider-google, resource container_cluster",
        check=_deletion_protection,
        schema=PRODUCTION,
    ),
    Rule(
        id="gke-no-old-access",
        types=(CLUSTER,),
        severity=Severity.HIGH,
        reason="Legacy rights and client certificates go past IAM, and no certificate can be revoked.",
        fix="Remove enableLegacyAbac and issueClientCertificate.",
        source=f"{_PROVIDER}; CIS Google Kubernetes Engine Benchmark, 5.8",
        check=_no_old_access,
    ),
    Rule(
        id="gke-logs",
        types=(CLUSTER,),
        severity=Severity.MEDIUM,
        reason="Logs that were off at the time of an incident cannot be read later.",
        fix="Add them to loggingConfig.enableComponents.",
        source=f"{_PROVIDER}; CIS Google Kubernetes Engine Benchmark, 5.7.1",
        check=_logs,
        schema={
            "components": {
                "type": "array",
                "items": {"type": "string"},
                "default": ["SYSTEM_COMPONENTS", "WORKLOADS"],
                "description": "Components whose logs a cluster has to keep.",
            }
        },
    ),
    Rule(
        id="gke-maintenance-window",
        types=(CLUSTER,),
        severity=Severity.MEDIUM,
        level=Level.ADVISORY,
        reason="Google upgrades control planes and nodes at any hour, and an upgraded node ends its calls.",
        fix="Set maintenancePolicy.recurringWindow to hours with few calls.",
        source=f"{_PROVIDER}; GKE documentation, maintenance windows and exclusions",
        check=_maintenance,
        schema=PRODUCTION,
    ),
    Rule(
        id="gke-no-default-pool",
        types=(CLUSTER,),
        severity=Severity.MEDIUM,
        reason="The default pool runs as the Compute service account, and cannot be changed without a new cluster.",
        fix="Set removeDefaultNodePool to true and make node pools of their own.",
        source=f"{_PROVIDER}; terraform-provider-google, using GKE with Terraform",
        check=_no_default_pool,
    ),
)
