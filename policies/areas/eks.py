"""EKS clusters: what the control plane shows, who may use it, and that it can be updated."""

from collections.abc import Iterator
from datetime import date

from catalog.aws.eks import EKS_VERSIONS
from policies.rule import PRODUCTION, Level, Parameters, Resource, Rule, Severity

__all__ = ["RULES"]

CLUSTER = "aws:eks/cluster:Cluster"
ADDON = "aws:eks/addon:Addon"

_EVERYBODY = ("0.0.0.0/0", "::/0")
_TODAY = {
    "type": "string",
    "pattern": "^$|^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",  # the engine checks the default by it, too
    "default": "",
    "description": "Day to judge by, as 2026-11-25; empty: today.",
}


def _today(parameters: Parameters) -> date:
    given = parameters.text("today")
    return date.fromisoformat(given) if given else date.today()


def _days_left(cluster: Resource, parameters: Parameters) -> int | None:
    row = EKS_VERSIONS.get(cluster.inputs["version"].text or "")
    return None if row is None else (row.standard_until - _today(parameters)).days


def _version_pinned(cluster: Resource, _: Parameters) -> Iterator[str]:
    if cluster.inputs["version"].absent:
        yield "version is not set"


def _version_supported(cluster: Resource, parameters: Parameters) -> Iterator[str]:
    left = _days_left(cluster, parameters)
    if left is not None and left < 0:
        yield f"standard support of its version ended {-left} days ago"


def _version_days_left(cluster: Resource, parameters: Parameters) -> Iterator[str]:
    left = _days_left(cluster, parameters)
    if left is not None and 0 <= left < parameters.number("minimumDaysLeft"):
        yield f"standard support of its version ends in {left} days"


def _standard_support(cluster: Resource, _: Parameters) -> Iterator[str]:
    if cluster.inputs["upgradePolicy.supportType"].is_not("STANDARD"):
        yield "upgradePolicy.supportType is not STANDARD"


def _endpoint_not_open(cluster: Resource, _: Parameters) -> Iterator[str]:
    network = cluster.inputs["vpcConfig"]
    if not network["endpointPublicAccess"].is_not(False):
        return
    cidrs = network["publicAccessCidrs"]
    if cidrs.absent or any(item.is_(*_EVERYBODY) for item in cidrs.items()):
        yield "vpcConfig.publicAccessCidrs lets every address reach the API endpoint"


def _endpoint_reachable(cluster: Resource, _: Parameters) -> Iterator[str]:
    network = cluster.inputs["vpcConfig"]
    if network["endpointPublicAccess"].is_(False) and network["endpointPrivateAccess"].is_not(True):
        yield "vpcConfig turns both the public and the private endpoint off"


def _two_subnets(cluster: Resource, _: Parameters) -> Iterator[str]:
    subnets = cluster.inputs["vpcConfig.subnetIds"]
    if subnets.known and len(subnets.items()) < 2:
        yield "vpcConfig.subnetIds names fewer than two subnets"


def _secrets_encrypted(cluster: Resource, _: Parameters) -> Iterator[str]:
    if cluster.inputs["encryptionConfig.resources"].lacks("secrets"):
        yield "encryptionConfig.resources does not name secrets"


def _logs(cluster: Resource, parameters: Parameters) -> Iterator[str]:
    kinds = cluster.inputs["enabledClusterLogTypes"]
    missing = [kind for kind in parameters.texts("logTypes") if kinds.lacks(kind)]
    if missing:
        yield f"enabledClusterLogTypes lacks {', '.join(missing)}"


def _access_entries(cluster: Resource, _: Parameters) -> Iterator[str]:
    if cluster.inputs["accessConfig.authenticationMode"].is_not("API", "API_AND_CONFIG_MAP"):
        yield "accessConfig.authenticationMode is not API or API_AND_CONFIG_MAP"


def _creator_is_not_admin(cluster: Resource, _: Parameters) -> Iterator[str]:
    if cluster.inputs["accessConfig.bootstrapClusterCreatorAdminPermissions"].is_not(False):
        yield "accessConfig.bootstrapClusterCreatorAdminPermissions is not false"


def _deletion_protection(cluster: Resource, parameters: Parameters) -> Iterator[str]:
    if cluster.in_production(parameters) and cluster.inputs["deletionProtection"].is_not(True):
        yield "deletionProtection is not true"


def _addon_pinned(addon: Resource, _: Parameters) -> Iterator[str]:
    if addon.inputs["addonVersion"].absent:
        yield "addonVersion is not set"


