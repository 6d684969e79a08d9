"""What hangs on an EKS cluster: add-ons, access entries and policies, pod identities, identity providers."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from catalog.aws.eks import EKS_ADDONS_AFTER_NODES
from clients.kubernetes import KubeClient
from sandbox.planes.volumes import ensure_volumes
from sandbox.providers.aws.ids import arn, hex_id
from sandbox.providers.aws.rules import principals, statements
from sandbox.providers.aws.services import tokens
from sandbox.providers.aws.services.eks.cluster import INVALID
from sandbox.providers.aws.services.iam import role_of_arn
from sandbox.providers.base import Failure
from sandbox.providers.cloud.account import CloudObject
from sandbox.providers.cloud.condition import condition_of
from sandbox.providers.cloud.errors import CloudError, UnfulfillableError
from sandbox.providers.cloud.row import Reference, ResourceType, constant, joined
from sandbox.providers.cloud.rules import all_of, each, matches, one_of
from sandbox.providers.cloud.walk import values_at

_OF_CLUSTER = Reference(
    "clusterName", tokens.CLUSTER, "ResourceNotFoundException", "No cluster found for name: {value}."
)
_POD_ACTIONS: Final = {"sts:AssumeRole", "sts:TagSession"}
_PRINCIPAL: Final = r"arn:aws:(iam|sts)::\d{12}:(role|user|assumed-role)/.+"

# source: EKS user guide, "Access policy permissions" and "AWS add-ons", 2026-11-21
_ACCESS_POLICIES: Final = frozenset(
    f"arn:aws:eks::aws:cluster-access-policy/{name}"
    for name in (
        "AmazonEKSAdminPolicy",
        "AmazonEKSClusterAdminPolicy",
        "AmazonEKSAdminViewPolicy",
        "AmazonEKSEditPolicy",
        "AmazonEKSViewPolicy",
        "AmazonEKSSecretReaderPolicy",
    )
)
_NO_REPLICAS: Final = "InsufficientNumberOfReplicas"
_STORAGE_DRIVER: Final = "aws-ebs-csi-driver"
# Default versions are made up where they matter to nobody; the build number is as EKS writes it.
_ADDONS: Final[Mapping[str, str]] = {
    "vpc-cni": "v1.20.4-eksbuild.1",
    "coredns": "v1.12.4-eksbuild.1",
    "kube-proxy": "v1.35.0-eksbuild.1",
    "eks-pod-identity-agent": "v1.3.9-eksbuild.3",
    "aws-ebs-csi-driver": "v1.51.0-eksbuild.1",
    "aws-efs-csi-driver": "v2.1.13-eksbuild.1",
    "aws-mountpoint-s3-csi-driver": "v2.1.0-eksbuild.1",
    "snapshot-controller": "v8.3.0-eksbuild.1",
    "amazon-cloudwatch-observability": "v4.5.0-eksbuild.1",
    "aws-guardduty-agent": "v1.12.1-eksbuild.2",
    "eks-node-monitoring-agent": "v1.4.1-eksbuild.1",
    "metrics-server": "v0.8.0-eksbuild.2",
    "kube-state-metrics": "v2.17.0-eksbuild.1",
    "prometheus-node-exporter": "v1.10.2-eksbuild.1",
    "cert-manager": "v1.19.1-eksbuild.1",
    "external-dns": "v0.19.0-eksbuild.2",
    "adot": "v0.131.0-eksbuild.1",
}


def _check_json(text: str) -> str | None:
    try:
        json.loads(text or "{}")
    except ValueError as error:
        return f"ConfigurationValue provided in request is not supported: {error}"
    return None


def _admit_addon(made: CloudObject) -> None:
    name = made["addonName"]
    if name not in _ADDONS:
        raise CloudError(INVALID, f"Addon {name} specified is not supported")
    for role_arn in values_at(made.inputs, "podIdentityAssociations.roleArn"):
        _needs_pod_role(made, role_arn)
    if not made.id and name in EKS_ADDONS_AFTER_NODES and not _has_plain_nodes(made):
        # On AWS the provider waits 20 minutes before it says so.
        raise UnfulfillableError(
            _NO_REPLICAS,
            "The add-on is unhealthy because it doesn't have the desired number of replicas: the cluster has no node "
            "without taints yet.",
            status="DEGRADED",
        )


def _has_plain_nodes(made: CloudObject) -> bool:
    groups = made.account.where(tokens.NODE_GROUP, "clusterName", made["clusterName"])
    return any(
        row.inputs["scalingConfig"]["desiredSize"] and not row.inputs.get("taints") and not condition_of(row.facts)
        for row in groups
    )


def _heals(made: CloudObject) -> bool:
    """EKS looks at a degraded add-on again and again."""
    return condition_of(made.facts)["code"] == _NO_REPLICAS and _has_plain_nodes(made)


def _install_addon(made: CloudObject) -> Mapping[str, Any]:
    """Add-ons run no pods here; of the storage driver the volumes are there, for claims would wait for ever."""
    if made["addonName"] == _STORAGE_DRIVER:
        plane = made.account.planes.plane_of(made.account.world_dir, made["clusterName"])
        if plane is not None:
            with KubeClient.from_kubeconfig(plane.kubeconfig.read_text()) as client:
                ensure_volumes(client)
    return {}


def _needs_pod_role(made: CloudObject, role_arn: object) -> None:
    role = role_of_arn(made.account, role_arn)
    if role is None:
        raise CloudError(INVALID, f"Role provided in the request does not exist: {role_arn}")
    for row in statements(role["assumeRolePolicy"]):
        allowed = set(values_at(row, "Action"))
        if "pods.eks.amazonaws.com" in principals(row, "Service") and allowed >= _POD_ACTIONS:
            return
    raise CloudError(
        INVALID,
        "Trust policy of role must allow pods.eks.amazonaws.com to perform sts:AssumeRole and sts:TagSession: "
        f"{role_arn}",
    )


def _needs_api_mode(made: CloudObject) -> None:
    cluster = made.account.find(tokens.CLUSTER, made["clusterName"])
    mode = values_at(cluster.outputs, "accessConfig.authenticationMode") if cluster else []
    if mode == ["CONFIG_MAP"]:
        raise CloudError(
            "InvalidRequestException",
            "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this "
            "operation.",
        )


def _check_entry(values: Mapping[str, Any]) -> Iterator[Failure]:
    for index, group in enumerate(values.get("kubernetesGroups") or ()):
        if str(group).startswith("system:"):
            yield Failure(
                f"kubernetesGroups[{index}]",
                f"The kubernetes group name {group} is invalid, it cannot start with system:",
            )
    if values.get("type", "STANDARD") != "STANDARD" and values.get("kubernetesGroups"):
        yield Failure("kubernetesGroups", "only entries of type STANDARD take Kubernetes groups")


def _check_scope(values: Mapping[str, Any]) -> Iterator[Failure]:
    scope = values.get("accessScope") or {}
    if (scope.get("type") == "namespace") != bool(scope.get("namespaces")):
        yield Failure("accessScope.namespaces", "namespaces go with scope type namespace, and only with it")


def _admit_policy(made: CloudObject) -> None:
    _needs_api_mode(made)
    if made["policyArn"] not in _ACCESS_POLICIES:
        raise CloudError(INVALID, f"The policyArn parameter format is not valid: {made['policyArn']}")
    if made.account.find(tokens.ACCESS_ENTRY, f"{made['clusterName']}:{made['principalArn']}") is None:
        raise CloudError(
            "ResourceNotFoundException",
            "The specified principalArn could not be found. You can view your available access entries with "
            "'list-access-entries'.",
        )


def _admit_pod_identity(made: CloudObject) -> None:
    _needs_pod_role(made, made["roleArn"])
    for other in made.account.where(tokens.POD_IDENTITY_ASSOCIATION, "clusterName", made["clusterName"]):
        same = all(other.inputs[key] == made[key] for key in ("namespace", "serviceAccount"))
        if same and other.id != made.id:
            raise CloudError("ResourceInUseException", f"Association already exists: {other.id}")


def _entry_arn(made: CloudObject) -> str:
    tail = f"access-entry/{made['clusterName']}/{made['principalArn'].split(':', 4)[-1]}/{made.derived('uuid', 32)}"
    return str(arn("eks", tail)(made))


def _config_name(made: CloudObject) -> str:
    return str(made.at("oidc.identityProviderConfigName"))


def _user_name(made: CloudObject) -> str:
    return str(made["principalArn"])


ROWS = (
    ResourceType(
        token=tokens.ADDON,
        service="EKS",
        noun="EKS Add-On",
        id=joined("clusterName", "addonName"),
        replaces=("clusterName", "addonName", "namespaceConfig"),
        unordered=("podIdentityAssociations",),
        check=all_of(
            matches("addonVersion", r"v\d+\.\d+\.\d+-eksbuild\.\d+", "must be a version such as v1.2.3-eksbuild.1"),
            one_of("resolveConflictsOnCreate", "NONE", "OVERWRITE"),
            each("configurationValues", _check_json),
        ),
        requires=(_OF_CLUSTER,),
        admit=_admit_addon,
        on_create=_install_addon,
        broken={"create": "CREATE_FAILED", "update": "UPDATE_FAILED", "delete": "DELETE_FAILED"},
        repairable=("DEGRADED", "UPDATE_FAILED"),
        on_half_made=constant({}),
        heals=_heals,
        outputs={
            "arn": lambda made: arn("eks", f"addon/{{clusterName}}/{{addonName}}/{made.derived('uuid', 32)}")(made),
            "addonVersion": lambda made: _ADDONS[made["addonName"]],
            "configurationValues": constant(""),
            "createdAt": lambda made: made.created,
            "modifiedAt": lambda made: made.created,
        },
        volatile=("modifiedAt",),
        exists=("ResourceInUseException", "Addon already exists."),
    ),
    ResourceType(
        token=tokens.ACCESS_ENTRY,
        service="EKS",
        noun="EKS Access Entry",
        id=joined("clusterName", "principalArn"),
        replaces=("clusterName", "principalArn", "type"),
        unordered=("kubernetesGroups",),
        defaults={"type": "STANDARD"},
        check=all_of(
            matches("principalArn", _PRINCIPAL, "must be the ARN of an IAM role or user"),
            one_of("type", "STANDARD", "EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX", "EC2", "HYBRID_LINUX"),
            _check_entry,
        ),
        requires=(_OF_CLUSTER,),
        admit=_needs_api_mode,
        outputs={
            "accessEntryArn": _entry_arn,
            "createdAt": lambda made: made.created,
            "modifiedAt": lambda made: made.created,
            "kubernetesGroups": constant([]),
            "userName": _user_name,
        },
        exists=("ResourceInUseException", "The specified access entry resource is already in use on this cluster."),
    ),
    ResourceType(
        token=tokens.ACCESS_POLICY_ASSOCIATION,
        service="EKS",
        noun="EKS Access Policy Association",
        id=joined("clusterName", "principalArn", "policyArn", by="#"),
        replaces=("clusterName", "principalArn", "policyArn", "accessScope"),
        check=all_of(_check_scope),
        requires=(_OF_CLUSTER,),
        admit=_admit_policy,
        outputs={"associatedAt": lambda made: made.created, "modifiedAt": lambda made: made.created},
        upserts=True,
        calls={"create": "AssociateAccessPolicy", "delete": "DisassociateAccessPolicy"},
    ),
    ResourceType(
        token=tokens.POD_IDENTITY_ASSOCIATION,
        service="EKS",
        noun="EKS Pod Identity Association",
        id=hex_id("a"),
        replaces=("clusterName", "namespace", "serviceAccount"),
        check=all_of(
            matches("namespace", r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", "must be a namespace name"),
            matches("serviceAccount", r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?", "must be a service account name"),
        ),
        requires=(_OF_CLUSTER,),
        admit=_admit_pod_identity,
        outputs={
            "associationArn": arn("eks", "podidentityassociation/{clusterName}/{id}"),
            "associationId": lambda made: made.id,
        },
        import_ids=lambda made: (f"{made['clusterName']},{made.id}",),
    ),
)
