"""What the command says of Helm releases: rows for programs, lines for people."""

from collections.abc import Iterable

from toolkit.recovery.helm import Action, Case
from toolkit.recovery.lock import duration

__all__ = ["release_lines", "release_rows"]


def release_rows(cases: Iterable[Case]) -> list[dict[str, str]]:
    """One row a release, whatever its state."""
    return [
        {
            "name": case.release.name,
            "namespace": case.release.namespace,
            "status": case.verdict.status,
            "action": case.verdict.action.value,
        }
        for case in cases
    ]


def release_lines(cases: Iterable[Case]) -> list[str]:
    """One line for each release that something is done about, or must be by a person."""
    return [
        f"  helm release {case.release.id}: {_line(case)}"
        for case in cases
        if case.verdict.action is not Action.NOTHING
    ]


def _line(case: Case) -> str:
    verdict = case.verdict
    if verdict.action is Action.BY_HAND:
        where = f"{case.release.name} --namespace {case.release.namespace}"
        return (
            f"its state must be read with helm; got: {verdict.said}; repair that and run this again, or look with "
            f"`helm history {where}`: if pending, run `helm rollback {where}` where a revision was deployed before, "
            f"`helm uninstall {where} --wait` where none was"
        )
    age = "" if verdict.age_seconds is None else f" for {duration(verdict.age_seconds)}"
    if verdict.action is Action.ROLL_BACK:
        return f"{verdict.status}{age}; roll back to revision {verdict.revision}, the last one deployed"
    return f"{verdict.status}{age}; uninstall, it never was deployed"
