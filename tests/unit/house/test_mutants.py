"""`make mutants`: each operator makes its change and no other, and a sample repeats."""

from pathlib import Path

import pytest

from tests.mutants.__main__ import ROOT, Planted, sample
from tests.mutants.operators import mutants
from tests.mutants.targets import files_that_test, modules_of


@pytest.mark.parametrize(
    ("source", "kind", "changed"),
    [
        ("a < b", "comparison", "(a <= b)"),
        ("a >= b", "comparison", "(a > b)"),
        ("a is None", "comparison", "(a is not None)"),
        ("a in b", "comparison", "(a not in b)"),
        ("a and b", "and/or", "(a or b)"),
        ("not a", "negation", "(a)"),
        ("a + b", "arithmetic", "(a - b)"),
        ("7", "constant", "(8)"),
        ("True", "constant", "(False)"),
        ("0.5", "constant", "(1.0)"),
        ("f(x, y=z)", "dropped keyword", "(f(x))"),
        ("problems.add(x)", "dropped call", "pass"),
        ("é = 'ü', a < b", "comparison", "é = 'ü', (a <= b)"),
    ],
)
def test_an_operator_makes_its_change_alone(source: str, kind: str, changed: str) -> None:
    assert changed in [each.apply(source) for each in mutants(source) if each.kind == kind]


@pytest.mark.parametrize("source", ["x: 'Literal[1]'", "@dataclass(frozen=True)\nclass A: pass", "'a' + b", "f'{1}'"])
def test_what_says_nothing_about_behaviour_is_left_alone(source: str) -> None:
    assert mutants(source) == []


def test_a_sample_repeats_with_its_seed() -> None:
    every = [Planted("a.py", each, (), 0.0) for each in mutants("1, 2, 3, 4, 5, 6, 7, 8")]
    assert sample(every, 3, 1) == sample(every, 3, 1) != sample(every, 3, 2)
    assert sample(every, 0, 1) == sample(every, 99, 1) == every


def test_a_module_is_asked_of_its_mirrored_folder() -> None:
    modules = modules_of(ROOT, "core/voice/audio.py")
    assert modules == [Path("core/voice/audio.py")]
    assert Path("tests/unit/core/voice/test_audio.py") in files_that_test(ROOT, "core/voice/audio.py", modules)
    for wrong in ("tests", "nowhere", "../x"):
        with pytest.raises(ValueError, match="name a room"):
            modules_of(ROOT, wrong)
