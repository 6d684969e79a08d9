"""EKS in the stand-in: what clusters and groups need, and how they change."""

import pytest

from sandbox.providers.base import ProviderError
from sandbox.providers.cloud.condition import condition_of
from sandbox.providers.cloud.nodes.pool import node_labels
from tests.support.standin_aws import REGION, Engine, token
from tests.support.standin_aws_stack import Stack, full_stack, trust

CLUSTER = token("eks/cluster:Cluster")


@pytest.fixture
def engine(tmp_path):
    return Engine(tmp_path)


@pytest.fixture
def stack(engine):
    return full_stack(engine)


def inputs_of(resource, **more):
    return {**{key: value for key, value in resource.inputs.items() if not key.startswith("__")}, **more}


def test_a_cluster_is_a_control_plane_from_create_to_delete(engine):
    stack = Stack(engine).network().roles().cluster()
    assert engine.planes.claimed.keys() == {"voice"}
    assert stack.out("cluster", "endpoint") == "https://127.0.0.1:6443"
    assert stack.out("cluster", "certificateAuthority") == {"data": "UEVNIHZvaWNl"}
    issuer = stack.out("cluster", "identities")[0]["oidcs"][0]["issuer"]
    assert issuer.startswith(f"https://oidc.eks.{REGION}.amazonaws.com/id/")
    engine.delete(stack.made["cluster"])
    assert engine.planes.claimed == {}


WRONG_CLUSTERS = [
    ({"roleArn": "arn:aws:iam::123456789012:role/none"}, "could not be assumed because it does not exist"),
    ({"roleArn": "{node-role}"}, "the trusted entity is not correct"),
    ({"vpcConfig": {"subnetIds": ["subnet-1"]}}, "The subnet ID 'subnet-1' does not exist"),
    ({"vpcConfig": {"subnetIds": ["{private-a}"]}}, "at least two different AZs"),
    (
        {"vpcConfig": {"subnetIds": ["{private-a}", "{private-b}"], "securityGroupIds": ["sg-1"]}},
        "The security group 'sg-1' does not exist",
    ),
    ({"encryptionConfig": {"provider": {"keyArn": "arn:none"}, "resources": ["secrets"]}}, "not found: arn:none"),
]


def filled(stack, value):
    if isinstance(value, dict):
        return {key: filled(stack, item) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(stack, item) for item in value]
    name = value.strip("{}") if isinstance(value, str) else None
    if name not in stack.made or not value.startswith("{"):
        return value
    made = stack.made[name]
    return made.outputs["arn"] if "role" in name else made.id


@pytest.mark.parametrize(("inputs", "words"), WRONG_CLUSTERS, ids=[case[1] for case in WRONG_CLUSTERS])
def test_a_cluster_needs_what_eks_needs(engine, inputs, words):
    stack = Stack(engine).network().roles()
    with pytest.raises(ProviderError, match=f"creating EKS Cluster .*InvalidParameterException: .*{words}"):
        stack.cluster(**filled(stack, inputs))
    assert engine.planes.claimed == {}


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("1.34", "1.35", None),
        ("1.33", "1.35", "one minor version at a time"),
        ("1.34", "1.33", "Unsupported Kubernetes minor version update from 1.34 to 1.33"),
    ],
)
def test_kubernetes_goes_up_one_minor_at_a_time(engine, before, after, words):
    cluster = Stack(engine).network().roles().cluster(version=before).made["cluster"]
    assert engine.diff(cluster, inputs_of(cluster, version=after)).changes == {"version": "update"}
    if words is None:
        assert engine.update(cluster, inputs_of(cluster, version=after)).outputs["version"] == after
    else:
        with pytest.raises(ProviderError, match=words):
            engine.update(cluster, inputs_of(cluster, version=after))
        assert engine.refresh(cluster).outputs["version"] == before


def test_a_protected_cluster_is_not_deleted(engine):
    cluster = Stack(engine).network().roles().cluster(deletionProtection=True).made["cluster"]
    with pytest.raises(ProviderError, match="deletion protection"):
        engine.delete(cluster)
    engine.delete(engine.update(cluster, inputs_of(cluster, deletionProtection=False)))


def test_access_does_not_go_back_to_the_config_map(engine):
    cluster = Stack(engine).network().roles().cluster().made["cluster"]
    with pytest.raises(ProviderError, match="Unsupported authentication mode update from API to CONFIG_MAP"):
        engine.update(cluster, inputs_of(cluster, accessConfig={"authenticationMode": "CONFIG_MAP"}))


