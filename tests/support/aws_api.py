"""From what a component registers to the API calls the provider makes of it, checked against botocore's models.

One short function a resource type says which property becomes which member of which operation. A property that no
function takes and that `UNCHECKED` does not list is an error of the test, so nothing is passed over in silence.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import botocore.session
from botocore.model import Shape

from tests.support.aws_mocks import Registered

ARN = re.compile(r"arn:(aws|aws-cn|aws-us-gov):[a-z0-9-]+:[a-z0-9-]*:(\d{12}|aws)?:\S+")
ID = re.compile(r"(vpc|subnet|igw|rtb|eipalloc|nat|lt|vpce|sg|cr)-[0-9a-f]{8,17}")

UNCHECKED: Mapping[str, Mapping[str, str]] = {
    "*": {
        "physical names that the engine makes": "made by the provider at deploy time from the logical name; lengths "
        "are bounded by `LONGEST_NAME` and `_GROUP_NAME`",
        "rules between services": "that a role, key, subnet or zone exists and may be used; only AWS knows",
        "quotas and regional offers": "that the account may start the instances, and that the region has them",
    },
    "Cluster": {
        "version": "a plain string in the model; that EKS offers it is from its calendar (`catalog/aws/eks.py`)",
        "vpcConfig.publicAccessCidrs": "plain strings in the model; form and ranges are held by our own rules",
        "kubernetesNetworkConfig.serviceIpv4Cidr": "a plain string in the model; ranges are held by our own rules",
    },
    "NodeGroup": {
        "instanceTypes": "plain strings for EKS; checked against the EC2 model instead",
        "version": "a plain string in the model",
        "launchTemplate": "EKS's list of what such a template may not hold is prose: no image, user data, profile or "
        "subnet is set",
    },
    "Addon": {
        "addonName, addonVersion": "plain strings in the model; names are those of the EKS user guide",
        "podIdentityAssociations.serviceAccount": "a plain string; the names are those of the add-ons' own manifests",
    },
    "AccessPolicyAssociation": {"policyArn": "form of the ARN only; that the policy exists is from the EKS user guide"},
    "RolePolicyAttachment": {"policyArn": "form of the ARN only; that AWS maintains the policy is from its reference"},
    "VpcEndpoint": {"serviceName": "a plain string in the model"},
    "LaunchTemplate": {
        "updateDefaultVersion": "told to the provider, which calls ModifyLaunchTemplate",
        "blockDeviceMappings.deviceName": "a plain string; /dev/xvda is the root of the Amazon Linux 2023 images",
    },
    "Tag": {"tag.key": "that the autoscaler understands it is from its documentation"},
}
"""What no published model can check, by class of resource."""


@dataclass(frozen=True)
class Call:
    """One API operation with its input."""

    service: str
    operation: str
    params: dict[str, Any]


class Props(dict[str, Any]):
    """Inputs of a resource, which remembers what was taken."""

    def __init__(self, inputs: Mapping[str, Any]) -> None:
        super().__init__(inputs)
        self.left = set(inputs)

    def take(self, **members: str) -> dict[str, Any]:
        """Those of the named properties that are set, under their API names."""
        self.left -= set(members)
        return {api: self[prop] for prop, api in members.items() if prop in self}

    def one(self, prop: str) -> Any:
        self.left.discard(prop)
        return self.get(prop)


@cache
def model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


def pascal(value: Any) -> Any:
    """EC2's spelling: the same names with a capital, and booleans that the provider takes as text."""
    if isinstance(value, dict):
        return {key[0].upper() + key[1:]: pascal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [pascal(item) for item in value]
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def tag_list(tags: Mapping[str, str] | None) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in (tags or {}).items()]


def _ec2(operation: str, kind: str, **members: str) -> Callable[[Props], list[Call]]:
    """A plain EC2 create call whose tags are given as a tag specification of `kind`."""

    def calls(props: Props) -> list[Call]:
        params = props.take(**members)
        tags = tag_list(props.one("tags"))
        if tags:
            params["TagSpecifications"] = [{"ResourceType": kind, "Tags": tags}]
        return [Call("ec2", operation, params)]

    return calls


def _vpc(props: Props) -> list[Call]:
    names = {"enableDnsSupport": "EnableDnsSupport", "enableDnsHostnames": "EnableDnsHostnames"}
    more = [
        Call("ec2", "ModifyVpcAttribute", {"VpcId": "vpc-00000000", api: {"Value": props.one(prop)}})
        for prop, api in names.items()
    ]
    return _ec2("CreateVpc", "vpc", cidrBlock="CidrBlock")(props) + more


