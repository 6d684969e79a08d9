"""From the reports of stacks to one report: the verdict with its reasons, and what stacks have alike told once."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from clients.engine import urn_name
from core.diff.edits import Mark
from toolkit.policy.findings import Finding
from toolkit.preview.digest import combined
from toolkit.preview.model import (
    Change,
    ChangeKind,
    Level,
    ObjectDiff,
    Reason,
    ReleaseDiff,
    Report,
    StackReport,
    Verdict,
)
from toolkit.preview.stakes import type_name

__all__ = ["report_of"]

_KINDS: Final = list(ChangeKind)
_RIGHTS: Final = frozenset(
    {
        "aws:iam/policy:Policy",
        "aws:iam/role:Role",
        "aws:iam/rolePolicy:RolePolicy",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "aws:eks/accessEntry:AccessEntry",
        "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
        "gcp:projects/iAMMember:IAMMember",
        "gcp:serviceaccount/iAMMember:IAMMember",
        "gcp:serviceaccount/iAMBinding:IAMBinding",
        "gcp:storage/bucketIAMMember:BucketIAMMember",
    }
)
"""Types that say who may do what; a change in place of one is a reviewer's business."""
_HOLDERS: Final = frozenset({"PersistentVolumeClaim", "PersistentVolume", "Secret", "StatefulSet", "Namespace"})
"""Kinds of Kubernetes objects that hold data, or bring a claim with them."""
_STACK_OF_URN: Final = re.compile(r"\Aurn:pulumi:[^:]*::")


def report_of(stacks: Iterable[StackReport]) -> Report:
    """The report of several stacks, by name."""
    ordered = tuple(sorted(stacks, key=lambda each: each.name))
    reasons = tuple(_merged(_reasons(ordered)))
    return Report(
        verdict=_verdict(reasons),
        reasons=reasons,
        stacks=ordered,
        changes=tuple(_folded_changes(ordered)),
        releases=tuple(_folded_releases(ordered)),
        digest=combined({stack.name: stack.digest for stack in ordered}),
    )


def _verdict(reasons: Sequence[Reason]) -> Verdict:
    if any(reason.level is Level.BLOCKS for reason in reasons):
        return Verdict.BLOCKED
    return Verdict.ATTENTION if reasons else Verdict.SAFE


def _reasons(stacks: Sequence[StackReport]) -> Iterator[Reason]:
    for stack in stacks:
        yield from _blocking(stack)
    for stack in stacks:
        yield from _attention(stack)


def _blocking(stack: StackReport) -> Iterator[Reason]:
    mandatory = [each for each in stack.findings if each.mandatory]
    if stack.result != "succeeded" and not (mandatory and not stack.errors and stack.result == "failed"):
        ended = "the preview ended too early" if stack.result == "incomplete" else "the preview failed"
        yield _because(Level.BLOCKS, ended, stack)
    yield _because(Level.BLOCKS, "policies refuse it", stack, [_told(each) for each in mandatory])
    for kind in (ChangeKind.DELETE, ChangeKind.REPLACE):
        names = [each.name for each in stack.changes if each.protected and each.kind is kind]
        yield _because(Level.BLOCKS, f"would {kind} what is protected", stack, names)


