"""Waivers: what is read, what is refused with its line, and what a run makes of them."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi_policy import (
    EnforcementLevel,
    PolicyResource,
    PolicyResourceOptions,
    ResourceValidationArgs,
    StackValidationArgs,
)
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy

from core.input.problems import InvalidInput
from policies.pack import EXPIRED, UNJUDGED, UNMATCHED, OnResource, policies_of
from policies.table import RULES
from policies.waivers import Waiver, parse_waivers, read_waivers

ROOT = Path(__file__).resolve().parents[3]
TODAY = date(2026, 11, 25)
KIND = "aws:eks/cluster:Cluster"
URN = f"urn:pulumi:eks-prod::voice::{KIND}::cluster"
GOOD = """\
waivers:
  - rule: eks-version-pinned
    resource: "urn:pulumi:eks-*::*::cluster"
    reason: It is replaced next month.
    owner: platform
    expires: 2026-12-31
"""


def test_a_waiver_is_read() -> None:
    (waiver,) = parse_waivers(GOOD, RULES)
    assert waiver == Waiver(
        "eks-version-pinned",
        "urn:pulumi:eks-*::*::cluster",
        "It is replaced next month.",
        "platform",
        date(2026, 12, 31),
        2,
    )
    assert waiver.covers("eks-version-pinned", URN)
    assert not waiver.covers("eks-version-supported", URN)
    assert not waiver.covers("eks-version-pinned", URN + "-2")
    assert waiver.concerns("eks-dev") and not waiver.concerns("sagemaker-dev")


@pytest.mark.parametrize("text", ["", "# nothing\n", "waivers:\n", "waivers: []\n"])
def test_there_may_be_none(text: str) -> None:
    assert parse_waivers(text, RULES) == ()


def test_a_file_need_not_be_there(tmp_path: Path) -> None:
    assert read_waivers(tmp_path / "waivers.yaml", RULES) == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("waivers:", "waviers:", "line 1: must hold `waivers:`"),
        ("waivers:\n", "waivers: [\n", "is not YAML"),
        (
            "rule: eks-version-pinned",
            "rule: eks-version-pined",
            'line 2: names no rule of the pack.*"eks-version-pinned"',
        ),
        ("    owner: platform\n", "", "line 2: lacks `owner`"),
        ("owner: platform", "owner: ''", "line 5: `owner` must be a text"),
        ("owner: platform", "owner: [a]", "line 5: `owner` must be a text"),
        ("owner: platform", "oner: platform", 'line 5: has no meaning: `oner`; did you mean "owner"'),
        ("owner: platform", "rule: platform", "line 5: `rule` stands there twice"),
        ("expires: 2026-12-31", "expires: never", "line 6: `expires` must be a day"),
        ("expires: 2026-12-31", "expires: 2026-13-31", "line 6: `expires` must be a day"),
        ("expires: 2026-12-31", "expires: 2026-12-31 10:00:00", "line 6: `expires` must be a day"),
        ('"urn:pulumi:eks-*::*::cluster"', '"*"', "line 2: `resource` must be a pattern of a URN"),
        ("  - rule", "  - 3\n  - rule", "line 2: must be an entry with keys"),
    ],
)
def test_a_bad_file_is_refused_with_its_line(old: str, new: str, said: str) -> None:
    assert old in GOOD
    with pytest.raises(InvalidInput, match=f"(?s)waivers.yaml.*{said}"):
        parse_waivers(GOOD.replace(old, new), RULES)


def test_every_problem_is_told_at_once() -> None:
    two = GOOD + GOOD.removeprefix("waivers:\n")
    with pytest.raises(InvalidInput) as caught:
        parse_waivers(two.replace("eks-version-pinned", "nothing").replace("urn:pulumi", "urn:other"), RULES)
    assert len(caught.value.problems) == 4


@given(st.text() | st.recursive(st.text(max_size=5), lambda x: st.lists(x) | st.dictionaries(st.text(), x)).map(repr))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse_waivers(text, RULES)
    except InvalidInput:
        return


def test_the_repository_s_waivers_are_in_order() -> None:
    waivers = read_waivers(ROOT / "policies" / "waivers.yaml", RULES)
    stacks = [path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in (ROOT / "stacks").glob("Pulumi.*")]
    assert all(any(waiver.concerns(stack) for stack in stacks) for waiver in waivers)


# --- in the pack

OPTIONS = PolicyResourceOptions(False, [], False, None, [], None, [])  # type: ignore[arg-type]


class Run:
    """The policies of a pack, run as the engine's runner runs them."""

    def __init__(self, waivers: str = "", config: dict[str, object] | None = None) -> None:
        self.policies = policies_of(RULES.values(), parse_waivers(waivers, RULES), TODAY)
        self.config = config or {}
        self.reported: list[tuple[str, str, str | None]] = []

    def resource(self, inputs: dict[str, object], urn: str = URN, kind: str = KIND) -> "Run":
        for policy in self.policies:
            if isinstance(policy, OnResource):
                args = ResourceValidationArgs(
                    kind, unknown_checking_proxy(inputs), urn, "it", OPTIONS, None, self.config
                )
                policy.validate(args, self._report(policy.name))
        return self

    def end(self, urn: str = URN) -> "Run":
        shown = PolicyResource(KIND, unknown_checking_proxy({}), urn, "it", OPTIONS, None, None, [], {})
        for policy in self.policies:
            if not isinstance(policy, OnResource):
                policy.validate(StackValidationArgs([shown], {}), self._report(policy.name))
        return self

    def of(self, policy: str) -> list[str]:
        return [text for name, text, _ in self.reported if name == policy]

    def _report(self, name: str):  # type: ignore[no-untyped-def]
        return lambda text, urn=None: self.reported.append((name, text, urn))