def _subnet(props: Props) -> list[Call]:
    public = {"MapPublicIpOnLaunch": {"Value": props.one("mapPublicIpOnLaunch")}, "SubnetId": "subnet-00000000"}
    names = {"vpcId": "VpcId", "availabilityZone": "AvailabilityZone", "cidrBlock": "CidrBlock"}
    return [*_ec2("CreateSubnet", "subnet", **names)(props), Call("ec2", "ModifySubnetAttribute", public)]


def _gateway(props: Props) -> list[Call]:
    attach = {"InternetGatewayId": "igw-00000000", **props.take(vpcId="VpcId")}
    return [*_ec2("CreateInternetGateway", "internet-gateway")(props), Call("ec2", "AttachInternetGateway", attach)]


def _default_group(props: Props) -> list[Call]:
    props.one("vpcId")
    return [Call("ec2", "CreateTags", {"Resources": ["sg-00000000"], "Tags": tag_list(props.one("tags"))})]


def _flow_log(props: Props) -> list[Call]:
    names = {
        "trafficType": "TrafficType",
        "logDestinationType": "LogDestinationType",
        "iamRoleArn": "DeliverLogsPermissionArn",
        "logDestination": "LogDestination",
    }
    calls = _ec2("CreateFlowLogs", "vpc-flow-log", **names)(props)
    calls[0].params.update(ResourceType="VPC", ResourceIds=[props.one("vpcId")])
    return calls


def _template(props: Props) -> list[Call]:
    props.one("updateDefaultVersion")
    params = {"LaunchTemplateName": "name", "VersionDescription": props.one("description")}
    tags = tag_list(props.one("tags"))
    if tags:
        params["TagSpecifications"] = [{"ResourceType": "launch-template", "Tags": tags}]
    specifications = [
        {"ResourceType": one["resourceType"], "Tags": tag_list(one["tags"])} for one in props.one("tagSpecifications")
    ]
    data = pascal({key: props.one(key) for key in sorted(props.left)})
    for interface in data.get("NetworkInterfaces", []):
        interface["Groups"] = interface.pop("SecurityGroups")
    params["LaunchTemplateData"] = {**data, "TagSpecifications": specifications}
    return [Call("ec2", "CreateLaunchTemplate", params)]


def _role(props: Props) -> list[Call]:
    params = {"RoleName": "name", **props.take(assumeRolePolicy="AssumeRolePolicyDocument")}
    tags = tag_list(props.one("tags"))
    return [Call("iam", "CreateRole", {**params, **({"Tags": tags} if tags else {})})]


def _role_policy(props: Props) -> list[Call]:
    return [
        Call("iam", "PutRolePolicy", {"PolicyName": "name", **props.take(role="RoleName", policy="PolicyDocument")})
    ]


def _attachment(props: Props) -> list[Call]:
    return [Call("iam", "AttachRolePolicy", props.take(role="RoleName", policyArn="PolicyArn"))]


def _oidc(props: Props) -> list[Call]:
    params = props.take(url="Url", clientIdLists="ClientIDList")
    return [Call("iam", "CreateOpenIDConnectProvider", {**params, "Tags": tag_list(props.one("tags"))})]


def _key(props: Props) -> list[Call]:
    tags = [{"TagKey": key, "TagValue": value} for key, value in (props.one("tags") or {}).items()]
    days = {"KeyId": "key", "PendingWindowInDays": props.one("deletionWindowInDays")}
    calls = [Call("kms", "CreateKey", {**props.take(description="Description"), "Tags": tags})]
    if props.one("enableKeyRotation"):
        calls.append(Call("kms", "EnableKeyRotation", {"KeyId": "key"}))
    return [*calls, Call("kms", "ScheduleKeyDeletion", days)]


def _log_group(props: Props) -> list[Call]:
    name = props.one("name") or "made-by-the-provider"
    retention = {"logGroupName": name, "retentionInDays": props.one("retentionInDays")}
    tags = props.one("tags")
    return [
        Call("logs", "CreateLogGroup", {"logGroupName": name, **({"tags": tags} if tags else {})}),
        Call("logs", "PutRetentionPolicy", retention),
    ]


def _cluster(props: Props) -> list[Call]:
    same = (
        *("name", "version", "roleArn", "bootstrapSelfManagedAddons", "accessConfig", "upgradePolicy"),
        *("deletionProtection", "tags"),
    )
    params = props.take(**{key: key for key in same})
    params["resourcesVpcConfig"] = props.one("vpcConfig")
    params["kubernetesNetworkConfig"] = props.one("kubernetesNetworkConfig")
    params["encryptionConfig"] = [props.one("encryptionConfig")]
    params["logging"] = {"clusterLogging": [{"types": props.one("enabledClusterLogTypes"), "enabled": True}]}
    return [Call("eks", "CreateCluster", params)]


