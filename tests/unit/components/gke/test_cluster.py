"""What `GkeCluster` registers: private, encrypted, labelled, in the right order, and as the stand-in takes it."""

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pulumi.provider.experimental.analyzer import Analyzer

from catalog.gcp.machines import MACHINE_TYPES
from catalog.gpu_nodes import gpu_nodes_of
from catalog.machine import GCP
from components.gke.cluster import GkeCluster
from components.gke.resolve import LONGEST_NAME, resolve_gke_cluster
from sandbox.providers.gcp.services import tokens
from tests.support.gke_cases import FULL, GIVEN, SMALL, record
from tests.support.standin_gcp import NETWORK, SUBNETWORK

UNLABELLED = {"Network", "Subnetwork", "Router", "RouterNat", "Account", "IAMMember", "KeyRing", "CryptoKeyIAMMember"}


def made(args, *, preview=False, name="voice"):
    return record(lambda: GkeCluster(name, args), preview=preview)


@pytest.fixture(scope="module")
def full():
    return made(FULL)


@pytest.fixture(scope="module")
def small():
    return made(SMALL)


def pool(recording, key):
    return recording.one("NodePool", f"voice-{key}").inputs


def test_every_child_hangs_flat_under_the_component_and_nothing_is_looked_up(full):
    children = [one for one in full.found.values() if one.type != "cartesia:index:GkeCluster"]
    assert len(children) > 20
    assert {one.parent for one in children} == {"GkeCluster:voice"}
    assert all(one.name.startswith("voice-") for one in children)
    assert full.invoked == []


def test_a_preview_knows_every_resource(full):
    assert set(made(FULL, preview=True).found) == set(full.found)


def test_whatever_takes_labels_has_them(full):
    found = {}
    for key, one in full.found.items():
        cls = key.partition(":")[0]
        if one.type.startswith("gcp:") and cls not in UNLABELLED:
            found[key] = {
                "Cluster": one.inputs.get("resourceLabels"),
                "NodePool": (one.inputs.get("nodeConfig") or {}).get("resourceLabels"),
            }.get(cls, one.inputs.get("labels"))
    assert {key.partition(":")[0] for key in found} == {"Cluster", "NodePool", "CryptoKey"}
    assert [key for key, labels in found.items() if labels != FULL["labels"]] == []


def test_the_cluster_is_private_encrypted_and_has_no_pool_of_googles(full, small):
    cluster = full.one("Cluster", "voice-cluster").inputs
    assert cluster["privateClusterConfig"] == {"enablePrivateNodes": True, "enablePrivateEndpoint": False}
    assert cluster["databaseEncryption"]["state"] == "ENCRYPTED"
    assert cluster["removeDefaultNodePool"] is True
    assert cluster["enableShieldedNodes"] is True
    assert cluster["datapathProvider"] == "ADVANCED_DATAPATH"
    assert cluster["workloadIdentityConfig"] == {"workloadPool": "example-voice.svc.id.goog"}
    assert cluster["nodeConfig"]["serviceAccount"].endswith("@example-voice.iam.gserviceaccount.com")
    assert set(full.one("Cluster", "voice-cluster").ignore_changes) == {"nodeConfig", "initialNodeCount"}
    closed = small.one("Cluster", "voice-cluster").inputs
    assert closed["privateClusterConfig"]["enablePrivateEndpoint"] is True
    assert closed["releaseChannel"] == {"channel": "STABLE"}
    assert closed["clusterAutoscaling"]["autoscalingProfile"] == "BALANCED"


def test_limits_of_autoscaling_name_the_accelerators_of_the_pools(full):
    limits = full.one("Cluster", "voice-cluster").inputs["clusterAutoscaling"]["resourceLimits"]
    most = {row["resourceType"]: row["maximum"] for row in limits}
    assert most["nvidia-l4"] == 6
    assert most["nvidia-h100-80gb"] == 8 + 2
    assert most["nvidia-a100-80gb"] == 2
    assert most["cpu"] >= sum(
        spec.max_nodes * MACHINE_TYPES[spec.machine_type].vcpus
        for spec in resolve_gke_cluster(FULL).node_pools.values()
    )


def test_counts_are_turned_into_those_of_a_zone(full):
    assert pool(full, "gpu")["initialNodeCount"] == 1, "two nodes in two zones"
    assert pool(full, "gpu")["autoscaling"] == {
        "totalMinNodeCount": 0,
        "totalMaxNodeCount": 6,
        "locationPolicy": "ANY",
    }
    assert pool(full, "fixed")["nodeCount"] == 1
    assert "autoscaling" not in pool(full, "fixed")
    assert full.one("NodePool", "voice-gpu").ignore_changes == ("initialNodeCount",)
    assert full.one("NodePool", "voice-fixed").ignore_changes == ()