def test_a_finding_is_reported_with_its_fix() -> None:
    assert Run().resource({"roleArn": "a"}).of("eks-version-pinned") == ["version is not set. Set version."]


def test_a_waived_finding_is_not_reported() -> None:
    run = Run(GOOD).resource({"roleArn": "a"}).end()
    assert not run.of("eks-version-pinned")
    assert not run.of(UNMATCHED) + run.of(EXPIRED)


def test_an_expired_waiver_waives_nothing_and_is_a_finding() -> None:
    run = Run(GOOD.replace("2026-12-31", "2026-11-24")).resource({"roleArn": "a"}).end()
    assert run.of("eks-version-pinned")
    assert run.of(EXPIRED) == [
        "waivers.yaml, line 2 (eks-version-pinned) expired on 2026-11-24. Remove it, or have its owner decide again."
    ]
    assert not run.of(UNMATCHED)


def test_the_last_day_of_a_waiver_still_counts() -> None:
    assert not Run(GOOD.replace("2026-12-31", "2026-11-25")).resource({"roleArn": "a"}).of("eks-version-pinned")


def test_a_waiver_that_matches_nothing_is_a_finding_in_its_own_stacks() -> None:
    run = Run(GOOD).resource({"version": "1.35"}).end()
    assert run.of(UNMATCHED) == [
        "waivers.yaml, line 2 (eks-version-pinned) waives nothing. Remove it, or correct its pattern."
    ]
    elsewhere = "urn:pulumi:sagemaker-dev::voice::t::it"
    assert not Run(GOOD).resource({"version": "1.35"}, elsewhere).end(elsewhere).of(UNMATCHED)


def test_a_waiver_is_not_idle_while_its_property_is_not_known() -> None:
    assert not Run(GOOD).resource({"version": UNKNOWN_STRING_VALUE}).end().of(UNMATCHED)


def test_what_could_not_be_judged_is_told_once_a_rule_and_resource() -> None:
    run = Run().resource({"vpcConfig": UNKNOWN_STRING_VALUE}).end()
    told = [text for text in run.of(UNJUDGED) if text.startswith("eks-two-subnets: ")]
    assert told == ["eks-two-subnets: not known before the update: vpcConfig"]
    assert {urn for name, _, urn in run.reported if name == UNJUDGED} == {URN}


def test_parameters_reach_a_rule() -> None:
    assert (
        Run(config={"logTypes": ["scheduler"]})
        .resource({"enabledClusterLogTypes": ["api"]})
        .of("eks-control-plane-logs")
    )


def test_policies_carry_the_levels_of_their_rules() -> None:
    levels = {each.name: each.enforcement_level for each in policies_of(RULES.values(), (), TODAY)}
    assert levels["eks-version-pinned"] is EnforcementLevel.MANDATORY
    assert levels["eks-addon-pinned"] is EnforcementLevel.ADVISORY
    assert (levels[UNJUDGED], levels[EXPIRED], levels[UNMATCHED]) == (
        EnforcementLevel.ADVISORY,
        EnforcementLevel.MANDATORY,
        EnforcementLevel.ADVISORY,
    )
    assert len(levels) == len(RULES) + 3
