"""Every rule by its examples: good, bad, not known; and that the examples would miss it."""

import ast
import dataclasses
import inspect
import json
import re
import sys
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from pulumi_policy.proxy import UNKNOWN_NUMBER_VALUE, UNKNOWN_OBJECT_VALUE, UNKNOWN_STRING_VALUE, unknown_checking_proxy

from policies.reading import Reading
from policies.rule import Level, Rule, Shown, judge
from policies.table import AREAS, RULES
from tests.support.policy_rules import Case, failures, read_cases

ROOT = Path(__file__).resolve().parents[3]
CASES = read_cases()
CANARY = "canary"
EACH = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def test_every_rule_has_its_examples() -> None:
    assert list(RULES) and sorted(RULES) == sorted(CASES)
    assert len(RULES) == sum(map(len, AREAS.values())) >= 50


@EACH
def test_a_rule_does_what_its_examples_say(case: Case) -> None:
    assert not list(failures(case, RULES[case.rule]))


def _silent(*_: object) -> tuple[()]:
    return ()


def _without(rule: Rule) -> Rule:
    return dataclasses.replace(
        rule, check=_silent if rule.check else None, check_stack=_silent if rule.check_stack else None
    )


@EACH
def test_the_examples_miss_a_rule_that_is_gone_or_silent(case: Case) -> None:
    assert list(failures(case, RULES.get("not a rule")))
    assert "the bad example passes" in failures(case, _without(RULES[case.rule]))


@EACH
def test_the_examples_miss_a_rule_that_blames_everything(case: Case) -> None:
    def blame(*_: object) -> tuple[str]:
        return ("wrong",)

    rule = dataclasses.replace(RULES[case.rule], check=blame, check_stack=None)
    assert "the good example is found fault with" in failures(case, rule)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_explains_itself(rule: Rule) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", rule.id)
    for text in (rule.reason, rule.fix):
        assert text.endswith(".") and text[0].isupper() and "  " not in text
    assert rule.source and rule.types and rule.level is not Level.DISABLED
    assert (rule.check is None) != (rule.check_stack is None)
    assert all({"type", "default", "description"} <= set(row) for row in rule.schema.values())
    # The engine refuses a pack whose defaults break its own schema.
    assert all(Draft7Validator(row).is_valid(row["default"]) for row in rule.schema.values())


PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from([CANARY, f"arn:{CANARY}", "", "true"])
UNKNOWN = st.sampled_from([UNKNOWN_STRING_VALUE, UNKNOWN_NUMBER_VALUE, UNKNOWN_OBJECT_VALUE, "[secret]"])
JSON = st.sampled_from(['{"Statement": "canary"}', '{"Statement": [{"Effect": "Allow", "Action": 3}]}', "{", "[[[["])
WORDS = sorted(
    {
        word
        for case in CASES.values()
        for text in re.findall(r"[\w./-]+", json.dumps([case.good, case.bad]))
        for word in [text]
    }
)
ANYTHING = st.recursive(
    PLAIN | UNKNOWN | JSON | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
    max_leaves=12,
)


@st.composite
def _damaged(draw: st.DrawFn) -> tuple[str, object]:
    """Inputs of an example with some parts put in place of others."""
    case = CASES[draw(st.sampled_from(sorted(CASES)))]
    resource = draw(st.sampled_from(case.good + case.bad))

    def damage(value: object) -> object:
        if draw(st.integers(0, 5)) == 0:
            return draw(ANYTHING)
        if isinstance(value, dict):
            return {key: damage(each) for key, each in value.items()}
        return [damage(each) for each in value] if isinstance(value, list) else value

    inputs = damage(resource["inputs"])
    return resource["type"], inputs if isinstance(inputs, dict) else {}


@settings(max_examples=400, deadline=None)
@given(_damaged(), st.sampled_from(["prod", "dev"]))
def test_no_rule_raises_or_shows_a_value(made: tuple[str, object], stack: str) -> None:
    kind, inputs = made
    shown = [Shown(f"urn:pulumi:{stack}::p::{kind}::it", kind, "it", unknown_checking_proxy(inputs))]  # type: ignore[arg-type]
    assert CANARY not in " ".join(found.text for rule in RULES.values() for found in judge(rule, shown).findings)


def test_a_finding_names_the_place_of_a_secret_and_not_the_secret() -> None:
    rule = RULES["helm-values-hold-no-secret"]
    key = "sk_car_" + "a" * 20
    inputs = {"values": {"deep": [{"key": key}], key: key}}
    found = judge(rule, [Shown("urn", rule.types[0], "it", inputs)]).findings
    assert found
    assert key not in str(found)


# --- reading


def test_positive_questions_are_false_of_what_is_not_known() -> None:
    reading = Reading()
    inputs = reading.of(unknown_checking_proxy({"list": ["a", UNKNOWN_STRING_VALUE], "map": UNKNOWN_OBJECT_VALUE}))
    missing = inputs["map.deep.deeper"]
    for answer in (missing.is_(None), missing.is_not("a"), missing.absent, missing.present, missing.lacks("a")):
        assert answer is False
    assert inputs["list"].lacks("b") is False
    assert inputs["list"].lacks("a") is False
    assert inputs["nowhere.at.all"].absent
    assert reading.unjudged == {"map", "list[1]"}


def test_a_value_of_another_type_counts_as_not_known() -> None:
    reading = Reading()
    inputs = reading.of({"version": 3, "size": "much", "flag": "yes", "tags": "text"})
    assert inputs["version"].text is None
    assert inputs["size"].number is None
    assert inputs["flag"].flag is None
    assert inputs["tags.deep"].absent is False
    assert reading.unjudged == {"version", "size", "flag", "tags"}


def test_numbers_and_flags_may_be_written_as_texts() -> None:
    inputs = Reading().of({"size": "20", "on": "true", "off": False, "part": 1.5})
    assert (inputs["size"].number, inputs["on"].flag, inputs["off"].flag, inputs["part"].number) == (
        20,
        True,
        False,
        1.5,
    )


# --- parameters and the room


def test_parameters_of_the_configuration_win_over_defaults() -> None:
    rule = RULES["eks-version-days-left"]
    shown = [Shown("urn:pulumi:a::p::t::n", rule.types[0], "n", {"version": "1.35"})]
    assert not judge(rule, shown, {"today": "2026-11-25"}).findings
    assert judge(rule, shown, {"today": "2026-11-25", "minimumDaysLeft": 300}).findings


def test_today_is_the_default_day() -> None:
    rule = RULES["eks-version-supported"]
    assert rule.parameters({}).text("today") == ""
    shown = [Shown("urn:pulumi:a::p::t::n", rule.types[0], "n", {"version": "1.31"})]
    assert date.today() < date(2026, 3, 1) or judge(rule, shown).findings


def test_no_module_is_named_as_one_of_the_standard_library() -> None:
    """The runner puts the pack's folder first on the path, so such a name would be imported instead."""
    names = {path.stem for path in (ROOT / "policies").iterdir() if path.suffix == ".py" or path.is_dir()}
    assert not names & (set(sys.stdlib_module_names) - {"__main__"})


def test_rules_read_their_stack_from_the_urn_alone() -> None:
    for module in (ROOT / "policies" / "areas").glob("*.py"):
        imported = {node.module for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, ast.ImportFrom)}
        assert not {name for name in imported if name and name.split(".")[0] in {"os", "pulumi", "subprocess"}}
    assert inspect.getdoc(Rule)
