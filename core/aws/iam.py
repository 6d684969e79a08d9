"""IAM policy documents as plain data: built here, typed, and written as JSON with a fixed order.

Owns the form of documents. Leaves alone who may do what: each component states its own statements.
source: IAM user guide, "Grammar of the IAM JSON policy language", 2026-11-21.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = [
    "POD_IDENTITY_SERVICE",
    "Statement",
    "document",
    "managed_policy_arn",
    "pod_identity_trust",
    "service_trust",
]

POD_IDENTITY_SERVICE = "pods.eks.amazonaws.com"
"""The service that hands a role to pods. source: Amazon EKS user guide, "EKS Pod Identity role", 2026-11-21."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement. Identity policies have `resources`, trust policies have `services` instead."""

    actions: Sequence[str]
    """Actions such as `kms:Decrypt`. Never `*` alone."""
    resources: Sequence[str] = ()
    """ARNs the actions may touch."""
    services: Sequence[str] = ()
    """Service principals, in trust policies and policies of resources."""
    principals: Sequence[str] = ()
    """ARNs of principals, in policies of resources."""
    conditions: Mapping[str, Mapping[str, str | Sequence[str]]] = field(default_factory=dict)
    """Condition operator to key to value."""
    sid: str = ""
    """Name of the statement: letters and digits."""

    def as_dict(self) -> dict[str, Any]:
        """The statement in the grammar of IAM. Keys that say nothing are left out."""
        out: dict[str, Any] = {"Effect": "Allow"}
        if self.sid:
            out = {"Sid": self.sid, **out}
        whom = {"Service": list(self.services), "AWS": list(self.principals)}
        if self.services or self.principals:
            out["Principal"] = {kind: given for kind, given in whom.items() if given}
        out["Action"] = list(self.actions)
        if self.resources:
            out["Resource"] = list(self.resources)
        if self.conditions:
            out["Condition"] = {operator: dict(keys) for operator, keys in self.conditions.items()}
        return out


def document(*statements: Statement) -> str:
    """The policy document of some statements, as JSON."""
    return json.dumps({"Version": "2012-10-17", "Statement": [statement.as_dict() for statement in statements]})


def service_trust(service: str, conditions: Mapping[str, Mapping[str, str]] | None = None) -> str:
    """Trust policy of a role that an AWS service takes on, e.g. `eks.amazonaws.com`."""
    return document(Statement(actions=["sts:AssumeRole"], services=[service], conditions=conditions or {}))


def pod_identity_trust() -> str:
    """Trust policy of a role that EKS Pod Identity hands to pods. Which pods is said by the association."""
    return document(Statement(actions=["sts:AssumeRole", "sts:TagSession"], services=[POD_IDENTITY_SERVICE]))


def managed_policy_arn(partition: str, name: str) -> str:
    """ARN of a policy that AWS maintains. `name` has its path, e.g. `service-role/AmazonEBSCSIDriverPolicy`."""
    return f"arn:{partition}:iam::aws:policy/{name}"
