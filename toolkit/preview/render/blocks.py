"""What a report says, cut into blocks of Markdown from the most to the least important one."""

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from clients.engine import urn_name
from toolkit.policy.findings import Finding
from toolkit.preview.model import Capacity, Change, ChangeKind, Drift, Made, ReleaseDiff, Report, StackReport
from toolkit.preview.render.escape import cell, code, fence
from toolkit.preview.render.lines import clip, diff_lines
from toolkit.preview.stakes import type_name

__all__ = ["ADVICE", "Block", "Section", "advice", "object_lines", "sections", "span", "stack_names", "told_releases"]

ADVICE: Final = "piece of advice"
MOST_LINES: Final = 40
"""Lines of one difference in a comment; the HTML page has them all."""
MOST_OBJECT_LINES: Final = 120
"""Lines of the objects of one release."""
LONGEST_ERROR: Final = 6000
"""Characters of one error."""
_REMOVED: Final = (ChangeKind.DELETE, ChangeKind.REPLACE, ChangeKind.FORGET, ChangeKind.OTHER)


@dataclass(frozen=True, slots=True)
class Block:
    """A piece that is shown whole or not at all."""

    text: str
    counts: int = 1
    """How many things it tells."""


@dataclass(frozen=True, slots=True)
class Section:
    """Blocks under a title; the blocks are made when they are asked for."""

    title: str
    noun: str
    """What its blocks tell, for the note on what was left out."""
    total: int
    blocks: Iterable[Block]
    folded: bool = False
    """Shown closed, for a reader to open."""


def sections(report: Report) -> Iterator[Section]:
    """All sections that have something to say, the most important first."""
    found = (
        _errors(report),
        _policies(report, mandatory=True),
        _changes(report, "Replaced and deleted", "replacement or deletion", _REMOVED, folded=False),
        _releases(report),
        _capacity(report),
        _drift(report),
        _policies(report, mandatory=False),
        _secrets(report),
        _changes(report, "Updated", "update", (ChangeKind.UPDATE, ChangeKind.IMPORT, ChangeKind.RENAME), folded=True),
        _outputs(report),
        _made(report),
        _unjudged(report),
        _warnings(report),
        _changes(report, "Read", "read", (ChangeKind.READ,), folded=True),
    )
    return (section for section in found if section.total)


def span(names: Sequence[str], most: int = 8) -> str:
    """Names as code spans; of many, the first."""
    shown = ", ".join(code(name) for name in names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def stack_names(names: Sequence[str]) -> str:
    """In which stacks."""
    return f"in {span(names)}" if names else ""


def _errors(report: Report) -> Section:
    rows = [(stack, text) for stack in report.stacks for text in stack.errors]
    blocks = (Block(f"In {code(stack.name)}:\n\n{_text(text)}") for stack, text in rows)
    return Section("Errors", "error", len(rows), blocks)


def _text(text: str) -> str:
    return fence(clip(text, LONGEST_ERROR).splitlines(), "text")


def _changes(report: Report, title: str, noun: str, kinds: Sequence[ChangeKind], *, folded: bool) -> Section:
    changes = [each for each in report.changes if each.kind in kinds]
    return Section(title, noun, len(changes), map(_change, changes), folded)


def _change(change: Change) -> Block:
    parts = [f"**{change.kind}** {code(change.name)}", code(type_name(change.type))]
    if change.component:
        parts.append(f"part of {code(change.component)}")
    lines = [" · ".join([*parts, stack_names(change.stacks)])]
    lines += ["", _sentence(change)] if _sentence(change) else []
    if change.edits:
        lines += ["", fence(_limited(diff_lines(change.edits), MOST_LINES))]
    return Block("\n".join(lines))


def _sentence(change: Change) -> str:
    """Why, in which order, and what goes with it."""
    said = []
    if change.forced_by:
        said.append(f"Forced by {span(change.forced_by)}{f'; {change.order}' if change.order else ''}.")
    if change.stake:
        said.append(f"At stake: {change.stake}.")
    if change.protected:
        said.append("It is protected: the update will be refused.")
    if change.kind is ChangeKind.FORGET:
        said.append("It leaves the state and stays in the cloud.")
    if change.kind is ChangeKind.OTHER:
        said.append(f"The operation {code(change.operation)} is not known here.")
    if change.kind is ChangeKind.RENAME:
        said.append(f"Was {code(change.before)}.")
    return " ".join(said)


def _limited(lines: Iterable[str], most: int) -> list[str]:
    """The first lines, and how many follow."""
    whole = list(lines)
    return whole if len(whole) <= most else [*whole[: most - 1], f"  ... {len(whole) - most + 1} more lines"]


def _releases(report: Report) -> Section:
    shown = told_releases(report)
    return Section("Helm releases", "Helm release", len(shown), map(_release, shown))


def told_releases(report: Report) -> list[ReleaseDiff]:
    """Releases in which something differs that is told with them."""
    return [each for each in report.releases if each.kind is not ChangeKind.UPDATE or each.values or each.objects]


def _release(release: ReleaseDiff) -> Block:
    what = f"**{release.kind}** {code(release.name)} in namespace {code(release.namespace)}"
    lines = [f"{what} · {stack_names(release.stacks)}"]
    if release.values:
        lines += ["", "Values:", "", fence(_limited(diff_lines(release.values), MOST_LINES))]
    if release.objects:
        lines += ["", f"Objects ({_kinds(release)}):", "", fence(_limited(object_lines(release), MOST_OBJECT_LINES))]
    if release.images.added or release.images.removed:
        images = [f"+ {each}" for each in release.images.added] + [f"- {each}" for each in release.images.removed]
        lines += ["", "Images:", "", fence(_limited(images, MOST_LINES))]
    if release.note:
        lines += ["", f"Note: {code(release.note)}"]
    return Block("\n".join(lines))


def _kinds(release: ReleaseDiff) -> str:
    counts = Counter(str(each.kind) for each in release.objects)
    return ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))


