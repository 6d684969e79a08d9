"""What the engine is answered: the rules of a resource's type, at the levels of the configuration, and nothing else."""

from datetime import date
from typing import Any

import pytest
from google.protobuf import struct_pb2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel
from pulumi_policy.policy import _PolicyAnalyzerServicer
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from policies.pack import NAME, policies_of
from policies.serving import Server
from policies.table import RULES
from tests.support.policy_rules import Case, read_cases, urn_of, with_unknown

CASES = read_cases()
ALONE = {rule: case for rule, case in CASES.items() if RULES[rule].check is not None}
TOGETHER = {rule: case for rule, case in CASES.items() if RULES[rule].check_stack is not None}
LEVELS = {"advisory": 0, "mandatory": 1, "disabled": 2}
"""Numbers of the protocol."""


def message(resource: dict[str, Any], kind: Any) -> Any:
    properties = struct_pb2.Struct()
    properties.update(resource["inputs"])
    made = kind(type=resource["type"], urn=urn_of(resource), name=resource["name"], properties=properties)
    made.options.protect = bool(resource.get("protect"))
    return made


def served(levels: dict[str, str] | None = None) -> Any:
    server: Any = Server(NAME, policies_of(RULES.values(), (), date(2026, 11, 25)))
    request = analyzer_pb2.ConfigureAnalyzerRequest()
    for rule, case in CASES.items():
        request.policyConfig[rule].properties.update(dict(case.parameters))
        level = (levels or {}).get(rule, RULES[rule].level.value)
        request.policyConfig[rule].enforcementLevel = LEVELS[level]  # type: ignore[assignment]
    server.Configure(request, None)
    return server


def said(server: Any, resources: list[dict[str, Any]]) -> set[str]:
    """Rules that find fault."""
    found: set[str] = set()
    for resource in resources:
        answer = server.Analyze(message(resource, analyzer_pb2.AnalyzeRequest), None)
        found |= {each.policyName for each in answer.diagnostics}
    stack = [message(resource, analyzer_pb2.AnalyzerResource) for resource in resources]
    answer = server.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(resources=stack), None)
    return found | {each.policyName for each in answer.diagnostics}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_every_rule_is_asked_about_its_types(case: Case) -> None:
    server = served()
    assert case.rule in said(server, case.bad)
    assert case.rule not in said(served(), case.good)
    assert {case.rule, "unjudged"} & said(served(), with_unknown(case)) == {"unjudged"}


def test_a_disabled_rule_says_nothing_and_its_neighbours_go_on() -> None:
    case = CASES["gpu-taint"]
    assert "gpu-taint" not in said(served({"gpu-taint": "disabled"}), case.bad)
    assert "gpu-label" in said(served({"gpu-taint": "disabled"}), case.bad)
    assert "gpu-budget" not in said(served({"gpu-budget": "disabled"}), CASES["gpu-budget"].bad)


@pytest.mark.parametrize("level", ["advisory", "mandatory"])
def test_findings_have_the_level_of_the_configuration(level: str) -> None:
    server = served({"gpu-taint": level})
    answer = server.Analyze(message(CASES["gpu-taint"].bad[0], analyzer_pb2.AnalyzeRequest), None)
    (found,) = [each for each in answer.diagnostics if each.policyName == "gpu-taint"]
    assert found.enforcementLevel == LEVELS[level]


def test_it_answers_as_the_library_does() -> None:
    """Resource by resource, over all good and bad examples: the same findings in the same order."""
    policies = policies_of([rule for rule in RULES.values() if rule.check is not None], (), date(2026, 11, 25))
    ours = Server(NAME, policies)
    theirs: Any = _PolicyAnalyzerServicer(NAME, "0.0.1", list(policies), EnforcementLevel.ADVISORY)
    for case in ALONE.values():
        for resource in (*case.good, *case.bad):
            request = message(resource, analyzer_pb2.AnalyzeRequest)
            assert ours.Analyze(request, None).diagnostics == theirs.Analyze(request, None).diagnostics


def test_secrets_and_unknowns_arrive_decoded() -> None:
    secret = {
        "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
        "value": {"key": "sk_car_" + "a" * 20},
    }
    config_map = {"type": "kubernetes:core/v1:ConfigMap", "name": "it", "inputs": {"data": secret}}
    assert said(served(), [config_map]) == {"config-map-holds-no-secret"}
    config_map["inputs"] = {"data": UNKNOWN_STRING_VALUE}
    assert said(served(), [config_map]) == {"unjudged"}


def test_a_type_without_rules_costs_no_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("policies.serving.deserialize_properties", lambda _: pytest.fail("decoded"))
    other = {"type": "random:index/pet:Pet", "name": "it", "inputs": {"length": 2}}
    assert said(served(), [other]) == set()


# --- whatever a program registers

SECRET = "1b47061264138c4ac30d75fd1eb44270"
MARK = "4dabf18193072939515e22adb298388d"
CANARY = "canary"
ODD = st.sampled_from(
    [None, True, 3.5, "", CANARY, f"sk_car_{CANARY}{CANARY}", UNKNOWN_STRING_VALUE, [], {}, [CANARY], {CANARY: 1}]
)


@st.composite
def damaged(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Resources of an example of one rule, with parts put in place of others and parts that are secret."""
    case = CASES[draw(st.sampled_from(sorted(CASES)))]

    def damage(value: Any, depth: int = 0) -> Any:
        chance = draw(st.integers(0, 9)) if depth else 9
        if chance == 0:
            return draw(ODD)
        if isinstance(value, dict):
            value = {key: damage(each, depth + 1) for key, each in value.items() if draw(st.integers(0, 9))}
        elif isinstance(value, list):
            value = [damage(each, depth + 1) for each in value]
        return {MARK: SECRET, "value": value} if chance == 1 else value

    resources = draw(st.sampled_from([case.good, case.bad]))
    return [{**each, "inputs": damage(each["inputs"])} for each in resources]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(damaged())
def test_no_answer_raises_or_shows_a_value_however_it_is_wrapped(resources: list[dict[str, Any]]) -> None:
    server = served()
    texts = []
    for resource in resources:
        answer = server.Analyze(message(resource, analyzer_pb2.AnalyzeRequest), None)
        texts += [each.message for each in answer.diagnostics]
    stack = [message(resource, analyzer_pb2.AnalyzerResource) for resource in resources]
    answer = server.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(resources=stack), None)
    texts += [each.message for each in answer.diagnostics]
    assert CANARY not in " ".join(texts)


@pytest.mark.parametrize("rule", CASES)
def test_a_secret_is_judged_like_what_is_in_it(rule: str) -> None:
    """A rule that a secret could hide from would be weaker than it says."""
    case = CASES[rule]
    wrapped = [
        {**each, "inputs": {key: {MARK: SECRET, "value": value} for key, value in each["inputs"].items()}}
        for each in case.bad
    ]
    assert rule in said(served(), wrapped)
