"""What a rule is: its record, and judging one resource or a whole stack by it."""

import fnmatch
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from types import MappingProxyType
from typing import Any

from policies.reading import Reading, Value

__all__ = ["Finding", "Level", "Parameters", "Resource", "Rule", "Severity", "Verdict", "judge", "with_default"]

_RELEASE = "kubernetes:helm.sh/v3:Release"


class Severity(Enum):
    """How bad it is that a rule is broken."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Level(Enum):
    """What a finding does: `mandatory` ends the update, `advisory` is shown."""

    ADVISORY = "advisory"
    MANDATORY = "mandatory"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Parameters:
    """Values of a rule's parameters: those of the policy configuration over the defaults."""

    values: Mapping[str, Any]

    def number(self, name: str) -> float:
        """A number; the pack's schema has checked its type."""
        return float(self.values[name])

    def texts(self, name: str) -> list[str]:
        """A list of texts."""
        return [str(each) for each in self.values[name]]

    def text(self, name: str) -> str:
        """A text."""
        return str(self.values[name])


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource as a rule sees it."""

    urn: str
    type: str
    """Type token, e.g. `aws:eks/cluster:Cluster`."""
    name: str
    """Its name in the program, not in the cloud."""
    inputs: Value
    protected: bool = False
    """Whether the engine refuses to delete it."""

    @property
    def stack(self) -> str:
        """The stack in the URN."""
        parts = self.urn.split(":")
        return parts[2] if len(parts) > 2 else ""

    @property
    def rendered_by(self) -> str:
        """Name of the release whose chart this object comes from; empty for one that a program registers itself."""
        _, _, kinds, name = (*self.urn.split("::", 3), "", "", "")[:4]
        return name.partition("/")[0] if f"{_RELEASE}$" in kinds and "/" in name else ""

    def in_production(self, parameters: Parameters) -> bool:
        """Whether its stack is one of those that the parameter `productionStacks` names."""
        return any(fnmatch.fnmatchcase(self.stack, pattern) for pattern in parameters.texts("productionStacks"))


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken rule."""

    urn: str
    """Of the resource that breaks it."""
    text: str
    """What is wrong; it names properties and never shows what stands in them."""


Judge = Callable[[Resource, Parameters], Iterable[str]]
"""Yields what is wrong with a resource."""
StackJudge = Callable[[Sequence[Resource], Parameters], Iterable[Finding]]
"""Yields what is wrong with the resources of a stack together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: `check` judges each resource of `types`, `check_stack` those of a stack together."""

    id: str
    """Stable: policy configuration and waivers name it."""
    types: tuple[str, ...]
    severity: Severity
    reason: str
    """One sentence on what happens to those who break it."""
    fix: str
    """What to do, in the imperative."""
    source: str
    """Where the fact behind the rule is published."""
    level: Level = Level.MANDATORY
    check: Judge | None = None
    check_stack: StackJudge | None = None
    schema: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: MappingProxyType({}))
    """JSON schema of each parameter, with its `default`."""

    def parameters(self, given: Mapping[str, Any]) -> Parameters:
        """The rule's parameters, with those `given` by the policy configuration."""
        defaults = {name: row["default"] for name, row in self.schema.items()}
        return Parameters({**defaults, **{name: given[name] for name in defaults if name in given}})


def with_default(rule: Rule, parameter: str, value: Any) -> Rule:
    """The rule with another default of a parameter."""
    return replace(rule, schema={**rule.schema, parameter: {**rule.schema[parameter], "default": value}})


PRODUCTION: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "productionStacks": {
            "type": "array",
            "items": {"type": "string"},
            "default": ["*prod*"],
            "description": "Patterns of the names of production stacks.",
        }
    }
)
"""The parameter of every rule that holds in production only."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule says of the resources it was shown."""

    findings: tuple[Finding, ...]
    unjudged: tuple[tuple[str, str], ...]
    """URN and path of every property that it asked for and that was not known."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A resource before it is read."""

    urn: str
    type: str
    name: str
    properties: Any
    """Its inputs: the engine's mapping, or plain data."""
    protected: bool = False

    def read(self, reading: Reading) -> Resource:
        """The resource, with its reads noted in `reading`."""
        return Resource(self.urn, self.type, self.name, reading.of(self.properties), self.protected)


def judge(rule: Rule, shown: Sequence[Shown], given: Mapping[str, Any] | None = None) -> Verdict:
    """Judge resources by a rule.

    Args:
        rule: The rule; resources of other types are left out.
        shown: Resources; those of a whole stack where the rule judges stacks.
        given: The rule's parameters in the policy configuration.
    """
    parameters = rule.parameters(given or {})
    readings = [(each, Reading()) for each in shown if each.type in rule.types]
    read = [each.read(reading) for each, reading in readings]
    findings = tuple(_findings(rule, read, parameters))
    unjudged = [(each.urn, path) for each, reading in readings for path in sorted(reading.unjudged)]
    return Verdict(findings, tuple(unjudged))


def _findings(rule: Rule, read: Sequence[Resource], parameters: Parameters) -> Iterator[Finding]:
    if rule.check is not None:
        for resource in read:
            yield from (Finding(resource.urn, text) for text in rule.check(resource, parameters))
    if rule.check_stack is not None:
        # A state may be put together of several stacks; what is in one says nothing of another.
        for stack in dict.fromkeys(resource.stack for resource in read):
            yield from rule.check_stack([each for each in read if each.stack == stack], parameters)