def _node_group(props: Props) -> list[Call]:
    same = (
        *("clusterName", "version", "amiType", "capacityType", "instanceTypes", "scalingConfig", "updateConfig"),
        *("launchTemplate", "labels", "taints", "tags"),
    )
    params = {"nodegroupName": "name", **props.take(**{key: key for key in same})}
    params |= props.take(nodeRoleArn="nodeRole", subnetIds="subnets")
    calls = [Call("eks", "CreateNodegroup", params)]
    # EKS passes the types on to EC2, whose model knows them all.
    for name in params.get("instanceTypes", []):
        calls.append(Call("ec2", "RunInstances", {"InstanceType": name, "MinCount": 1, "MaxCount": 1}))
    return calls


def _addon(props: Props) -> list[Call]:
    conflicts = {props.one("resolveConflictsOnCreate"), props.one("resolveConflictsOnUpdate")}
    same = ("clusterName", "addonName", "addonVersion", "podIdentityAssociations", "tags")
    params = props.take(**{key: key for key in same})
    update = {key: params[key] for key in ("clusterName", "addonName")}
    return [
        *(Call("eks", "CreateAddon", {**params, "resolveConflicts": one}) for one in conflicts),
        *(Call("eks", "UpdateAddon", {**update, "resolveConflicts": one}) for one in conflicts),
    ]


def _entry(props: Props) -> list[Call]:
    same = ("clusterName", "principalArn", "type", "tags")
    return [Call("eks", "CreateAccessEntry", props.take(**{key: key for key in same}))]


def _association(props: Props) -> list[Call]:
    same = ("clusterName", "principalArn", "policyArn", "accessScope")
    return [Call("eks", "AssociateAccessPolicy", props.take(**{key: key for key in same}))]


def _asg_tag(props: Props) -> list[Call]:
    tag = pascal(props.one("tag"))
    tag = {**tag, "Value": props["tag"]["value"]}  # text that happens to be "true" stays text
    group = {"ResourceId": props.one("autoscalingGroupName"), "ResourceType": "auto-scaling-group"}
    return [Call("autoscaling", "CreateOrUpdateTags", {"Tags": [{**group, **tag}]})]


_ROUTE = {
    "routeTableId": "RouteTableId",
    "destinationCidrBlock": "DestinationCidrBlock",
    "gatewayId": "GatewayId",
    "natGatewayId": "NatGatewayId",
}
_ENDPOINT = {
    "vpcId": "VpcId",
    "vpcEndpointType": "VpcEndpointType",
    "serviceName": "ServiceName",
    "routeTableIds": "RouteTableIds",
}

CALLS: Mapping[str, Callable[[Props], list[Call]]] = {
    "aws:autoscaling/tag:Tag": _asg_tag,
    "aws:cloudwatch/logGroup:LogGroup": _log_group,
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": _default_group,
    "aws:ec2/eip:Eip": _ec2("AllocateAddress", "elastic-ip", domain="Domain"),
    "aws:ec2/flowLog:FlowLog": _flow_log,
    "aws:ec2/internetGateway:InternetGateway": _gateway,
    "aws:ec2/launchTemplate:LaunchTemplate": _template,
    "aws:ec2/natGateway:NatGateway": _ec2(
        "CreateNatGateway", "natgateway", allocationId="AllocationId", subnetId="SubnetId"
    ),
    "aws:ec2/route:Route": lambda props: [Call("ec2", "CreateRoute", props.take(**_ROUTE))],
    "aws:ec2/routeTable:RouteTable": _ec2("CreateRouteTable", "route-table", vpcId="VpcId"),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": lambda props: [
        Call("ec2", "AssociateRouteTable", props.take(subnetId="SubnetId", routeTableId="RouteTableId"))
    ],
    "aws:ec2/subnet:Subnet": _subnet,
    "aws:ec2/vpc:Vpc": _vpc,
    "aws:ec2/vpcEndpoint:VpcEndpoint": _ec2("CreateVpcEndpoint", "vpc-endpoint", **_ENDPOINT),
    "aws:eks/accessEntry:AccessEntry": _entry,
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": _association,
    "aws:eks/addon:Addon": _addon,
    "aws:eks/cluster:Cluster": _cluster,
    "aws:eks/nodeGroup:NodeGroup": _node_group,
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": _oidc,
    "aws:iam/role:Role": _role,
    "aws:iam/rolePolicy:RolePolicy": _role_policy,
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": _attachment,
    "aws:kms/key:Key": _key,
}