def test_gpu_pools_have_driver_taint_label_and_the_keys_of_their_capacity(full):
    gpu = pool(full, "gpu")["nodeConfig"]
    assert gpu["guestAccelerators"] == [
        {"type": "nvidia-l4", "count": 1, "gpuDriverInstallationConfig": {"gpuDriverVersion": "LATEST"}}
    ]
    assert {"key": "nvidia.com/gpu", "value": "present", "effect": "NO_SCHEDULE"} in gpu["taints"]
    assert gpu["labels"]["nvidia.com/gpu.present"] == "true"
    assert gpu["reservationAffinity"] == {"consumeReservationType": "NO_RESERVATION"}
    cut = pool(full, "cut")["nodeConfig"]
    assert cut["guestAccelerators"][0]["gpuPartitionSize"] == "3g.40gb"
    assert cut["ephemeralStorageLocalSsdConfig"] == {"localSsdCount": 16}, "what is bundled is stated"
    assert cut["reservationAffinity"]["values"] == ["voice-h100"]
    shared = pool(full, "shared")["nodeConfig"]
    assert shared["spot"] is True
    assert shared["guestAccelerators"][0]["gpuSharingConfig"]["maxSharedClientsPerGpu"] == 3
    flex = pool(full, "flex")
    assert flex["nodeConfig"]["flexStart"] is True
    assert flex["management"]["autoRepair"] is False
    assert "upgradeSettings" not in flex
    assert pool(full, "gpu")["upgradeSettings"]["strategy"] == "BLUE_GREEN"
    assert pool(full, "cut")["upgradeSettings"] == {"strategy": "SURGE", "maxSurge": 0, "maxUnavailable": 1}


def test_nodes_run_as_an_account_with_few_rights(full, small):
    roles = {one.inputs["role"] for one in small.of("IAMMember").values() if "nodes" in str(one.inputs["member"])}
    assert roles == {"roles/container.defaultNodeServiceAccount", "roles/artifactregistry.reader"}
    accounts = {pool(full, key)["nodeConfig"]["serviceAccount"] for key in FULL["node_pools"]}
    assert len(accounts) == 1
    assert "compute@developer" not in accounts.pop()
    assert {one.inputs["role"] for name, one in full.of("IAMMember").items() if "admin" in name} == {
        "roles/container.admin"
    }


def test_gpus_offered_count_slices_and_sharing(full):
    pools = {row["name"]: row["gpusPerNode"] for row in full.outputs["GkeCluster:voice"]["gpu_pools"]}
    assert pools == {"gpu": 1, "cut": 16, "shared": 3, "flex": 1}


def test_pools_of_other_machines_have_other_names_and_the_same_machine_the_same():
    def name(**changes):
        args = {**SMALL, "node_pools": {**SMALL["node_pools"], "gpu": {**SMALL["node_pools"]["gpu"], **changes}}}
        return resolve_gke_cluster(args).node_pools["gpu"].name

    same = name()
    assert same == name(max_nodes=9, desired_nodes=2, labels={"a": "b"}, disk_gib=200)
    assert same == name(profile=None, machine_type="g2-standard-12"), "one L4 as before: changed in place"
    others = [name(driver="latest"), name(max_pods=64), name(profile="a100-1gpu"), name(capacity="spot")]
    assert len({same, *others}) == 5


def test_order_and_protection(full):
    before = full.before("NodePool:voice-gpu")
    assert {"NodePool:voice-default", "Cluster:voice-cluster", "RouterNat:voice-nat"} <= before
    assert "CryptoKeyIAMMember:voice-secrets-key-use" in full.before("Cluster:voice-cluster")
    assert "IAMMember:voice-admin-ci" in full.before("kubernetes:voice-kubernetes")
    protected = {key.partition(":")[0] for key, one in full.found.items() if one.protect}
    assert protected == {"Cluster", "CryptoKey", "KeyRing", "Network", "Subnetwork"}


def test_the_kubeconfig_asks_the_plugin_and_holds_no_secret(full):
    config = yaml.safe_load(full.outputs["GkeCluster:voice"]["kubeconfig"])
    assert config["current-context"] == "gke_example-voice_us-central1_voice-prod"
    user = config["users"][0]["user"]
    assert set(user) == {"exec"}
    assert user["exec"]["command"] == "gke-gcloud-auth-plugin"
    assert user["exec"]["provideClusterInfo"] is True
    provider = full.one("kubernetes", "voice-kubernetes").inputs
    assert provider["clusterIdentifier"] == full.outputs["GkeCluster:voice"]["endpoint"]


def test_the_provider_may_ask_with_application_default_credentials_and_by_name():
    recording = made({**SMALL, "credentials": {"application_default": True}, "dns_endpoint": True, "connect": "dns"})
    config = yaml.safe_load(recording.one("kubernetes", "voice-kubernetes").inputs["kubeconfig"])
    assert config["users"][0]["user"]["exec"]["args"] == ["--use_application_default_credentials"]
    assert config["clusters"][0]["cluster"]["server"].endswith(".us-central1.gke.goog")
    assert "certificate-authority-data" not in config["clusters"][0]["cluster"]
    people = yaml.safe_load(recording.outputs["GkeCluster:voice"]["kubeconfig"])
    assert "args" not in people["users"][0]["user"]["exec"]


