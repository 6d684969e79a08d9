"""The main job on a warm machine: the four commands of `make up`, a preview after it, and `make down`."""

from benchmarks.record import Benchmark, Figure, Rounds
from benchmarks.worlds import world

_STACK = ("--stack", "eks-dev")


def _run(rounds: int) -> Rounds:
    for _ in range(rounds):
        with world() as sandbox:
            parts = {
                "sandbox": sandbox.infra("sandbox", "up"),
                "fetch": sandbox.inside("cartesia-infra", "release", "fetch"),
                "pulumi": sandbox.inside("pulumi", "up", *_STACK, "--yes", "--skip-preview", "--suppress-outputs"),
                "status": sandbox.infra("sandbox", "status", *_STACK),
            }
            seconds = {name: done.seconds for name, done in parts.items()}
            again = sandbox.inside("pulumi", "preview", *_STACK, "--expect-no-changes").seconds
            whole = {"total": sum(seconds.values()), "again": again, "down": sandbox.down()}
        yield whole | seconds


BENCHMARK = Benchmark(
    name="make_up",
    what="The four commands of `make up` for `eks-dev` in a new world; then a preview that must find no changes, and "
    "`sandbox down`, which must leave nothing.",
    baseline="its own parts",
    figures=(
        Figure(key="total", what="`make up`: its four commands", unit="s", target=40.0),
        Figure(key="sandbox", what="part: `sandbox up`", unit="s"),
        Figure(key="fetch", what="part: `release fetch`", unit="s"),
        Figure(key="pulumi", what="part: `pulumi up`", unit="s"),
        Figure(key="status", what="part: `sandbox status --stack`", unit="s"),
        Figure(key="again", what="second `pulumi preview`", unit="s", target=5.0),
        Figure(key="down", what="`sandbox down`", unit="s", target=20.0),
    ),
    rounds=3,
    run=_run,
)