def problems_of(resource: Registered, table: Mapping[str, Callable[[Props], list[Call]]] = CALLS) -> list[str]:
    """What of one resource the service models refuse, or nobody checked."""
    props = Props(resource.inputs)
    calls = table[resource.type](props)
    found = [f"{key}: no API member is known for it" for key in sorted(props.left)]
    for call in calls:
        shape = model(call.service).operation_model(call.operation).input_shape
        found += [f"{call.operation}.{problem}" for problem in against(call.params, shape, "input")]
    found += [f"{path}: {value!r} is no ARN" for path, value in texts(resource.inputs) if _bad_arn(path, value)]
    found += [f"{path}: {value!r} is no id" for path, value in texts(resource.inputs) if _bad_id(path, value)]
    return found


def against(value: Any, shape: Shape, path: str) -> Iterator[str]:
    """Every way in which `value` breaks `shape`: members, types, enums, patterns, lengths, ranges."""
    kind = shape.type_name
    rules = shape.metadata
    if kind == "structure":
        if not isinstance(value, dict):
            yield f"{path}: must be a structure"
            return
        yield from (f"{path}.{key}: no such member" for key in value if key not in shape.members)
        yield from (f"{path}.{key}: is required" for key in shape.required_members if key not in value)
        for key, item in value.items():
            if key in shape.members:
                yield from against(item, shape.members[key], f"{path}.{key}")
    elif kind == "list":
        if not isinstance(value, list):
            yield f"{path}: must be a list"
            return
        yield from _within(len(value), rules, path)
        for index, item in enumerate(value):
            yield from against(item, shape.member, f"{path}[{index}]")
    elif kind == "map":
        yield from _within(len(value), rules, path)
        for key, item in value.items():
            yield from against(key, shape.key, f"{path}.<key>")
            yield from against(item, shape.value, f"{path}.{key}")
    elif kind == "string":
        if not isinstance(value, str):
            yield f"{path}: must be text, is {value!r}"
            return
        yield from _within(len(value), rules, path)
        if rules.get("enum") and value not in rules["enum"]:
            yield f"{path}: {value!r} is not one of its values"
        if rules.get("pattern") and not _python(rules["pattern"]).search(value):
            yield f"{path}: {value!r} does not fit {rules['pattern']}"
    elif kind in ("integer", "long"):
        if isinstance(value, bool) or not (isinstance(value, int) or (isinstance(value, float) and value.is_integer())):
            yield f"{path}: must be a whole number, is {value!r}"
            return
        yield from _within(value, rules, path)
    elif kind in ("float", "double"):
        if isinstance(value, bool) or not isinstance(value, int | float):
            yield f"{path}: must be a number, is {value!r}"
            return
        yield from _within(value, rules, path)
    elif kind == "boolean" and not isinstance(value, bool):
        yield f"{path}: must be true or false, is {value!r}"


@cache
def _python(pattern: str) -> re.Pattern[str]:
    """A model's pattern (Java's dialect) in Python's, matching the whole text."""
    for java, python in (
        (r"\p{L}\p{Z}\p{N}", r"\w\s"),
        (r"\p{L}\p{M}\p{Z}\p{S}\p{N}\p{P}", r"\w\W"),
        (r"\p{IsAlphabetic}", r"\w"),
        (r"\p{Print}", "[ -~]"),
        (r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF"),  # pairs of surrogates
    ):
        pattern = pattern.replace(java, python)
    return re.compile(rf"\A(?:{pattern})\Z", re.DOTALL)


def _within(size: float, rules: Mapping[str, Any], path: str) -> Iterator[str]:
    if size < rules.get("min", size):
        yield f"{path}: {size} is below {rules['min']}"
    if size > rules.get("max", size):
        yield f"{path}: {size} is above {rules['max']}"


def texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from texts(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from texts(item, f"{path}[{index}]")
    elif isinstance(value, str):
        yield path, value


def _bad_arn(path: str, value: str) -> bool:
    return (path.endswith(("Arn", "arn")) or value.startswith("arn:")) and not ARN.fullmatch(value)


def _bad_id(path: str, value: str) -> bool:
    leaf = re.sub(r"\[\d+\]", "", path).rpartition(".")[2]
    ids = (
        "vpcId",
        "subnetId",
        "subnetIds",
        "routeTableId",
        "routeTableIds",
        "gatewayId",
        "natGatewayId",
        "allocationId",
    )
    return leaf in (*ids, "securityGroups", "capacityReservationId") and not ID.fullmatch(value)


def unchecked_table(table: Mapping[str, Mapping[str, str]] = UNCHECKED) -> str:
    """One part of `docs/fidelity.md`."""
    rows = [
        f"| {'all' if cls == '*' else f'`{cls}`'} | {prop if cls == '*' else f'`{prop}`'} | {why} |"
        for cls, props in table.items()
        for prop, why in props.items()
    ]
    return "\n".join(["| resource | what | why, and what holds it instead |", "| --- | --- | --- |", *rows])
