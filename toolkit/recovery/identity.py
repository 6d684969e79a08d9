"""Which id a cloud object has, where its inputs alone decide it.

One row a type token. The forms are those of each resource's import section in the published provider's reference. Types
that are not here have an id the cloud makes up; they are found by their tags (`toolkit.recovery.inventory`).
"""

from collections.abc import Callable, Mapping
from string import Formatter
from types import MappingProxyType
from typing import Any

__all__ = ["id_from_inputs", "is_overwritten"]

Inputs = Mapping[str, Any]


def _one(key: str) -> Callable[[Inputs], str | None]:
    return lambda inputs: _text(inputs, key)


def _joined(separator: str, *keys: str) -> Callable[[Inputs], str | None]:
    def build(inputs: Inputs) -> str | None:
        parts = [_text(inputs, key) for key in keys]
        return separator.join(part for part in parts if part) if all(parts) else None

    return build


def _route(inputs: Inputs) -> str | None:
    table = _text(inputs, "routeTableId")
    target = _text(inputs, "destinationCidrBlock") or _text(inputs, "destinationIpv6CidrBlock")
    return f"{table}_{target}" if table and target else None


def _object(inputs: Inputs) -> str | None:
    """`<namespace>/<name>`, or `<name>` outside of namespaces: the id of everything in Kubernetes."""
    metadata = inputs.get("metadata")
    metadata = metadata if isinstance(metadata, Mapping) else {}
    name = _text(metadata, "name")
    namespace = _text(metadata, "namespace")
    return f"{namespace}/{name}" if namespace and name else name


def _text(inputs: Inputs, key: str) -> str | None:
    value = inputs.get(key)
    return value if isinstance(value, str) and value else None


def _asg_tag(inputs: Inputs) -> str | None:
    tag = inputs.get("tag")
    group, key = _text(inputs, "autoscalingGroupName"), _text(tag, "key") if isinstance(tag, Mapping) else None
    return f"{group},{key}" if group and key else None


def _path(template: str) -> Callable[[Inputs], str | None]:
    """An id that is a path of inputs, e.g. `projects/{project}/...`."""
    keys = tuple(key for _, key, _, _ in Formatter().parse(template) if key)

    def build(inputs: Inputs) -> str | None:
        parts = {key: _text(inputs, key) for key in keys}
        return template.format(**parts) if all(parts.values()) else None

    return build


_CLUSTER = "projects/{project}/locations/{location}/clusters/"

_RULES: Mapping[str, Callable[[Inputs], str | None]] = MappingProxyType(
    {
        "aws:appautoscaling/policy:Policy": _joined("/", "serviceNamespace", "resourceId", "scalableDimension", "name"),
        "aws:appautoscaling/target:Target": _joined("/", "serviceNamespace", "resourceId", "scalableDimension"),
        "aws:autoscaling/tag:Tag": _asg_tag,
        "aws:cloudwatch/dashboard:Dashboard": _one("dashboardName"),
        "aws:cloudwatch/logGroup:LogGroup": _one("name"),
        "aws:cloudwatch/metricAlarm:MetricAlarm": _one("name"),
        "aws:ec2/route:Route": _route,
        "aws:ec2/routeTableAssociation:RouteTableAssociation": _joined("/", "subnetId", "routeTableId"),
        "aws:eks/accessEntry:AccessEntry": _joined(":", "clusterName", "principalArn"),
        "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": _joined(
            "#", "clusterName", "principalArn", "policyArn"
        ),
        "aws:eks/addon:Addon": _joined(":", "clusterName", "addonName"),
        "aws:eks/cluster:Cluster": _one("name"),
        "aws:eks/nodeGroup:NodeGroup": _joined(":", "clusterName", "nodeGroupName"),
        "aws:iam/role:Role": _one("name"),
        "aws:iam/rolePolicy:RolePolicy": _joined(":", "role", "name"),
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment": _joined("/", "role", "policyArn"),
        "aws:kms/alias:Alias": _one("name"),
        "aws:sagemaker/endpoint:Endpoint": _one("name"),
        "aws:sagemaker/endpointConfiguration:EndpointConfiguration": _one("name"),
        "aws:sagemaker/model:Model": _one("name"),
        "gcp:compute/network:Network": _path("projects/{project}/global/networks/{name}"),
        "gcp:compute/router:Router": _path("projects/{project}/regions/{region}/routers/{name}"),
        "gcp:compute/routerNat:RouterNat": _path("{project}/{region}/{router}/{name}"),
        "gcp:compute/subnetwork:Subnetwork": _path("projects/{project}/regions/{region}/subnetworks/{name}"),
        "gcp:container/cluster:Cluster": _path(_CLUSTER + "{name}"),
        "gcp:container/nodePool:NodePool": _path(_CLUSTER + "{cluster}/nodePools/{name}"),
        "gcp:kms/cryptoKey:CryptoKey": _path("{keyRing}/cryptoKeys/{name}"),
        "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": _path("{cryptoKeyId}/{role}/{member}"),
        "gcp:kms/keyRing:KeyRing": _path("projects/{project}/locations/{location}/keyRings/{name}"),
        "gcp:projects/iAMMember:IAMMember": _path("{project}/{role}/{member}"),
        "gcp:serviceaccount/account:Account": _path(
            "projects/{project}/serviceAccounts/{accountId}@{project}.iam.gserviceaccount.com"
        ),
        "kubernetes:helm.sh/v3:Release": _joined("/", "namespace", "name"),
    }
)


_OVERWRITTEN = frozenset(
    {
        "aws:sns/topicSubscription:TopicSubscription",  # subscribing again gives the same one
        "aws:appautoscaling/scheduledAction:ScheduledAction",  # put by name; the provider cannot import one
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",  # made by AWS with the VPC, and only configured
    }
)


def is_overwritten(type_token: str) -> bool:
    """Whether a second creation with the same inputs makes no second object, so that a first one may be forgotten."""
    return type_token in _OVERWRITTEN or type_token.startswith("pulumi:")  # a provider exists in the state only


def id_from_inputs(type_token: str, inputs: Inputs) -> str | None:
    """The id that an object of this type with these inputs has, or None where the cloud makes it up.

    Args:
        type_token: Pulumi type token.
        inputs: The inputs as the state holds them.
    """
    rule = _RULES.get(type_token)
    if rule is None and type_token.startswith("kubernetes:"):
        rule = _object
    return rule(inputs) if rule else None
