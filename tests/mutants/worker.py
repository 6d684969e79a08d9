"""Runs in a copy of the checkout: one run of the tests that records who runs which line, then one fork a mutant.

A fork starts with every library loaded and no module of the project, so a run costs little more than its tests.
Reads a job from standard input and writes one JSON object a line to standard output.
"""

import contextlib
import importlib
import json
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any, Final

import pytest

_IMPORT: Final = ""
"""Stands for no test: what runs while modules are loaded."""
_SHORTEST_LIMIT: Final = 20.0
_ARGUMENTS: Final = (
    "-x",
    "-q",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:xdist",
    "-p",
    "no:unraisableexception",
    "--assert=plain",
    "-o",
    "timeout=0",
    "--hypothesis-seed=1",
)


class Recorder:
    """A pytest plugin: for each line of the watched files, the tests that run it."""

    def __init__(self, files: dict[str, str]) -> None:
        self.files = files
        self.test = _IMPORT
        self.lines: dict[tuple[str, int], set[str]] = {}
        self.seconds: dict[str, float] = {}

    def trace(self, frame: FrameType, event: str, _argument: object) -> Callable[..., Any] | None:
        """The function for `sys.settrace`."""
        name = self.files.get(frame.f_code.co_filename)
        if name is None:
            return None
        self.lines.setdefault((name, frame.f_lineno), set()).add(self.test)
        return self.trace

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Note which test runs, and how long."""
        self.test, began = item.nodeid, time.monotonic()
        yield
        self.seconds[item.nodeid] = time.monotonic() - began
        self.test = _IMPORT


def run_tests(tests: list[str], plugins: list[object]) -> int:
    """The exit code of pytest, whose words the fork throws away."""
    return int(pytest.main([*_ARGUMENTS, *tests], plugins=plugins))


def in_fork(work: Callable[[], Any], limit: float | None = None) -> Any:
    """What `work` gives in a child; None when it takes longer than `limit` seconds or dies."""
    source, sink = os.pipe()
    child = os.fork()
    if not child:
        os.close(source)
        os.setsid()
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        try:
            try:
                answer = json.dumps({"result": work()})
            except BaseException:  # noqa: BLE001 - the parent raises it again
                answer = json.dumps({"error": traceback.format_exc()})
            with os.fdopen(sink, "w") as out:
                out.write(answer)
        finally:
            os._exit(0)
    os.close(sink)
    timer = threading.Timer(limit, os.killpg, (child, signal.SIGKILL)) if limit else None
    if timer:
        timer.start()
    with os.fdopen(source, "rb") as answers:
        text = answers.read()
    os.waitpid(child, 0)
    if timer:
        timer.cancel()
    if not text:
        return None
    answer = json.loads(text)
    if "error" in answer:
        raise RuntimeError(answer["error"])
    return answer["result"]


def baseline(job: dict[str, Any]) -> dict[str, Any]:
    """Run all tests once and tell which runs which line."""
    recorder = Recorder({str(Path(name).resolve()): name for name in job["modules"]})
    threading.settrace(recorder.trace)
    sys.settrace(recorder.trace)
    code = run_tests(job["tests"], [recorder])
    sys.settrace(None)
    here = str(Path.cwd())
    loaded = [
        name
        for name, module in sys.modules.items()
        if (file := getattr(module, "__file__", None)) and not file.startswith(here) and name != "__main__"
    ]
    return {
        "code": code,
        "lines": [[name, line, sorted(tests)] for (name, line), tests in recorder.lines.items()],
        "seconds": recorder.seconds,
        "loaded": loaded,
    }


def try_mutant(root: Path, mutant: dict[str, Any], limit: float) -> str:
    """`caught`, `survived` or `timeout` (which a test runner would notice as well)."""
    path = root / mutant["file"]
    original = path.read_text(encoding="utf-8")

    def work() -> int:
        sys.dont_write_bytecode = True
        return run_tests(mutant["tests"], [])

    for stale in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
        stale.unlink()
    try:
        path.write_text(mutant["text"], encoding="utf-8")
        code = in_fork(work, limit)
    finally:
        path.write_text(original, encoding="utf-8")
    return "timeout" if code is None else "survived" if code == 0 else "caught"


def main() -> None:
    """Answer the baseline, then read mutants until the input ends."""
    job = json.loads(sys.stdin.readline())
    found = in_fork(lambda: baseline(job))
    print(json.dumps(found), flush=True)  # noqa: T201 - the protocol
    for name in (found or {}).get("loaded", []):
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    for text in sys.stdin:
        mutant = json.loads(text)
        limit = _SHORTEST_LIMIT + 10 * mutant["seconds"]
        print(json.dumps(try_mutant(Path.cwd(), mutant, limit)), flush=True)  # noqa: T201 - the protocol


if __name__ == "__main__":
    main()
