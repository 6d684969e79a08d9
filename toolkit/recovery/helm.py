"""Settle Helm releases that a killed engine left in the middle of an operation.

Helm writes `pending-install`, `pending-upgrade` or `pending-rollback` before it begins, and refuses every later update
of such a release ("another operation (install/upgrade/rollback) is in progress"), for ever. A release that never was
deployed is uninstalled, any other goes back to the revision that was deployed last; the next update begins from there.
Releases in any other state are left alone.

The state is that of `helm history`, newest revision: it tells everything in one call, and Helm 3 and 4 word it alike.
"""

import datetime as dt
import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from toolkit.recovery.releases import Release

__all__ = ["Action", "Case", "Helm", "HelmError", "HelmMissingError", "Verdict", "decide", "inspect", "settle"]

READ_SECONDS = 60
"""For reading one release, the exec credentials of the kubeconfig included."""
CHANGE_MINUTES = 5
"""For uninstalling or rolling back one release; Helm's own default."""

_PENDING = frozenset({"pending-install", "pending-upgrade", "pending-rollback"})


class HelmError(RuntimeError):
    """Helm failed; the text holds what it said."""


class HelmMissingError(HelmError):
    """There is no `helm` on PATH."""


class Action(StrEnum):
    """What happens with one release."""

    NOTHING = "nothing"
    UNINSTALL = "uninstall"
    ROLL_BACK = "rollback"
    BY_HAND = "by hand"
    """Its state could not be read, or the action failed: a person must look."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state of one release and what to do about it."""

    status: str
    """Helm's word for the newest revision; `absent` without any, `unknown` if it could not be read."""
    action: Action
    revision: int = 0
    """The revision to roll back to; 0 for every other action."""
    age_seconds: float | None = None
    """Since the newest revision was begun; None where Helm does not tell."""
    said: str = ""
    """Why a person must look."""


def decide(history: Sequence[Mapping[str, Any]], now: dt.datetime) -> Verdict:
    """What to do about a release.

    How old a pending revision is decides nothing: the update's lock is gone, so no engine owns it.

    Args:
        history: Rows of `helm history --output json`, in any order.
        now: With a time zone.
    """
    if not history:
        return Verdict("absent", Action.NOTHING)
    newest = max(history, key=_revision)
    status, age = str(newest.get("status", "unknown")), _age(newest, now)
    if status not in _PENDING:
        return Verdict(status, Action.NOTHING, age_seconds=age)
    # A failed rollback marks what it left as superseded too, so the word `deployed` comes first where it is there.
    for word in ("deployed", "superseded"):
        revisions = [_revision(row) for row in history if row.get("status") == word]
        if revisions:
            return Verdict(status, Action.ROLL_BACK, max(revisions), age)
    return Verdict(status, Action.UNINSTALL, age_seconds=age)


@dataclass(frozen=True, slots=True)
class Case:
    """One release with its verdict and the way to it."""

    release: Release
    verdict: Verdict
    kubeconfig: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Helm:
    """The `helm` found on PATH, for one cluster; every run has a private kubeconfig file that is gone afterwards."""

    kubeconfig: str = field(repr=False)
    """Text of the kubeconfig."""

    def history(self, release: Release) -> list[dict[str, Any]]:
        """The revisions; empty if there is no such release.

        Raises:
            HelmMissingError: There is no `helm`.
            HelmError: It failed, or said something else than rows.
        """
        done = self._run(["history", release.name, "--output", "json", *_where(release)], READ_SECONDS)
        if done.returncode and "release: not found" in done.stderr:
            return []
        _check(done)
        try:
            rows = json.loads(done.stdout)
            return [dict(row) | {"revision": int(row["revision"])} for row in rows]
        except (ValueError, TypeError, KeyError) as error:
            raise HelmError(f"helm history printed no list of revisions: {done.stdout[:200]!r}") from error

    def carry_out(self, release: Release, verdict: Verdict) -> None:
        """Uninstall or roll back, as the verdict says.

        Raises:
            HelmMissingError: There is no `helm`.
            HelmError: It failed.
        """
        limit = f"{CHANGE_MINUTES}m"
        if verdict.action is Action.UNINSTALL:
            # Waits: an install that begins while objects of the same names are still going away would fail.
            words = ["uninstall", release.name, "--wait", "--timeout", limit, *_where(release)]
        else:
            words = ["rollback", release.name, str(verdict.revision), "--timeout", limit, *_where(release)]
        _check(self._run(words, CHANGE_MINUTES * 60 + READ_SECONDS))

    def _run(self, words: Sequence[str], seconds: int) -> subprocess.CompletedProcess[str]:
        with _private_file(self.kubeconfig) as path:
            command = ["helm", *words, "--kubeconfig", str(path)]
            try:
                return subprocess.run(
                    command, capture_output=True, text=True, check=False, timeout=seconds, env=_environment()
                )
            except FileNotFoundError as error:
                raise HelmMissingError("helm is not on PATH") from error
            except (OSError, subprocess.TimeoutExpired) as error:
                raise HelmError(f"helm {words[0]} did not run: {error}") from error


