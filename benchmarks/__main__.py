"""`python -m benchmarks`: measure, and print each figure beside its baseline and target.

Exit codes: 0 measured (targets reached or not), 1 something could not be measured, 2 wrong use.
"""

import argparse
import datetime
import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.chart import chart
from benchmarks.machine import Machine
from benchmarks.measures import (
    bundle,
    component_overhead,
    decoder,
    make_up,
    policies,
    preview_report,
    routing_simulation,
    sandbox_up,
    toolchain_warm,
    voice_streams,
)
from benchmarks.record import Benchmark, BenchmarkError, Row, measure
from benchmarks.report import as_data, as_markdown, as_text, put_between_marks
from sandbox.toolchain import ToolError

MODULES = (
    sandbox_up,
    make_up,
    component_overhead,
    policies,
    toolchain_warm,
    bundle,
    decoder,
    routing_simulation,
    voice_streams,
    preview_report,
)
BENCHMARKS: dict[str, Benchmark] = {module.BENCHMARK.name: module.BENCHMARK for module in MODULES}
README = Path(__file__).with_name("README.md")
PICTURE = Path(__file__).with_name("figures.svg")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = _parser()
    options = parser.parse_args(argv)
    unknown = sorted(set(options.names) - set(BENCHMARKS))
    if unknown:
        parser.error(f"no such benchmark: {', '.join(unknown)}; known: {', '.join(BENCHMARKS)}")
    if options.repeat is not None and options.repeat < 1:
        parser.error(f"--repeat must be at least 1; got {options.repeat}")
    if options.write and options.names:
        parser.error("--write takes no names: the table is of one run on one machine")
    chosen = [BENCHMARKS[name] for name in dict.fromkeys(options.names)] or list(BENCHMARKS.values())
    if options.list:
        print(_listed(chosen, as_json=options.json))
        return 0
    _end_when_told()
    return _measure(chosen, options)


def _measure(chosen: Sequence[Benchmark], options: argparse.Namespace) -> int:
    machine, day = Machine.this(), datetime.datetime.now(tz=datetime.UTC).date()
    rows: list[Row] = []
    failed = False
    for benchmark in chosen:
        try:
            rows += measure(benchmark, options.repeat or benchmark.rounds, _say)
        except (BenchmarkError, ToolError) as error:
            failed = True
            print(f"{benchmark.name}: {error}", file=sys.stderr)
    if options.json:
        print(json.dumps(as_data(rows, machine, day), indent=2))
    else:
        print(f"{machine}\n\n{as_text(rows)}")
    if failed:
        return 1
    if options.write:
        README.write_text(put_between_marks(README.read_text(), as_markdown(rows, machine, day)))
        PICTURE.write_text(chart(rows))
    return 0


def _end_when_told() -> None:
    """Have SIGTERM end this by way of every `finally`, so that a benchmark takes its world down."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure, and print each figure beside its baseline. Nothing is asserted about speed.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"default all: {', '.join(BENCHMARKS)}")
    parser.add_argument("--repeat", type=int, metavar="N", help="rounds of each; default: see --list")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--list", action="store_true", help="say what there is and measure nothing")
    parser.add_argument("--write", action="store_true", help=f"put the figures into {README.name} and {PICTURE.name}")
    return parser


def _listed(chosen: Sequence[Benchmark], *, as_json: bool) -> str:
    if as_json:
        rows = [{"name": b.name, "what": b.what, "baseline": b.baseline, "rounds": b.rounds} for b in chosen]
        return json.dumps(rows, indent=2)
    return "\n".join(f"{b.name:<20} {b.rounds:>3} rounds  {b.what} Baseline: {b.baseline}." for b in chosen)


def _say(line: str) -> None:
    if sys.stderr.isatty():
        print(line, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
