"""`make mutants`: plant small changes into the code of a room and ask whether its unit tests notice.

    python -m tests.mutants components --sample 40 --seed 1
    python -m tests.mutants core/voice/audio.py --json

Works on a copy, so the checkout is never touched. Only lines that a test runs are changed, and of the tests only those
that run the line are asked. Exit codes: 0 enough were caught, 1 too few, 2 wrong use.

Why not a library, judged by their documentation: mutmut changes functions only, while constants and tables are what our
tests miss, and neither mutmut nor cosmic-ray takes a seeded sample or asks only the tests that run a changed line.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.mutants.operators import Mutant, mutants
from tests.mutants.targets import files_that_test, modules_of

ROOT: Final = Path(__file__).resolve().parents[2]
_LONGEST_SHOWN: Final = 70


@dataclass(frozen=True, slots=True)
class Planted:
    """A change with its place and the tests to ask."""

    file: str
    mutant: Mutant
    tests: tuple[str, ...]
    seconds: float
    """How long these tests take without the change."""

    def as_json(self) -> dict[str, Any]:
        """For the report."""
        change = self.mutant
        return {
            "file": self.file,
            "line": change.line,
            "kind": change.kind,
            "before": change.before,
            "after": change.after,
            "tests": len(self.tests),
        }

    def as_text(self) -> str:
        """One line."""
        before, after = (_short(text) for text in (self.mutant.before, self.mutant.after))
        return f"{self.file}:{self.mutant.line}: {self.mutant.kind}: {before} -> {after}"


class Worker:
    """The process that runs tests in the copy."""

    def __init__(self, copy: Path) -> None:
        # By path, not by `-m`: the module must not bring the checkout's folders onto the path.
        command = [sys.executable, "-P", str(copy / "tests/mutants/worker.py")]
        environment = {**os.environ, "PYTHONPATH": str(copy)}
        self._process = subprocess.Popen(
            command, cwd=copy, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, question: dict[str, Any]) -> Any:
        """The worker's answer."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise RuntimeError("the worker has no pipes")
        stdin.write(json.dumps(question) + "\n")
        stdin.flush()
        return json.loads(stdout.readline())

    def close(self) -> None:
        """Let the worker end."""
        self._process.communicate()


@contextmanager
def copied() -> Iterator[Path]:
    """A copy of all files that git knows or would add, in a temporary folder."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copy = Path(folder).resolve()
        for name in filter(None, names):
            if (ROOT / name).is_file():
                (copy / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, copy / name)
        yield copy


def plant(
    modules: list[Path], lines: list[tuple[str, int, list[str]]], files: list[str], seconds: dict[str, float]
) -> list[Planted]:
    """Every change in a line that a test runs.

    Args:
        modules: Modules of the target.
        lines: File, line and the tests that run it; "" for a line that runs when the module is loaded.
        files: All test files, for lines that run when the module is loaded.
        seconds: Seconds a test takes.
    """
    runs = {(file, line): tests for file, line, tests in lines}
    found = []
    for module in map(str, modules):
        for mutant in mutants((ROOT / module).read_text(encoding="utf-8")):
            first, last = mutant.statement
            asked = {test for line in range(first, last + 1) for test in runs.get((module, line), ())}
            if "" in asked:
                found.append(Planted(module, mutant, tuple(files), sum(seconds.values())))
            elif asked:
                tests = tuple(test for test in seconds if test in asked)
                found.append(Planted(module, mutant, tests, sum(seconds[test] for test in tests)))
    return found


def read_options(arguments: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="make mutants",
        description="Plant small changes into unit-tested code and report which ones no unit test notices.",
        epilog="Example: make mutants ROOM=components SAMPLE=40, or: python -m tests.mutants core/voice --seed 2",
    )
    parser.add_argument("target", help="a room, a folder in it, or a module, e.g. components/eks/resolve.py")
    parser.add_argument("--sample", type=int, default=40, help="changes to try (default 40; 0 for all)")
    parser.add_argument("--seed", type=int, default=1, help="which sample (default 1); the same seed, the same changes")
    parser.add_argument("--aim", type=float, default=0.95, help="share to catch, else exit code 1 (default 0.95)")
    parser.add_argument("--dry-run", action="store_true", help="show the changes and run no test against them")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser.parse_args(arguments)


def run(options: argparse.Namespace) -> int:
    """Plant, ask, report."""
    modules = modules_of(ROOT, options.target)
    files = [str(each) for each in files_that_test(ROOT, options.target, modules)]
    if not files:
        raise ValueError(f"no unit test concerns {options.target}")
    with copied() as copy:
        worker = Worker(copy)
        try:
            _tell(f"{len(modules)} modules, {len(files)} test files: recording which test runs which line")
            found = worker.ask({"modules": [str(each) for each in modules], "tests": files})
            if not found or found["code"] != 0:
                raise ValueError(f"the tests of {options.target} fail without any change; run them first")
            every = plant(modules, found["lines"], files, found["seconds"])
            chosen = sample(every, options.sample, options.seed)
            verdicts = [] if options.dry_run else _ask_all(worker, chosen)
        finally:
            worker.close()
    return report(options, len(every), chosen, verdicts)


def sample(every: list[Planted], size: int, seed: int) -> list[Planted]:
    """`size` of them, or all for 0, always the same ones for a seed."""
    if not 0 < size < len(every):
        return every
    return random.Random(seed).sample(every, size)


def _ask_all(worker: Worker, chosen: list[Planted]) -> list[str]:
    verdicts = []
    for number, planted in enumerate(chosen, 1):
        text = planted.mutant.apply((ROOT / planted.file).read_text(encoding="utf-8"))
        question = {"file": planted.file, "text": text, "tests": planted.tests, "seconds": planted.seconds}
        verdicts.append(worker.ask(question))
        _tell(f"{number}/{len(chosen)} {verdicts[-1]}: {planted.as_text()}")
    return verdicts


def report(options: argparse.Namespace, possible: int, chosen: list[Planted], verdicts: list[str]) -> int:
    """Print the result; the exit code."""
    survivors = [planted for planted, verdict in zip(chosen, verdicts, strict=False) if verdict == "survived"]
    caught = len(verdicts) - len(survivors)
    if options.json:
        document = {
            "target": options.target,
            "seed": options.seed,
            "possible": possible,
            "chosen": [planted.as_json() for planted in chosen],
            "tried": len(verdicts),
            "caught": caught,
            "survivors": [planted.as_json() for planted in survivors],
        }
        print(json.dumps(document, indent=2))  # noqa: T201 - a command line
    elif options.dry_run:
        print("\n".join(planted.as_text() for planted in chosen))  # noqa: T201
        print(f"{len(chosen)} of {possible} possible changes; none was tried")  # noqa: T201
    else:
        print("\n".join(planted.as_text() for planted in survivors))  # noqa: T201
        print(f"{options.target}: {caught}/{len(verdicts)} caught, of {possible} possible changes")  # noqa: T201
    return 0 if caught >= options.aim * len(verdicts) else 1


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - progress


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_SHOWN else line[: _LONGEST_SHOWN - 1] + "…"


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    options = read_options(arguments)
    try:
        return run(options)
    except ValueError as error:
        _tell(f"mutants: {error}")
        return 2


if __name__ == "__main__":
    sys.exit(main())
