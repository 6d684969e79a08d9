"""What holds for every account: rights, tags, keys, logs and firewalls."""

from collections.abc import Iterator

from policies.areas.documents import EVERYBODY, allowing, names_everybody
from policies.reading import Value
from policies.rule import PRODUCTION, Parameters, Resource, Rule, Severity

__all__ = ["ADMINISTRATION", "EVERYWHERE", "RULES"]

ROLE = "aws:iam/role:Role"
KEY = "aws:kms/key:Key"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
SUBNET = "aws:ec2/subnet:Subnet"
IAM_DOCUMENTS = (
    "aws:iam/groupPolicy:GroupPolicy",
    "aws:iam/policy:Policy",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/userPolicy:UserPolicy",
)
ATTACHMENTS = (
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "aws:iam/userPolicyAttachment:UserPolicyAttachment",
)
TAGGED = (
    "aws:ec2/launchTemplate:LaunchTemplate",
    "aws:ec2/vpc:Vpc",
    "aws:ecr/repository:Repository",
    "aws:eks/cluster:Cluster",
    "aws:eks/nodeGroup:NodeGroup",
    KEY,
    "aws:s3/bucket:Bucket",
    "aws:sagemaker/endpoint:Endpoint",
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
    "aws:sagemaker/model:Model",
)
"""Types that cost money or hold data."""
STATEFUL = (
    "aws:efs/fileSystem:FileSystem",
    "aws:eks/cluster:Cluster",
    KEY,
    "aws:s3/bucket:Bucket",
    "gcp:container/cluster:Cluster",
    "gcp:kms/cryptoKey:CryptoKey",
    "gcp:storage/bucket:Bucket",
)
"""Types whose loss cannot be repaired by an update."""

EVERYWHERE = ("0.0.0.0/0", "::/0")
ADMINISTRATION = (22, 3389)
_MANAGED_ADMINISTRATOR = "AdministratorAccess"


def _no_wildcard(holder: Resource, _: Parameters) -> Iterator[str]:
    for statement in allowing(holder.inputs["policy"]):
        broad = any(action == EVERYBODY or action.endswith(":*") for action in statement["Action"].texts())
        if broad and any(each.is_(EVERYBODY) for each in statement["Resource"].items()):
            yield f"{statement.path} allows all actions on all resources"


def _no_administrator(attachment: Resource, _: Parameters) -> Iterator[str]:
    if (attachment.inputs["policyArn"].text or "").endswith(f":policy/{_MANAGED_ADMINISTRATOR}"):
        yield f"policyArn is {_MANAGED_ADMINISTRATOR}"


def _trust_limited(role: Resource, _: Parameters) -> Iterator[str]:
    if any(names_everybody(statement) for statement in allowing(role.inputs["assumeRolePolicy"])):
        yield "assumeRolePolicy lets everybody take the role, without a condition"


def _tagged(resource: Resource, parameters: Parameters) -> Iterator[str]:
    tags = resource.inputs["tags"]
    missing = [key for key in parameters.texts("keys") if tags.key(key).absent]
    if missing:
        yield "tags lacks keys that the policy configuration requires"


def _protected(resource: Resource, parameters: Parameters) -> Iterator[str]:
    temporary = resource.inputs["forceDestroy"].is_(True)
    if not resource.in_production(parameters):
        return
    if temporary:
        yield "forceDestroy is true"
    if not resource.protected:
        yield "the resource option protect is not set"


def _rotates(key: Resource, _: Parameters) -> Iterator[str]:
    symmetric = key.inputs["customerMasterKeySpec"].is_(None, "SYMMETRIC_DEFAULT")
    if symmetric and key.inputs["enableKeyRotation"].is_not(True):
        yield "enableKeyRotation is not true"


def _deletion_window(key: Resource, parameters: Parameters) -> Iterator[str]:
    days = key.inputs["deletionWindowInDays"].number
    if key.in_production(parameters) and days is not None and days < parameters.number("minimumDays"):
        yield "deletionWindowInDays is too short"


def _expires(group: Resource, _: Parameters) -> Iterator[str]:
    days = group.inputs["retentionInDays"]
    if days.absent or days.is_(0, 0.0):
        yield "retentionInDays is not set"


def _group_closed(group: Resource, _: Parameters) -> Iterator[str]:
    for entry in group.inputs["ingress"].items():
        cidrs = [*entry["cidrBlocks"].items(), *entry["ipv6CidrBlocks"].items()]
        if any(each.is_(*EVERYWHERE) for each in cidrs) and _is_administration(entry, "protocol"):
            yield f"{entry.path} opens administration to every address"


