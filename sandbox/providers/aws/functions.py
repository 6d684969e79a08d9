"""The few functions of the `aws` package that a program may call in the sandbox."""

import json
from collections.abc import Mapping
from typing import Any, Final

from sandbox.providers.aws.facts.account import ACCOUNT_ID, CALLER_ROLE, PARTITION
from sandbox.providers.aws.facts.regions import zone_id, zones
from sandbox.providers.aws.services import tokens
from sandbox.providers.base import Properties, ProviderError
from sandbox.providers.cloud.account import Account
from sandbox.providers.cloud.definition import Function


def _caller_identity(args: Mapping[str, Any], account: Account) -> Properties:
    # A session, as people and CI have one, of the role that the shipped stack files name among their admins.
    session = f"arn:{PARTITION}:sts::{ACCOUNT_ID}:assumed-role/{CALLER_ROLE}/sandbox"
    return {"id": ACCOUNT_ID, "accountId": ACCOUNT_ID, "arn": session, "userId": "AROASANDBOX0000000000:sandbox"}


def _region(args: Mapping[str, Any], account: Account) -> Properties:
    region = args.get("region") or args.get("name") or account.location
    return {
        "id": region,
        "name": region,
        "region": region,
        "description": f"Sandbox ({region})",
        "endpoint": f"ec2.{region}.amazonaws.com",
    }


def _partition(args: Mapping[str, Any], account: Account) -> Properties:
    return {
        "id": PARTITION,
        "partition": PARTITION,
        "dnsSuffix": "amazonaws.com",
        "reverseDnsPrefix": "com.amazonaws",
    }


def _zones(args: Mapping[str, Any], account: Account) -> Properties:
    region = args.get("region") or account.location
    left_out = {*(args.get("excludeNames") or ())}
    names = [zone for zone in zones(region) if zone not in left_out]
    return {
        "id": region,
        "region": region,
        "names": names,
        "zoneIds": [zone_id(zone) for zone in names],
        "groupNames": [region],
        **args,
    }


def _policy_document(args: Mapping[str, Any], account: Account) -> Properties:
    statements = [_statement(row) for row in args.get("statements") or ()]
    document = {"Version": args.get("version") or "2012-10-17", "Statement": statements}
    if args.get("policyId"):
        document["Id"] = args["policyId"]
    return {
        "id": "sandbox",
        "json": json.dumps(document, indent=2),
        "minifiedJson": json.dumps(document, separators=(",", ":")),
        **args,
    }


def _statement(row: Mapping[str, Any]) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": row.get("effect") or "Allow"}
    if row.get("sid"):
        statement["Sid"] = row["sid"]
    for key, name in (
        ("actions", "Action"),
        ("notActions", "NotAction"),
        ("resources", "Resource"),
        ("notResources", "NotResource"),
    ):
        if row.get(key):
            statement[name] = row[key][0] if len(row[key]) == 1 else row[key]
    for key, name in (("principals", "Principal"), ("notPrincipals", "NotPrincipal")):
        if row.get(key):
            statement[name] = {item["type"]: item["identifiers"] for item in row[key]}
    if row.get("conditions"):
        tests: dict[str, dict[str, Any]] = {}
        for condition in row["conditions"]:
            tests.setdefault(condition["test"], {})[condition["variable"]] = condition["values"]
        statement["Condition"] = tests
    return statement


def _reads(type_: str, noun: str, *keys: str) -> Function:
    """A function that finds one object by inputs of its own, as the provider's data sources do."""

    def read(args: Mapping[str, Any], account: Account) -> Properties:
        object_id = ":".join(str(args[key]) for key in keys)
        record = account.find(type_, object_id)
        if record is None:
            code = "ResourceNotFoundException"
            raise ProviderError(f"reading {noun} ({object_id}): operation error EKS: {code}: {object_id} not found")
        return {**record.outputs, "id": record.id}

    return read


def _node_group(args: Mapping[str, Any], account: Account) -> Properties:
    """The data source has some blocks as lists that the resource has one of."""
    found = _reads(tokens.NODE_GROUP, "EKS Node Group", "clusterName", "nodeGroupName")(args, account)
    singles = {"scalingConfig": "scalingConfigs", "launchTemplate": "launchTemplates"}
    lists = {plural: [found[single]] if found.get(single) else [] for single, plural in singles.items()}
    return {**{key: value for key, value in found.items() if key not in singles}, **lists}


def _node_groups(args: Mapping[str, Any], account: Account) -> Properties:
    cluster = args["clusterName"]
    if account.find(tokens.CLUSTER, cluster) is None:
        raise ProviderError(
            f"listing EKS Node Groups ({cluster}): operation error EKS: ListNodegroups, https response error "
            f"StatusCode: 404, ResourceNotFoundException: No cluster found for name: {cluster}."
        )
    names = [row.outputs["nodeGroupName"] for row in account.where(tokens.NODE_GROUP, "clusterName", cluster)]
    return {"id": cluster, "clusterName": cluster, "names": names}


def _cluster(args: Mapping[str, Any], account: Account) -> Properties:
    """The data source has the certificate in a list."""
    found = _reads(tokens.CLUSTER, "EKS Cluster", "name")(args, account)
    return {**found, "certificateAuthorities": [found["certificateAuthority"]]}


FUNCTIONS: Final[Mapping[str, Function]] = {
    "aws:eks/getAddon:getAddon": _reads(tokens.ADDON, "EKS Add-On", "clusterName", "addonName"),
    "aws:eks/getCluster:getCluster": _cluster,
    "aws:eks/getNodeGroup:getNodeGroup": _node_group,
    "aws:eks/getNodeGroups:getNodeGroups": _node_groups,
    "aws:index/getAvailabilityZones:getAvailabilityZones": _zones,
    "aws:index/getCallerIdentity:getCallerIdentity": _caller_identity,
    "aws:index/getPartition:getPartition": _partition,
    "aws:index/getRegion:getRegion": _region,
    "aws:iam/getPolicyDocument:getPolicyDocument": _policy_document,
}