def object_lines(release: ReleaseDiff) -> Iterator[str]:
    """The objects of a release and how they differ, as lines of a diff."""
    signs = {ChangeKind.CREATE: "+", ChangeKind.DELETE: "-"}
    for each in release.objects:
        yield f"{signs.get(each.kind, ' ')} {each.id}"
        yield from (f"{line[:1]}   {line[2:]}" for line in diff_lines(each.edits))


def _policies(report: Report, *, mandatory: bool) -> Section:
    rows = [(each, stack.name) for stack in report.stacks for each in stack.findings if each.mandatory is mandatory]
    grouped: dict[tuple[str, str, str], list[tuple[Finding, str]]] = {}
    for finding, stack in rows:
        grouped.setdefault((finding.rule, finding.reason, finding.text), []).append((finding, stack))
    title = "Policies that refuse it" if mandatory else "Policies that advise against it"
    blocks = (_finding(group) for _, group in sorted(grouped.items()))
    return Section(title, "refusal" if mandatory else ADVICE, len(rows), blocks, folded=not mandatory)


def _finding(group: Sequence[tuple[Finding, str]]) -> Block:
    first = group[0][0]
    named = sorted({urn_name(finding.urn) or "the stack" for finding, _ in group})
    where = f"{span(named, len(named))} {stack_names(sorted({stack for _, stack in group}))}"
    lines = [
        f"**{first.level}** {code(first.rule)}: {where}" if first.level in _LEVELS else f"{code(first.rule)}: {where}"
    ]
    return Block("\n".join([*lines, "", _text(f"{first.text}\n{first.reason}")]), len(group))


_LEVELS: Final = ("mandatory", "advisory")


def advice(report: Report) -> str:
    """Every advisory finding by rule and resource, without words."""
    named: dict[str, set[str]] = {}
    for stack in report.stacks:
        for each in stack.findings:
            if not each.mandatory:
                named.setdefault(each.rule, set()).add(urn_name(each.urn) or "the stack")
    lines = [f"- {code(rule)}: {span(sorted(names), len(names))}" for rule, names in sorted(named.items())]
    return "\n".join(["Policies that advise against it, by resource:", "", *lines]) if lines else ""


