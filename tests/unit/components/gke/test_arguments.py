"""Wrong arguments of `GkeCluster`: each is told with its path and the fix, all at once, and nothing is registered."""

import copy

import pytest

from components.args import ArgsError
from components.gke.cluster import GkeCluster
from components.gke.resolve import LONGEST_NAME, resolve_gke_cluster
from tests.support.eks_cases import changed
from tests.support.gke_cases import ADMIN, FULL, GIVEN, KEY, SMALL, record

GPU, DEFAULT = "node_pools.gpu", "node_pools.default"
ZONE = ["us-central1-a"]
NEW = {"gpu": "R100", "count": 2, "memory_gib": 288}
UNLISTED = {"machine_type": "g9-standard-8", "unlisted_gpu": NEW, "zones": ZONE, "max_nodes": 1}
H100 = {"machine_type": "a3-highgpu-8g", "zones": ZONE, "max_nodes": 1}
RESERVED = {**H100, "capacity": "reservation", "reservation": "voice"}
WINDOW = {"start_time": "2026-01-03T02:00:00Z", "end_time": "2026-01-03T08:00:00Z", "recurrence": "FREQ=DAILY"}

# (what is changed in the small cluster, its new value, path of the problem, words of rule or fix)
BAD = [
    # cluster, project and place
    ("cluster_name", ..., "cluster_name", "is required and missing"),
    ("cluster_name", "Voice", "cluster_name", "small letters"),
    ("cluster_name", "v" * 41, "cluster_name", "1-40"),
    ("clustername", "x", "clustername", 'did you mean "cluster_name"?'),
    ("project", ..., "project", "is required and missing"),
    ("project", "123456789012", "project", "not its number"),
    ("project", "Voice", "project", "project id"),
    ("project_number", ..., "project_number", "is required to let GKE use the key"),
    ("project_number", "12", "project_number", "must be digits"),
    ("location", ..., "location", "is required and missing"),
    ("location", "us-central", "location", "must be a region"),
    ("location", "us-west-2", "location", "must be a region"),
    ("node_zones", ["us-central1"], "node_zones[0]", "must be a zone"),
    ("node_zones", ["us-east1-b"], "node_zones[0]", "must be in us-central1"),
    ("release_channel", "stable", "release_channel", "must be one of STABLE"),
    ("kubernetes_version", "1.34.1", "kubernetes_version", "minor version"),
    ("kubernetes_version", 1.34, "kubernetes_version", "non-empty string"),
    ("connect", "dns", "connect", "DNS endpoint is closed"),
    ("connect", "vpn", "connect", "must be one of ip, dns"),
    ("kms_key", "secrets", "kms_key", "must be the id of a key"),
    ("kms_key", KEY.replace("us-central1", "global"), "kms_key", "must be in us-central1"),
    ("autoscaling_profile", "FAST", "autoscaling_profile", "must be one of BALANCED"),
    ("resource_limits", {"nvidia-tesla-t4": 4}, "resource_limits.nvidia-tesla-t4", "that the pools have"),
    ("resource_limits", {"nvidia-l4": 2}, "resource_limits.nvidia-l4", "must be at least 4"),
    ("labels", {"Team": "voice"}, "labels.Team", "small letters"),
    ("labels", {"goog-x": "y"}, "labels.goog-x", "Google keeps"),
    ("labels", {"team": "Voice!"}, "labels.team", "at most 63"),
    ("labels", {f"l{n}": "v" for n in range(51)}, "labels", "at most 50"),
    ("deletion_protection", "yes", "deletion_protection", "True or False"),
    ("credentials", {"application_defualt": True}, "credentials.application_defualt", "did you mean"),
    # admins
    ("admins", {"me": "ann@example.com"}, "admins.me", "user:<address>"),
    ("admins", {"me": "allUsers"}, "admins.me", "must not let everybody in"),
    ("admins", {"Me": ADMIN}, "admins.Me", "small letters"),
    ("admins", {"a": ADMIN, "b": ADMIN}, "admins.b", "must differ from that of a"),
    # network
    ("network", {"cidr": "10.0.0.0"}, "network.cidr", "address/prefix"),
    ("network", {"cidr": "10.0.0.0/28"}, "network.cidr", "/16 to /26"),
    ("network", {"cidr": "8.8.0.0/20"}, "network.cidr", "must be a private block"),
    ("network", {"pods_cidr": "10.0.0.0/14"}, "network.pods_cidr", "must not overlap cidr"),
    (
        "node_pools",
        {"default": {"max_nodes": 1000}, "more": {"max_nodes": 1000}},
        "network.pods_cidr",
        "at their largest",
    ),
    ("network", {"services_cidr": "10.60.0.0/28"}, "network.services_cidr", "/16 to /27"),
    ("network", {"network": "shared"}, "network.subnetwork", "is required and missing"),
    ("network", {**GIVEN["network"], "cidr": "10.0.0.0/20"}, "network.cidr", "must not stand beside network"),
    ("network", {**GIVEN["network"], "nat": True}, "network.nat", "has no meaning with a given network"),
    ("public_access_cidrs", ["0.0.0.0/0"], "public_access_cidrs[0]", "allow_public_access_from_anywhere"),
    ("public_access_cidrs", ["203.0.113.7"], "public_access_cidrs[0]", "address/prefix"),
    # maintenance
    ("maintenance", {"start_time": "2026-01-03T02:00:00Z"}, "maintenance.end_time", "is required and missing"),
    ("maintenance", {**WINDOW, "start_time": "2026-01-03 02:00"}, "maintenance.start_time", "ends in Z"),
    ("maintenance", {**WINDOW, "end_time": "2026-01-03T01:00:00Z"}, "maintenance.end_time", "after start_time"),
    ("maintenance", {**WINDOW, "recurrence": "weekly"}, "maintenance.recurrence", "FREQ=WEEKLY"),
    (
        "maintenance",
        {"exclusions": {"x": {"start_time": "2026-12-20T00:00:00Z"}}},
        "maintenance.exclusions.x.end_time",
        "is required",
    ),
    # pools: names and machines
    ("node_pools", ..., "node_pools", "is required and missing"),
    (DEFAULT, ..., DEFAULT, "without GPUs"),
    ("node_pools.GPU", {"max_nodes": 1}, "node_pools.GPU", "small letters"),
    ("node_pools.1gpu", {"max_nodes": 1}, "node_pools.1gpu", "begin with a letter"),
    (f"{DEFAULT}.profile", "l4", DEFAULT, "must have no GPU"),
    (f"{GPU}.profile", "l40s", f"{GPU}.profile", "has no machine on this cloud (L40S)"),
    (f"{GPU}.profile", "l5", f"{GPU}.profile", "must be a GPU profile"),
    (f"{GPU}.machine_type", "g2-standard-24", f"{GPU}.machine_type", "1 x L4"),
    (f"{GPU}.machine_type", "g2-standard-9", f"{GPU}.machine_type", "must be a machine type"),
    (f"{GPU}.machine_type", "g4-standard-6", f"{GPU}.machine_type", "12 GB"),
    (f"{GPU}.machine_type", "a4x-highgpu-4g", f"{GPU}.machine_type", "host is Arm"),
    (f"{GPU}.machine_type", "nvidia-tesla-t4", f"{GPU}.machine_type", "older than Ampere"),
    (f"{GPU}.machine_type", "t2a-standard-4", f"{GPU}.machine_type", "must be x86_64"),
    (GPU, UNLISTED | {"machine_type": None}, f"{GPU}.machine_type", "is required"),
    (GPU, UNLISTED | {"machine_type": "g2-standard-8"}, f"{GPU}.machine_type", "the catalogue has it"),
    (GPU, UNLISTED | {"unlisted_gpu": NEW | {"gpu": "P100"}}, f"{GPU}.unlisted_gpu.gpu", "older than Ampere"),
    (GPU, UNLISTED | {"unlisted_gpu": NEW | {"count": 0}}, f"{GPU}.unlisted_gpu.count", "raise it to 1"),
    (f"{DEFAULT}.driver", "latest", f"{DEFAULT}.driver", "has no meaning without GPUs"),
    (f"{GPU}.driver", "none", f"{GPU}.driver", "must be one of default, latest"),
    (f"{GPU}.partition", "1g.5gb", f"{GPU}.partition", "this GPU cannot be cut"),
    (GPU, H100 | {"partition": "1g.10gb"}, f"{GPU}.partition", "3g.40gb"),
    (f"{GPU}.shared_clients", 2, f"{GPU}.shared_clients", "must leave each pod 24 GB"),
    (GPU, H100 | {"shared_clients": 4}, f"{GPU}.shared_clients", "at most 3 here"),
    (f"{GPU}.sharing", "mps", f"{GPU}.sharing", "has no meaning without shared_clients"),
    (f"{GPU}.disk_gib", 99, f"{GPU}.disk_gib", "must be 100 to"),
    (f"{GPU}.disk_type", "ssd", f"{GPU}.disk_type", "must be one of"),
    (
        DEFAULT,
        {"machine_type": "n4-standard-4", "max_nodes": 3, "disk_type": "pd-ssd"},
        f"{DEFAULT}.disk_type",
        "Hyper",
    ),
    (GPU, H100 | {"local_ssds": 4}, f"{GPU}.local_ssds", "must be 16"),
    # pools: counts, zones and capacity
    (f"{GPU}.max_nodes", ..., f"{GPU}.max_nodes", "is required and missing"),
    (f"{GPU}.min_nodes", 5, f"{GPU}.max_nodes", "at least min_nodes (5)"),
    (f"{GPU}.desired_nodes", 9, f"{GPU}.desired_nodes", "between min_nodes (0) and max_nodes (4)"),
    (f"{DEFAULT}.desired_nodes", 2, f"{DEFAULT}.desired_nodes", "multiple of 3"),
    (f"{DEFAULT}.min_nodes", 0, f"{DEFAULT}.desired_nodes", "cluster services run there"),
    (f"{GPU}.zones", ..., f"{GPU}.zones", "is required for GPUs"),
    (f"{GPU}.zones", [], f"{GPU}.zones", "must name a zone"),
    (f"{GPU}.zones", ["us-central1"], f"{GPU}.zones[0]", "must be a zone"),
    (f"{GPU}.zones", ["us-east1-b"], f"{GPU}.zones[0]", "must be in us-central1"),
    (f"{GPU}.capacity", "reserved", f"{GPU}.capacity", "must be one of"),
    (GPU, {**H100, "machine_type": "a3-highgpu-1g"}, f"{GPU}.capacity", "must be spot or flex_start"),
    (GPU, {**H100, "machine_type": "a3-ultragpu-8g"}, f"{GPU}.capacity", "must not be on_demand"),
    (GPU, {**RESERVED, "reservation": None}, f"{GPU}.reservation", "is required"),
    (GPU, {**RESERVED, "reservation": "A b"}, f"{GPU}.reservation", "name of a reservation"),
    (GPU, {**RESERVED, "zones": ["us-central1-a", "us-central1-b"]}, f"{GPU}.zones", "exactly one zone"),
    (GPU, {**H100, "reservation": "voice"}, f"{GPU}.reservation", "has no meaning"),
    (GPU, {**H100, "capacity": "flex_start", "autoscaled": False}, f"{GPU}.autoscaled", "has no fixed count"),
    (f"{DEFAULT}.capacity", "spot", f"{DEFAULT}.capacity", "must last"),
    (f"{GPU}.upgrade", "rolling", f"{GPU}.upgrade", "must be one of surge, blue_green"),
    (f"{GPU}.max_unavailable", 0, f"{GPU}.max_surge", "no upgrade would ever begin"),
    (f"{GPU}.max_pods", 4, f"{GPU}.max_pods", "raise it to 8"),
    # pools: labels and taints
    (f"{GPU}.labels", {"a b": "c"}, f"{GPU}.labels.a b", "label key"),
    (f"{GPU}.labels", {"cloud.google.com/x": "y"}, f"{GPU}.labels.cloud.google.com/x", "keep for themselves"),
    (f"{GPU}.labels", {"nvidia.com/gpu.present": "no"}, f"{GPU}.labels.nvidia.com/gpu.present", "must be true"),
    (f"{GPU}.taints", [{"key": "a", "effect": "NO_SCHEDULE"}], f"{GPU}.taints[0].effect", "NoSchedule"),
    (f"{GPU}.taints", [{"key": "nvidia.com/gpu", "effect": "NoSchedule"}], f"{GPU}.taints[0]", "the GPU taint already"),
    (f"{DEFAULT}.taints", [{"key": "a", "effect": "NoSchedule"}], f"{DEFAULT}.taints", "must not keep pods away"),
]


