"""Wrong arguments of `EksCluster`: each is told with its path and the fix, all at once, and nothing is registered."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.aws.eks import EKS_VERSIONS
from components.args import ArgsError
from components.eks.args import EksClusterArgs
from components.eks.cluster import EksCluster
from components.eks.resolve import LONGEST_NAME, resolve_eks_cluster
from core.aws.tags import MAX_USER_TAGS
from tests.support.aws_mocks import record
from tests.support.eks_cases import ADMIN, FULL, GIVEN, SMALL, changed

ROLE = "arn:aws:iam::111122223333:role"
OTHER = "arn:aws:iam::444455556666:role/platform-admin"
SESSION = "arn:aws:sts::111122223333:assumed-role/ops/ada"
SSO_SESSION = "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_ops_0a/ada"
SSO_ROLE = f"{ROLE}/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_ops_0a"
GPU = "node_groups.gpu"
RESERVED = {
    "instance_types": ["g6e.2xlarge"],
    "max_nodes": 1,
    "capacity": "capacity_reservation",
    "capacity_reservation_id": "cr-0123456789abcdef0",
    "zones": ["us-west-2a"],
}

NEW = {"gpu": "R100", "count": 2, "memory_gib": 288}
UNLISTED = {"instance_types": ["g9.2xlarge"], "unlisted_gpu": NEW, "max_nodes": 3}

# (what is changed in the small cluster, its new value, path of the problem, words of rule or fix)
BAD = [
    # cluster
    ("cluster_name", ..., "cluster_name", "is required and missing"),
    ("cluster_name", "-voice", "cluster_name", "a letter or digit first"),
    ("cluster_name", "v" * 101, "cluster_name", "1-100"),
    ("cluster_name", 7, "cluster_name", "non-empty string"),
    ("clustername", "x", "clustername", 'did you mean "cluster_name"?'),
    ("kubernetes_version", "1.35.2", "kubernetes_version", "without patch"),
    ("kubernetes_version", "1.23", "kubernetes_version", "still offers"),
    ("kubernetes_version", 1.35, "kubernetes_version", "non-empty string"),
    ("support", "premium", "support", "must be one of standard, extended"),
    ("log_retention_days", 91, "log_retention_days", "use 120"),
    ("log_retention_days", 0, "log_retention_days", "raise it to 1"),
    ("deletion_protection", "yes", "deletion_protection", "True or False"),
    ("addon_versions", {"corends": "v1.0.0-eksbuild.1"}, "addon_versions.corends", 'did you mean "coredns"?'),
    ("addon_versions", {"coredns": "latest"}, "addon_versions.coredns", "describe-addon-versions"),
    ("kms_key_arn", "1234abcd", "kms_key_arn", "must be the ARN of a KMS key"),
    ("kms_key_arn", "arn:aws:kms:eu-west-1:111122223333:key/a-b", "kms_key_arn", "must be in us-west-2"),
    ("kms_key_arn", "arn:aws:kms:us-west-2:111122223333:alias/eks", "kms_key_arn", "key/<id>"),
    # admins
    ("admins", {}, "admins", "nobody could enter"),
    ("admins", {"Me!": ADMIN}, "admins.Me!", "small letters"),
    ("admins", {"me": "platform-admin"}, "admins.me", "IAM user or role"),
    ("admins", {"me": "arn:aws:iam::123456789:user/admin"}, "admins.me", "<12 digits>"),
    ("admins", {"me": "arn:aws:sts::111122223333:assumed-role/a/b"}, "admins.me", "not a session of it"),
    ("admins", {"me": "arn:aws-cn:iam::111122223333:role/a"}, "admins.me", "partition aws"),
    ("admins", {"a": ADMIN, "b": ADMIN}, "admins.b", "must differ from that of a"),
    ("admins", {"me": SESSION}, "admins.me", "role/<path, if it has one>/ops; `aws iam get-role --role-name ops`"),
    ("admins", {"me": SSO_SESSION}, "admins.me", "role/aws-reserved/sso.amazonaws.com/<region>/AWSReservedSSO_ops_0a"),
    ("admins", {"me": f"{ROLE}/AWSReservedSSO_ops_0a"}, "admins.me", "whole path of a role of IAM Identity Center"),
    ("admins", {"me": f"{ROLE}/aws-service-role/eks.amazonaws.com/A"}, "admins.me", "that people can assume"),
    ("admins", {"me": f"{ROLE}/teams/"}, "admins.me", "end in the name"),
    ("admins", {"a": ADMIN, "b": OTHER}, "admins.b", "must be in the account of admins.a (111122223333)"),
    ("account_id", "444455556666", "admins.platform", "must be in the account of account_id (444455556666)"),
    ("account_id", "4444", "account_id", "twelve digits"),
    # images and speed of nodes
    (f"{GPU}.release_version", "20260911", f"{GPU}.release_version", "must be an AMI release"),
    (f"{GPU}.release_version", "1.34.7-20260911", f"{GPU}.release_version", "must be of Kubernetes 1.35"),
    (f"{GPU}.disk_throughput_mibps", 100, f"{GPU}.disk_throughput_mibps", "125"),
    (f"{GPU}.disk_throughput_mibps", 1000, f"{GPU}.disk_iops", "must be at least 4000 for 1000 MiB/s"),
    (f"{GPU}.disk_iops", 100, f"{GPU}.disk_iops", "3000"),
    (f"{GPU}.local_storage", "nvme", f"{GPU}.local_storage", "must be one of raid0, none"),
    ("node_groups.default.local_storage", "raid0", "node_groups.default.local_storage", "has no local disk"),
    ("log_kms_key_arn", "1234abcd", "log_kms_key_arn", "must be the ARN of a KMS key"),
    # who reaches the endpoint
    ("public_access_cidrs", ..., "public_access_cidrs", "nobody can be in a VPC that is yet to be made"),
    ("public_access_cidrs", [], "public_access_cidrs", "must let somebody in"),
    ("private_access_cidrs", ["0.0.0.0/0"], "private_access_cidrs[0]", "must not be every address"),
    ("private_access_cidrs", ["10.9.0.1"], "private_access_cidrs[0]", "address/prefix"),
    ("private_access_cidrs", [f"10.{n}.0.0/16" for n in range(41)], "private_access_cidrs", "at most 40"),
    ("private_access_security_groups", {"vpn": "vpn"}, "private_access_security_groups.vpn", "security group id"),
    ("private_access_security_groups", {"VPN": "sg-02168da1478b509e0"}, "private_access_security_groups.VPN", "small"),
    ("credentials", {"rolearn": ADMIN}, "credentials.rolearn", 'did you mean "role_arn"?'),
    ("credentials", {"role_arn": ADMIN + "2"}, "credentials.role_arn", "must be in admins"),
    ("credentials", {"profile": ""}, "credentials.profile", "non-empty string"),
    # region, zones, network
    ("region", "us-west", "region", "name of an AWS region"),
    ("region", ..., "region", "is required and missing"),
    ("availability_zones", ["us-west-2a"], "availability_zones", "at least two"),
    ("availability_zones", ["us-west-2a", "us-west-2a"], "availability_zones[1]", "stands twice"),
    ("availability_zones", ["us-west-2a", "us-east-1b"], "availability_zones[1]", "zone of us-west-2"),
    ("availability_zones", ["us-west-2a", "us-west-2-lax-1a"], "availability_zones[1]", "local and wavelength"),
    ("availability_zones", ["us-west-2a", "us-west-2z"], "availability_zones[1]", "letter a to h"),
    ("availability_zones", "us-west-2a", "availability_zones", "must be a list"),
    ("control_plane_zones", ["us-west-2a"], "control_plane_zones", "at least two"),
    ("control_plane_zones", ["us-west-2a", "us-west-2c"], "control_plane_zones[1]", "in availability_zones"),
    ("network", "10.0.0.0/16", "network", "must be a map"),
    ("network.cdir", "10.0.0.0/16", "network.cdir", 'did you mean "cidr"?'),
    ("network.cidr", "10.0.0.0", "network.cidr", "address/prefix"),
    ("network.cidr", "10.0.1.0/16", "network.cidr", "the block is 10.0.0.0/16"),
    ("network.cidr", "10.0.0.0/22", "network.cidr", "/16 to /20"),
    ("network.cidr", "10.0.0.0/8", "network.cidr", "/16 to /20"),
    ("network.cidr", "8.8.0.0/16", "network.cidr", "must be a private block"),
    ("network.cidr", "172.20.0.0/16", "network.cidr", "must not overlap service_cidr"),
    ("network.nat", "two", "network.nat", "must be one of one, per-zone"),
    ("service_cidr", "172.20.0.0/28", "service_cidr", "/12 to /24"),
    ("service_cidr", "100.64.0.0/16", "service_cidr", "must be a private block"),
    ("service_cidr", "10.0.0.0/12", "network.cidr", "must not overlap"),
    ("public_access_cidrs", ["0.0.0.0/0"], "public_access_cidrs[0]", "allow_public_access_from_anywhere"),
    ("public_access_cidrs", ["10.0.0.0/8"], "public_access_cidrs[0]", "must be public addresses"),
    ("public_access_cidrs", ["203.0.113.7"], "public_access_cidrs[0]", "address/prefix"),
    ("public_access_cidrs", [f"203.0.{n}.0/24" for n in range(41)], "public_access_cidrs", "at most 40"),
    ("network", {"vpc_id": "vpc-0123456789abcdef0"}, "network.private_subnet_ids", "is required"),
    ("network", {"private_subnet_ids": GIVEN["network"]["private_subnet_ids"]}, "network.vpc_id", "is required"),
    ("network", {**GIVEN["network"], "cidr": "10.0.0.0/16"}, "network.cidr", "must not stand beside vpc_id"),
    ("network", {**GIVEN["network"], "vpc_id": "my-vpc"}, "network.vpc_id", "must be a VPC id"),
    (
        "network",
        {"vpc_id": "vpc-0123456789abcdef0", "private_subnet_ids": {"us-west-2a": "subnet-0123456789abcdef0"}},
        "network.private_subnet_ids.us-west-2b",
        "is missing",
    ),
    (
        "network",
        {
            "vpc_id": "vpc-0123456789abcdef0",
            "private_subnet_ids": dict.fromkeys(("us-west-2a", "us-west-2b"), "subnet-0123456789abcdef0"),
        },
        "network.private_subnet_ids.us-west-2b",
        "must differ from that of us-west-2a",
    ),
    # node groups: names and types
    ("node_groups", ..., "node_groups", "is required and missing"),
    ("node_groups.default", ..., "node_groups.default", "without GPUs"),
    ("node_groups.GPU", {"max_nodes": 1}, "node_groups.GPU", "small letters"),
    ("node_groups." + "g" * 21, {"max_nodes": 1}, "node_groups." + "g" * 21, "1-20"),
    ("node_groups.default.profile", "l40s", "node_groups.default", "must have no GPU"),
    (f"{GPU}.profile", "l40", f"{GPU}.profile", 'did you mean "l40s"?'),
    (f"{GPU}.instance_type", "g5.xlarge", f"{GPU}.instance_type", 'did you mean "instance_types"?'),
    (f"{GPU}.instance_types", [], f"{GPU}.instance_types", "must not be empty"),
    (f"{GPU}.instance_types", ["g6e.2xlage"], f"{GPU}.instance_types[0]", 'did you mean "g6e.2xlarge"?'),
    (f"{GPU}.instance_types", ["g5.2xlarge"], f"{GPU}.instance_types", "1 x L40S"),
    (f"{GPU}.instance_types", ["g6e.12xlarge"], f"{GPU}.instance_types", "1 x L40S"),
    (GPU, {"instance_types": ["g4dn.xlarge"], "max_nodes": 1}, f"{GPU}.instance_types[0]", "T4 is older than Ampere"),
    (GPU, {"instance_types": ["g5g.xlarge"], "max_nodes": 1}, f"{GPU}.instance_types[0]", "only looks like g5"),
    (GPU, {"instance_types": ["p3.2xlarge"], "max_nodes": 1}, f"{GPU}.instance_types[0]", "V100 is older"),
    (GPU, {"instance_types": ["g6f.xlarge"], "max_nodes": 1}, f"{GPU}.instance_types[0]", "slice of an L4"),
    (GPU, {"instance_types": ["m7g.large"], "max_nodes": 1}, f"{GPU}.instance_types[0]", "must be x86_64"),
    (GPU, {"instance_types": ["g5.xlarge", "g6e.xlarge"], "max_nodes": 1}, f"{GPU}.instance_types", "same GPU"),
    (GPU, {"instance_types": ["g5.xlarge", "g5.12xlarge"], "max_nodes": 1}, f"{GPU}.instance_types", "4 x A10G"),
    (GPU, {"instance_types": ["g5.xlarge", "m5.large"], "max_nodes": 1}, f"{GPU}.instance_types", "m5.large: no GPU"),
    (f"{GPU}.profile", "a100-1gpu", f"{GPU}.profile", "has no machine on this cloud (A100)"),
    # node groups: types that the catalogue does not know
    (GPU, {"unlisted_gpu": NEW, "max_nodes": 1}, f"{GPU}.instance_types", "is required with unlisted_gpu"),
    (GPU, UNLISTED | {"profile": "l40s"}, f"{GPU}.unlisted_gpu", "must not stand beside profile"),
    (GPU, UNLISTED | {"instance_types": ["g6e.2xlarge"]}, f"{GPU}.instance_types[0]", "the catalogue has it"),
    (GPU, UNLISTED | {"instance_types": ["g4dn.9xlarge"]}, f"{GPU}.instance_types[0]", "older than Ampere"),
    (GPU, UNLISTED | {"unlisted_gpu": NEW | {"gpu": "T4"}}, f"{GPU}.unlisted_gpu.gpu", "older than Ampere"),
    (GPU, UNLISTED | {"unlisted_gpu": NEW | {"memory_gib": 16}}, f"{GPU}.unlisted_gpu.memory_gib", "at least 24 GB"),
    (GPU, UNLISTED | {"unlisted_gpu": {"gpu": "R100"}}, f"{GPU}.unlisted_gpu.count", "is required"),
    (f"{GPU}.ami_type", "AL2023_x86_64_STANDARD", f"{GPU}.ami_type", "need the driver"),
    ("node_groups.default.ami_type", "AL2023_x86_64_NVIDIA", "node_groups.default.ami_type", "have no GPU"),
    (f"{GPU}.ami_type", "AL2_x86_64_GPU", f"{GPU}.ami_type", "must be one of"),
    # node groups: sizes, disk, labels, taints
    (f"{GPU}.max_nodes", ..., f"{GPU}.max_nodes", "is required and missing"),
    (f"{GPU}.min_nodes", 5, f"{GPU}.max_nodes", "at least min_nodes (5)"),
    (f"{GPU}.desired_nodes", 9, f"{GPU}.desired_nodes", "between min_nodes (0) and max_nodes (4)"),
    (f"{GPU}.min_nodes", -1, f"{GPU}.min_nodes", "raise it to 0"),
    (f"{GPU}.max_nodes", 451, f"{GPU}.max_nodes", "lower it to 450"),
    (f"{GPU}.max_nodes", "4", f"{GPU}.max_nodes", "whole number"),
    (f"{GPU}.max_nodes", 1.5, f"{GPU}.max_nodes", "whole number"),
    ("node_groups.default.min_nodes", 0, "node_groups.default.desired_nodes", "cluster services run there"),
    (f"{GPU}.disk_gib", 99, f"{GPU}.disk_gib", "must be 100 to"),
    ("node_groups.default.disk_gib", 10, "node_groups.default.disk_gib", "must be 20 to"),
    (f"{GPU}.max_unavailable", 0, f"{GPU}.max_unavailable", "raise it to 1"),
    (f"{GPU}.metadata_hop_limit", 3, f"{GPU}.metadata_hop_limit", "lower it to 2"),
    (f"{GPU}.labels", {"a b": "c"}, f"{GPU}.labels.a b", "label key"),
    (f"{GPU}.labels", {"a": ""}, f"{GPU}.labels.a", "no empty one"),
    (f"{GPU}.labels", {"node-role.kubernetes.io/gpu": "x"}, f"{GPU}.labels.node-role.kubernetes.io/gpu", "no kubelet"),
    (f"{GPU}.labels", {"k8s.io/pool": "x"}, f"{GPU}.labels.k8s.io/pool", "no kubelet"),
    (f"{GPU}.labels", {"eks.amazonaws.com/a": "x"}, f"{GPU}.labels.eks.amazonaws.com/a", "no kubelet"),
    (f"{GPU}.labels", {"a": True}, f"{GPU}.labels.a", "in quotes"),
    (f"{GPU}.labels", {"nvidia.com/gpu.present": "false"}, f"{GPU}.labels.nvidia.com/gpu.present", "must be true"),
    (f"{GPU}.taints", [{"key": "a", "effect": "NO_SCHEDULE"}], f"{GPU}.taints[0].effect", "NoSchedule"),
    (f"{GPU}.taints", [{"key": "a"}], f"{GPU}.taints[0].effect", "is required"),
    (
        f"{GPU}.taints",
        [{"key": "nvidia.com/gpu", "effect": "NoSchedule"}],
        f"{GPU}.taints[0]",
        "GPU groups have the GPU taint already",
    ),
    (
        "node_groups.default.taints",
        [{"key": "a", "effect": "NoSchedule"}],
        "node_groups.default.taints",
        "must not keep pods away",
    ),
    (f"{GPU}.zones", ["us-west-2d"], f"{GPU}.zones[0]", "must be in availability_zones"),
    (f"{GPU}.zones", [], f"{GPU}.zones", "must name a zone"),
    # node groups: capacity
    (f"{GPU}.capacity", "reserved", f"{GPU}.capacity", "must be one of"),
    (GPU, {**RESERVED, "capacity_reservation_id": None}, f"{GPU}.capacity_reservation_id", "is required"),
    (GPU, {**RESERVED, "capacity_reservation_id": "lr-1"}, f"{GPU}.capacity_reservation_id", "cr-0123456789abcdef0"),
    (GPU, {**RESERVED, "capacity": "spot"}, f"{GPU}.capacity_reservation_id", "has no meaning"),
    (GPU, {**RESERVED, "zones": None}, f"{GPU}.zones", "exactly one zone"),
    (GPU, {**RESERVED, "instance_types": ["g6e.xlarge", "g6e.2xlarge"]}, f"{GPU}.instance_types", "exactly one type"),
    (GPU, {**RESERVED, "capacity": "capacity_block"}, f"{GPU}.instance_types", "not sold in capacity blocks"),
    # tags
    ("tags", {"aws:x": "y"}, "tags.aws:x", "must not start with aws:"),
    ("tags", {"a": "b" * 257}, "tags.a", "at most 256"),
    ("tags", {"a?": "b"}, "tags.a?", "must be a key of 1-128"),
    ("tags", {"a": 1}, "tags.a", "in quotes"),
    ("tags", {f"k{n}": "v" for n in range(MAX_USER_TAGS + 1)}, "tags", "at most 40"),
]


@pytest.mark.parametrize(("where", "value", "path", "words"), BAD, ids=lambda v: v if isinstance(v, str) else None)
def test_a_wrong_argument_is_told_and_registers_nothing(where, value, path, words):
    args = changed(SMALL, where, value)
    found = {}

    def program():
        with pytest.raises(ArgsError) as error:
            EksCluster("voice", args)
        found["problems"] = error.value.problems

    assert record(program).found == {}
    told = [problem for problem in found["problems"] if problem.path == path and words in str(problem)]
    assert told, "\n".join(map(str, found["problems"]))
    assert told[0].fix


def test_every_mistake_is_told_at_once():
    args = copy.deepcopy(SMALL)
    for where, value in (
        ("cluster_name", "!"),
        ("availability_zones", ["us-west-2a"]),
        ("network.cidr", "10.0.0.0/28"),
        (f"{GPU}.disk_gib", 1),
        (f"{GPU}.profile", "v100"),
        ("tags", {"aws:a": "b"}),
    ):
        args = changed(args, where, value)
    with pytest.raises(ArgsError) as error:
        resolve_eks_cluster(args)
    assert {problem.path for problem in error.value.problems} >= {
        "cluster_name",
        "availability_zones",
        "network.cidr",
        f"{GPU}.profile",
        "tags.aws:a",
    }
    assert str(error.value).startswith("EksCluster: ")


def test_an_unlisted_type_has_the_image_and_marks_of_a_gpu_group_and_says_so():
    spec = resolve_eks_cluster(changed(SMALL, GPU, UNLISTED))
    group, (pool,) = spec.node_groups["gpu"], spec.gpu_pools
    assert (group.ami_type, group.gpu, group.gpus_per_node) == ("AL2023_x86_64_NVIDIA", "R100", 2)
    assert group.labels["nvidia.com/gpu.present"] == "true"
    assert [taint.key for taint in group.taints] == ["nvidia.com/gpu"]
    assert pool.output()["unlisted"] is True
    assert "unlisted" not in resolve_eks_cluster(SMALL).gpu_pools[0].output()


@pytest.mark.parametrize("name", ["", "1voice", "voice_x", "v" * (LONGEST_NAME + 1)])
def test_a_name_that_aws_could_not_take_is_refused(name):
    with pytest.raises(ArgsError, match="letters, digits and dashes"):
        resolve_eks_cluster(SMALL, name)


@pytest.mark.parametrize("args", [SMALL, FULL, GIVEN])
def test_good_arguments_resolve_and_stay_as_they_were(args):
    before = copy.deepcopy(args)
    spec = resolve_eks_cluster(args)
    assert args == before
    assert spec.cluster_name == args["cluster_name"]
    assert set(spec.node_groups) == set(args["node_groups"])


def test_defaults_are_the_documented_ones():
    spec = resolve_eks_cluster(SMALL)
    assert (spec.version, spec.support, spec.service_cidr) == ("1.35", "STANDARD", "172.20.0.0/16")
    assert (spec.network.cidr, spec.network.nat_per_zone, spec.network.flow_logs) == ("10.0.0.0/16", True, True)
    assert (spec.private_access_cidrs, spec.creator_is_admin, spec.deletion_protection) == ((), False, False)
    default, gpu = spec.node_groups["default"], spec.node_groups["gpu"]
    assert (default.instance_types, default.min_nodes, default.desired_nodes, default.disk_gib) == (
        ("m7a.4xlarge",),
        1,
        1,
        50,
    )
    assert (gpu.min_nodes, gpu.desired_nodes, gpu.disk_gib, gpu.ami_type) == (0, 0, 100, "AL2023_x86_64_NVIDIA")
    assert (gpu.capacity, gpu.zones, gpu.autoscaled, gpu.metadata_hop_limit) == (
        "on_demand",
        spec.network.zones,
        False,
        1,
    )


def test_floats_from_the_wire_become_whole_numbers():
    spec = resolve_eks_cluster(changed(SMALL, f"{GPU}.max_nodes", 4.0))
    assert spec.node_groups["gpu"].max_nodes == 4
    assert isinstance(spec.node_groups["gpu"].max_nodes, int)


def test_gpu_pools_are_those_groups_that_have_gpus():
    pools = resolve_eks_cluster(FULL).gpu_pools
    assert [pool.name for pool in pools] == ["block", "gpu", "held", "spot"]
    assert [(pool.gpu, pool.gpus_per_node) for pool in pools] == [
        ("H100", 8),
        ("A10G", 1),
        ("L40S", 1),
        ("L40S", 1),
    ]


@pytest.mark.parametrize("label", ["node.kubernetes.io/pool", "kubelet.kubernetes.io/pool", "example.com/k8s.io"])
def test_labels_that_a_kubelet_may_set_are_allowed(label):
    spec = resolve_eks_cluster(changed(SMALL, "node_groups.default.labels", {label: "x"}))
    assert spec.node_groups["default"].labels == {label: "x"}


def test_admins_of_another_account_are_allowed_when_it_is_asked_for():
    """EKS takes them; nearly always it is a slip."""
    args = {**SMALL, "admins": {"a": ADMIN, "b": OTHER}, "admins_of_other_accounts": True}
    assert set(resolve_eks_cluster(args).admins) == {"a", "b"}


@pytest.mark.parametrize("role", ["teams/voice/admin", SSO_ROLE.removeprefix(f"{ROLE}/")])
def test_a_role_with_a_path_is_taken_whole(role):
    spec = resolve_eks_cluster({**SMALL, "admins": {"me": f"{ROLE}/{role}"}})
    assert spec.admins == {"me": f"{ROLE}/{role}"}


@pytest.mark.parametrize(
    "way",
    [{"private_access_cidrs": ["10.9.0.0/16"]}, {"private_access_security_groups": {"vpn": "sg-02168da1478b509e0"}}],
)
@pytest.mark.parametrize("base", [SMALL, GIVEN], ids=["made", "given"])
def test_a_private_endpoint_needs_somebody_who_is_let_in(base, way):
    closed = {key: value for key, value in base.items() if key != "public_access_cidrs"}
    with pytest.raises(ArgsError, match="must let somebody in"):
        resolve_eks_cluster(closed)
    assert resolve_eks_cluster({**closed, **way}).public_access_cidrs == ()


def test_anywhere_is_allowed_when_it_is_asked_for():
    args = {**SMALL, "public_access_cidrs": ["0.0.0.0/0"], "allow_public_access_from_anywhere": True}
    assert resolve_eks_cluster(args).public_access_cidrs == ("0.0.0.0/0",)


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda s: st.lists(s, max_size=3) | st.dictionaries(st.text(max_size=8), s, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from([*EksClusterArgs.__annotations__, f"{GPU}.taints", f"{GPU}.zones", GPU, "network.cidr"]), junk)
def test_any_junk_is_an_args_error_or_right_and_never_a_crash(where, value):
    try:
        resolve_eks_cluster(changed(SMALL, where, value))
    except ArgsError as error:
        assert error.problems


@pytest.mark.parametrize("version", EKS_VERSIONS)
def test_every_offered_kubernetes_version_is_taken_the_oldest_too(version):
    assert resolve_eks_cluster(changed(SMALL, "kubernetes_version", version)).version == version


def test_the_version_before_the_oldest_offered_one_is_refused():
    oldest = min(int(version.partition(".")[2]) for version in EKS_VERSIONS)
    with pytest.raises(ArgsError, match="still offers"):
        resolve_eks_cluster(changed(SMALL, "kubernetes_version", f"1.{oldest - 1}"))
