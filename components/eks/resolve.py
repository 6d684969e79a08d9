"""`resolve_eks_cluster`: from what the caller wrote to an `EksClusterSpec`, or one error that names every mistake."""

import re

from catalog.aws.eks import EKS_ADDONS, EKS_DEFAULT_VERSION, EKS_VERSIONS
from catalog.aws.versions import ADDON_VERSIONS
from components.args import ArgsError
from components.eks.args import EksClusterArgs
from components.eks.resolve_access import (
    check_reachable,
    resolve_admins,
    resolve_credentials,
    resolve_private_access,
    resolve_public_access,
)
from components.eks.resolve_network import (
    resolve_control_plane_zones,
    resolve_network,
    resolve_service_cidr,
    resolve_zones,
)
from components.eks.resolve_nodes import resolve_node_groups
from components.eks.spec import EksClusterSpec
from components.names import check_logical_name
from core.aws.arns import KMS_KEY, check_arn
from core.aws.regions import partition_of, read_region
from core.aws.tags import read_aws_tags
from core.input.problems import Problems, nearest
from core.input.reader import Reader

COMPONENT = "EksCluster"

LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""Retentions CloudWatch takes. source: CloudWatch Logs API reference, PutRetentionPolicy, 2026-11-21."""

LONGEST_NAME = 34
"""Longest logical name: EKS node groups may have 63 characters, of which 20 are the group's key and 8 the engine's."""

_KEY_FIX = "write arn:aws:kms:<region>:<12 digits>:key/<id>"
_CLUSTER_NAME = re.compile(r"[0-9A-Za-z][A-Za-z0-9_-]{0,99}")
_VERSION = re.compile(r"1\.\d{2}")
_ADDON_VERSION = re.compile(r"v\d+\.\d+\.\d+-eksbuild\.\d+")


def resolve_eks_cluster(args: EksClusterArgs, name: str = "cluster") -> EksClusterSpec:
    """Check the arguments as a whole and fill in defaults.

    Args:
        args: What the caller wrote.
        name: Logical name of the component; names of AWS objects are made from it.

    Returns:
        Everything that decides which resources exist and what is in them.

    Raises:
        ArgsError: At least one rule is broken; it names them all.
    """
    problems = Problems()
    read = Reader(args, EksClusterArgs.__annotations__, "", problems)
    check_logical_name(name, LONGEST_NAME, problems)
    region = read_region(read)
    partition = partition_of(region)
    zones = resolve_zones(read, region)
    service_text, service_block = resolve_service_cidr(read)
    creator_is_admin = read.flag("creator_is_admin", False)
    retention = _retention(read)
    network = resolve_network(read, zones, service_block, retention)
    admins = resolve_admins(read, partition, creator_is_admin)
    public, private = resolve_public_access(read), resolve_private_access(read)
    check_reachable(read, network, public, private)
    _check_kms_key(read, region)
    check_arn(read, "log_kms_key_arn", KMS_KEY, region, fix=_KEY_FIX, elsewhere="use a key of the cluster's region")
    version = _version(read)
    spec = EksClusterSpec(
        cluster_name=_cluster_name(read),
        region=region,
        partition=partition,
        version=version,
        support=read.choice("support", ("standard", "extended"), "standard").upper(),
        network=network,
        control_plane_zones=resolve_control_plane_zones(read, zones),
        service_cidr=service_text,
        public_access_cidrs=public,
        private_access_cidrs=private,
        admins=admins,
        creator_is_admin=creator_is_admin,
        credentials=resolve_credentials(read, admins, creator_is_admin),
        log_retention_days=retention,
        addon_versions={**ADDON_VERSIONS.get(version, {}), **_addon_versions(read)},
        node_session_manager=read.flag("node_session_manager", False),
        deletion_protection=read.flag("deletion_protection", False),
        tags=read_aws_tags(read),
        node_groups=resolve_node_groups(read, zones, version),
    )
    if problems:
        raise ArgsError(COMPONENT, problems, spec)
    return spec


def _cluster_name(read: Reader) -> str:
    read.required("cluster_name", "name the cluster")
    name = read.text("cluster_name")
    if name and not _CLUSTER_NAME.fullmatch(name):
        rule = "must be 1-100 letters, digits, - and _, a letter or digit first"
        read.problems.add("cluster_name", rule, got=name, fix="rename the cluster")
    return name


def _version(read: Reader) -> str:
    key = "kubernetes_version"
    version = read.text(key, EKS_DEFAULT_VERSION)
    if not _VERSION.fullmatch(version):
        fix = f'write it as text, e.g. "{EKS_DEFAULT_VERSION}"'
        read.problems.add(key, "must be a minor version such as 1.35, without patch", got=version, fix=fix)
    elif _minor(version) < min(map(_minor, EKS_VERSIONS)):
        fix = f"use {EKS_DEFAULT_VERSION}, or another version EKS offers"
        read.problems.add(key, "must be a version EKS still offers", got=version, fix=fix)
    return version


def _minor(version: str) -> int:
    return int(version.partition(".")[2])


def _check_kms_key(read: Reader, region: str) -> None:
    # No alias, though EKS takes one: the cluster's role could not use it.
    check_arn(read, "kms_key_arn", KMS_KEY, region, fix=_KEY_FIX, elsewhere="use a key of the cluster's region")


def _retention(read: Reader) -> int:
    key = "log_retention_days"
    days = read.whole(key, 90, low=LOG_RETENTION_DAYS[0], high=LOG_RETENTION_DAYS[-1])
    if days not in LOG_RETENTION_DAYS:
        longer = next(known for known in LOG_RETENTION_DAYS if known > days)
        rule = "must be one of " + ", ".join(map(str, LOG_RETENTION_DAYS))
        read.problems.add(key, rule, got=days, fix=f"use {longer}")
    return days


def _addon_versions(read: Reader) -> dict[str, str]:
    versions = read.text_map("addon_versions")
    for name, version in versions.items():
        where = f"addon_versions.{name}"
        if name not in EKS_ADDONS:
            read.problems.add(where, "must be an add-on of this cluster", got=name, fix=nearest(name, EKS_ADDONS))
        if not _ADDON_VERSION.fullmatch(version):
            fix = "take one of `aws eks describe-addon-versions`, e.g. v1.20.4-eksbuild.1"
            read.problems.add(where, "must be an EKS add-on version", got=version, fix=fix)
    return versions
