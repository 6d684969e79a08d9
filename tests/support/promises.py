"""What a change of a setting really does, from what the component sends and what the provider is recorded to plan.

The component is recorded twice, with the setting as it was and changed. Each difference is looked up in the provider's
facts, and the worst of them is what the setting's line in the Args has to say.
"""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any, Final

from tests.support.aws_mocks import Recording
from tests.support.provider_facts import plan_of_property

TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"
GROUP: Final = "aws:eks/nodeGroup:NodeGroup"
CLUSTER: Final = "aws:eks/cluster:Cluster"
VPC: Final = "aws:ec2/vpc:Vpc"
IN_PLACE, ROLLS, GROUP_ANEW, CLUSTER_ANEW = "in place", "rolls nodes", "replaces the group", "replaces the cluster"
NETWORK_ANEW = "replaces network and cluster"

UNRECORDED: Final[Mapping[str, str]] = {
    # source: terraform-provider-aws documentation of each resource: nothing there forces a new one, 2026-11-25
    "aws:eks/addon:Addon.addonVersion": "update",
    f"{CLUSTER}.deletionProtection": "update",
    f"{GROUP}.releaseVersion": "update",
    f"{GROUP}.updateConfig.updateStrategy": "update",
    f"{TEMPLATE}.blockDeviceMappings.ebs.iops": "update",
    f"{TEMPLATE}.capacityReservationSpecification": "update",
    f"{TEMPLATE}.instanceMarketOptions": "update",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule.referencedSecurityGroupId": "update",
}
"""Properties that the recording says nothing of: its provider is older than they are, or its validators refused."""


class UnknownChangeError(AssertionError):
    """A property differs of which no fact is recorded."""


def effect(before: Recording, after: Recording) -> str:
    """The worst that becomes of anything that is there before and after."""
    found = {IN_PLACE}
    for key in before.found.keys() & after.found.keys():
        old, new = before.found[key], after.found[key]
        for path, removed in _changes(old.inputs, new.inputs):
            if old.type.startswith("aws:") and path.split(".")[0] not in new.ignore_changes:
                found.add(_effect_of(old.type, path, removed=removed))
    return max(found, key=[IN_PLACE, ROLLS, GROUP_ANEW, CLUSTER_ANEW, NETWORK_ANEW].index)


def promises(shape: type) -> dict[str, str]:
    """By field of a TypedDict, what its line says after "Change: ", up to the first full stop, comma or semicolon."""
    found: dict[str, str] = {}
    body = ast.parse(textwrap.dedent(inspect.getsource(shape))).body[0]
    assert isinstance(body, ast.ClassDef)
    for field, doc in zip(body.body, body.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(doc, ast.Expr) and isinstance(doc.value, ast.Constant):
            said = re.search(r"Change: ([^.;,]+)", " ".join(str(doc.value.value).split()))
            assert isinstance(field.target, ast.Name)
            if said:
                found[field.target.id] = said[1]
    return found


def _effect_of(type_: str, path: str, *, removed: bool) -> str:
    plan = plan_of_property(type_, path, removed=removed) or plan_of_property(type_, path) or _unrecorded(type_, path)
    if plan == "replace":
        return {CLUSTER: CLUSTER_ANEW, GROUP: GROUP_ANEW, VPC: NETWORK_ANEW}.get(type_, IN_PLACE)
    # A changed template has a new version, and a new version or release makes EKS replace every node.
    # source: EKS user guide, "Customize managed nodes with launch templates", 2026-11-25
    rolls = (type_ == TEMPLATE and path.split(".")[0] != "tags") or (
        type_ == GROUP and path.split(".")[0] in ("version", "releaseVersion", "launchTemplate")
    )
    return ROLLS if rolls else IN_PLACE


def _unrecorded(type_: str, path: str) -> str:
    known = {each: plan for each, plan in UNRECORDED.items() if f"{type_}.{path}.".startswith(each + ".")}
    if not known:
        raise UnknownChangeError(f"nothing is recorded of {type_} {path}")
    return next(iter(known.values()))


def _changes(old: Any, new: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, bool]]:
    """Paths without list indices at which two values differ, and whether it was removed."""
    if isinstance(old, Mapping) and isinstance(new, Mapping) and path[-1:] != ("tags",):
        for key in old.keys() | new.keys():
            yield from _changes(old.get(key), new.get(key), (*path, key))
    elif isinstance(old, list) and isinstance(new, list) and any(isinstance(each, Mapping) for each in (*old, *new)):
        for index in range(max(len(old), len(new))):
            left = old[index] if index < len(old) else None
            yield from _changes(left, new[index] if index < len(new) else None, path)
    elif old != new:
        yield ".".join(path), new is None
