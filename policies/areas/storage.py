"""Registries, buckets and volumes."""

from collections.abc import Iterator

from policies.areas.documents import allowing, names_everybody
from policies.rule import PRODUCTION, Level, Parameters, Resource, Rule, Severity

__all__ = ["RULES"]

ACCESS_BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
BUCKET = "aws:s3/bucket:Bucket"
BUCKET_ACL = "aws:s3/bucketAcl:BucketAcl"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
REPOSITORY = "aws:ecr/repository:Repository"
REPOSITORY_POLICY = "aws:ecr/repositoryPolicy:RepositoryPolicy"
FILE_SYSTEM = "aws:efs/fileSystem:FileSystem"
VOLUME = "aws:ebs/volume:Volume"
STORAGE_CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"

_BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
_PUBLIC_ACLS = ("public-read", "public-read-write", "authenticated-read")
_EBS = ("ebs.csi.aws.com", "ebs.csi.eks.amazonaws.com")


def _access_blocked(block: Resource, _: Parameters) -> Iterator[str]:
    off = [key for key in _BLOCKS if block.inputs[key].is_not(True)]
    if off:
        yield f"{', '.join(off)} not true"


def _acl(bucket: Resource, _: Parameters) -> Iterator[str]:
    if bucket.inputs["acl"].is_(*_PUBLIC_ACLS):
        yield "acl is a public one"


def _not_for_everybody(holder: Resource, _: Parameters) -> Iterator[str]:
    if any(names_everybody(statement) for statement in allowing(holder.inputs["policy"])):
        yield "policy allows everybody, without a condition"


def _tags_fixed(repository: Resource, _: Parameters) -> Iterator[str]:
    mutability = repository.inputs["imageTagMutability"]
    if mutability.is_not("IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION"):
        yield "imageTagMutability is not IMMUTABLE"
    if mutability.is_("IMMUTABLE_WITH_EXCLUSION"):
        for each in repository.inputs["imageTagMutabilityExclusionFilters"].items():
            if set(each["filter"].text or "-") == {"*"}:
                yield f"{each.path} excludes every tag"


def _scanned(repository: Resource, _: Parameters) -> Iterator[str]:
    if repository.inputs["imageScanningConfiguration.scanOnPush"].is_not(True):
        yield "imageScanningConfiguration.scanOnPush is not true"


def _encrypted(disk: Resource, _: Parameters) -> Iterator[str]:
    if disk.inputs["encrypted"].is_not(True):
        yield "encrypted is not true"


def _class_encrypted(storage: Resource, _: Parameters) -> Iterator[str]:
    if storage.inputs["provisioner"].is_(*_EBS) and storage.inputs["parameters.encrypted"].is_not("true"):
        yield "parameters.encrypted is not true"


def _class_binds_late(storage: Resource, _: Parameters) -> Iterator[str]:
    if storage.inputs["provisioner"].is_(*_EBS) and storage.inputs["volumeBindingMode"].is_not("WaitForFirstConsumer"):
        yield "volumeBindingMode is not WaitForFirstConsumer"


def _class_retains(storage: Resource, parameters: Parameters) -> Iterator[str]:
    if storage.in_production(parameters) and storage.inputs["reclaimPolicy"].is_not("Retain"):
        yield "reclaimPolicy is not Retain"


RULES = (
    Rule(
        id="s3-public-access-blocked",
        types=(ACCESS_BLOCK,),
        severity=Severity.CRITICAL,
        reason="Each of the four switches closes another way in which a bucket becomes public.",
        fix="Set all four to true.",
        source="Amazon S3 user guide, blocking public access",
        check=_access_blocked,
    ),
    Rule(
        id="s3-acl-private",
        types=(BUCKET, BUCKET_ACL),
        severity=Severity.CRITICAL,
        reason="With this ACL anybody, or anybody with an AWS account, reads the bucket.",
        fix="Remove the ACL and give access by policy.",
        source="Amazon S3 user guide, access control lists",
        check=_acl,
    ),
    Rule(
        id="s3-policy-not-public",
        types=(BUCKET_POLICY,),
        severity=Severity.CRITICAL,
        reason="Audio and models in the bucket would be public.",
        fix="Name the principals, or add a condition.",
        source="Amazon S3 user guide, the meaning of public",
        check=_not_for_everybody,
    ),
    Rule(
        id="ecr-policy-not-public",
        types=(REPOSITORY_POLICY,),
        severity=Severity.CRITICAL,
        reason="The vendor's images may not be given away.",
        fix="Name the principals, or add a condition.",
        source="Amazon ECR user guide, repository policies",
        check=_not_for_everybody,
    ),
    Rule(
        id="ecr-immutable-tags",
        types=(REPOSITORY,),
        severity=Severity.MEDIUM,
        reason="A tag that can be written again names another image tomorrow, so a roll-back rolls nothing back.",
        fix="Set imageTagMutability to IMMUTABLE.",
        source="Amazon ECR user guide, preventing image tags from being overwritten; ECR API, ImageTagMutability",
        check=_tags_fixed,
    ),
    Rule(
        id="ecr-scan-on-push",
        types=(REPOSITORY,),
        severity=Severity.LOW,
        level=Level.ADVISORY,
        reason="Known faults of an image are found by nobody else.",
        fix="Set scanOnPush to true, or scan the whole registry.",
        source="Amazon ECR user guide, image scanning",
        check=_scanned,
    ),
    Rule(
        id="volume-encrypted",
        types=(VOLUME, FILE_SYSTEM),
        severity=Severity.HIGH,
        reason="A disk cannot be encrypted later, only copied.",
        fix="Set encrypted to true.",
        source="Amazon EBS user guide, encryption; Amazon EFS user guide, encryption at rest",
        check=_encrypted,
    ),
    Rule(
        id="storage-class-encrypted",
        types=(STORAGE_CLASS,),
        severity=Severity.HIGH,
        reason="Every volume of the class is made without encryption.",
        fix='Set parameters.encrypted to "true".',
        source="aws-ebs-csi-driver, docs/parameters.md",
        check=_class_encrypted,
    ),
    Rule(
        id="storage-class-binds-late",
        types=(STORAGE_CLASS,),
        severity=Severity.MEDIUM,
        reason="A volume made at once may lie in a zone where its pod finds no node.",
        fix="Set volumeBindingMode to WaitForFirstConsumer.",
        source="Kubernetes documentation, storage classes, volume binding mode",
        check=_class_binds_late,
    ),
    Rule(
        id="storage-class-retains",
        types=(STORAGE_CLASS,),
        severity=Severity.MEDIUM,
        reason="The record of use that bills are checked with goes with the claim.",
        fix="Set reclaimPolicy to Retain.",
        source="Kubernetes documentation, storage classes, reclaim policy",
        check=_class_retains,
        schema=PRODUCTION,
    ),
)