def _capacity(report: Report) -> Section:
    rows = [(stack, pool) for stack in report.stacks for pool in stack.capacity if _moves(pool)]
    slots = [(stack, row) for stack in report.stacks for row in stack.slots if row[1] != row[2]]
    lines = [
        "| stack | pool | machine | nodes | at most | GPUs | at most |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    lines += [_pool(stack, pool) for stack, pool in rows]
    told = [f"Voice slots in {code(stack.name)}: {code(name)} {_pair((a, b))}" for stack, (name, a, b) in slots]
    text = "\n".join([*(lines if rows else []), *(["", *told] if told else [])])
    return Section("Capacity", "change of capacity", len(rows) + len(slots), [Block(text, len(rows) + len(slots))])


def _moves(pool: Capacity) -> bool:
    return any(a != b for a, b in (pool.machine, pool.nodes, pool.most, pool.gpus, pool.most_gpus))


def _pool(stack: StackReport, pool: Capacity) -> str:
    machine = _pair(tuple(cell(each) if each else None for each in pool.machine))
    numbers = [_pair(each) for each in (pool.nodes, pool.most, pool.gpus, pool.most_gpus)]
    return f"| {' | '.join([cell(stack.name), cell(pool.name), machine, *numbers])} |"


def _pair(pair: Sequence[object]) -> str:
    old, new = ("none" if each is None else str(each) for each in pair)
    return old if old == new else f"{old} → {new}"


def _drift(report: Report) -> Section:
    rows = [(stack, each) for stack in report.stacks for each in stack.drift]
    return Section(
        "Drift: the cloud is not as the state has it", "drifted resource", len(rows), itertools.starmap(_drifted, rows)
    )


def _drifted(stack: StackReport, drift: Drift) -> Block:
    what = "is gone" if drift.gone else "was changed outside"
    head = f"{code(drift.name)} · {code(type_name(drift.type))} {what} · {stack_names((stack.name,))}"
    return Block("\n".join([head, "", fence(_limited(diff_lines(drift.edits), MOST_LINES))]) if drift.edits else head)


def _secrets(report: Report) -> Section:
    rows = [(stack, name, what) for stack in report.stacks for name, what in stack.secrets]
    lines = [f"- {code(name)} {code(what)} {stack_names((stack.name,))}" for stack, name, what in rows]
    return Section("Secrets", "secret", len(rows), [Block("\n".join(lines), len(rows))], folded=True)


def _outputs(report: Report) -> Section:
    rows = [(stack, stack.outputs) for stack in report.stacks if stack.outputs]
    blocks = (
        Block(f"{stack_names((stack.name,))}:\n\n{fence(_limited(diff_lines(edits), MOST_LINES))}", len(edits))
        for stack, edits in rows
    )
    return Section("Exports", "export", sum(len(edits) for _, edits in rows), blocks, folded=True)


def _made(report: Report) -> Section:
    rows = [(stack, made) for stack in report.stacks for made in stack.made]
    by_component = itertools.groupby(rows, key=lambda row: (row[0].name, row[1].component))
    blocks = [_component(stack, component, [made for _, made in group]) for (stack, component), group in by_component]
    return Section("Created", "created resource", sum(made.count for _, made in rows), blocks, folded=True)


def _component(stack: str, component: str, rows: Sequence[Made]) -> Block:
    whole = sum(made.count for made in rows)
    lines = [f"{code(component) if component else 'the stack itself'}, {whole} in {code(stack)}:", ""]
    lines += [f"- {made.count} {code(type_name(made.type))}: {span(made.names, 4)}" for made in rows]
    return Block("\n".join(lines), whole)


def _unjudged(report: Report) -> Section:
    counts = Counter(each.rule for stack in report.stacks for each in stack.unjudged)
    lines = [f"- {code(rule)}: {count}" for rule, count in sorted(counts.items())]
    text = "\n".join(
        ["Rules that could not judge a resource, for its values are known only after the update:", "", *lines]
    )
    return Section(
        "Not judged", "rule without a verdict", sum(counts.values()), [Block(text, sum(counts.values()))], folded=True
    )


def _warnings(report: Report) -> Section:
    rows = [(stack, text) for stack in report.stacks for text in stack.warnings]
    blocks = (Block(f"In {code(stack.name)}:\n\n{_text(text)}") for stack, text in rows)
    return Section("Warnings", "warning", len(rows), blocks, folded=True)
