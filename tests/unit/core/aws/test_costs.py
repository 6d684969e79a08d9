"""What costs is counted by type, and sums leave nothing out without saying so."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from clients.engine import Engine
from core.aws.costs import Driver, Prices, cost_drivers, read_prices, total
from core.input.problems import Problems
from toolkit.main import cli, main


def row(kind: str, **inputs: Any) -> dict[str, Any]:
    return {"urn": f"urn:pulumi:s::p::{kind}::{len(inputs)}", "type": kind, "inputs": inputs}


GROUP = row(
    "aws:eks/nodeGroup:NodeGroup",
    instanceTypes=["g6e.2xlarge", "g6e.4xlarge"],
    scalingConfig={"desiredSize": 2.0, "maxSize": 5, "minSize": 0},
)
CLUSTER = row("aws:eks/cluster:Cluster")
FLEET = row(
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
    productionVariants=[
        {"variantName": "A", "instanceType": "ml.g6e.xlarge", "initialInstanceCount": 4},
        {"variantName": "B", "instanceType": "ml.g6e.xlarge", "initialInstanceCount": 2},
    ],
)
TARGET = row("aws:appautoscaling/target:Target", resourceId="endpoint/e/variant/A", minCapacity=1, maxCapacity=12)


def test_groups_fleets_and_single_things_are_counted() -> None:
    assert cost_drivers([GROUP, CLUSTER, FLEET, TARGET, CLUSTER, row("aws:ec2/vpc:Vpc")]) == (
        Driver(items=("eks-cluster",), always=2, most=2),
        Driver(items=("g6e.2xlarge", "g6e.4xlarge"), always=2, most=5),
        Driver(items=("ml.g6e.xlarge",), always=3, most=14),
    )
    assert cost_drivers([]) == ()


def test_what_is_not_known_yet_counts_as_none() -> None:
    unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
    group = row("aws:eks/nodeGroup:NodeGroup", scalingConfig={"desiredSize": unknown, "maxSize": 3})
    assert cost_drivers([group]) == (Driver(items=("nodes of the launch template",), always=0, most=3),)


def test_the_dearest_of_several_types_counts_and_what_has_no_price_is_named() -> None:
    prices = Prices(currency="USD", hours=100, hourly={"g6e.2xlarge": 1, "g6e.4xlarge": 2}, monthly={"kms-key": 1})
    found = total(cost_drivers([GROUP, CLUSTER, row("aws:kms/key:Key")]), prices)
    assert (found.always, found.most, found.missing) == (401, 1001, ("eks-cluster",))


@pytest.mark.parametrize(
    ("content", "path"),
    [
        ([], ""),
        (None, ""),
        ({"hourly": 3}, "hourly"),
        ({"hourly": {"a": "1"}}, "hourly.a"),
        ({"hourly": {"a": -1}}, "hourly.a"),
        ({"hourly": {"a": True}}, "hourly.a"),
        ({"monthly": {"a": float("nan")}}, "monthly.a"),
        ({"hours": 0}, "hours"),
        ({"hours": 745}, "hours"),
        ({"price": {}}, "price"),
        ({1: {}}, "1"),
    ],
)
def test_a_price_file_in_another_form_is_named(content: Any, path: str) -> None:
    problems = Problems()
    read_prices(content, problems)
    assert [each.path for each in problems] == [path]


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5),
        lambda inner: st.dictionaries(
            st.sampled_from(["hourly", "monthly", "hours", "currency", "a"]) | st.integers(), inner, max_size=4
        ),
    )
)
def test_no_content_breaks_it(content: Any) -> None:
    prices = read_prices(content, Problems())
    assert total([Driver(items=("a", "b"), always=1, most=2)], prices).most >= 0


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> None:
    old = {
        "deployment": {"resources": [CLUSTER, {**FLEET, "urn": "fleet"}, {"urn": "x", "type": "pulumi:pulumi:Stack"}]}
    }
    steps = [
        {"op": "create", "urn": "group", "newState": GROUP},
        {"op": "delete", "urn": "fleet", "oldState": FLEET},
        {"op": "same", "urn": "none"},
    ]
    monkeypatch.setattr(Engine, "export", lambda _self: old)
    monkeypatch.setattr(Engine, "changes", lambda _self: steps)


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["costs", "--stack", "eks-dev", *words], standalone_mode=False)


@pytest.mark.usefixtures("engine")
def test_the_next_update_is_what_is_counted(tmp_path: Path) -> None:
    plain = run()
    assert plain.return_value == 0
    assert "g6e.2xlarge or g6e.4xlarge  2       5" in plain.output
    assert "ml." not in plain.output
    file = tmp_path / "prices.yaml"
    file.write_text("currency: EUR\nhourly: {g6e.2xlarge: 1, g6e.4xlarge: 2}\n")
    some = run("--prices", str(file))
    assert some.return_value == 1
    assert "no price for eks-cluster" in some.output
    assert "a month: at least 2,920.00 to 7,300.00 EUR" in some.output
    file.write_text("currency: EUR\nhourly: {g6e.2xlarge: 1, g6e.4xlarge: 2, eks-cluster: 0.1}\n")
    data = json.loads(run("--prices", str(file), "--json").output)
    assert data["month"] == {"currency": "EUR", "always": 2993.0, "most": 7373.0, "missing": []}


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("text", ["[", "hourly: 3", "\xff", "a: &a [*a]"])
def test_a_broken_price_file_is_wrong_use(tmp_path: Path, text: str) -> None:
    file = tmp_path / "prices.yaml"
    file.write_text(text, encoding="latin-1")
    assert main(["costs", "--stack", "eks-dev", "--prices", str(file)]) == 2
