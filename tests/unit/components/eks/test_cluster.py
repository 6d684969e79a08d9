"""What `EksCluster` registers: private, encrypted, tagged, in the right order, with the outputs it documents."""

import base64
import email
import json

import pulumi
import pytest
import yaml
from pulumi.provider.experimental.analyzer import Analyzer
from pulumi.provider.experimental.component import ComponentProvider

from catalog.aws.eks import EKS_ADDONS
from catalog.aws.versions import ADDON_VERSIONS
from components.cluster import GpuPool
from components.eks.cluster import EksCluster
from components.eks.resolve import resolve_eks_cluster
from core.aws.iam_grammar import grammar_problems
from core.input.shapes import camel
from tests.support.aws_mocks import record
from tests.support.eks_cases import ADMIN, FULL, GIVEN, SMALL, changed

# Types of AWS that have no tags.
UNTAGGED = {
    "Route",
    "RouteTableAssociation",
    "RolePolicy",
    "RolePolicyAttachment",
    "AccessPolicyAssociation",
    "Tag",
    "EksCluster",
    "kubernetes",
}


def made(args, *, preview=False, opts=None):
    return record(lambda: EksCluster("voice", args, opts), preview=preview)


@pytest.fixture(scope="module")
def full():
    return made(FULL)


@pytest.fixture(scope="module")
def small():
    return made(SMALL)


@pytest.fixture(scope="module")
def given_network():
    return made(GIVEN)


def test_every_child_hangs_flat_under_the_component_and_carries_its_name(full):
    children = {key: one for key, one in full.found.items() if one.type != "cartesia:index:EksCluster"}
    assert {one.parent for one in children.values()} == {"EksCluster:voice"}
    assert all(one.name.startswith("voice-") for one in children.values())
    functions = {"getAddon", "getCluster", "getNodeGroup", "getNodeGroups"}
    assert {token.rpartition(":")[2] for token in full.invoked} == functions, (
        "it looks whether all is in service, and at counts"
    )


def test_everything_that_takes_tags_has_them(full):
    bare = [
        key
        for key, one in full.found.items()
        if key.partition(":")[0] not in UNTAGGED and FULL["tags"].items() - (one.inputs.get("tags") or {}).items()
    ]
    assert bare == []


def test_without_tags_none_are_sent(given_network):
    """The EKS API refuses an empty map of tags."""
    assert all(one.inputs.get("tags") != {} for one in given_network.found.values())


# -- network


def test_nodes_and_control_plane_live_in_private_subnets_of_every_zone(full):
    private = {name: one for name, one in full.of("Subnet").items() if "-private-" in name}
    assert {one.inputs["availabilityZone"] for one in private.values()} == set(FULL["availability_zones"])
    assert len(full.one("Cluster", "voice-cluster").inputs["vpcConfig"]["subnetIds"]) == 3
    for name in full.of("NodeGroup"):
        needs = full.found[f"NodeGroup:{name}"].dependencies
        assert not any(need.startswith("Subnet:voice-public") for need in needs)


def test_load_balancers_find_their_subnets(full):
    assert full.of("Subnet")
    for name, one in full.of("Subnet").items():
        wanted = "kubernetes.io/role/elb" if "-public-" in name else "kubernetes.io/role/internal-elb"
        assert one.inputs["tags"][wanted] == "1"


def test_each_zone_has_its_own_way_out_or_shares_the_first_ones(full):
    assert len(full.of("NatGateway")) == 3
    one_nat = made(changed(SMALL, "network.nat", "one"))
    assert list(one_nat.of("NatGateway")) == ["voice-nat-us-west-2a"]
    ways = {name: route.inputs["natGatewayId"] for name, route in one_nat.of("Route").items() if "private" in name}
    assert len(ways) == 2
    assert len(set(ways.values())) == 1


def test_adding_a_zone_at_the_end_changes_no_resource_of_the_network(small):
    more = made({**SMALL, "availability_zones": [*SMALL["availability_zones"], "us-west-2c"]})
    assert small.of("Vpc") and small.of("Subnet") and small.of("Route")
    for key, one in small.found.items():
        if key.partition(":")[0] in {"Vpc", "Subnet", "RouteTable", "Route", "NatGateway", "Eip"}:
            assert more.found[key].inputs == one.inputs


