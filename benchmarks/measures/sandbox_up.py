"""How long it takes until the sandbox is up, held against the one part of it that is not ours to make faster."""

import contextlib
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from benchmarks.record import Benchmark, BenchmarkError, Figure, Rounds
from benchmarks.worlds import world
from sandbox.host import processes
from sandbox.host.ports import free_ports
from sandbox.planes import kwok
from sandbox.planes.kwok import KwokFolder
from sandbox.toolchain import ensure


def _run(rounds: int) -> Rounds:
    tools = ensure(kwok.TOOLS, progress=False)
    with world() as sandbox:
        for _ in range(rounds):
            up = sandbox.infra("sandbox", "up").seconds
            sandbox.down()
            alone = _control_plane_seconds(tools)
            yield {"up": up, "control_plane": alone, "ratio": up / alone}


def _control_plane_seconds(tools: Mapping[str, Path]) -> float:
    """Time of `kwokctl create cluster --wait` with the sandbox's own configuration; the cluster is removed again."""
    with tempfile.TemporaryDirectory(prefix="cartesia-benchmark-") as name:
        folder = KwokFolder(Path(name))
        ports = dict(zip(kwok.PORTS, free_ports(len(kwok.PORTS)), strict=True))
        folder.configuration.write_text(kwok.configuration(tools, ports))
        made = kwok.creator(folder, tools["kwokctl"])
        command = replace(made, argv=(*made.argv, "--wait", "60s"))  # left out, it ends when the parts are started
        with _ended(folder):
            begin = time.perf_counter()
            process = processes.start(command, {"PATH": "/usr/bin:/bin", "HOME": name, "KWOK_WORKDIR": name})
            while process.alive:
                time.sleep(0.005)
            seconds = time.perf_counter() - begin
            if not folder.client_cert.exists() or len(_parts(folder)) < len(kwok.PARTS):
                raise BenchmarkError(f"kwokctl made no control plane: {command.log.read_text()[-2000:]}")
    return seconds


@contextlib.contextmanager
def _ended(folder: KwokFolder) -> Iterator[None]:
    try:
        yield
    finally:
        processes.kill(_parts(folder))


def _parts(folder: KwokFolder) -> list[processes.Process]:
    return processes.find(each.argv for each in kwok.part_commands(folder).values())


BENCHMARK = Benchmark(
    name="sandbox_up",
    what="`sandbox up` alone, all programs built: control plane and fake Cloud Storage with the archive.",
    baseline="`kwokctl create cluster --wait` alone with the same configuration",
    figures=(
        Figure(key="up", what="`sandbox up`", unit="s", target=6.0),
        Figure(key="control_plane", what="baseline: `kwokctl create cluster --wait`", unit="s"),
        Figure(key="ratio", what="`sandbox up` / baseline", unit="x"),
    ),
    rounds=5,
    run=_run,
)
