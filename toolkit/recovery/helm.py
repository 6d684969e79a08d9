"""Settle Helm releases that a killed engine left in the middle of an operation.

Helm writes `pending-install`, `pending-upgrade` or `pending-rollback` before it begins, and refuses every later update
of such a release ("another operation (install/upgrade/rollback) is in progress"), for ever. A release that never was
deployed is uninstalled, any other goes back to the revision that was deployed last; the next update begins from there.
Releases in any other state are left alone.

The state is that of `helm history`, newest revision: it tells everything in one call, and Helm 3 and 4 word it alike.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from clients.helm import Helm, HelmError, HelmMissingError, Revision
from toolkit.recovery.releases import Release

__all__ = ["Action", "Case", "Verdict", "decide", "inspect", "settle"]

_PENDING = frozenset({"pending-install", "pending-upgrade", "pending-rollback"})


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


def decide(history: Sequence[Revision], now: dt.datetime) -> Verdict:
    """What to do about a release.

    How old a pending revision is decides nothing: the update's lock is gone, so no engine owns it.

    Args:
        history: The revisions, in any order.
        now: With a time zone.
    """
    if not history:
        return Verdict("absent", Action.NOTHING)
    newest = max(history, key=lambda each: each.number)
    status, age = newest.status, _age(newest, now)
    if status not in _PENDING:
        return Verdict(status, Action.NOTHING, age_seconds=age)
    # A failed rollback marks what it left as superseded too, so the word `deployed` comes first where it is there.
    for word in ("deployed", "superseded"):
        revisions = [each.number for each in history if each.status == word]
        if revisions:
            return Verdict(status, Action.ROLL_BACK, max(revisions), age)
    return Verdict(status, Action.UNINSTALL, age_seconds=age)


@dataclass(frozen=True, slots=True)
class Case:
    """One release with its verdict and the way to it."""

    release: Release
    verdict: Verdict
    kubeconfig: str = field(repr=False)


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
            verdict = decide(Helm(kubeconfig).history(release.name, release.namespace), dt.datetime.now(dt.UTC))
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
                _carry_out(Helm(case.kubeconfig), release, verdict)
            except HelmError as error:
                show(f"helm release {release.id}: {verdict.action} failed: {error}")
                whole = False
            else:
                show(f"helm release {release.id}: {verdict.action} done")
    return whole


def _carry_out(helm: Helm, release: Release, verdict: Verdict) -> None:
    if verdict.action is Action.UNINSTALL:
        helm.uninstall(release.name, release.namespace)
    else:
        helm.roll_back(release.name, release.namespace, verdict.revision)


def _age(revision: Revision, now: dt.datetime) -> float | None:
    return None if revision.updated is None else max(0.0, (now - revision.updated).total_seconds())
