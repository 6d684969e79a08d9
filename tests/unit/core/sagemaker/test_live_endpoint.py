"""What a running endpoint says, what an update would take from it, and the weights of a trial."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.sagemaker.live_endpoint import LiveEndpoint, LiveVariant, described, shrunk
from core.sagemaker.weights import overload, steps_to, weights_for

ANSWER = {
    "EndpointName": "voice",
    "EndpointStatus": "Updating",
    "EndpointConfigName": "old",
    "PendingDeploymentSummary": {"EndpointConfigName": "new"},
    "FailureReason": "no capacity",
    "ProductionVariants": [
        {"VariantName": "main", "CurrentInstanceCount": 4, "DesiredInstanceCount": 6, "CurrentWeight": 1.0},
        {"VariantName": "reserve"},
    ],
}


def live(**counts: tuple[int, float]) -> LiveEndpoint:
    variants = tuple(
        LiveVariant(name=name, instances=count, desired=count, weight=weight)
        for name, (count, weight) in counts.items()
    )
    return LiveEndpoint(
        name="v", status="InService", config_name="c", pending_config_name="", reason="", variants=variants
    )


def test_an_answer_of_aws_is_read():
    found = described(ANSWER)
    assert (found.status, found.config_name, found.pending_config_name) == ("Updating", "old", "new")
    assert found.reason == "no capacity"
    assert found.largest == {"main": 6, "reserve": 0}


def test_an_answer_with_the_least_is_read():
    found = described({"EndpointName": "v", "EndpointStatus": "Failed"})
    assert (found.config_name, found.reason, found.variants) == ("", "", ())


@pytest.mark.parametrize(
    ("wanted", "fewer"),
    [
        ({"main": 6}, {}),
        ({"main": 7}, {}),
        ({"main": 5}, {"main": (6, 5)}),
        ({"other": 1}, {"all variants together": (6, 1)}),
        ({"other": 6}, {}),
        ({"other": 2, "another": 4}, {}),
        ({}, {"all variants together": (6, 0)}),
    ],
)
def test_an_update_starts_with_at_least_what_runs_or_is_coming(wanted, fewer):
    assert shrunk(described(ANSWER), wanted) == fewer


def test_a_variant_without_calls_may_go():
    trial = live(main=(4, 1.0), canary=(2, 0.0))
    assert shrunk(trial, {"main": 4}) == {}
    promoted = live(main=(4, 0.0), canary=(4, 1.0))
    assert shrunk(promoted, {"main": 4}) == {}
    assert shrunk(promoted, {"main": 3}) == {"main": (4, 3), "all variants together": (4, 3)}


@given(
    percent=st.floats(0, 100),
    declared=st.dictionaries(st.sampled_from("abc"), st.floats(0, 10), min_size=1).map(lambda d: {"canary": 0.0, **d}),
)
def test_weights_are_shares_that_keep_the_others_in_proportion(percent, declared):
    found = weights_for(percent, "canary", declared)
    assert sum(found.values()) == pytest.approx(1.0)
    assert found["canary"] == pytest.approx(percent / 100)
    assert set(found) == set(declared)
    assert all(weight >= 0 for weight in found.values())


@pytest.mark.parametrize("declared", [{}, {"canary": 1.0}, {"main": 1.0}])
def test_a_trial_needs_somebody_to_share_with(declared):
    with pytest.raises(ValueError, match="one of several variants"):
        weights_for(10, "canary", declared)


def test_steps_are_equal_and_end_exactly():
    assert steps_to(20.0, 0.0, 4) == [5.0, 10.0, 15.0, 20.0]
    assert steps_to(0.0, 30.0, 3) == [20.0, 10.0, 0.0]
    assert steps_to(7.0, 3.0, 1) == [7.0]


@pytest.mark.parametrize(
    ("percent", "needs"),
    [(20, {}), (25, {}), (34, {"canary": 2}), (100, {"canary": 4})],
)
def test_a_share_without_instances_for_it_is_an_overload(percent, needs):
    fleet = live(main=(4, 1.0), canary=(1, 0.0))
    assert overload(fleet, weights_for(percent, "canary", {"main": 1.0, "canary": 0.0})) == needs


def test_the_way_back_is_an_overload_where_the_others_went():
    fleet = live(main=(1, 0.0), canary=(4, 1.0))
    assert overload(fleet, weights_for(0, "canary", {"main": 1.0, "canary": 0.0})) == {"main": 4}
