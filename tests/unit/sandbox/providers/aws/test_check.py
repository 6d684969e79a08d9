"""Wrong inputs are refused before anything is made, with the property's path and a reason."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.providers.base import UNKNOWN, CheckRequest, Secret
from tests.support.standin_aws import Engine, token
from tests.support.standin_aws_stack import READ, trust

VPC = {"cidrBlock": "10.0.0.0/16"}
SUBNET = {"vpcId": "vpc-1", "cidrBlock": "10.0.0.0/24"}
ROLE = {"assumeRolePolicy": trust("ec2.amazonaws.com")}
CLUSTER = {"roleArn": "arn:aws:iam::123456789012:role/r", "vpcConfig": {"subnetIds": ["subnet-1", "subnet-2"]}}
GROUP = {
    "clusterName": "voice",
    "nodeRoleArn": "arn:aws:iam::123456789012:role/r",
    "subnetIds": ["subnet-1"],
    "scalingConfig": {"minSize": 1, "desiredSize": 1, "maxSize": 2},
}
ENTRY = {"clusterName": "voice", "principalArn": "arn:aws:iam::123456789012:role/Admin"}
RULE = {"securityGroupId": "sg-1", "ipProtocol": "tcp", "fromPort": 1, "toPort": 2}
POLICY = json.loads(READ)


def policy(**changes):
    return json.dumps({**POLICY, "Statement": [{**POLICY["Statement"][0], **changes}]})


def scaling(low, wanted, high):
    return {"scalingConfig": {"minSize": low, "desiredSize": wanted, "maxSize": high}}


WRONG = [
    # shape
    ("ec2/vpc:Vpc", {**VPC, "cidrBlok": "x"}, "cidrBlok", 'did you mean "cidrBlock"?'),
    ("Subnet", {"cidrBlock": "10.0.0.0/24"}, "vpcId", 'missing required property "vpcId"'),
    ("ec2/vpc:Vpc", {"cidrBlock": ["10.0.0.0/16"]}, "cidrBlock", "to be a string"),
    ("ec2/vpc:Vpc", {**VPC, "enableDnsSupport": "yes"}, "enableDnsSupport", "to be a boolean"),
    ("NodeGroup", {**GROUP, "scalingConfig": {"minSize": 1, "maxSize": 2}}, "scalingConfig.desiredSize", "missing"),
    ("NodeGroup", {**GROUP, "diskSize": "big"}, "diskSize", "to be an integer"),
    ("NodeGroup", {**GROUP, "taints": [{"key": "k", "effect": "NO_SCHEDULE", "val": "x"}]}, "taints[0].val", '"value"'),
    # network
    ("ec2/vpc:Vpc", {"cidrBlock": "10.0.0.0/8"}, "cidrBlock", "between /16 and /28"),
    ("ec2/vpc:Vpc", {"cidrBlock": "10.0.0.1/16"}, "cidrBlock", 'did you mean "10.0.0.0/16"'),
    ("Subnet", {**SUBNET, "cidrBlock": "10.0.0.0"}, "cidrBlock", 'did you mean "10.0.0.0/32"?'),
    ("Subnet", {**SUBNET, "cidrBlock": "ten"}, "cidrBlock", "not a valid IPv4 CIDR block"),
    ("Subnet", {**SUBNET, "availabilityZone": "a", "availabilityZoneId": "b"}, "availabilityZone", "conflicts"),
    ("Subnet", {**SUBNET, "region": "oregon"}, "region", "invalid AWS Region"),
    ("Subnet", {**SUBNET, "tags": {"aws:x": "1"}}, 'tags["aws:x"]', "reserved"),
    ("Subnet", {**SUBNET, "tags": {f"k{n}": "" for n in range(51)}}, "tags", "at most 50"),
    ("NatGateway", {"connectivityType": "open"}, "connectivityType", "to be one of"),
    ("ec2/route:Route", {"routeTableId": "r", "gatewayId": "g", "natGatewayId": "n"}, "natGatewayId", "only one of"),
    ("SecurityGroup", {"name": "sg-mine"}, "name", "must not begin with sg-"),
    ("SecurityGroupIngressRule", {**RULE, "cidrIpv4": "10.0.0.1/8"}, "cidrIpv4", "did you mean"),
    ("SecurityGroupIngressRule", {**RULE, "toPort": 0, "cidrIpv4": "10.0.0.0/8"}, "toPort", "lower than from_port"),
    ("SecurityGroupIngressRule", {**RULE, "cidrIpv4": "10.0.0.0/8", "cidrIpv6": "::/0"}, "cidrIpv6", "only one of"),
    ("SecurityGroupIngressRule", {**RULE, "ipProtocol": "-1", "cidrIpv4": "10.0.0.0/8"}, "fromPort", "must be 0"),
    # compute
    ("LaunchTemplate", {"instanceType": "g6e.2xlarg"}, "instanceType", 'did you mean "g6e.2xlarge"?'),
    ("LaunchTemplate", {"metadataOptions": {"httpTokens": "yes"}}, "metadataOptions.httpTokens", "to be one of"),
    (
        "LaunchTemplate",
        {"metadataOptions": {"httpPutResponseHopLimit": 65}},
        "metadataOptions.httpPutResponseHopLimit",
        "range",
    ),
    (
        "LaunchTemplate",
        {"blockDeviceMappings": [{"ebs": {"volumeType": "ssd"}}]},
        "blockDeviceMappings[0].ebs.volumeType",
        "to be one of",
    ),
    ("LaunchTemplate", {"namePrefix": "x", "name": "a b"}, "name", "only letters"),
    # identity
    ("iam/role:Role", {"assumeRolePolicy": "{"}, "assumeRolePolicy", "invalid JSON policy"),
    ("iam/role:Role", {"assumeRolePolicy": READ}, "assumeRolePolicy", "Missing required field Principal"),
    ("iam/role:Role", {**ROLE, "name": "a/b"}, "name", "letters, digits"),
    ("iam/role:Role", {**ROLE, "name": "a" * 65}, "name", "range (1 - 64)"),
    ("iam/role:Role", {**ROLE, "maxSessionDuration": 60}, "maxSessionDuration", "range"),
    ("iam/role:Role", {**ROLE, "path": "team"}, "path", "begin and end with /"),
    ("iam/policy:Policy", {"policy": trust("ec2.amazonaws.com")}, "policy", "should not specify a principal"),
    ("iam/policy:Policy", {"policy": policy(Effect="Permit")}, "policy", "Effect: must be Allow or Deny"),
    ("iam/policy:Policy", {"policy": policy(Action="read")}, "policy", "'read' is not service:Action"),
    ("iam/policy:Policy", {"policy": policy(Action=["s3:Get" + "x" * 6200])}, "policy", "LimitExceeded"),
    (
        "RolePolicyAttachment",
        {"role": "arn:aws:iam::1:role/x", "policyArn": "arn:aws:iam::aws:policy/P"},
        "role",
        "not its ARN",
    ),
    ("OpenIdConnectProvider", {"url": "http://x", "clientIdLists": ["a"]}, "url", "https://"),
    ("kms/key:Key", {"deletionWindowInDays": 1}, "deletionWindowInDays", "range"),
    ("kms/key:Key", {"rotationPeriodInDays": 100}, "rotationPeriodInDays", "enableKeyRotation"),
    ("LogGroup", {"retentionInDays": 42}, "retentionInDays", "to be one of"),
    # EKS
    ("eks/cluster:Cluster", {**CLUSTER, "name": "-x"}, "name", "must begin with"),
    ("eks/cluster:Cluster", {**CLUSTER, "version": "v1.34"}, "version", "minor version such as"),
    ("eks/cluster:Cluster", {**CLUSTER, "version": "1.20"}, "version", "unsupported Kubernetes version"),
    (
        "eks/cluster:Cluster",
        {**CLUSTER, "enabledClusterLogTypes": ["api", "all"]},
        "enabledClusterLogTypes[1]",
        "one of",
    ),
    (
        "eks/cluster:Cluster",
        {**CLUSTER, "vpcConfig": {"subnetIds": [], "endpointPublicAccess": False}},
        "vpcConfig",
        "cannot both be off",
    ),
    (
        "eks/cluster:Cluster",
        {**CLUSTER, "vpcConfig": {"subnetIds": [], "publicAccessCidrs": ["0.0.0.0/0", "1.2.3.4/24"]}},
        "vpcConfig.publicAccessCidrs[1]",
        "did you mean",
    ),
    ("NodeGroup", {**GROUP, **scaling(3, 3, 2)}, "scalingConfig.minSize", "greater than maximum size 2"),
    ("NodeGroup", {**GROUP, **scaling(2, 1, 3)}, "scalingConfig.desiredSize", "less than minimum size 2"),
    ("NodeGroup", {**GROUP, **scaling(0, 4, 3)}, "scalingConfig.desiredSize", "greater than maximum size 3"),
    ("NodeGroup", {**GROUP, "instanceTypes": ["m7a.4xlarg"]}, "instanceTypes[0]", "unknown instance type"),
    (
        "NodeGroup",
        {**GROUP, "instanceTypes": ["m7a.4xlarge"], "amiType": "AL2023_x86_64_NVIDIA"},
        "instanceTypes[0]",
        "not a valid instance type for requested amiType AL2023_x86_64_NVIDIA",
    ),
    ("NodeGroup", {**GROUP, "instanceTypes": ["m7g.large"]}, "instanceTypes[0]", "not a valid instance type"),
    ("NodeGroup", {**GROUP, "amiType": "AL2024"}, "amiType", "to be one of"),
    ("NodeGroup", {**GROUP, "labels": {"kubernetes.io/x": "1"}}, 'labels["kubernetes.io/x"]', "reserved prefixes"),
    ("NodeGroup", {**GROUP, "taints": [{"key": "k", "effect": "NoSchedule"}]}, "taints[0].effect", "to be one of"),
    (
        "NodeGroup",
        {**GROUP, "diskSize": 100, "launchTemplate": {"id": "lt-1", "version": "1"}},
        "diskSize",
        "within the launch template",
    ),
    (
        "NodeGroup",
        {**GROUP, "updateConfig": {"maxUnavailable": 1, "maxUnavailablePercentage": 10}},
        "updateConfig",
        "only one of",
    ),
    ("Addon", {"clusterName": "v", "addonName": "coredns", "addonVersion": "1.2"}, "addonVersion", "eksbuild"),
    (
        "Addon",
        {"clusterName": "v", "addonName": "coredns", "configurationValues": "{"},
        "configurationValues",
        "not supp",
    ),
    ("AccessEntry", {**ENTRY, "kubernetesGroups": ["system:masters"]}, "kubernetesGroups[0]", "system:"),
    ("AccessEntry", {**ENTRY, "principalArn": "Admin"}, "principalArn", "must be the ARN"),
    (
        "AccessPolicyAssociation",
        {**ENTRY, "policyArn": "arn:x", "accessScope": {"type": "namespace"}},
        "accessScope.namespaces",
        "go with scope type namespace",
    ),
]


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    return Engine(tmp_path_factory.mktemp("world"))


@pytest.mark.parametrize(("leaf", "inputs", "path", "words"), WRONG, ids=[f"{w[0]}-{w[2]}-{w[3]}" for w in WRONG])
def test_wrong_inputs_are_refused_by_path_and_reason(engine, leaf, inputs, path, words):
    failures = engine.failures(token(leaf), inputs)
    assert [failure.path for failure in failures] == [path]
    assert words in failures[0].reason


def test_everything_wrong_is_told_at_once(engine):
    failures = engine.failures(
        token("NodeGroup"), {**GROUP, **scaling(3, 1, 2), "instanceTypes": ["x"], "amiType": "y"}
    )
    assert {failure.path for failure in failures} >= {"scalingConfig.minSize", "instanceTypes[0]", "amiType"}


@pytest.mark.parametrize("leaf", ["ec2/vpc:Vpc", "NodeGroup", "eks/cluster:Cluster", "iam/role:Role", "LaunchTemplate"])
def test_unknown_values_pass(engine, leaf):
    everything = {"NodeGroup": GROUP, "eks/cluster:Cluster": CLUSTER, "iam/role:Role": ROLE}.get(leaf, {})
    unknown = dict.fromkeys(everything, UNKNOWN)
    assert engine.failures(token(leaf), unknown) == []
    assert engine.failures(token("NodeGroup"), {**GROUP, "subnetIds": [UNKNOWN], "instanceTypes": [UNKNOWN]}) == []


def test_a_reason_shows_no_secret(engine):
    failures = engine.failures(token("LaunchTemplate"), {"metadataOptions": {"httpTokens": Secret("hunter2")}})
    assert len(failures) == 1
    assert "hunter2" not in failures[0].reason


def test_a_name_is_given_once_and_kept(engine):
    first = engine.check(token("Role"), "worker", ROLE)
    assert first["name"].startswith("worker-")
    assert len(first["name"]) == len("worker-") + 7
    assert first["__defaults"] == ["forceDetachPolicies", "maxSessionDuration", "name", "path"]
    assert engine.check(token("Role"), "worker", ROLE, olds=first, seed=b"other")["name"] == first["name"]
    assert engine.check(token("Role"), "worker", ROLE, seed=b"other")["name"] != first["name"]


def test_a_name_the_program_gave_up_is_replaced_by_an_automatic_one(engine):
    given_name = engine.check(token("Role"), "worker", {**ROLE, "name": "fixed"})
    assert given_name["__defaults"] == ["forceDetachPolicies", "maxSessionDuration", "path"]
    assert engine.check(token("Role"), "worker", ROLE, olds=given_name)["name"].startswith("worker-")


def test_a_prefix_leaves_the_name_to_aws(engine):
    assert "name" not in engine.check(token("Role"), "worker", {**ROLE, "namePrefix": "team-"})


def test_too_long_a_logical_name_is_refused_as_the_bridge_does(engine):
    failures = engine.failures(token("Role"), ROLE, name="r" * 60)
    assert "is longer than maximum length 64" in failures[0].reason


SETTINGS = [
    ({}, "region", "AWS region is required"),
    ({"region": "us-west-2", "reigon": "x"}, "reigon", 'did you mean "region"?'),
    ({"region": "us-west-2", "defaultTags": '{"tag": {}}'}, "defaultTags.tag", 'did you mean "tags"?'),
    ({"region": "us-west-2", "maxRetries": "many"}, "maxRetries", "to be an integer"),
]


@pytest.mark.parametrize(("given_settings", "path", "words"), SETTINGS)
def test_wrong_provider_settings_are_refused(engine, given_settings, path, words):
    request = CheckRequest(olds={}, news=given_settings, **engine.identity("pulumi:providers:aws", "p"))
    failures = engine.provider.check_config(request).failures
    assert [failure.path for failure in failures] == [path]
    assert words in failures[0].reason


def test_real_provider_settings_are_accepted(engine):
    news = {
        "region": "us-west-2",
        "version": "7.51.1",
        "skipCredentialsValidation": "true",
        "allowedAccountIds": '["123456789012"]',
        "defaultTags": '{"tags":{"team":"voice"}}',
    }
    request = CheckRequest(olds={}, news=news, **engine.identity("pulumi:providers:aws", "p"))
    assert engine.provider.check_config(request).failures == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.just(UNKNOWN),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=6), inner, max_size=2),
    max_leaves=5,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_no_input_makes_the_check_itself_fail(engine, data):
    leaf, inputs, *_ = data.draw(st.sampled_from(WRONG))
    key = data.draw(st.sampled_from(sorted(inputs)) if inputs else st.just("x"))
    engine.failures(token(leaf), {**inputs, key: data.draw(JSON | JSON.map(Secret))})
