"""Figures as text, as JSON and as the table in `README.md`."""

import datetime
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from benchmarks.machine import Machine
from benchmarks.record import Benchmark, Row

BEGIN, END = "<!-- figures: begin (python -m benchmarks --write) -->", "<!-- figures: end -->"
"""What stands around the generated part of the README."""


def number(value: float) -> str:
    """A value with about three digits that mean something."""
    if value >= 100:
        return f"{value:,.0f}"
    if value >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if value >= 0.1 else f"{value:.2g}"


def target(row: Row) -> str:
    """The target with its direction, and whether the median reaches it; empty without one."""
    if row.figure.target is None:
        return ""
    sign = "≥" if row.figure.higher_is_better else "≤"
    return f"{sign} {row.figure.target:g}: {'reached' if row.reached else 'missed'}"


def by_benchmark(rows: Iterable[Row]) -> Iterator[tuple[Benchmark, list[Row]]]:
    """Neighbouring rows of one benchmark."""
    for _, group in itertools.groupby(rows, key=lambda row: row.benchmark.name):
        found = list(group)
        yield found[0].benchmark, found


def as_text(rows: Sequence[Row]) -> str:
    """A table for a terminal."""
    lines = []
    for benchmark, group in by_benchmark(rows):
        rounds = group[0].summary.rounds
        lines.append(f"{benchmark.name} ({rounds} round{'s' * (rounds != 1)}; baseline: {_plain(benchmark.baseline)})")
        lines += [
            f"  {_plain(row.figure.what):<48}{number(row.summary.median):>10}{number(row.summary.minimum):>10}"
            f"{number(row.summary.maximum):>10}  {row.figure.unit:<11} {target(row)}".rstrip()
            for row in group
        ]
    head = f"{'':<50}{'median':>10}{'min':>10}{'max':>10}  {'unit':<11} target"
    return "\n".join([head, *lines])


def as_data(rows: Sequence[Row], machine: Machine, day: datetime.date) -> dict[str, Any]:
    """What `--json` prints."""
    return {
        "date": day.isoformat(),
        "machine": {
            "cores": machine.cores,
            "memoryGib": machine.memory_gib,
            "system": machine.system,
            "python": machine.python,
            "load": machine.load,
        },
        "figures": [
            {
                "benchmark": row.benchmark.name,
                "figure": row.figure.key,
                "what": row.figure.what,
                "unit": row.figure.unit,
                "median": row.summary.median,
                "min": row.summary.minimum,
                "max": row.summary.maximum,
                "rounds": row.summary.rounds,
                "target": row.figure.target,
                "higherIsBetter": row.figure.higher_is_better,
                "reached": row.reached,
            }
            for row in rows
        ],
    }


def as_markdown(rows: Sequence[Row], machine: Machine, day: datetime.date) -> str:
    """The generated part of the README, without the marks around it."""
    lines = [
        f"Measured {day.isoformat()} on {machine}.",
        "",
        "| benchmark | figure | median | min | max | unit | target |",
        "|---|---|--:|--:|--:|---|---|",
    ]
    for benchmark, group in by_benchmark(rows):
        names = itertools.chain([f"`{benchmark.name}`, {group[0].summary.rounds} rounds"], itertools.repeat(""))
        lines += [
            f"| {name} | {row.figure.what} | {number(row.summary.median)} | {number(row.summary.minimum)} "
            f"| {number(row.summary.maximum)} | {row.figure.unit} | {target(row)} |"
            for name, row in zip(names, group, strict=False)
        ]
    return "\n".join(lines)


def put_between_marks(page: str, generated: str) -> str:
    """The page with its generated part replaced.

    Raises:
        ValueError: The page lacks the marks, or has them more than once or in the wrong order.
    """
    if page.count(BEGIN) != 1 or page.count(END) != 1 or page.index(BEGIN) > page.index(END):
        raise ValueError(f"the page must have `{BEGIN}` and then `{END}`, once each; put them where the table belongs")
    before, rest = page.split(BEGIN)
    return f"{before}{BEGIN}\n{generated}\n{END}{rest.split(END)[1]}"


def _plain(words: str) -> str:
    """Words without the marks of Markdown."""
    return words.replace("`", "")
