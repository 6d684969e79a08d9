"""The examples that every rule of the policy pack has, and what they must show of it."""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy

from policies.rule import Rule, Shown, Verdict, judge

FOLDER = Path(__file__).parent / "policy_cases"
PRODUCTION = "eks-prod"


@dataclass(frozen=True, slots=True)
class Case:
    """Examples of one rule."""

    rule: str
    good: list[dict[str, Any]]
    bad: list[dict[str, Any]]
    unknown: str
    """`<resource>/<path>` of the property of the good example that is not known."""
    elsewhere: str | None
    """A stack that the rule says nothing of."""
    parameters: Mapping[str, Any]


def urn_of(resource: Mapping[str, Any], stack: str = PRODUCTION) -> str:
    """The URN of an example's resource; `under` is the type of its parent."""
    kinds = "$".join([*([resource["under"]] if "under" in resource else []), resource["type"]])
    return f"urn:pulumi:{stack}::voice::{kinds}::{resource['name']}"


def read_cases() -> dict[str, Case]:
    """Every case by the id of its rule."""
    files = sorted(FOLDER.glob("*.yaml"))
    rows = [row for file in files for row in yaml.safe_load(file.read_text()).items()]
    assert len(rows) == len(dict(rows)), "a rule has two cases"
    return {rule: _case(rule, row) for rule, row in rows}


def verdict(rule: Rule, resources: list[dict[str, Any]], case: Case, stack: str = PRODUCTION) -> Verdict:
    """What the rule says, reading through the proxies that the engine's runner hands to a rule."""
    shown = [
        Shown(
            urn_of(each, stack),
            each["type"],
            each["name"],
            unknown_checking_proxy(copy.deepcopy(each["inputs"])),
            each.get("protect", False),
        )
        for each in resources
    ]
    return judge(rule, shown, case.parameters)


def with_unknown(case: Case) -> list[dict[str, Any]]:
    """The good example, with one property not known."""
    resources = copy.deepcopy(case.good)
    named = [each for each in resources if case.unknown.startswith(f"{each['name']}/")]
    found = max(named, key=lambda each: len(each["name"]))
    path = case.unknown.removeprefix(f"{found['name']}/")
    holder: Any = found["inputs"]
    *parents, last = _keys(holder, path.split("."))
    for key in parents:
        holder = holder[key]
    holder[last] = UNKNOWN_STRING_VALUE
    return resources


def failures(case: Case, rule: Rule | None) -> Iterator[str]:
    """What a rule does not do that its examples say; a rule that is gone does nothing."""
    if rule is None:
        yield "the rule is gone"
        return
    if verdict(rule, case.good, case) != Verdict((), ()) and verdict(rule, case.good, case).findings:
        yield "the good example is found fault with"
    if not verdict(rule, case.bad, case).findings:
        yield "the bad example passes"
    unsure = verdict(rule, with_unknown(case), case)
    if unsure.findings:
        yield "a value that is not known is found fault with"
    if not unsure.unjudged:
        yield "a value that is not known is not counted"
    if case.elsewhere and verdict(rule, case.bad, case, case.elsewhere).findings:
        yield f"it speaks in {case.elsewhere}"


def _case(rule: str, row: Mapping[str, Any]) -> Case:
    lone = "type" in row
    examples = {
        key: [{"type": row["type"], "name": "it", "inputs": row[key]}] if lone else row[key] for key in ("good", "bad")
    }
    unknown = f"it/{row['unknown']}" if lone else row["unknown"]
    return Case(rule, examples["good"], examples["bad"], unknown, row.get("elsewhere"), row.get("parameters", {}))


def _keys(holder: Any, words: list[str]) -> list[Any]:
    """A dotted path as keys and indexes."""
    return [int(word) if word.isdecimal() else word for word in words]