def test_a_zone_can_be_added_without_moving_the_control_plane(small):
    zones = SMALL["availability_zones"]
    args = {**SMALL, "availability_zones": [*zones, "us-west-2c"], "control_plane_zones": zones}
    more = made(args)
    before = small.one("Cluster", "voice-cluster").inputs["vpcConfig"]["subnetIds"]
    assert more.one("Cluster", "voice-cluster").inputs["vpcConfig"]["subnetIds"] == before
    assert len(more.one("NodeGroup", "voice-gpu").inputs["subnetIds"]) == 3


def test_the_default_security_group_is_emptied(full):
    inputs = full.one("DefaultSecurityGroup", "voice-default-sg").inputs
    assert "ingress" not in inputs
    assert "egress" not in inputs


def test_s3_is_reached_without_the_nat_gateway(full):
    endpoint = full.one("VpcEndpoint", "voice-s3").inputs
    assert (endpoint["serviceName"], endpoint["vpcEndpointType"]) == ("com.amazonaws.us-west-2.s3", "Gateway")
    assert len(endpoint["routeTableIds"]) == 3


def test_flow_logs_are_on_and_can_be_off(full):
    assert full.one("FlowLog", "voice-flow-log").inputs["trafficType"] == "ALL"
    assert not made({**SMALL, "flow_logs": False}).of("FlowLog")


def test_a_given_network_is_used_as_it_is(given_network):
    assert not {"Vpc", "Subnet", "NatGateway", "FlowLog"} & {key.partition(":")[0] for key in given_network.found}
    cluster = given_network.one("Cluster", "voice-cluster").inputs
    assert cluster["vpcConfig"]["subnetIds"] == list(GIVEN["network"]["private_subnet_ids"].values())


# -- control plane


def test_the_control_plane_writes_all_logs_and_admits_whom_its_arguments_name(full):
    cluster = full.one("Cluster", "voice-cluster").inputs
    assert cluster["vpcConfig"]["endpointPrivateAccess"] is True
    assert cluster["vpcConfig"]["publicAccessCidrs"] == ["203.0.113.0/24"]
    assert set(cluster["enabledClusterLogTypes"]) == {"api", "audit", "authenticator", "controllerManager", "scheduler"}
    assert cluster["accessConfig"]["bootstrapClusterCreatorAdminPermissions"] is False
    assert cluster["bootstrapSelfManagedAddons"] is False
    assert cluster["upgradePolicy"] == {"supportType": "STANDARD"}
    assert cluster["deletionProtection"] is True


def test_without_blocks_the_endpoint_is_private_only_and_lets_in_who_is_named():
    closed = {key: value for key, value in SMALL.items() if key != "public_access_cidrs"}
    ways = {
        "private_access_cidrs": ["10.9.0.0/16"],
        "private_access_security_groups": {"vpn": "sg-02168da1478b509e0"},
    }
    made = record(lambda: EksCluster("voice", {**closed, **ways}))
    cluster = made.one("Cluster", "voice-cluster")
    assert cluster.inputs["vpcConfig"]["endpointPublicAccess"] is False
    assert "publicAccessCidrs" not in cluster.inputs["vpcConfig"]
    rules = {name: made.one("SecurityGroupIngressRule", name).inputs for name in made.of("SecurityGroupIngressRule")}
    assert rules["voice-api-from-10.9.0.0-16"]["cidrIpv4"] == "10.9.0.0/16"
    assert rules["voice-api-from-vpn"]["referencedSecurityGroupId"] == "sg-02168da1478b509e0"
    assert len({str(rule["securityGroupId"]) for rule in rules.values()}) == 1
    assert {(rule["fromPort"], rule["toPort"], rule["ipProtocol"]) for rule in rules.values()} == {(443, 443, "tcp")}


def test_a_public_endpoint_makes_no_way_in(small):
    assert not small.of("SecurityGroupIngressRule")


def test_secrets_are_under_a_key_of_their_own_or_the_given_one(small, given_network):
    assert small.one("Key", "voice-secrets-key").inputs["deletionWindowInDays"] == 30
    assert set(given_network.of("Key")) == {"voice-logs-key"}
    used = given_network.one("Cluster", "voice-cluster").inputs["encryptionConfig"]["provider"]["keyArn"]
    assert used == GIVEN["kms_key_arn"]