def _entry_closed(entry: Resource, _: Parameters) -> Iterator[str]:
    everywhere = any(entry.inputs[key].is_(*EVERYWHERE) for key in ("cidrIpv4", "cidrIpv6"))
    if everywhere and _is_administration(entry.inputs, "ipProtocol"):
        yield "opens administration to every address"


def _is_administration(entry: Value, protocol: str) -> bool:
    if entry[protocol].is_("-1", "all"):
        return True
    low, high = entry["fromPort"].number, entry["toPort"].number
    return low is not None and high is not None and any(low <= port <= high for port in ADMINISTRATION)


def _no_automatic_address(subnet: Resource, _: Parameters) -> Iterator[str]:
    if subnet.inputs["mapPublicIpOnLaunch"].is_(True):
        yield "mapPublicIpOnLaunch is true"


RULES = (
    Rule(
        id="iam-no-wildcard",
        types=IAM_DOCUMENTS,
        severity=Severity.CRITICAL,
        reason="A right to everything makes one leaked credential the whole account.",
        fix="Name the actions or the resources.",
        source="AWS IAM user guide, grant least privilege",
        check=_no_wildcard,
    ),
    Rule(
        id="iam-no-administrator",
        types=ATTACHMENTS,
        severity=Severity.CRITICAL,
        reason="A workload with the administrator's rights makes one faulty pod the whole account.",
        fix="Attach a policy with the rights that are used.",
        source="AWS IAM user guide, grant least privilege",
        check=_no_administrator,
    ),
    Rule(
        id="iam-trust-limited",
        types=(ROLE,),
        severity=Severity.CRITICAL,
        reason="Any AWS account could take the role.",
        fix="Name the principal, or add a condition.",
        source="AWS IAM user guide, the principal element",
        check=_trust_limited,
    ),
    Rule(
        id="tags-required",
        types=TAGGED,
        severity=Severity.LOW,
        reason="What has no tag belongs to nobody on the bill.",
        fix="Add the tags, or set them as default tags of the provider.",
        source="AWS tagging best practices",
        check=_tagged,
        schema={
            "keys": {
                "type": "array",
                "items": {"type": "string"},
                "default": [],
                "description": "Keys that have to be there; empty: none.",
            }
        },
    ),
    Rule(
        id="stateful-protected",
        types=STATEFUL,
        severity=Severity.HIGH,
        reason="A rename or a removed line deletes what no update brings back.",
        fix="Set the resource option protect, and remove forceDestroy.",
        source="Pulumi documentation, resource option protect",
        check=_protected,
        schema=PRODUCTION,
    ),
    Rule(
        id="kms-rotates",
        types=(KEY,),
        severity=Severity.MEDIUM,
        reason="A key that never changes protects everything that was ever encrypted with it.",
        fix="Set enableKeyRotation to true.",
        source="AWS KMS developer guide, rotating keys",
        check=_rotates,
    ),
    Rule(
        id="kms-deletion-window",
        types=(KEY,),
        severity=Severity.MEDIUM,
        reason="When a key is deleted, everything under it is lost; the window is the time to notice.",
        fix="Set deletionWindowInDays to 30.",
        source="AWS KMS developer guide, deleting keys",
        check=_deletion_window,
        schema={
            **PRODUCTION,
            "minimumDays": {"type": "number", "default": 14, "description": "Shortest window, days."},
        },
    ),
    Rule(
        id="logs-expire",
        types=(LOG_GROUP,),
        severity=Severity.LOW,
        reason="Logs without a retention are kept, and paid, for ever.",
        fix="Set retentionInDays.",
        source="Amazon CloudWatch Logs user guide, log retention",
        check=_expires,
    ),
    Rule(
        id="security-group-closed",
        types=(SECURITY_GROUP,),
        severity=Severity.CRITICAL,
        reason="Ports of administration that are open to the world are tried within minutes.",
        fix="Name your addresses, or use Session Manager.",
        source="AWS Security Hub, EC2.13 and EC2.14",
        check=_group_closed,
    ),
    Rule(
        id="security-group-rule-closed",
        types=(INGRESS_RULE,),
        severity=Severity.CRITICAL,
        reason="Ports of administration that are open to the world are tried within minutes.",
        fix="Name your addresses, or use Session Manager.",
        source="AWS Security Hub, EC2.13 and EC2.14",
        check=_entry_closed,
    ),
    Rule(
        id="subnet-no-automatic-address",
        types=(SUBNET,),
        severity=Severity.MEDIUM,
        reason="Every machine in the subnet would get a public address, also one that was put there by mistake.",
        fix="Set mapPublicIpOnLaunch to false; load balancers and NAT gateways do not need it.",
        source="AWS Security Hub, EC2.15",
        check=_no_automatic_address,
    ),
)
