"""Google Cloud beside GKE: buckets, registries, rights, keys and firewalls."""

from collections.abc import Iterator

from policies.areas.hygiene import ADMINISTRATION, EVERYWHERE
from policies.reading import Value
from policies.rule import Level, Parameters, Resource, Rule, Severity

__all__ = ["RULES"]

BUCKET = "gcp:storage/bucket:Bucket"
BUCKET_BINDINGS = ("gcp:storage/bucketIAMBinding:BucketIAMBinding", "gcp:storage/bucketIAMMember:BucketIAMMember")
REPOSITORY = "gcp:artifactregistry/repository:Repository"
REPOSITORY_BINDINGS = (
    "gcp:artifactregistry/repositoryIamBinding:RepositoryIamBinding",
    "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember",
)
PROJECT_BINDINGS = ("gcp:projects/iAMBinding:IAMBinding", "gcp:projects/iAMMember:IAMMember")
ACCOUNT_KEY = "gcp:serviceaccount/key:Key"
CRYPTO_KEY = "gcp:kms/cryptoKey:CryptoKey"
FIREWALL = "gcp:compute/firewall:Firewall"
SUBNETWORK = "gcp:compute/subnetwork:Subnetwork"
LABELLED = {
    "gcp:artifactregistry/repository:Repository": "labels",
    "gcp:container/cluster:Cluster": "resourceLabels",
    "gcp:container/nodePool:NodePool": "nodeConfig.resourceLabels",
    "gcp:kms/cryptoKey:CryptoKey": "labels",
    "gcp:storage/bucket:Bucket": "labels",
}
"""Types that cost money or hold data, each with the property of its labels."""

_ANYBODY = ("allUsers", "allAuthenticatedUsers")
_READING = ("roles/storage.bucketViewer", "roles/storage.legacyBucketReader", "roles/storage.objectViewer")
_PRIMITIVE = ("roles/editor", "roles/owner")


def _members(binding: Resource) -> list[Value]:
    return [binding.inputs["member"], *binding.inputs["members"].items()]


def _not_for_anybody(binding: Resource, _: Parameters) -> Iterator[str]:
    if any(member.is_(*_ANYBODY) for member in _members(binding)):
        yield "its members are everybody"


def _public_access_prevented(bucket: Resource, _: Parameters) -> Iterator[str]:
    if bucket.inputs["publicAccessPrevention"].is_not("enforced"):
        yield "publicAccessPrevention is not enforced"


def _uniform(bucket: Resource, _: Parameters) -> Iterator[str]:
    if bucket.inputs["uniformBucketLevelAccess"].is_not(True):
        yield "uniformBucketLevelAccess is not true"


def _reads_only(binding: Resource, parameters: Parameters) -> Iterator[str]:
    role = binding.inputs["role"]
    if role.is_not(None, *_READING, *parameters.texts("roles")):
        yield "role lets its members do more than read"


def _bound_to_bucket(binding: Resource, _: Parameters) -> Iterator[str]:
    if (binding.inputs["role"].text or "").startswith("roles/storage.") and binding.inputs["condition"].absent:
        yield "role opens every bucket of the project"


def _no_primitive(binding: Resource, _: Parameters) -> Iterator[str]:
    if binding.inputs["role"].is_(*_PRIMITIVE):
        yield "role is a basic one"


def _no_key(key: Resource, _: Parameters) -> Iterator[str]:
    if key.inputs["serviceAccountId"].present:
        yield "makes a key for serviceAccountId"


def _tags_fixed(repository: Resource, _: Parameters) -> Iterator[str]:
    inputs = repository.inputs
    holds_images = inputs["format"].is_("DOCKER") and inputs["mode"].is_(None, "STANDARD_REPOSITORY")
    if holds_images and inputs["dockerConfig.immutableTags"].is_not(True):
        yield "dockerConfig.immutableTags is not true"


def _labelled(resource: Resource, parameters: Parameters) -> Iterator[str]:
    labels = resource.inputs[LABELLED[resource.type]]
    missing = [key for key in parameters.texts("keys") if labels.key(key).absent]
    if missing:
        yield f"{LABELLED[resource.type]} lacks keys that the policy configuration requires"


def _rotates(key: Resource, _: Parameters) -> Iterator[str]:
    if key.inputs["purpose"].is_(None, "ENCRYPT_DECRYPT") and key.inputs["rotationPeriod"].absent:
        yield "rotationPeriod is not set"


def _closed(firewall: Resource, _: Parameters) -> Iterator[str]:
    inputs = firewall.inputs
    inward = inputs["direction"].is_(None, "INGRESS") and inputs["disabled"].is_not(True)
    if inward and any(each.is_(*EVERYWHERE) for each in inputs["sourceRanges"].items()):
        yield from (f"{each.path} opens administration to every address" for each in _administration(inputs["allows"]))


def _administration(allows: Value) -> Iterator[Value]:
    for entry in allows.items():
        ports = entry["ports"]
        everything = entry["protocol"].is_("all") or (entry["protocol"].is_("tcp") and ports.absent)
        if everything or any(_covers(port) for port in ports.texts()):
            yield entry


def _covers(ports: str) -> bool:
    """Whether ports as `22` or `20-30` include one of administration."""
    low, _, high = ports.partition("-")
    if not low.isdecimal() or not (high or low).isdecimal():
        return False
    return any(int(low) <= port <= int(high or low) for port in ADMINISTRATION)


def _reaches_google(subnetwork: Resource, _: Parameters) -> Iterator[str]:
    if subnetwork.inputs["purpose"].is_(None, "PRIVATE") and subnetwork.inputs["privateIpGoogleAccess"].is_not(True):
        yield "privateIpGoogleAccess is not true"