def test_the_log_group_is_made_first_with_retention(full):
    logs = full.one("LogGroup", "voice-logs").inputs
    assert logs["name"] == "/aws/eks/voice-prod/cluster"
    assert logs["retentionInDays"] == 365
    assert "LogGroup:voice-logs" in full.before("Cluster:voice-cluster")


def test_each_admin_has_an_entry_and_the_admin_policy(full):
    assert {one.inputs["principalArn"] for one in full.of("AccessEntry").values()} == set(FULL["admins"].values())
    policy = full.one("AccessPolicyAssociation", "voice-admin-policy-platform").inputs
    assert policy["principalArn"] == ADMIN
    assert policy["policyArn"] == "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
    assert policy["accessScope"] == {"type": "cluster"}


def test_protection_covers_what_holds_state_and_only_when_asked(full, small):
    kept = {key for key, one in full.found.items() if one.protect}
    needed = {"Role:voice-cluster-role", "Vpc:voice-vpc"}  # a new one would need a new cluster
    assert (
        kept == {"Cluster:voice-cluster", "Key:voice-secrets-key", "Key:voice-logs-key", "LogGroup:voice-logs"} | needed
    )
    assert not any(one.protect for one in small.found.values())


def test_a_callers_own_protection_reaches_every_child():
    protected = made(SMALL, opts=pulumi.ResourceOptions(protect=True))
    assert all(one.protect for one in protected.found.values())


# -- roles


def test_every_document_is_grammatical(full):
    documents = [
        one.inputs[key] for one in full.found.values() for key in ("assumeRolePolicy", "policy") if key in one.inputs
    ]
    assert len(documents) >= 7
    assert [problem for text in documents for problem in grammar_problems(text)] == []


def test_nodes_have_the_least_rights_and_sessions_only_when_asked(full, small):
    def node_policies(recording):
        found = recording.of("RolePolicyAttachment").items()
        return {one.inputs["policyArn"].rpartition("/")[2] for name, one in found if "-node-" in name}

    assert node_policies(small) == {"AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly"}
    assert node_policies(full) == {*node_policies(small), "AmazonSSMManagedInstanceCore"}


def test_the_key_may_be_used_by_the_cluster_alone(full):
    policy = json.loads(full.one("RolePolicy", "voice-secrets-key-use").inputs["policy"])
    (statement,) = policy["Statement"]
    assert all(resource.startswith("arn:aws:kms:") for resource in statement["Resource"])
    assert not any("*" in action for action in statement["Action"])


# -- add-ons


def test_add_ons_come_in_two_waves_around_the_first_nodes(full):
    default = full.before("NodeGroup:voice-default")
    for addon in ("vpc-cni", "kube-proxy", "eks-pod-identity-agent"):
        assert f"Addon:voice-{addon}" in default
        assert "NodeGroup:voice-default" not in full.before(f"Addon:voice-{addon}")
    for addon in ("coredns", "aws-ebs-csi-driver"):
        assert "NodeGroup:voice-default" in full.before(f"Addon:voice-{addon}")


def test_pods_of_add_ons_get_their_rights_by_pod_identity(full):
    for addon, account, policy in (
        ("vpc-cni", "aws-node", "AmazonEKS_CNI_Policy"),
        ("aws-ebs-csi-driver", "ebs-csi-controller-sa", "AmazonEBSCSIDriverPolicyV2"),
    ):
        (identity,) = full.one("Addon", f"voice-{addon}").inputs["podIdentityAssociations"]
        assert identity["serviceAccount"] == account
        attached = [one for one in full.of("RolePolicyAttachment").values() if one.inputs["policyArn"].endswith(policy)]
        assert len(attached) == 1
        assert f"RolePolicyAttachment:{attached[0].name}" in full.before(f"Addon:voice-{addon}")


def test_add_ons_have_the_callers_version_or_the_catalogues(full):
    assert full.one("Addon", "voice-vpc-cni").inputs["addonVersion"] == "v1.20.4-eksbuild.1"
    assert full.one("Addon", "voice-coredns").inputs["addonVersion"] == ADDON_VERSIONS["1.35"]["coredns"]


