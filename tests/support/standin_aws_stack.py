"""Inputs that go through, as a stack of an EKS cluster with everything it needs, and one of each type."""

import copy
import json

from tests.support.standin_aws import REGION, token


def trust(service, *actions):
    row = {"Effect": "Allow", "Principal": {"Service": service}, "Action": list(actions or ["sts:AssumeRole"])}
    return json.dumps({"Version": "2012-10-17", "Statement": [row]})


READ = json.dumps(
    {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}], "Version": "2012-10-17"}
)


class Stack:
    """Everything an EKS cluster needs, made in order; `recipes` are the inputs by logical name."""

    def __init__(self, engine):
        self.engine, self.made = engine, {}

    def add(self, leaf, name, /, **inputs):
        resource = self.engine.create(token(leaf), name, inputs)
        self.made[name] = resource
        return resource

    def id(self, name):
        return self.made[name].id

    def out(self, name, key):
        return self.made[name].outputs[key]

    def network(self):
        self.add("Vpc", "vpc", cidrBlock="10.0.0.0/16", enableDnsHostnames=True, tags={"Name": "net"})
        self.add("InternetGateway", "igw", vpcId=self.id("vpc"))
        for index, zone in enumerate("ab"):
            self.add(
                "Subnet",
                f"private-{zone}",
                vpcId=self.id("vpc"),
                cidrBlock=f"10.0.{index}.0/24",
                availabilityZone=f"{REGION}{zone}",
            )
        self.add("Eip", "eip", domain="vpc")
        self.add("NatGateway", "nat", subnetId=self.id("private-a"), allocationId=self.id("eip"))
        self.add("RouteTable", "routes", vpcId=self.id("vpc"))
        self.add(
            "ec2/route:Route",
            "egress",
            routeTableId=self.id("routes"),
            destinationCidrBlock="0.0.0.0/0",
            natGatewayId=self.id("nat"),
        )
        self.add("RouteTableAssociation", "routed", routeTableId=self.id("routes"), subnetId=self.id("private-a"))
        self.add("SecurityGroup", "group", vpcId=self.id("vpc"))
        return self

    def roles(self):
        self.add("Role", "cluster-role", assumeRolePolicy=trust("eks.amazonaws.com"))
        self.add("Role", "node-role", assumeRolePolicy=trust("ec2.amazonaws.com"))
        self.add(
            "Role", "pod-role", assumeRolePolicy=trust("pods.eks.amazonaws.com", "sts:AssumeRole", "sts:TagSession")
        )
        for policy in ("AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly"):
            self.add(
                "RolePolicyAttachment",
                f"node-{policy}",
                role=self.out("node-role", "name"),
                policyArn=f"arn:aws:iam::aws:policy/{policy}",
            )
        return self

    def cluster_inputs(self, **more):
        inputs = {
            "name": "voice",
            "roleArn": self.out("cluster-role", "arn"),
            "version": "1.34",
            "vpcConfig": {"subnetIds": [self.id("private-a"), self.id("private-b")], "endpointPrivateAccess": True},
            "accessConfig": {"authenticationMode": "API"},
        }
        return {**inputs, **more}

    def cluster(self, **more):
        self.add("eks/cluster:Cluster", "cluster", **self.cluster_inputs(**more))
        return self

    def group_inputs(self, **more):
        inputs = {
            "clusterName": "voice",
            "nodeRoleArn": self.out("node-role", "arn"),
            "subnetIds": [self.id("private-a"), self.id("private-b")],
            "scalingConfig": {"minSize": 0, "desiredSize": 2, "maxSize": 5},
            "instanceTypes": ["m7a.4xlarge"],
            "amiType": "AL2023_x86_64_STANDARD",
        }
        return copy.deepcopy({**inputs, **more})

    def group(self, name="default", /, **more):
        return self.add("NodeGroup", name, **self.group_inputs(nodeGroupName=name, **more))


def full_stack(engine):
    """Network, roles and a cluster with one node group."""
    stack = Stack(engine).network().roles().cluster()
    stack.group()
    return stack


KEY_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
            "Action": "kms:*",
            "Resource": "*",
        },
        {
            "Effect": "Allow",
            "Principal": {"Service": f"logs.{REGION}.amazonaws.com"},
            "Action": "kms:Encrypt*",
            "Resource": "*",
        },
    ],
}


def one_of_each(engine):
    """At least one object of each of `cluster_types`."""
    stack = full_stack(engine)
    add, out, ident = stack.add, stack.out, stack.id
    add("DefaultSecurityGroup", "closed", vpcId=ident("vpc"))
    add(
        "SecurityGroupRule",
        "old-rule",
        type="ingress",
        securityGroupId=ident("group"),
        protocol="tcp",
        fromPort=443,
        toPort=443,
        cidrBlocks=["10.0.0.0/8"],
    )
    for kind in ("Ingress", "Egress"):
        add(
            f"SecurityGroup{kind}Rule",
            f"{kind.lower()}-rule",
            securityGroupId=ident("group"),
            ipProtocol="tcp",
            fromPort=443,
            toPort=443,
            cidrIpv4="10.0.0.0/8",
        )
    service = f"com.amazonaws.{REGION}.s3"
    add("VpcEndpoint", "s3", vpcId=ident("vpc"), serviceName=service, routeTableIds=[ident("routes")])
    add("Role", "flow-role", assumeRolePolicy=trust("vpc-flow-logs.amazonaws.com"))
    add("Key", "key", policy=json.dumps(KEY_POLICY), enableKeyRotation=True)
    add("LogGroup", "logs", retentionInDays=90, kmsKeyId=out("key", "arn"))
    add(
        "FlowLog",
        "flow",
        vpcId=ident("vpc"),
        trafficType="ALL",
        iamRoleArn=out("flow-role", "arn"),
        logDestination=out("logs", "arn"),
    )
    add(
        "CapacityReservation",
        "reserved",
        availabilityZone=f"{REGION}a",
        instanceCount=2,
        instancePlatform="Linux/UNIX",
        instanceType="g6e.2xlarge",
        instanceMatchCriteria="targeted",
    )
    add(
        "LaunchTemplate",
        "template",
        blockDeviceMappings=[{"deviceName": "/dev/xvda", "ebs": {"volumeSize": 100, "volumeType": "gp3"}}],
        metadataOptions={"httpTokens": "required", "httpPutResponseHopLimit": 1},
        tags={"Name": "t"},
    )
    add("iam/policy:Policy", "policy", policy=READ)
    add("RolePolicy", "inline", role=out("node-role", "name"), policy=READ)
    add("OpenIdConnectProvider", "oidc", url="https://oidc.example.com/id/ABC", clientIdLists=["sts.amazonaws.com"])
    add("Addon", "vpc-cni", clusterName="voice", addonName="vpc-cni")
    principal = "arn:aws:iam::123456789012:role/Admin"
    add("AccessEntry", "entry", clusterName="voice", principalArn=principal)
    add(
        "AccessPolicyAssociation",
        "admin",
        clusterName="voice",
        principalArn=principal,
        policyArn="arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
        accessScope={"type": "cluster"},
    )
    add(
        "PodIdentityAssociation",
        "pods",
        clusterName="voice",
        namespace="kube-system",
        serviceAccount="aws-node",
        roleArn=out("pod-role", "arn"),
    )
    group = out("default", "resources")[0]["autoscalingGroups"][0]["name"]
    tag = {"key": "k8s.io/cluster-autoscaler/enabled", "value": "true", "propagateAtLaunch": False}
    add("autoscaling/tag:Tag", "asg-tag", autoscalingGroupName=group, tag=tag)
    return stack
