"""Ask EKS how a cluster, node group or add-on is, in words that a person can act on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from toolkit.recovery.half_made import ADDON, CLUSTER, NODE_GROUP, Condition
from toolkit.recovery.inventory import InventoryError

__all__ = ["EksConditions"]


@dataclass(frozen=True, slots=True)
class EksConditions:
    """The EKS API of one region, by an `eks` client of boto3."""

    client: Any

    def of(self, type_token: str, object_id: str) -> Condition | None:
        """See `half_made.Conditions.of`."""
        describe = _DESCRIBE.get(type_token)
        if describe is None:
            return None
        try:
            found = describe(self.client, object_id)
        except self.client.exceptions.ResourceNotFoundException:
            return None
        except Exception as error:
            # botocore raises service errors from a class it makes at run time; every one of them means "not known".
            raise InventoryError(f"EKS could not be asked about {object_id}: {error}") from error
        issues = (found.get("health") or {}).get("issues") or []
        return Condition(found["status"], tuple(f"{issue['code']}: {issue.get('message', '')}" for issue in issues))


def _cluster(client: Any, object_id: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = client.describe_cluster(name=object_id)["cluster"]
    return found


def _group(client: Any, object_id: str) -> Mapping[str, Any]:
    cluster, _, name = object_id.partition(":")
    found: Mapping[str, Any] = client.describe_nodegroup(clusterName=cluster, nodegroupName=name)["nodegroup"]
    return found


def _addon(client: Any, object_id: str) -> Mapping[str, Any]:
    cluster, _, name = object_id.partition(":")
    found: Mapping[str, Any] = client.describe_addon(clusterName=cluster, addonName=name)["addon"]
    return found


_DESCRIBE: Mapping[str, Callable[[Any, str], Mapping[str, Any]]] = {
    CLUSTER: _cluster,
    NODE_GROUP: _group,
    ADDON: _addon,
}
