"""GKE in the stand-in: what it needs, what it refuses in which words, what replaces, and when nodes offer GPUs."""

import pytest

from sandbox.providers.base import ProviderError
from sandbox.providers.cloud.nodes.pool import node_object
from sandbox.providers.gcp.facts.project import SERVICE_AGENT
from sandbox.providers.gcp.services import tokens
from tests.support.standin_gcp import (
    CLUSTER,
    CPU,
    ENCRYPTER,
    GPU,
    KEY,
    NETWORK,
    PROJECT,
    REGION,
    RING,
    SUBNETWORK,
    Engine,
    gpu,
    node,
    one_of_each,
    without_storage,
)


@pytest.fixture(autouse=True)
def _no_storage():
    with without_storage():
        yield


@pytest.fixture
def engine(tmp_path):
    found = Engine(tmp_path)
    found.create(tokens.NETWORK, "net", NETWORK)
    found.create(tokens.SUBNETWORK, "subnet", SUBNETWORK)
    return found


@pytest.fixture
def cluster(engine):
    return engine.create(tokens.CLUSTER, "cluster", CLUSTER)


# -- clusters


def test_a_cluster_has_an_address_without_scheme_and_its_own_plane(engine, cluster):
    assert cluster.id == f"projects/{PROJECT}/locations/{REGION}/clusters/voice"
    assert cluster.outputs["endpoint"] == "127.0.0.1:6443"
    assert set(engine.planes.claimed) == {f"gke_{PROJECT}_{REGION}_voice"}
    assert cluster.outputs["masterVersion"].startswith("1.34.")
    assert cluster.outputs["masterAuth"]["clusterCaCertificate"]
    engine.delete(cluster)
    assert engine.planes.claimed == {}


def test_the_name_of_a_cluster_is_taken_in_its_location_alone(engine, cluster):
    with pytest.raises(ProviderError, match="Error 409: Already exists"):
        engine.create(tokens.CLUSTER, "other", CLUSTER)
    engine.create(tokens.CLUSTER, "zonal", CLUSTER | {"location": "us-central1-a"})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"subnetwork": "nothing"}, "The resource 'nothing' was not found"),
        ({"location": "europe-west4"}, "is not in region europe-west4"),
        ({"ipAllocationPolicy": {"clusterSecondaryRangeName": "pod"}}, "Secondary range 'pod' does not exist"),
        ({"workloadIdentityConfig": {"workloadPool": "other.svc.id.goog"}}, "Workload pool must be example-voice"),
        ({"databaseEncryption": {"state": "ENCRYPTED", "keyName": KEY}}, "was not found"),
        ({"nodeLocations": ["us-east1-b"]}, "is not in region us-central1"),
    ],
)
def test_a_cluster_needs_what_it_names(engine, changes, words):
    with pytest.raises(ProviderError, match=words):
        engine.create(tokens.CLUSTER, "cluster", CLUSTER | changes)


def test_the_key_must_be_near_and_gke_must_have_been_let_to_it(engine):
    encrypted = CLUSTER | {"databaseEncryption": {"state": "ENCRYPTED", "keyName": KEY}}
    engine.create(tokens.KEY_RING, "ring", {"name": "voice", "project": PROJECT, "location": REGION})
    engine.create(tokens.CRYPTO_KEY, "key", {"name": "secrets", "keyRing": RING})
    with pytest.raises(ProviderError, match=r"useToEncrypt.*denied"):
        engine.create(tokens.CLUSTER, "cluster", encrypted)
    letting = {"cryptoKeyId": KEY, "role": ENCRYPTER, "member": f"serviceAccount:{SERVICE_AGENT}"}
    engine.create(tokens.CRYPTO_KEY_MEMBER, "use", letting)
    engine.create(tokens.CLUSTER, "cluster", encrypted)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"name": "Voice"}, "name"),
        ({"name": "v" * 41}, "name"),
        ({"minMasterVersion": "latest"}, "minMasterVersion"),
        ({"initialNodeCount": None}, "initialNodeCount"),
        ({"nodeVersion": "1.34"}, "nodeVersion"),
        ({"releaseChannel": {"channel": "stable"}}, "releaseChannel.channel"),
        ({"resourceLabels": {"Team": "voice"}}, 'resourceLabels["Team"]'),
        ({"masterAuthorizedNetworksConfig": {"cidrBlocks": [{"cidrBlock": "10.0.0.1"}]}}, None),
        (
            {"maintenancePolicy": {"recurringWindow": {"startTime": "3am", "endTime": "4am", "recurrence": "DAILY"}}},
            "maintenancePolicy.recurringWindow.startTime",
        ),
        (
            {"clusterAutoscaling": {"resourceLimits": [{"resourceType": "cpu", "maximum": 4}] * 2}},
            "clusterAutoscaling.resourceLimits",
        ),
        ({"clusterAutoscaling": {"autoscalingProfile": "FAST"}}, "clusterAutoscaling.autoscalingProfile"),
    ],
)
def test_a_cluster_is_checked_at_preview(engine, changes, path):
    failures = engine.failures(tokens.CLUSTER, {k: v for k, v in (CLUSTER | changes).items() if v is not None})
    assert failures
    assert path is None or path in [failure.path for failure in failures]


