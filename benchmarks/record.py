"""What a benchmark is and what it gives: plain data, and the statistics over its rounds."""

import contextlib
import statistics
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass

Say = Callable[[str], None]
"""Takes one line of progress."""

Rounds = Generator[Mapping[str, float], None, None]
"""One mapping a round, from the key of each figure to its value."""


class BenchmarkError(Exception):
    """What was to be measured did not happen; the text says what happened instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number of a benchmark."""

    key: str
    """Name within the benchmark, in lower case with underscores."""
    what: str
    """What was measured, as a row of a table says it."""
    unit: str
    """`s`, `ms`, `MB/s`, `requests/s`, or `x` for a ratio to the baseline."""
    target: float | None = None
    """Value to reach; None where there is none, as for baselines."""
    higher_is_better: bool = False
    optional: bool = False
    """Of a program that may be absent; rounds then lack the key, and the row is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """One benchmark: its words, its figures, and how it is run."""

    name: str
    """What the command line calls it; also the name of its module."""
    what: str
    """One sentence."""
    baseline: str
    """What it is held against, one phrase."""
    figures: tuple[Figure, ...]
    rounds: int
    """Rounds unless the command line says otherwise."""
    run: Callable[[int], Rounds]
    """Measures that many rounds; cleans up when it ends or is closed."""


@dataclass(frozen=True, slots=True)
class Summary:
    """The rounds of one figure."""

    median: float
    minimum: float
    maximum: float
    rounds: int

    @classmethod
    def of(cls, values: Sequence[float]) -> "Summary":
        """Of at least one value."""
        return cls(statistics.median(values), min(values), max(values), len(values))


@dataclass(frozen=True, slots=True)
class Row:
    """One measured figure."""

    benchmark: Benchmark
    figure: Figure
    summary: Summary

    @property
    def reached(self) -> bool | None:
        """Whether the median reaches the target; None without one."""
        target, median = self.figure.target, self.summary.median
        if target is None:
            return None
        return median >= target if self.figure.higher_is_better else median <= target


def measure(benchmark: Benchmark, rounds: int, say: Say) -> list[Row]:
    """Run a benchmark and summarise its rounds.

    Raises:
        BenchmarkError: Something did not do what was to be measured.
    """
    values: dict[str, list[float]] = {figure.key: [] for figure in benchmark.figures}
    say(f"{benchmark.name}: round 1 of {rounds}")
    with contextlib.closing(benchmark.run(rounds)) as taken:
        for number, each in enumerate(taken, start=2):
            for figure in benchmark.figures:
                if not figure.optional or figure.key in each:
                    values[figure.key].append(each[figure.key])
            if number <= rounds:
                say(f"{benchmark.name}: round {number} of {rounds}")
    there = (figure for figure in benchmark.figures if values[figure.key] or not figure.optional)
    return [Row(benchmark, figure, Summary.of(values[figure.key])) for figure in there]