RULES = (
    Rule(
        id="gcs-not-public",
        types=BUCKET_BINDINGS,
        severity=Severity.CRITICAL,
        reason="Anybody, or anybody with a Google account, could use the bucket.",
        fix="Name the members.",
        source="Cloud Storage documentation, making data public; Pulumi Registry, gcp.storage.BucketIAMMember",
        check=_not_for_anybody,
    ),
    Rule(
        id="gcs-public-access-prevented",
        types=(BUCKET,),
        severity=Severity.HIGH,
        reason="Without the switch, one binding makes audio or models public.",
        fix="Set publicAccessPrevention to enforced.",
        source="Cloud Storage documentation, public access prevention; Pulumi Registry, gcp.storage.Bucket",
        check=_public_access_prevented,
    ),
    Rule(
        id="gcs-uniform-access",
        types=(BUCKET,),
        severity=Severity.MEDIUM,
        reason="With access lists on objects, no policy of the bucket says who may read it.",
        fix="Set uniformBucketLevelAccess to true.",
        source="Cloud Storage documentation, uniform bucket-level access; CIS Google Cloud Foundations Benchmark, 5.2",
        check=_uniform,
    ),
    Rule(
        id="gcs-binding-read-only",
        types=BUCKET_BINDINGS,
        severity=Severity.MEDIUM,
        reason="API server and workers only read voices and adapters; who may write could put others in their place.",
        fix="Bind roles/storage.objectViewer, or name the role in the parameter roles.",
        source="docs.cartesia.ai/self-hosted, provisioned resources; Cloud Storage documentation, IAM roles",
        check=_reads_only,
        schema={
            "roles": {
                "type": "array",
                "items": {"type": "string"},
                "default": [],
                "description": "Further roles that may be bound, for those who write on purpose.",
            }
        },
    ),
    Rule(
        id="gcs-bound-to-bucket",
        types=PROJECT_BINDINGS,
        severity=Severity.HIGH,
        reason="A role of Cloud Storage on the project opens every bucket in it, also those of others.",
        fix="Bind the role to the bucket, or add a condition.",
        source="Cloud Storage documentation, IAM overview; Pulumi Registry, gcp.storage.BucketIAMMember",
        check=_bound_to_bucket,
    ),
    Rule(
        id="artifact-registry-immutable-tags",
        types=(REPOSITORY,),
        severity=Severity.MEDIUM,
        reason="A tag that can be written again names another image tomorrow, so a roll-back rolls nothing back.",
        fix="Set dockerConfig.immutableTags to true.",
        source="Artifact Registry documentation, immutable tags; Pulumi Registry, gcp.artifactregistry.Repository",
        check=_tags_fixed,
    ),
    Rule(
        id="artifact-registry-not-public",
        types=REPOSITORY_BINDINGS,
        severity=Severity.CRITICAL,
        reason="The vendor's images may not be given away.",
        fix="Name the members.",
        source="Artifact Registry documentation, access control; docs.cartesia.ai/self-hosted, provisioned resources",
        check=_not_for_anybody,
    ),
    Rule(
        id="gcp-no-basic-role",
        types=PROJECT_BINDINGS,
        severity=Severity.CRITICAL,
        reason="Owner and Editor make one leaked credential the whole project.",
        fix="Bind the predefined roles that are used.",
        source="IAM documentation, basic roles; CIS Google Cloud Foundations Benchmark, 1.5",
        check=_no_primitive,
    ),
    Rule(
        id="gcp-no-account-key",
        types=(ACCOUNT_KEY,),
        severity=Severity.MEDIUM,
        level=Level.ADVISORY,
        reason="A key of a service account does not end, and stands in the state.",
        fix="Use Workload Identity on GKE, or Workload Identity Federation elsewhere.",
        source="IAM documentation, best practices for managing service account keys; CIS Google Cloud, 1.4",
        check=_no_key,
    ),
    Rule(
        id="gcp-labels-required",
        types=tuple(LABELLED),
        severity=Severity.LOW,
        reason="What has no label belongs to nobody on the bill.",
        fix="Add the labels, or set them as default labels of the provider.",
        source="Resource Manager documentation, labels overview; Pulumi Registry, gcp provider, defaultLabels",
        check=_labelled,
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
        id="gcp-kms-rotates",
        types=(CRYPTO_KEY,),
        severity=Severity.MEDIUM,
        reason="A key that never changes protects everything that was ever encrypted with it.",
        fix="Set rotationPeriod to 7776000s.",
        source="Cloud KMS documentation, key rotation; CIS Google Cloud Foundations Benchmark, 1.10",
        check=_rotates,
    ),
    Rule(
        id="gcp-firewall-closed",
        types=(FIREWALL,),
        severity=Severity.CRITICAL,
        reason="Ports of administration that are open to the world are tried within minutes.",
        fix="Name your addresses, or use Identity-Aware Proxy.",
        source="VPC documentation, firewall rules; CIS Google Cloud Foundations Benchmark, 3.6 and 3.7",
        check=_closed,
    ),
    Rule(
        id="gcp-subnet-reaches-google",
        types=(SUBNETWORK,),
        severity=Severity.MEDIUM,
        level=Level.ADVISORY,
        reason="Private nodes pull images and logs go out through the NAT, which costs and may be missing.",
        fix="Set privateIpGoogleAccess to true.",
        source="VPC documentation, Private Google Access; Pulumi Registry, gcp.compute.Subnetwork",
        check=_reaches_google,
    ),
)