@pytest.mark.parametrize(
    ("changes", "replaces"),
    [
        ({"location": "us-central1-a"}, True),
        ({"datapathProvider": "ADVANCED_DATAPATH"}, True),
        ({"initialNodeCount": 2}, True),
        ({"ipAllocationPolicy": {"clusterSecondaryRangeName": "services"}}, True),
        ({"minMasterVersion": "1.35"}, False),
        ({"releaseChannel": {"channel": "REGULAR"}}, False),
        ({"resourceLabels": {"team": "voice"}}, False),
        ({"maintenancePolicy": {"dailyMaintenanceWindow": {"startTime": "03:00"}}}, False),
        ({"clusterAutoscaling": {"autoscalingProfile": "BALANCED"}}, False),
    ],
)
def test_what_replaces_a_cluster_is_what_the_provider_says(engine, cluster, changes, replaces):
    found = engine.diff(cluster, CLUSTER | changes)
    assert found.changes
    assert any(kind.endswith("-replace") for kind in found.changes.values()) == replaces
    assert found.delete_before_replace == replaces, "the name is fixed"


def test_versions_go_up_one_minor_at_a_time(engine, cluster):
    with pytest.raises(ProviderError, match="one minor at a time"):
        engine.update(cluster, CLUSTER | {"minMasterVersion": "1.36"})
    newer = engine.update(cluster, CLUSTER | {"minMasterVersion": "1.35"})
    assert newer.outputs["masterVersion"].startswith("1.35.")


def test_deletion_protection_holds_and_is_on_by_default(engine):
    made = engine.create(
        tokens.CLUSTER, "cluster", {key: value for key, value in CLUSTER.items() if key != "deletionProtection"}
    )
    with pytest.raises(ProviderError, match="deletion_protection is set to true"):
        engine.delete(made)


def test_network_and_subnetwork_stay_while_a_cluster_is_in_them(engine, cluster):
    for type_, inputs in ((tokens.SUBNETWORK, SUBNETWORK), (tokens.NETWORK, NETWORK)):
        made = engine.read(type_, "x", _id(type_, inputs), inputs)
        with pytest.raises(ProviderError, match="already being used"):
            engine.delete(_resource(type_, made))


def _id(type_, inputs):
    place = "global/networks" if type_ == tokens.NETWORK else f"regions/{REGION}/subnetworks"
    return f"projects/{PROJECT}/{place}/{inputs['name']}"


def _resource(type_, read):
    from tests.support.standin_aws import Resource

    return Resource(type_, "x", read.id, read.inputs, read.outputs)


# -- node pools


@pytest.fixture
def pools(engine, cluster):
    engine.create(tokens.NODE_POOL, "default", CPU)
    return engine


def offered(engine):
    """GPUs, taints and labels of a node of the pool that was made last."""
    pool = engine.nodes.pools[-1]
    made = node_object(pool, pool.places[0], "gke-voice-gpu-1-abcd")
    return made["status"]["allocatable"].get("nvidia.com/gpu"), made["spec"]["taints"], made["metadata"]["labels"]