def test_encryption_can_be_added_and_a_change_of_its_key_is_ignored(stack):
    cluster = stack.made["cluster"]
    keys = [stack.add("kms/key:Key", name, policy=None).outputs["arn"] for name in ("first", "second")]
    first, second = ({"provider": {"keyArn": key}, "resources": ["secrets"]} for key in keys)
    assert stack.engine.diff(cluster, inputs_of(cluster, encryptionConfig=first)).changes == {"encryptionConfig": "add"}
    locked = stack.engine.update(cluster, inputs_of(cluster, encryptionConfig=first))
    wanted = inputs_of(cluster, encryptionConfig=second)
    assert stack.engine.diff(locked, wanted).changes == {"encryptionConfig.provider.keyArn": "update"}
    again = stack.engine.update(locked, wanted)
    assert again.outputs["encryptionConfig"]["provider"]["keyArn"] == keys[0]
    assert stack.engine.diff(again, wanted).changes, "and it shows as a difference for ever"
    assert stack.engine.diff(again, inputs_of(cluster)).changes == {"encryptionConfig": "delete-replace"}


WRONG_GROUPS = [
    ({"clusterName": "none"}, "No cluster found for name: none"),
    ({"subnetIds": ["subnet-1"]}, "The subnet ID 'subnet-1' does not exist"),
    ({"subnetIds": ["{elsewhere}"]}, "is not in the VPC of the cluster"),
    ({"nodeRoleArn": "{cluster-role}"}, "trust ec2.amazonaws.com"),
    ({"nodeRoleArn": "{bare-role}"}, "Instances failed to join .*AmazonEKSWorkerNodePolicy"),
    ({"version": "1.35"}, "does not fit cluster version 1.34"),
    ({"capacityType": "CAPACITY_BLOCK"}, "need a launch template"),
    ({"launchTemplate": {"id": "lt-1", "version": "1"}}, "does not exist"),
    ({"launchTemplate": {"id": "{typed}", "version": "1"}}, "both|not both"),
    ({"launchTemplate": {"id": "{imaged}", "version": "1"}}, "AMI type cannot be specified with an image id"),
    (
        {"launchTemplate": {"id": "{reserved-template}", "version": "1"}, "instanceTypes": ["g6e.4xlarge"]},
        "does not fit instance types",
    ),
    (
        {
            "launchTemplate": {"id": "{reserved-template}", "version": "1"},
            "instanceTypes": ["g6e.2xlarge"],
            "scalingConfig": {"minSize": 0, "desiredSize": 3, "maxSize": 3},
        },
        "ReservationCapacityExceeded",
    ),
]


@pytest.mark.parametrize(("inputs", "words"), WRONG_GROUPS, ids=[case[1] for case in WRONG_GROUPS])
def test_a_group_needs_what_eks_needs(stack, inputs, words):
    stack.add("ec2/vpc:Vpc", "other", cidrBlock="10.8.0.0/16")
    stack.add("Subnet", "elsewhere", vpcId=stack.id("other"), cidrBlock="10.8.0.0/24")
    stack.add("iam/role:Role", "bare-role", assumeRolePolicy=trust("ec2.amazonaws.com"))
    stack.add("LaunchTemplate", "typed", instanceType="m7a.4xlarge")
    stack.add("LaunchTemplate", "imaged", imageId="ami-1")
    place = {"availabilityZone": f"{REGION}a", "instancePlatform": "Linux/UNIX", "instanceType": "g6e.2xlarge"}
    reserved = stack.add("CapacityReservation", "reserved", instanceCount=2, **place)
    target = {"capacityReservationTarget": {"capacityReservationId": reserved.id}}
    stack.add("LaunchTemplate", "reserved-template", capacityReservationSpecification=target)
    with pytest.raises(ProviderError, match=f"EKS Node Group .*({words})"):
        stack.group("wrong", **filled(stack, inputs))


def test_nodes_do_not_join_without_a_network_plugin(engine):
    stack = Stack(engine).network().roles().cluster(bootstrapSelfManagedAddons=False)
    with pytest.raises(ProviderError, match=r"failed to join .*add-on vpc-cni"):
        stack.group()
    stack.add("Addon", "cni", clusterName="voice", addonName="vpc-cni")
    stack.group("later")


def test_coredns_waits_for_a_node_it_may_run_on(engine):
    stack = Stack(engine).network().roles().cluster()
    taint = [{"key": "nvidia.com/gpu", "value": "true", "effect": "NO_SCHEDULE"}]
    stack.group("gpu", taints=taint)
    with pytest.raises(ProviderError, match=r"EKS Add-On .*DEGRADED.*InsufficientNumberOfReplicas"):
        stack.add("Addon", "dns", clusterName="voice", addonName="coredns")
    dns = "voice:coredns"
    stack.engine.read(token("Addon"), "dns", dns)
    assert condition_of(stack.engine.record(token("Addon"), dns).facts)["status"] == "DEGRADED"
    stack.group("default")
    stack.engine.read(token("Addon"), "dns", dns)
    assert condition_of(stack.engine.record(token("Addon"), dns).facts) == {}