RULES = (
    Rule(
        id="eks-version-pinned",
        types=(CLUSTER,),
        severity=Severity.MEDIUM,
        reason="Without a version, two clusters differ by the day they were made.",
        fix="Set version.",
        source="Amazon EKS API reference, CreateCluster",
        check=_version_pinned,
    ),
    Rule(
        id="eks-version-supported",
        types=(CLUSTER,),
        severity=Severity.HIGH,
        reason="After standard support AWS charges for extended support, and then upgrades the cluster by itself.",
        fix="Upgrade one minor version at a time: control plane first, then each node group.",
        source="Amazon EKS user guide, Kubernetes release calendar",
        check=_version_supported,
        schema={"today": _TODAY},
    ),
    Rule(
        id="eks-version-days-left",
        types=(CLUSTER,),
        severity=Severity.MEDIUM,
        level=Level.ADVISORY,
        reason="An upgrade of GPU nodes needs weeks of planning, which is too late after the last day of support.",
        fix="Plan the upgrade.",
        source="Amazon EKS user guide, Kubernetes release calendar",
        check=_version_days_left,
        schema={
            "today": _TODAY,
            "minimumDaysLeft": {"type": "number", "default": 60, "description": "Days of standard support to have."},
        },
    ),
    Rule(
        id="eks-standard-support",
        types=(CLUSTER,),
        severity=Severity.LOW,
        level=Level.ADVISORY,
        reason="The default, EXTENDED, moves an old cluster to paid support without a question.",
        fix="Set upgradePolicy.supportType to STANDARD.",
        source="Amazon EKS API reference, UpgradePolicyRequest",
        check=_standard_support,
    ),
    Rule(
        id="eks-endpoint-not-open",
        types=(CLUSTER,),
        severity=Severity.CRITICAL,
        reason="A public endpoint without a list of addresses is open to 0.0.0.0/0.",
        fix="List your addresses in publicAccessCidrs, or set endpointPublicAccess to false.",
        source="Amazon EKS user guide, cluster API server endpoint",
        check=_endpoint_not_open,
    ),
    Rule(
        id="eks-endpoint-reachable",
        types=(CLUSTER,),
        severity=Severity.HIGH,
        reason="A cluster with neither endpoint is refused by EKS.",
        fix="Set endpointPrivateAccess to true.",
        source="Amazon EKS user guide, cluster API server endpoint",
        check=_endpoint_reachable,
    ),
    Rule(
        id="eks-two-subnets",
        types=(CLUSTER,),
        severity=Severity.HIGH,
        reason="EKS puts its network interfaces into at least two availability zones and refuses a cluster with one.",
        fix="Name subnets in at least two zones.",
        source="Amazon EKS user guide, network requirements",
        check=_two_subnets,
    ),
    Rule(
        id="eks-secrets-encrypted",
        types=(CLUSTER,),
        severity=Severity.HIGH,
        reason="Kubernetes secrets hold the keys to the vendor's registry and API; only a key of yours can be revoked.",
        fix="Set encryptionConfig with a KMS key and resources [secrets].",
        source="Amazon EKS user guide, encrypt Kubernetes secrets with KMS",
        check=_secrets_encrypted,
    ),
    Rule(
        id="eks-control-plane-logs",
        types=(CLUSTER,),
        severity=Severity.MEDIUM,
        reason="Control-plane logs that were off at the time of an incident cannot be read later.",
        fix="Add them to enabledClusterLogTypes.",
        source="Amazon EKS user guide, control plane logs",
        check=_logs,
        schema={
            "logTypes": {
                "type": "array",
                "items": {"type": "string"},
                "default": ["api", "audit", "authenticator"],
                "description": "Log types a cluster has to write.",
            }
        },
    ),
    Rule(
        id="eks-access-entries",
        types=(CLUSTER,),
        severity=Severity.MEDIUM,
        reason="Access by the aws-auth config map is lost with one bad edit, and no API shows who has it.",
        fix="Set accessConfig.authenticationMode to API.",
        source="Amazon EKS user guide, access entries",
        check=_access_entries,
    ),
    Rule(
        id="eks-creator-not-admin",
        types=(CLUSTER,),
        severity=Severity.LOW,
        level=Level.ADVISORY,
        reason="The role that made the cluster would be its administrator by a right that no resource of yours shows.",
        fix="Set bootstrapClusterCreatorAdminPermissions to false and give the role an access entry.",
        source="Amazon EKS API reference, CreateAccessConfigRequest",
        check=_creator_is_not_admin,
    ),
    Rule(
        id="eks-deletion-protection",
        types=(CLUSTER,),
        severity=Severity.HIGH,
        reason="One wrong call deletes a production cluster.",
        fix="Set deletionProtection to true.",
        source="Amazon EKS API reference, CreateCluster",
        check=_deletion_protection,
        schema=PRODUCTION,
    ),
    Rule(
        id="eks-addon-pinned",
        types=(ADDON,),
        severity=Severity.LOW,
        level=Level.ADVISORY,
        reason="Without a version EKS takes its default of the day, and never updates the add-on.",
        fix="Set addonVersion.",
        source="Amazon EKS API reference, CreateAddon",
        check=_addon_pinned,
    ),
)