def test_another_kubernetes_version_brings_its_add_ons_or_says_that_it_has_none():
    newer = record(lambda: EksCluster("voice", {**SMALL, "kubernetes_version": "1.36"}))
    assert all("addonVersion" not in one.inputs for one in newer.of("Addon").values())
    spec = resolve_eks_cluster({**SMALL, "kubernetes_version": "1.36"})
    assert set(spec.unpinned) == {
        *(f"addon_versions.{name}" for name in EKS_ADDONS),
        "node_groups.default.release_version",
        "node_groups.gpu.release_version",
    }
    assert resolve_eks_cluster(SMALL).unpinned == ()


@pytest.mark.parametrize("group", ["default", "gpu"])
def test_the_image_of_nodes_is_pinned(small, group):
    """Without it every change of the template, and every new node, takes an image that nobody chose."""
    assert small.one("NodeGroup", f"voice-{group}").inputs["releaseVersion"] == "1.35.7-20260911"


def test_a_gpu_node_keeps_images_on_its_local_disks(small):
    template = small.one("LaunchTemplate", "voice-gpu-template").inputs
    parts = email.message_from_bytes(base64.b64decode(template["userData"])).get_payload()
    assert [part.get_content_type() for part in parts] == ["application/node.eks.aws"]
    config = yaml.safe_load(parts[0].get_payload())
    assert config["spec"]["instance"]["localStorage"] == {"strategy": "RAID0"}
    assert "userData" not in small.one("LaunchTemplate", "voice-default-template").inputs


def test_a_gpu_node_without_local_disks_has_a_fast_root_volume():
    plain = changed(SMALL, "node_groups.gpu.local_storage", "none")
    made = record(lambda: EksCluster("voice", plain))
    disk = made.one("LaunchTemplate", "voice-gpu-template").inputs["blockDeviceMappings"][0]["ebs"]
    assert disk["throughput"] == 500
    assert "userData" not in made.one("LaunchTemplate", "voice-gpu-template").inputs
    cpu = made.one("LaunchTemplate", "voice-default-template").inputs["blockDeviceMappings"][0]["ebs"]
    assert not {"throughput", "iops"} & set(cpu)


@pytest.mark.parametrize("key", ["secrets", "logs"])
def test_keys_say_whom_they_serve(small, key):
    document = json.loads(small.one("Key", f"voice-{key}-key").inputs["policy"])
    account = next(row for row in document["Statement"] if row["Sid"] == "Account")
    assert account["Principal"]["AWS"][0].endswith(":root")
    services = [row["Principal"]["Service"] for row in document["Statement"] if "Service" in row["Principal"]]
    assert services == ([["logs.us-west-2.amazonaws.com"]] if key == "logs" else [])


@pytest.mark.parametrize("group", ["voice-logs", "voice-flow-logs"])
def test_log_groups_are_encrypted_by_the_key_of_the_logs(small, group):
    assert small.one("LogGroup", group).inputs["kmsKeyId"]


# -- node groups


@pytest.mark.parametrize("group", ["default", "gpu", "spot", "held", "block"])
def test_every_launch_template_is_closed(full, group):
    template = full.one("LaunchTemplate", f"voice-{group}-template").inputs
    assert template["metadataOptions"]["httpPutResponseHopLimit"] == 1
    (disk,) = template["blockDeviceMappings"]
    assert disk["ebs"]["volumeType"] == "gp3"
    (interface,) = template["networkInterfaces"]
    assert interface["associatePublicIpAddress"] == "false"
    assert interface["securityGroups"][0].startswith("sg-")
    assert {one["resourceType"] for one in template["tagSpecifications"]} == {"instance", "volume", "network-interface"}
    assert all(FULL["tags"].items() <= one["tags"].items() for one in template["tagSpecifications"])
    assert not {"imageId", "iamInstanceProfile", "keyName"} & set(template), "EKS's own to set"


def test_gpu_groups_have_taint_and_room(full):
    for name in ("gpu", "spot", "held", "block"):
        group = full.one("NodeGroup", f"voice-{name}").inputs
        assert {"key": "nvidia.com/gpu", "value": "true", "effect": "NO_SCHEDULE"} in group["taints"]
        disk = full.one("LaunchTemplate", f"voice-{name}-template").inputs["blockDeviceMappings"][0]["ebs"]
        assert disk["volumeSize"] >= 100
    default = full.one("NodeGroup", "voice-default").inputs
    assert default["amiType"] == "AL2023_x86_64_STANDARD"
    assert "taints" not in default


