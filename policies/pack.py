"""The rules as policies of a CrossGuard pack.

Each rule is a policy under its id, so policy configuration sets its level and parameters. Three more speak of the
check itself: `unjudged`, `waiver-expired` and `waiver-unmatched`.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, Final

from pulumi_policy import (
    EnforcementLevel,
    PolicyConfigSchema,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy import Severity as PackSeverity

from policies.rule import Finding, Level, Rule, Severity, Shown
from policies.session import Session
from policies.waivers import Waiver

__all__ = ["EXPIRED", "NAME", "UNJUDGED", "UNMATCHED", "OnResource", "OnStack", "policies_of"]

NAME: Final = "cartesia"
"""Of the pack."""
UNJUDGED: Final = "unjudged"
EXPIRED: Final = "waiver-expired"
UNMATCHED: Final = "waiver-unmatched"

_LEVELS: Final[Mapping[Level, EnforcementLevel]] = {
    Level.ADVISORY: EnforcementLevel.ADVISORY,
    Level.MANDATORY: EnforcementLevel.MANDATORY,
    Level.DISABLED: EnforcementLevel.DISABLED,
}
_SEVERITIES: Final[Mapping[Severity, PackSeverity]] = {
    Severity.LOW: PackSeverity.LOW,
    Severity.MEDIUM: PackSeverity.MEDIUM,
    Severity.HIGH: PackSeverity.HIGH,
    Severity.CRITICAL: PackSeverity.CRITICAL,
}


class OnResource(ResourceValidationPolicy):
    """A rule on each resource of some types."""

    types: tuple[str, ...] = ()
    """Those that it is to be shown."""


class OnStack(StackValidationPolicy):
    """A rule on the resources of a stack together."""

    types: tuple[str, ...] = ()
    """Those whose properties it reads; of others it sees URNs alone."""


def policies_of(rules: Iterable[Rule], waivers: Iterable[Waiver], today: date) -> list[OnResource | OnStack]:
    """The policies of a pack that runs once.

    Args:
        rules: What to judge by.
        waivers: Findings that somebody answers for.
        today: The day by which waivers expire.
    """
    session = Session(tuple(waivers), today)
    return [*(_policy(rule, session) for rule in rules), *_on_the_check(session)]


def _policy(rule: Rule, session: Session) -> OnResource | OnStack:
    kind: type[OnResource] | type[OnStack] = OnResource if rule.check_stack is None else OnStack
    policy = kind(
        name=rule.id,
        description=rule.reason,
        validate=_judging(rule, session),
        enforcement_level=_LEVELS[rule.level],
        config_schema=_schema(rule),
        severity=_SEVERITIES[rule.severity],
    )
    policy.types = rule.types
    return policy


def _schema(rule: Rule) -> PolicyConfigSchema | None:
    return PolicyConfigSchema({name: dict(row) for name, row in rule.schema.items()}) if rule.schema else None


def _judging(rule: Rule, session: Session) -> Callable[[Any, ReportViolation], None]:
    def one(args: ResourceValidationArgs, report: ReportViolation) -> None:
        if args.resource_type in rule.types:
            for finding in session.judge(rule, [_shown(args)], args.get_config()):
                report(_text(finding, rule), None)

    def together(args: StackValidationArgs, report: ReportViolation) -> None:
        shown = [_shown(each) for each in args.resources if each.resource_type in rule.types]
        for finding in session.judge(rule, shown, args.get_config()):
            report(_text(finding, rule), finding.urn)

    return one if rule.check_stack is None else together


def _text(finding: Finding, rule: Rule) -> str:
    return f"{finding.text}. {rule.fix}"


def _shown(resource: Any) -> Shown:
    return Shown(
        resource.urn,
        resource.resource_type,
        resource.name,
        resource.props,
        bool(getattr(resource.opts, "protect", False)),
    )


def _on_the_check(session: Session) -> list[OnStack]:
    """Policies on the check itself; they come last, when all rules have spoken."""

    def unjudged(_: StackValidationArgs, report: ReportViolation) -> None:
        for finding in session.unjudged():
            report(finding.text, finding.urn)

    def expired(args: StackValidationArgs, report: ReportViolation) -> None:
        for text in session.expired(_stacks(args)):
            report(f"waivers.yaml, {text}. Remove it, or have its owner decide again.", None)

    def unmatched(args: StackValidationArgs, report: ReportViolation) -> None:
        for text in session.unmatched(_stacks(args)):
            report(f"waivers.yaml, {text}. Remove it, or correct its pattern.", None)

    advisory, mandatory = EnforcementLevel.ADVISORY, EnforcementLevel.MANDATORY
    return [
        OnStack(UNJUDGED, "What is not known at preview cannot be judged.", unjudged, advisory),
        OnStack(EXPIRED, "A waiver whose last day has passed waives nothing.", expired, mandatory),
        OnStack(UNMATCHED, "A waiver that matches nothing hides the next finding.", unmatched, advisory),
    ]


def _stacks(args: StackValidationArgs) -> set[str]:
    return {each.urn.split(":")[2] for each in args.resources if each.urn.count(":") > 2}
