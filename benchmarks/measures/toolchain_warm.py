"""What it costs to ask for every external program when all of them are there: part of each `sandbox up`."""

import os
import time

from benchmarks.record import Benchmark, Figure, Rounds
from benchmarks.worlds import run
from sandbox.host.layout import CHECKOUT
from sandbox.toolchain import ensure


def _run(rounds: int) -> Rounds:
    pulumi = ensure(progress=True)["pulumi"]
    for _ in range(rounds):
        begin = time.perf_counter()
        ensure(progress=False)
        ours = (time.perf_counter() - begin) * 1000
        one = run([str(pulumi), "version"], cwd=CHECKOUT, env=os.environ).seconds * 1000
        yield {"ensure": ours, "version": one, "ratio": ours / one}


BENCHMARK = Benchmark(
    name="toolchain_warm",
    what="`sandbox.toolchain.ensure()` of every program, all of them built before.",
    baseline="asking one program once for its version",
    figures=(
        Figure(key="ensure", what="`ensure()` of all programs", unit="ms"),
        Figure(key="version", what="baseline: `pulumi version`", unit="ms"),
        Figure(key="ratio", what="`ensure()` / baseline", unit="x"),
    ),
    rounds=15,
    run=_run,
)
