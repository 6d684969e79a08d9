"""The loss formula against an independent evaluation: the textbook sum in exact or 60-digit arithmetic."""

from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.capacity.erlang import erlang_b, max_load_for_budget, min_servers_for_budget


def exact(servers, load):
    """(a^n / n!) / sum of a^k / k!, in rationals."""
    load = Fraction(load)
    term, total = Fraction(1), Fraction(1)
    for k in range(1, servers + 1):
        term = term * load / k
        total += term
    return term / total


def sixty_digits(servers, load):
    with localcontext() as context:
        context.prec = 60
        load = Decimal(load)
        term, total = Decimal(1), Decimal(1)
        for k in range(1, servers + 1):
            term = term * load / k
            total += term
        return float(term / total)


@pytest.mark.parametrize("servers", [0, 1, 2, 3, 4, 8, 10, 16, 40, 64])
@pytest.mark.parametrize("ratio", [0.01, 0.1, 0.25, 0.5, 0.6, 0.8, 1.0, 1.5, 4.0])
def test_equals_the_textbook_sum_in_rationals(servers, ratio):
    load = ratio * max(servers, 1)
    assert erlang_b(servers, load) == pytest.approx(float(exact(servers, load)), rel=1e-12, abs=0)


@pytest.mark.parametrize("servers", [100, 777, 1000, 5000, 10_000])
@pytest.mark.parametrize("ratio", [0.5, 0.9, 0.99, 1.0, 1.01, 2.0])
def test_equals_the_textbook_sum_at_many_servers(servers, ratio):
    load = ratio * servers
    assert erlang_b(servers, load) == pytest.approx(sixty_digits(servers, load), rel=1e-9, abs=1e-300)


def test_bounds():
    assert erlang_b(0, 5.0) == 1.0
    assert erlang_b(0, 0.0) == 1.0
    assert erlang_b(3, 0.0) == 0.0
    assert erlang_b(10_000, 1.0) == 0.0  # far below the smallest float
    assert erlang_b(3, 5e-324) == 0.0
    assert erlang_b(3, 1e300) == pytest.approx(1.0)


@given(servers=st.integers(1, 300), load=st.floats(1e-3, 1e3))
def test_is_a_probability_that_falls_with_servers_and_rises_with_load(servers, load):
    refused = erlang_b(servers, load)
    assert 0.0 <= refused < 1.0
    assert erlang_b(servers + 1, load) <= refused
    assert erlang_b(servers, load * 1.01) >= refused


@given(servers=st.integers(1, 2000), budget=st.floats(1e-9, 0.5))
def test_max_load_spends_the_budget_and_no_more(servers, budget):
    load = max_load_for_budget(servers, budget)
    assert erlang_b(servers, load) <= budget
    assert erlang_b(servers, load * (1 + 1e-9)) > budget


@pytest.mark.parametrize("budget", [1e-100, 1e-12, 1e-3, 0.01, 0.5, 0.99])
def test_max_load_converges_at_ten_thousand_servers(budget):
    load = max_load_for_budget(10_000, budget)
    assert erlang_b(10_000, load) == pytest.approx(budget, rel=1e-9)


@given(load=st.floats(1e-3, 500), budget=st.floats(1e-6, 0.5))
def test_min_servers_is_the_first_that_fits(load, budget):
    servers = min_servers_for_budget(load, budget)
    assert erlang_b(servers, load) <= budget * (1 + 1e-12)
    assert servers == 0 or erlang_b(servers - 1, load) > budget * (1 - 1e-12)


def test_growing_budgets_allow_growing_loads():
    loads = [max_load_for_budget(16, budget) for budget in (1e-6, 1e-4, 0.001, 0.01, 0.1, 0.5)]
    assert all(low < high for low, high in pairwise(loads))
    assert max_load_for_budget(0, 0.01) == 0.0
    assert min_servers_for_budget(0.0, 0.01) == 0


@pytest.mark.parametrize(
    "call",
    [
        lambda: erlang_b(-1, 1.0),
        lambda: erlang_b(1, -1.0),
        lambda: erlang_b(1, float("nan")),
        lambda: erlang_b(1, float("inf")),
        lambda: max_load_for_budget(-1, 0.01),
        lambda: max_load_for_budget(1, 0.0),
        lambda: max_load_for_budget(1, 1.0),
        lambda: min_servers_for_budget(1.0, -0.1),
        lambda: min_servers_for_budget(float("inf"), 0.1),
    ],
)
def test_refuses_arguments_out_of_range(call):
    with pytest.raises(ValueError, match="; got "):
        call()