def test_a_gpu_node_offers_its_gpus_and_carries_gkes_marks(pools):
    pools.create(tokens.NODE_POOL, "gpu", GPU)
    gpus, taints, labels = offered(pools)
    assert gpus == "1"
    assert taints == [{"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}]
    assert labels["cloud.google.com/gke-accelerator"] == "nvidia-l4"
    assert labels["cloud.google.com/gke-nodepool"] == "gpu"
    assert labels["topology.kubernetes.io/zone"] == "us-central1-a"


@pytest.mark.parametrize(
    ("inputs", "gpus"),
    [
        (gpu(gpuDriverInstallationConfig={"gpuDriverVersion": "INSTALLATION_DISABLED"}), None),
        (gpu(gpuDriverInstallationConfig={"gpuDriverVersion": "LATEST"}), "1"),
        (node(labels={"gke-no-default-nvidia-gpu-device-plugin": "true"}), None),
        (gpu(gpuSharingConfig={"gpuSharingStrategy": "TIME_SHARING", "maxSharedClientsPerGpu": 4}), "4"),
        (
            node(
                machineType="a3-highgpu-2g",
                guestAccelerators=[
                    {
                        "type": "nvidia-h100-80gb",
                        "count": 2,
                        "gpuPartitionSize": "3g.40gb",
                        "gpuDriverInstallationConfig": {"gpuDriverVersion": "DEFAULT"},
                    }
                ],
            ),
            "4",
        ),
    ],
    ids=["no driver", "latest driver", "no device plugin", "shared", "cut"],
)
def test_gpus_are_offered_as_driver_plugin_slices_and_sharing_say(pools, inputs, gpus):
    pools.create(tokens.NODE_POOL, "gpu", inputs)
    assert offered(pools)[0] == gpus


def test_gke_taints_gpu_nodes_only_where_pods_have_another_pool(engine, cluster):
    engine.create(tokens.NODE_POOL, "gpu", GPU)
    assert offered(engine)[1] == []


def test_counts_are_for_each_zone(pools):
    pools.create(tokens.NODE_POOL, "gpu", GPU | {"nodeLocations": ["us-central1-a", "us-central1-b"]})
    assert pools.nodes.calls[-1] == ("reconcile", "gpu", 2)
    assert ("reconcile", "default", 3) in pools.nodes.calls


@pytest.mark.parametrize(
    ("inputs", "path", "words"),
    [
        (GPU | {"nodeCount": 1}, "initialNodeCount", "Cannot set both"),
        (
            GPU | {"autoscaling": {"totalMaxNodeCount": 1, "maxNodeCount": 1}},
            "autoscaling.maxNodeCount",
            "conflicts with totalMaxNodeCount",
        ),
        (gpu(type="nvidia-tesla-t4"), "nodeConfig.guestAccelerators", "1 x nvidia-l4"),
        (gpu(count=2), "nodeConfig.guestAccelerators", "1 x nvidia-l4"),
        (node(guestAccelerators=[]), "nodeConfig.guestAccelerators", "must be declared so"),
        (gpu(gpuPartitionSize="1g.5gb"), "nodeConfig.guestAccelerators[0].gpuPartitionSize", "cannot be cut"),
        (
            gpu(gpuSharingConfig={"gpuSharingStrategy": "TIME_SHARING", "maxSharedClientsPerGpu": 49}),
            "nodeConfig.guestAccelerators[0].gpuSharingConfig.maxSharedClientsPerGpu",
            "2 to 48",
        ),
        (
            gpu(gpuSharingConfig={"gpuSharingStrategy": "SLICES", "maxSharedClientsPerGpu": 4}),
            "nodeConfig.guestAccelerators[0].gpuSharingConfig.gpuSharingStrategy",
            "TIME_SHARING",
        ),
        (node(machineType="g2-standard-9"), "nodeConfig.machineType", "unknown machine type"),
        (node(spot=True, preemptible=True), "nodeConfig.preemptible", "conflicts with spot"),
        (node(flexStart=True), "management.autoRepair", "must be false"),
        (
            node(spot=True, reservationAffinity={"consumeReservationType": "ANY_RESERVATION"}),
            "nodeConfig.reservationAffinity",
            "NO_RESERVATION",
        ),
        (
            node(reservationAffinity={"consumeReservationType": "SPECIFIC_RESERVATION"}),
            "nodeConfig.reservationAffinity.values",
            "must name the reservation",
        ),
        (node(taints=[{"key": "a", "value": "b", "effect": "NoSchedule"}]), "nodeConfig.taints[0].effect", "NO_SCHED"),
        (CPU | {"nodeConfig": {"machineType": "n4-standard-4"}}, "nodeConfig.diskType", "features are not compatible"),
        (
            CPU | {"nodeConfig": {"machineType": "n2-standard-4", "guestAccelerators": [{"type": "t", "count": 1}]}},
            "nodeConfig.guestAccelerators[0]",
            "not for n2-standard-4",
        ),
    ],
)
def test_a_pool_is_checked_at_preview(engine, inputs, path, words):
    told = [failure for failure in engine.failures(tokens.NODE_POOL, inputs) if failure.path == path]
    assert told
    assert words in told[0].reason


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"cluster": "other"}, "Not found"),
        ({"nodeLocations": ["us-east1-b"]}, "is not in region us-central1"),
        ({"nodeConfig": {**GPU["nodeConfig"], "serviceAccount": f"x@{PROJECT}.iam.gserviceaccount.com"}}, "not exist"),
        ({"version": "1.36"}, "must not be newer"),
        ({"version": "1.31"}, "at most two minors behind"),
        ({"initialNodeCount": 300}, "IP_SPACE_EXHAUSTED"),
    ],
)
def test_a_pool_needs_what_it_names(engine, cluster, changes, words):
    with pytest.raises(ProviderError, match=words):
        engine.create(tokens.NODE_POOL, "gpu", GPU | changes)