def _attention(stack: StackReport) -> Iterator[Reason]:
    at_stake: dict[str, list[str]] = defaultdict(list)
    for change in stack.changes:
        if change.stake:
            at_stake[f"would {change.kind} {_a(type_name(change.type))}: {change.stake}"].append(change.name)
    for text, names in at_stake.items():
        yield _because(Level.ATTENTION, text, stack, names)
    lost = [each.id for release in stack.releases for each in release.objects if _loses_data(each)]
    yield _because(Level.ATTENTION, "a release drops objects that hold data", stack, lost)
    others = sum(each.removes and not each.stake for each in stack.changes)
    if others:
        yield _because(Level.ATTENTION, f"{_count(others, 'other resource')} deleted or replaced", stack)
    for kind, text in _UNUSUAL.items():
        yield _because(Level.ATTENTION, text, stack, [each.name for each in stack.changes if each.kind is kind])
    touched = {change.urn for change in stack.changes} | {each.urn for each in stack.drift}
    advice = {each.rule for each in stack.findings if not each.mandatory and each.urn in touched}
    yield _because(Level.ATTENTION, "policies advise against it", stack, advice)
    rights = [change.name for change in stack.changes if change.type in _RIGHTS and not change.stake]
    if stack.counts.get("same", 0) > 1:  # a new stack is expected to make its rights
        rights += [name for made in stack.made if made.type in _RIGHTS for name in made.names]
    yield _because(Level.ATTENTION, "rights change", stack, rights)
    secrets = [each.name for each in stack.changes if not each.removes and _hides(each)]
    yield _because(Level.ATTENTION, "secrets change: who reads them at its start needs a restart", stack, secrets)
    yield from _growth(stack)
    if stack.drift:
        yield _because(Level.ATTENTION, f"{_count(len(stack.drift), 'resource')} not as the state has it", stack)
    if stack.unread:
        yield _because(Level.ATTENTION, "the engine said what is not known here", stack, stack.unread)


def _told(finding: Finding) -> str:
    return f"{finding.rule}: {urn_name(finding.urn) or 'the stack'}"


def _loses_data(diff: ObjectDiff) -> bool:
    """Whether an object of a release goes away with what it holds."""
    return diff.kind is ChangeKind.DELETE and diff.id.partition("/")[0] in _HOLDERS


def _hides(change: Change) -> bool:
    """Whether a value that is hidden before and after differs."""
    return any(edit.old is Mark.SECRET and edit.new is Mark.SECRET for edit in change.edits)


_UNUSUAL: Final = {
    ChangeKind.FORGET: "leaves the state and stays in the cloud",
    ChangeKind.OTHER: "has an operation that is not known here",
}


def _growth(stack: StackReport) -> Iterator[Reason]:
    """More GPUs cost more; a new stack is known to cost something."""
    before, after = (sum(pool.most_gpus[side] for pool in stack.capacity) for side in (0, 1))
    if after > before > 0:
        yield _because(Level.ATTENTION, f"there may be {after} GPUs instead of {before}", stack)


_NO_NAMES: Final = ("(none)",)


def _because(level: Level, text: str, stack: StackReport, names: Iterable[str] = _NO_NAMES) -> Reason:
    """A reason; one that is about named things and has none is left out later."""
    told = () if names is _NO_NAMES else tuple(sorted(set(names)))
    return Reason(level, text if told or names is _NO_NAMES else "", (stack.name,), told)


def _a(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiouAEIOU' else 'a'} {noun}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _merged(reasons: Iterable[Reason]) -> Iterator[Reason]:
    """What holds for several stacks, told once."""
    stacks: dict[tuple[Level, str, tuple[str, ...]], list[str]] = defaultdict(list)
    for reason in reasons:
        if reason.text:
            stacks[reason.level, reason.text, reason.names] += reason.stacks
    for (level, text, names), told in stacks.items():
        yield Reason(level, text, tuple(told), names)


def _folded_changes(stacks: Sequence[StackReport]) -> Iterator[Change]:
    """Changes of all stacks, the gravest first; alike ones are one change with several stacks."""
    groups: dict[object, list[Change]] = defaultdict(list)
    for stack in stacks:
        for change in stack.changes:
            groups[_alike(change)].append(change)
    folded = [replace(group[0], stacks=tuple(each.stacks[0] for each in group)) for group in groups.values()]
    yield from sorted(folded, key=lambda each: (_KINDS.index(each.kind), not each.stake, each.urn))


def _alike(change: Change) -> object:
    """What two changes share that say the same of two stacks."""
    urn = _STACK_OF_URN.sub("", change.urn)
    before = _STACK_OF_URN.sub("", change.before)
    return repr(replace(change, urn=urn, before=before, stacks=()))


def _folded_releases(stacks: Sequence[StackReport]) -> Iterator[ReleaseDiff]:
    groups: dict[str, list[ReleaseDiff]] = defaultdict(list)
    for stack in stacks:
        for release in stack.releases:
            groups[repr(replace(release, stacks=()))].append(release)
    for group in groups.values():
        yield replace(group[0], stacks=tuple(each.stacks[0] for each in group))