def test_each_capacity_is_asked_for_as_eks_wants_it(full):
    kinds = {name: one.inputs["capacityType"] for name, one in full.of("NodeGroup").items()}
    assert kinds == {
        "voice-default": "ON_DEMAND",
        "voice-gpu": "ON_DEMAND",
        "voice-spot": "SPOT",
        "voice-held": "ON_DEMAND",
        "voice-block": "CAPACITY_BLOCK",
    }
    held = full.one("LaunchTemplate", "voice-held-template").inputs
    assert held["capacityReservationSpecification"] == {
        "capacityReservationTarget": {"capacityReservationId": "cr-0123456789abcdef0"}
    }
    assert "instanceMarketOptions" not in held
    assert full.one("NodeGroup", "voice-held").inputs["instanceTypes"] == ["g6e.2xlarge"]


def test_a_full_reservation_can_still_be_updated(full):
    """By default EKS starts new nodes first, for which a reservation in full use has no room."""
    update = {name: one.inputs["updateConfig"] for name, one in full.of("NodeGroup").items()}
    assert update["voice-held"] == {"maxUnavailable": 1, "updateStrategy": "MINIMAL"}
    assert update["voice-block"]["updateStrategy"] == "MINIMAL"
    assert update["voice-gpu"] == {"maxUnavailable": 2}


def test_a_capacity_block_names_its_type_in_the_template_and_nowhere_else(full):
    block = full.one("LaunchTemplate", "voice-block-template").inputs
    assert block["instanceMarketOptions"] == {"marketType": "capacity-block"}
    assert block["instanceType"] == "p5.48xlarge"
    assert "instanceTypes" not in full.one("NodeGroup", "voice-block").inputs


def test_only_an_autoscaled_group_leaves_the_node_count_alone(full):
    ignored = {name: one.ignore_changes for name, one in full.of("NodeGroup").items() if one.ignore_changes}
    assert ignored == {"voice-gpu": ("scalingConfig.desiredSize",)}


def test_an_autoscaled_group_can_start_from_zero(full):
    tags = {one.inputs["tag"]["key"]: one.inputs["tag"]["value"] for one in full.of("Tag").values()}
    template = "k8s.io/cluster-autoscaler/node-template"
    assert tags == {
        "k8s.io/cluster-autoscaler/enabled": "true",
        "k8s.io/cluster-autoscaler/voice-prod": "owned",
        f"{template}/label/nvidia.com/gpu.present": "true",
        f"{template}/label/k8s.amazonaws.com/accelerator": "nvidia-a10g",
        f"{template}/label/team": "voice",
        f"{template}/taint/nvidia.com/gpu": "true:NoSchedule",
        f"{template}/taint/dedicated": "voice:NoExecute",
        f"{template}/resources/nvidia.com/gpu": "1",
        f"{template}/resources/ephemeral-storage": "100Gi",
    }
    assert {one.inputs["autoscalingGroupName"] for one in full.of("Tag").values()} == {"eks-voice-gpu-0a1b2c3"}
    assert all(len(key) <= 128 for key in tags)


def test_a_preview_knows_every_resource_although_no_scaling_group_exists_yet(full):
    assert set(made(FULL, preview=True).found) == set(full.found)


def test_a_group_may_keep_to_some_zones(full):
    assert len(full.one("NodeGroup", "voice-held").inputs["subnetIds"]) == 1
    assert len(full.one("NodeGroup", "voice-gpu").inputs["subnetIds"]) == 3


# -- order, provider, outputs


def test_destroy_goes_from_nodes_to_cluster_to_network(full):
    """What is made before a thing is destroyed after it."""
    for group in full.of("NodeGroup"):
        before = full.before(f"NodeGroup:{group}")
        assert {"Cluster:voice-cluster", "Addon:voice-vpc-cni", "RolePolicyAttachment:voice-node-worker"} <= before
    cluster = full.before("Cluster:voice-cluster")
    assert {"RolePolicyAttachment:voice-cluster-policy", "RolePolicy:voice-secrets-key-use"} <= cluster
    assert {key for key in full.found if key.startswith(("Route:", "RouteTableAssociation:", "NatGateway:"))} <= cluster