@pytest.mark.parametrize(("where", "value", "path", "words"), BAD, ids=lambda v: v if isinstance(v, str) else None)
def test_a_wrong_argument_is_told_and_registers_nothing(where, value, path, words):
    args = changed(SMALL, where, value)
    found = {}

    def program():
        with pytest.raises(ArgsError) as error:
            GkeCluster("voice", args)
        found["problems"] = error.value.problems

    assert record(program).found == {}
    told = [problem for problem in found["problems"] if problem.path == path and words in str(problem)]
    assert told, "\n".join(map(str, found["problems"]))
    assert told[0].fix


@pytest.mark.parametrize("name", ["", "1voice", "voice_x", "v" * (LONGEST_NAME + 1)])
def test_a_name_that_google_could_not_take_is_refused(name):
    with pytest.raises(ArgsError, match="letters, digits and dashes"):
        resolve_gke_cluster(SMALL, name)


@pytest.mark.parametrize("args", [SMALL, FULL, GIVEN])
def test_good_arguments_resolve_and_stay_as_they_were(args):
    before = copy.deepcopy(args)
    spec = resolve_gke_cluster(args)
    assert args == before
    assert set(spec.node_pools) == set(args["node_pools"])


def test_a_zonal_cluster_takes_gpus_without_naming_zones():
    pools = {"default": {"max_nodes": 2}, "gpu": {"profile": "l4", "max_nodes": 2, "desired_nodes": 1}}
    spec = resolve_gke_cluster({**SMALL, "location": "us-central1-a", "node_pools": pools})
    assert spec.node_pools["gpu"].zone_count == 1
    assert spec.region == "us-central1"


def test_an_unlisted_type_is_marked_and_leaves_room_in_the_limits():
    spec = resolve_gke_cluster(changed(SMALL, GPU, UNLISTED))
    (pool,) = spec.gpu_pools
    assert pool.unlisted
    assert pool.gpus_per_node == 2
    assert spec.resource_limits["cpu"] >= 256
    assert spec.resource_limits["nvidia-r100"] == 2
