"""What the command says of unfinished creations and of Helm releases: rows for programs, lines for people."""

from collections.abc import Iterable, Mapping

from toolkit.recovery.helm import Action, Case
from toolkit.recovery.lock import duration
from toolkit.recovery.plan import Decision, Plan, Step

__all__ = ["creation_lines", "release_lines", "release_rows"]


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


_WORDS: Mapping[Decision, str] = {
    Decision.TAKE_OVER: "take over by id",
    Decision.FORGET: "not found in the cloud; the next update makes it",
    Decision.ASK: "several objects fit; choose one with --adopt URN=ID",
}
_UNSEEN = "cannot be looked for; find it in the cloud and say --adopt URN=ID, or --forget URN if it is not there"


def creation_lines(plan: Plan, *, dry_run: bool) -> str:
    """Unfinished creations and what happens with each, for people."""
    if not plan.steps:
        return "no unfinished creations" + (", nothing changed (dry run)" if dry_run else "; reading the state again")
    head = f"{len(plan.steps)} unfinished creation(s)" + (", nothing changed (dry run):" if dry_run else ":")
    rows = [f"  {step.pending.type}  {step.pending.name}: {_words(step)}{_ids(step.ids)}" for step in plan.steps]
    return "\n".join([head, *rows, *(f"  {step.pending.urn}" for step in plan.of(Decision.ASK))])


def _words(step: Step) -> str:
    return _UNSEEN if step.decision is Decision.ASK and not step.ids else _WORDS[step.decision]


def _ids(ids: tuple[str, ...]) -> str:
    return f" ({', '.join(ids)})" if ids else ""
