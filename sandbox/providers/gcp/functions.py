"""The few functions of the `gcp` package that a program may call in the sandbox."""

from collections.abc import Mapping
from typing import Any, Final

from sandbox.providers.base import Properties, ProviderError
from sandbox.providers.cloud.account import Account
from sandbox.providers.cloud.definition import Function
from sandbox.providers.gcp.facts.project import PROJECT_NUMBER, zones_of
from sandbox.providers.gcp.services import tokens
from sandbox.providers.gcp.services.gke.cluster import cluster_id


def _project(args: Mapping[str, Any], account: Account) -> Properties:
    name = args.get("projectId") or account.id
    return {"id": f"projects/{name}", "projectId": name, "number": PROJECT_NUMBER, "name": name}


def _zones(args: Mapping[str, Any], account: Account) -> Properties:
    region = str(args.get("region"))
    return {"id": region, "names": zones_of(region), **args}


def _cluster(args: Mapping[str, Any], account: Account) -> Properties:
    project = args.get("project") or account.id
    wanted = cluster_id(project, args.get("location"), args["name"])
    found = next((row for row in account.store.list(tokens.CLUSTER) if row.id == wanted), None)
    if found is None:
        raise ProviderError(f"{wanted} not found")
    many = {"masterAuths": "masterAuth", "controlPlaneEndpointsConfigs": "controlPlaneEndpointsConfig"}
    listed = {key: [found.outputs[own]] for key, own in many.items()}
    plain = ("endpoint", "masterVersion", "selfLink", "name", "location", "network", "subnetwork")
    return {"id": wanted, "project": project, **{key: found.outputs[key] for key in plain}, **listed}


FUNCTIONS: Final[Mapping[str, Function]] = {
    "gcp:compute/getZones:getZones": _zones,
    "gcp:container/getCluster:getCluster": _cluster,
    "gcp:organizations/getProject:getProject": _project,
}
