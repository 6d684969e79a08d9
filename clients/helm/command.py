"""Runs the `helm` found on PATH against the cluster of a kubeconfig's text.

Owns its environment, its private files, and ending it in time; leaves alone what a release is made of.
"""

import datetime as dt
import json
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from clients.helm.files import Folder, private_folder, sweep

READ_SECONDS: Final = 60
"""For reading one release, the exec credentials of the kubeconfig included."""
CHANGE_MINUTES: Final = 5
"""For uninstalling or rolling back one release; Helm's own default."""

_TICK_SECONDS: Final = 0.2
_GRACE_SECONDS: Final = 5.0
_FOREIGN: Final = ("KUBECONFIG", "HELM_KUBE", "HELM_NAMESPACE", "HELM_DRIVER", "HELM_DEBUG")
"""Variables that would send helm to another cluster, namespace or storage than the one asked for."""


class HelmError(RuntimeError):
    """Helm failed; the text holds what it said."""


class HelmMissingError(HelmError):
    """There is no `helm` on PATH."""


@dataclass(frozen=True, slots=True)
class Done:
    """How a run ended; the output may hold secrets and stays out of `repr`."""

    code: int
    stdout: str = field(repr=False)
    stderr: str = field(repr=False)
    cancelled: bool = False

    @property
    def error(self) -> str:
        """Helm's own words about a failure, without its warnings about file modes and the like."""
        lines = [line for line in self.stderr.splitlines() if line and not line.startswith(("WARNING:", "level="))]
        text = "\n".join(lines).removeprefix("Error: ")
        return text or self.stdout.strip() or f"helm ended with {self.code} and said nothing"


@dataclass(frozen=True, slots=True)
class Revision:
    """One row of a release's history."""

    number: int
    status: str
    """Helm's word, e.g. `deployed` or `pending-upgrade`."""
    updated: dt.datetime | None = None
    """When it was begun; None where Helm does not tell, or without a time zone."""


class Run:
    """Runs that share private files."""

    def __init__(self, binary: str, folder: Folder, environment: dict[str, str], cancelled: threading.Event) -> None:
        self.folder, self.environment = folder, environment
        self._binary, self._cancelled = binary, cancelled
        self._kubeconfig = folder.path / "kubeconfig"
        self._count = 0

    def __call__(
        self, words: Sequence[str], *, seconds: float | None = None, tick: Callable[[], None] | None = None
    ) -> Done:
        """Run to the end.

        Args:
            words: The arguments; the kubeconfig is added.
            seconds: How long it may take; None leaves that to helm.
            tick: Called five times a second meanwhile.

        Raises:
            HelmError: It cannot be started, or took too long.
        """
        self._count += 1
        out, err = (self.folder.write(f"{name}{self._count}", "") for name in ("out", "err"))
        with out.open("wb") as stdout, err.open("wb") as stderr:
            try:
                # A session of its own: Ctrl-C reaches the caller, and the caller decides when helm has to end.
                process = subprocess.Popen(
                    [self._binary, *words, "--kubeconfig", str(self._kubeconfig)],
                    env=self.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=stdout,
                    stderr=stderr,
                    start_new_session=True,
                )
            except OSError as error:
                raise HelmError(f"helm did not start: {error.strerror}") from None
            cancelled = self._watch(process, words[0], seconds, tick)
        return Done(process.returncode, _text(out), _text(err), cancelled)

    def _watch(
        self, process: subprocess.Popen[bytes], verb: str, seconds: float | None, tick: Callable[[], None] | None
    ) -> bool:
        begin = time.monotonic()
        try:
            while True:
                try:
                    process.wait(_TICK_SECONDS)
                except subprocess.TimeoutExpired:
                    if self._cancelled.is_set():
                        return True
                    if seconds is not None and time.monotonic() - begin > seconds:
                        raise HelmError(f"helm {verb} did not end within {seconds:g} s") from None
                    if tick is not None:
                        tick()
                else:
                    return False
        finally:
            if process.returncode is None:
                _end(process)


class Helm:
    """The `helm` command for one cluster; several runs at once are fine."""

    def __init__(
        self, kubeconfig: str, *, variables: Mapping[str, str] | None = None, cancelled: threading.Event | None = None
    ) -> None:
        """Run nothing yet.

        Args:
            kubeconfig: Its text.
            variables: Variables of helm's to set.
            cancelled: Ends whatever runs when it is set.
        """
        self._kubeconfig, self._variables = kubeconfig, dict(variables or {})
        self._cancelled = cancelled or threading.Event()
        self._swept = False

    @contextmanager
    def session(self) -> Iterator[Run]:
        """Runs with a private folder for the kubeconfig and other files, gone afterwards.

        Raises:
            HelmMissingError: There is no helm.
        """
        binary = shutil.which("helm")
        if binary is None:
            raise HelmMissingError("helm is not on PATH")
        if not self._swept:
            sweep()
            self._swept = True
        environment = {key: value for key, value in os.environ.items() if not key.startswith(_FOREIGN)}
        with private_folder() as folder:
            folder.write("kubeconfig", self._kubeconfig)
            yield Run(binary, folder, environment | self._variables, self._cancelled)

    def history(self, name: str, namespace: str) -> tuple[Revision, ...]:
        """The revisions, in Helm's order; empty if there is no such release.

        Raises:
            HelmError: It failed, or said something else than rows.
        """
        with self.session() as run:
            done = run(["history", name, "--output", "json", "--namespace", namespace], seconds=READ_SECONDS)
        if done.code and "release: not found" in done.stderr:
            return ()
        _check(done)
        try:
            return tuple(
                Revision(int(row["revision"]), str(row.get("status", "unknown")), _moment(row.get("updated")))
                for row in json.loads(done.stdout)
            )
        except (ValueError, TypeError, KeyError) as error:
            raise HelmError(f"helm history printed no list of revisions: {done.stdout[:200]!r}") from error

    def uninstall(self, name: str, namespace: str) -> None:
        """Uninstall, and wait: an install that begins while objects of the same names go away would fail.

        Raises:
            HelmError: It failed.
        """
        self._change(["uninstall", name, "--wait", "--timeout", f"{CHANGE_MINUTES}m", "--namespace", namespace])

    def roll_back(self, name: str, namespace: str, revision: int) -> None:
        """Go back to a revision.

        Raises:
            HelmError: It failed.
        """
        words = ["rollback", name, str(revision), "--timeout", f"{CHANGE_MINUTES}m", "--namespace", namespace]
        self._change(words)

    def _change(self, words: Sequence[str]) -> None:
        with self.session() as run:
            _check(run(words, seconds=CHANGE_MINUTES * 60 + READ_SECONDS))


def _check(done: Done) -> None:
    if done.code:
        raise HelmError(done.error)


def _moment(text: Any) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _end(process: subprocess.Popen[bytes]) -> None:
    """Helm marks the release as failed on SIGTERM, so it gets a moment before it is killed."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _text(path: Path) -> str:
    return path.read_text(errors="replace")