def inspect(releases: Sequence[Release], kubeconfig_output: Callable[[], str]) -> tuple[Case, ...]:
    """Read the state of each release; those whose cluster is not there yet are left out.

    Args:
        releases: The stack's releases.
        kubeconfig_output: Gives the stack's `kubeconfig` output, empty if it has none; asked only for releases whose
            provider's kubeconfig the state does not show.
    """
    cases = []
    for release in releases:
        kubeconfig = release.kubeconfig or kubeconfig_output()
        if not kubeconfig:
            continue
        try:
            verdict = decide(Helm(kubeconfig).history(release), dt.datetime.now(dt.UTC))
        except HelmMissingError as error:
            # Helm only matters to what an unfinished operation was changing; nobody else needs to install it.
            verdict = Verdict("unknown", Action.BY_HAND if release.unfinished else Action.NOTHING, said=str(error))
        except HelmError as error:
            verdict = Verdict("unknown", Action.BY_HAND, said=str(error))
        cases.append(Case(release, verdict, kubeconfig))
    return tuple(cases)


def settle(cases: Sequence[Case], show: Callable[[str], None]) -> bool:
    """Carry out the verdicts.

    Args:
        cases: What `inspect` found.
        show: Takes lines of progress.

    Returns:
        Whether nothing is left for a person.
    """
    whole = True
    for case in cases:
        release, verdict = case.release, case.verdict
        if verdict.action is Action.BY_HAND:
            whole = False
        elif verdict.action is not Action.NOTHING:
            try:
                Helm(case.kubeconfig).carry_out(release, verdict)
            except HelmError as error:
                show(f"helm release {release.id}: {verdict.action} failed: {error}")
                whole = False
            else:
                show(f"helm release {release.id}: {verdict.action} done")
    return whole


def _revision(row: Mapping[str, Any]) -> int:
    return int(row["revision"])


def _age(row: Mapping[str, Any], now: dt.datetime) -> float | None:
    try:
        begun = dt.datetime.fromisoformat(str(row.get("updated")))
        return max(0.0, (now - begun).total_seconds())
    except (ValueError, TypeError):
        return None


def _where(release: Release) -> list[str]:
    return ["--namespace", release.namespace]


def _environment() -> dict[str, str]:
    """The environment without what would send helm to another cluster, namespace or storage than the provider's."""
    foreign = ("HELM_KUBE", "HELM_NAMESPACE", "HELM_DRIVER", "KUBECONFIG")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)}


def _check(done: subprocess.CompletedProcess[str]) -> None:
    if done.returncode:
        text = (done.stderr or done.stdout).strip().removeprefix("Error: ")
        raise HelmError(text or f"helm ended with {done.returncode} and said nothing")


@contextmanager
def _private_file(text: str) -> Iterator[Path]:
    """A file with `text` that only this user can read, for as long as it lasts."""
    descriptor, name = tempfile.mkstemp(prefix="cartesia-recover-")  # made with mode 0600
    path = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        yield path
    finally:
        path.unlink(missing_ok=True)