def test_access_needs_the_api_mode_and_an_entry(engine):
    stack = Stack(engine).network().roles().cluster(accessConfig={"authenticationMode": "CONFIG_MAP"})
    principal = "arn:aws:iam::123456789012:role/Admin"
    with pytest.raises(ProviderError, match="authentication mode must be set to one of"):
        stack.add("AccessEntry", "entry", clusterName="voice", principalArn=principal)
    cluster = stack.made["cluster"]
    engine.update(cluster, inputs_of(cluster, accessConfig={"authenticationMode": "API_AND_CONFIG_MAP"}))
    policy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
    inputs = {"clusterName": "voice", "principalArn": principal, "accessScope": {"type": "cluster"}}
    with pytest.raises(ProviderError, match="The specified principalArn could not be found"):
        stack.add("AccessPolicyAssociation", "admin", policyArn=policy, **inputs)
    stack.add("AccessEntry", "entry", clusterName="voice", principalArn=principal)
    with pytest.raises(ProviderError, match="policyArn parameter format is not valid"):
        stack.add("AccessPolicyAssociation", "admin", policyArn=policy + "Typo", **inputs)
    stack.add("AccessPolicyAssociation", "admin", policyArn=policy, **inputs)


def test_a_pod_identity_needs_a_role_for_pods(stack):
    inputs = {"clusterName": "voice", "namespace": "cartesia", "serviceAccount": "api"}
    with pytest.raises(ProviderError, match=r"must allow pods.eks.amazonaws.com"):
        stack.add("PodIdentityAssociation", "pods", roleArn=stack.out("node-role", "arn"), **inputs)
    stack.add("PodIdentityAssociation", "pods", roleArn=stack.out("pod-role", "arn"), **inputs)
    with pytest.raises(ProviderError, match="ResourceInUseException: Association already exists"):
        stack.add("PodIdentityAssociation", "again", roleArn=stack.out("pod-role", "arn"), **inputs)


def test_nodes_follow_their_group(stack):
    group, nodes = stack.made["default"], stack.engine.nodes
    grown = {"minSize": 0, "desiredSize": 4, "maxSize": 5}
    stack.engine.update(group, inputs_of(group, scalingConfig=grown))
    stack.engine.delete(group)
    assert nodes.calls == [("reconcile", "default", 2), ("reconcile", "default", 4), ("remove", "default")]


def test_a_group_keeps_its_version_when_the_cluster_goes_ahead(stack):
    cluster, group = stack.made["cluster"], stack.made["default"]
    stack.engine.update(cluster, inputs_of(cluster, version="1.35"))
    assert stack.engine.refresh(group).outputs["version"] == "1.34"
    moved = stack.engine.update(group, inputs_of(group, version="1.35"))
    assert moved.outputs["version"] == "1.35"
    with pytest.raises(ProviderError, match=r"cannot be downgraded|does not fit"):
        stack.engine.update(moved, inputs_of(moved, version="1.34"))


def test_a_template_fills_in_what_the_group_leaves_out(stack):
    disk = [{"deviceName": "/dev/xvda", "ebs": {"volumeSize": 200}}]
    template = stack.add("LaunchTemplate", "t", blockDeviceMappings=disk)
    seen = []
    stack.engine.nodes.reconcile = lambda pool, plane: seen.append(pool)
    stack.group(
        "gpu",
        instanceTypes=["g6e.12xlarge"],
        amiType="AL2023_x86_64_NVIDIA",
        launchTemplate={"id": template.id, "version": "1"},
        capacityType="SPOT",
        labels={"nvidia.com/gpu.present": "true"},
    )
    (pool,) = seen
    assert (pool.machine.disk_gib, pool.machine.type, pool.machine.gpus) == (200, "g6e.12xlarge", 4)
    assert [place.zone for place in pool.places] == [f"{REGION}a", f"{REGION}b"]
    assert pool.software.kubelet.startswith("v1.34.")
    labels = node_labels(pool, f"{REGION}a", "host")
    assert labels["eks.amazonaws.com/capacityType"] == "SPOT"
    assert labels["eks.amazonaws.com/sourceLaunchTemplateId"] == template.id


def test_a_changed_template_is_a_new_version(stack):
    template = stack.add("LaunchTemplate", "t", imageId="ami-1")
    assert template.outputs["latestVersion"] == 1
    changed = {"name": template.outputs["name"], "imageId": "ami-2"}
    assert repr(stack.engine.update(template, changed, preview=True).outputs["latestVersion"]) == "UNKNOWN"
    assert stack.engine.update(template, changed).outputs["latestVersion"] == 2