@pytest.mark.parametrize(
    ("inputs", "replaces"),
    [
        (node(machineType="g2-standard-12"), False),
        (node(labels={"team": "voice"}), False),
        (node(taints=[{"key": "a", "value": "b", "effect": "NO_EXECUTE"}]), False),
        (node(diskSizeGb=200), False),
        (GPU | {"version": "1.34"}, False),
        (GPU | {"autoscaling": {"totalMinNodeCount": 0, "totalMaxNodeCount": 9}}, False),
        (GPU | {"nodeLocations": ["us-central1-a", "us-central1-b"]}, False),
        (gpu(gpuDriverInstallationConfig={"gpuDriverVersion": "LATEST"}), True),
        (node(spot=True), True),
        (node(serviceAccount="a@b.iam.gserviceaccount.com"), True),
        (node(ephemeralStorageLocalSsdConfig={"localSsdCount": 1}), True),
        (GPU | {"initialNodeCount": 2}, True),
        (GPU | {"maxPodsPerNode": 32}, True),
    ],
)
def test_what_replaces_a_pool_is_what_the_provider_says(pools, inputs, replaces):
    made = pools.create(tokens.NODE_POOL, "gpu", GPU)
    found = pools.diff(made, inputs)
    assert found.changes
    assert any(kind.endswith("-replace") for kind in found.changes.values()) == replaces


def test_a_deleted_pool_takes_its_nodes_along_and_a_deleted_cluster_its_pools(pools):
    made = pools.create(tokens.NODE_POOL, "gpu", GPU)
    pools.delete(made)
    assert pools.nodes.calls[-1] == ("remove", "gpu")
    assert pools.read(tokens.NODE_POOL, "gpu", made.id).id == ""


# -- keys and accounts


def test_names_of_keys_and_rings_stay_taken(tmp_path):
    engine = Engine(tmp_path)
    ring = {"name": "voice", "project": PROJECT, "location": REGION}
    engine.delete(engine.create(tokens.KEY_RING, "ring", ring))
    with pytest.raises(ProviderError, match="Error 409"):
        engine.create(tokens.KEY_RING, "ring", ring)


def test_a_binding_for_an_account_that_is_not_there_is_refused(tmp_path):
    engine = Engine(tmp_path)
    member = {"project": PROJECT, "role": "roles/viewer"}
    for email in (
        f"gone@{PROJECT}.iam.gserviceaccount.com",
        "service-1@container-engine-robot.iam.gserviceaccount.com",
    ):
        with pytest.raises(ProviderError, match="does not exist"):
            engine.create(tokens.PROJECT_MEMBER, "m", member | {"member": f"serviceAccount:{email}"})
    engine.create(tokens.PROJECT_MEMBER, "m", member | {"member": "user:ann@example.com"})


@pytest.mark.parametrize(
    ("type_", "inputs", "path"),
    [
        (tokens.ACCOUNT, {"accountId": "short"}, "accountId"),
        (tokens.ACCOUNT, {"accountId": "a" * 31}, "accountId"),
        (tokens.PROJECT_MEMBER, {"project": PROJECT, "role": "viewer", "member": "user:a@b.c"}, "role"),
        (tokens.PROJECT_MEMBER, {"project": PROJECT, "role": "roles/viewer", "member": "ann@example.com"}, "member"),
        (tokens.CRYPTO_KEY, {"keyRing": RING, "rotationPeriod": "1d"}, "rotationPeriod"),
        (tokens.NETWORK, {"name": "Voice"}, "name"),
        (tokens.NETWORK, {"project": "X"}, "project"),
        (tokens.SUBNETWORK, {k: v for k, v in SUBNETWORK.items() if k != "region"}, "region"),
        (tokens.SUBNETWORK, SUBNETWORK | {"ipCidrRange": "10.0.0.1/20"}, "ipCidrRange"),
    ],
)
def test_wrong_inputs_are_told_at_preview(tmp_path, type_, inputs, path):
    assert path in [failure.path for failure in Engine(tmp_path).failures(type_, inputs)]


def test_ranges_of_one_network_do_not_overlap(engine):
    other = SUBNETWORK | {"name": "other", "ipCidrRange": "10.64.128.0/20", "secondaryIpRanges": []}
    with pytest.raises(ProviderError, match="conflicts with existing subnetwork 'voice'"):
        engine.create(tokens.SUBNETWORK, "other", other)


def test_everything_can_be_taken_away_in_order(tmp_path):
    engine = Engine(tmp_path)
    made = one_of_each(engine)
    with pytest.raises(ProviderError, match="has a NAT"):
        engine.delete(made[tokens.ROUTER])
    for resource in reversed(made.values()):
        engine.delete(resource)
    left = [record.type for record in engine.provider._account.store.list()]
    assert set(left) == {"gcp:kms/forgotten:Forgotten"}