def test_a_given_network_and_key_are_used_as_they_are():
    def program():
        return GkeCluster("voice", GIVEN)

    import tests.support.gke_cases as cases

    class Prepared(cases.GcpMocks):
        def __init__(self, recording):
            super().__init__(recording)
            engine = self.engine
            engine.create(tokens.NETWORK, "n", NETWORK | {"name": "shared"})
            engine.create(tokens.SUBNETWORK, "s", SUBNETWORK | {"name": "shared", "network": "shared"})
            ring = {"name": "keys", "project": "example-voice", "location": "us-central1"}
            engine.create(tokens.KEY_RING, "r", ring)
            engine.create(tokens.CRYPTO_KEY, "k", {"name": "secrets", "keyRing": cases.KEY.partition("/cryptoKeys")[0]})
            member = "serviceAccount:service-123456789012@container-engine-robot.iam.gserviceaccount.com"
            role = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
            engine.create(tokens.CRYPTO_KEY_MEMBER, "m", {"cryptoKeyId": cases.KEY, "role": role, "member": member})

    from tests.support import aws_mocks

    found = aws_mocks.record(program, cloud=Prepared)
    assert not any(found.of(cls) for cls in ("Network", "Subnetwork", "RouterNat", "KeyRing", "CryptoKey"))
    assert found.one("Cluster", "voice-cluster").inputs["databaseEncryption"]["keyName"] == GIVEN["kms_key"]


def test_outputs_are_annotated_assigned_and_registered(full):
    assert set(full.outputs["GkeCluster:voice"]) == set(GkeCluster.__annotations__)


def test_the_schema_describes_every_input_and_output():
    analysis = Analyzer("cartesia").analyze([GkeCluster])
    cluster = analysis["component_definitions"]["GkeCluster"]
    assert cluster.outputs["gpuPools"].items.ref.endswith(":GpuPool")
    types = analysis["type_definitions"].values()
    described = [*cluster.inputs.items(), *cluster.outputs.items(), *(p for t in types for p in t.properties.items())]
    assert [name for name, one in described if not one.description] == []
    required = {name for name, one in cluster.inputs.items() if not one.optional}
    assert required == {"clusterName", "project", "location", "nodePools"}


# -- the whole catalogue, and any settings


@pytest.mark.parametrize("row", gpu_nodes_of(GCP), ids=lambda row: row.machine.name)
def test_a_pool_of_every_machine_with_gpus_is_taken(row):
    capacity = "spot" if row.machine.family[:2] in ("a3", "a4") else "on_demand"
    spec = {"machine_type": row.machine.name, "zones": ["us-central1-a"], "max_nodes": 1, "capacity": capacity}
    recording = made({**SMALL, "node_pools": {"default": {"max_nodes": 3}, "gpu": spec}})
    found = pool(recording, "gpu")["nodeConfig"]["guestAccelerators"][0]
    assert (found["type"], found["count"]) == (row.accelerator, row.machine.gpus)


NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,18}[a-z0-9]", fullmatch=True).filter(lambda name: name != "default")
POOLS = st.fixed_dictionaries(
    {
        "machine_type": st.sampled_from([row.machine.name for row in gpu_nodes_of(GCP)] + ["n2-standard-4"]),
        "zones": st.lists(
            st.sampled_from(["us-central1-a", "us-central1-b", "us-central1-c"]), min_size=1, max_size=3, unique=True
        ),
        "max_nodes": st.integers(3, 12),
        "capacity": st.sampled_from(["spot", "flex_start"]),
    },
    optional={
        "labels": st.dictionaries(st.from_regex(r"[a-z]{1,9}", fullmatch=True), st.just("x"), max_size=2),
        "disk_gib": st.integers(100, 500),
        "max_pods": st.integers(8, 110),
        "upgrade": st.sampled_from(["surge", "blue_green"]),
    },
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    cluster=st.from_regex(r"[a-z]([a-z0-9-]{0,38}[a-z0-9])?", fullmatch=True),
    name=st.from_regex(rf"[a-z][a-z0-9-]{{0,{LONGEST_NAME - 2}}}[a-z0-9]", fullmatch=True),
    pools=st.dictionaries(NAMES, POOLS, max_size=3),
)
def test_any_valid_settings_preview_with_names_that_google_takes(cluster, name, pools):
    args = {**SMALL, "cluster_name": cluster, "node_pools": {"default": {"max_nodes": 3}, **pools}}
    recording = made(args, name=name)  # the stand-in checks lengths and characters of every name
    names = [one.inputs["name"] for one in recording.of("NodePool").values()]
    assert len(set(names)) == len(names) == len(pools) + 1
    spec = resolve_gke_cluster(args, name)
    assert 6 <= len(spec.account_id) <= 30
