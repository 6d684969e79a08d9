"""What the published AWS provider plans when one property changes: recorded facts, and the same asked of the stand-in.

The recording (`facts/aws_provider_changes.json`) names provider, version, date and how it was asked. Paths are
Terraform's; a trailing `-` is the removal of the property or block. `make fidelity` asks again where it can.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sandbox.providers.aws.cloud import SCHEMAS
from sandbox.providers.aws.services import RESOURCES
from sandbox.providers.base import detailed_diff

FILE = Path(__file__).with_name("facts") / "aws_provider_changes.json"

# Pulumi's names where they are neither the camelCase of Terraform's nor its plural.
_RENAMED: Mapping[str, str] = {"aws_cloudwatch_metric_alarm.alarm_name": "name"}


@dataclass(frozen=True, slots=True)
class Fact:
    """One change of one property of an object that exists."""

    type: str
    """Type token of Pulumi."""
    terraform: str
    """Path as recorded, without the mark of a removal."""
    removed: bool
    plan: str
    """`replace`, `update` or `nothing`."""

    @property
    def path(self) -> str | None:
        """The property in Pulumi's spelling; None where its SDK has none of that name."""
        return _pulumi_path(self.type, self.terraform)


@cache
def recording() -> Mapping[str, Any]:
    """The recording as it stands in its file."""
    found: Mapping[str, Any] = json.loads(FILE.read_text())
    return found


def facts() -> Iterator[Fact]:
    """Every recorded fact, types and paths in order."""
    for token, entry in recording()["types"].items():
        for path, plan in entry["changes"].items():
            yield Fact(token, path.removesuffix("-"), path.endswith("-"), plan.partition(" ")[0])


def plan_of_property(token: str, path: str, *, removed: bool = False) -> str | None:
    """What the provider plans for a change at a path of Pulumi, without list indices; None where that is not recorded.

    A path below or above a recorded one is answered by the nearest recorded one.
    """
    known = {fact.path: fact.plan for fact in facts() if fact.type == token and fact.removed == removed and fact.path}
    parts = path.split(".")
    for end in range(len(parts), 0, -1):
        if (found := known.get(".".join(parts[:end]))) is not None:
            return found
    below = {plan for each, plan in known.items() if each.startswith(path + ".")}
    return below.pop() if len(below) == 1 else None


def plan_of_standin(fact: Fact) -> str | None:
    """What the stand-in plans for the same change; None where it has no such type or property."""
    row = RESOURCES.get(fact.type)
    if row is None or fact.path is None:
        return None
    changes = detailed_diff(
        _nested(fact.path, "old"),
        _nested(fact.path, None if fact.removed else "new"),
        replaces=row.replaces,
        unordered=row.unordered,
        addable=row.addable,
        removable=row.removable,
    )
    return "replace" if any(kind.endswith("-replace") for kind in changes.values()) else "update"


def _nested(path: str, value: Any) -> dict[str, Any]:
    """Inputs with a value at a path, beside a property that every object along it keeps."""
    head, _, rest = path.partition(".")
    inner = _nested(rest, value) if rest else value
    return {"kept": "x", **({} if inner is None else {head: inner})}


@cache
def _pulumi_path(token: str, path: str) -> str | None:
    terraform = recording()["types"][token]["terraform"]
    renamed = _RENAMED.get(f"{terraform}.{path}")
    if renamed:
        return renamed
    shape: Any = SCHEMAS.inputs_of(token) if token in RESOURCES else None
    found = []
    for word in path.split("."):
        members = _members(shape)
        name = next((each for each in _spellings(word) if members is None or each in members), None)
        if name is None:
            return None
        found.append(name)
        shape = members[name] if members is not None else None
    return ".".join(found)


def _members(shape: Any) -> Mapping[str, Any] | None:
    """Properties of an object shape, or of the items of a list of them."""
    while isinstance(shape, Mapping) and "list" in shape:
        shape = shape["list"]
    if isinstance(shape, Mapping):
        inner = shape.get("object", shape)
        return inner if isinstance(inner, Mapping) else None
    return None


def _spellings(word: str) -> Iterator[str]:
    camel = re.sub(r"_(\w)", lambda match: match[1].upper(), word)
    yield camel
    yield camel + "s"
    yield camel + "es"
    yield camel.removesuffix("y") + "ies"