def test_the_kubernetes_provider_waits_for_the_right_to_enter(full):
    provider = full.one("kubernetes", "voice-kubernetes")
    assert "AccessPolicyAssociation:voice-admin-policy-ci" in full.before("kubernetes:voice-kubernetes")
    assert provider.inputs["enableServerSideApply"] == "true"
    assert provider.inputs["clusterIdentifier"].startswith("https://")
    config = yaml.safe_load(provider.inputs["kubeconfig"])
    assert "exec" in config["users"][0]["user"]


def test_the_kubernetes_provider_asks_as_the_aws_provider_does_and_people_as_themselves():
    recording = made({**SMALL, "credentials": {"profile": "prod", "role_arn": ADMIN}})
    config = yaml.safe_load(recording.one("kubernetes", "voice-kubernetes").inputs["kubeconfig"])
    args = config["users"][0]["user"]["exec"]["args"]
    assert args[:2] == ["--profile", "prod"]
    assert args[-2:] == ["--role-arn", ADMIN]
    shared = yaml.safe_load(recording.outputs["EksCluster:voice"]["kubeconfig"])
    assert not {"--profile", "--role-arn"} & set(shared["users"][0]["user"]["exec"]["args"])


def test_outputs_are_annotated_assigned_and_registered(full):
    promised = set(EksCluster.__annotations__)
    assert promised == {
        *("cluster_name", "cluster_arn", "endpoint", "certificate_authority", "kubeconfig", "oidc_provider_arn"),
        *("oidc_issuer", "gpu_pools", "vpc_id", "private_subnet_ids", "node_role_arn", "cluster_security_group_id"),
    }
    registered = full.outputs["EksCluster:voice"]
    assert set(registered) == promised
    assert registered["cluster_arn"] == "arn:aws:eks:us-west-2:111122223333:cluster/voice-prod"
    assert len(registered["private_subnet_ids"]) == 3
    assert [set(pool) for pool in registered["gpu_pools"]] == [set(map(camel, GpuPool.__required_keys__))] * 4


def test_the_schema_describes_every_input_and_output():
    analysis = Analyzer("cartesia").analyze([EksCluster])
    cluster = analysis["component_definitions"]["EksCluster"]
    assert cluster.outputs["gpuPools"].items.ref.endswith(":GpuPool")
    types = analysis["type_definitions"].values()
    described = [*cluster.inputs.items(), *cluster.outputs.items(), *(p for t in types for p in t.properties.items())]
    assert [name for name, one in described if not one.description] == []
    required = {name for name, one in cluster.inputs.items() if not one.optional}
    assert required == {"clusterName", "region", "availabilityZones", "nodeGroups"}


def test_a_component_host_hands_over_what_python_does(full):
    """The host drops unknown keys, spells keys in snake case and sends every number as a float."""
    provider = ComponentProvider([EksCluster], "cartesia")
    wire = _on_the_wire(FULL)
    mapped = provider.map_inputs(wire, provider._component_defs["EksCluster"])
    hosted = made(mapped)
    assert {key: one.inputs for key, one in hosted.found.items()} == {
        key: one.inputs for key, one in full.found.items()
    }


def _on_the_wire(value, named=False):
    """Arguments as another language sends them; `named` maps have keys of the caller's, which stay."""
    if isinstance(value, dict):
        kept = ("node_groups", "admins", "tags", "labels", "addon_versions", "private_subnet_ids")
        return {key if named else camel(key): _on_the_wire(item, key in kept) for key, item in value.items()}
    if isinstance(value, list):
        return [_on_the_wire(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def test_no_token_or_secret_is_anywhere(full):
    text = json.dumps([one.inputs for one in full.found.values()], default=str).lower()
    assert 'token": "' not in text
    assert "client-key-data" not in text


def test_partition_of_government_and_china_regions_is_followed():
    china = {
        **SMALL,
        "region": "cn-north-1",
        "availability_zones": ["cn-north-1a", "cn-north-1b"],
        "admins": {"me": "arn:aws-cn:iam::111122223333:role/admin"},
    }
    arns = [one.inputs["policyArn"] for one in made(china).of("RolePolicyAttachment").values()]
    assert arns
    assert all(arn.startswith("arn:aws-cn:iam::aws:policy/") for arn in arns)


def test_an_environment_stays_far_below_what_slows_the_engine(full):
    assert len(full.found) < 100
