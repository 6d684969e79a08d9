"""A report as Markdown, for a comment on a pull request, never longer than the forge takes.

Detail goes from the least important end, and what went is said. The head always stays: verdict, reasons with every
name, and the table of stacks; only where that alone is too long are its lists of names cut, and said to be.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Final

from toolkit.preview.model import Reason, Report, StackReport, Verdict
from toolkit.preview.render.blocks import ADVICE, Section, advice, sections, span
from toolkit.preview.render.escape import cell, code

__all__ = ["GITHUB_LIMIT", "GITLAB_LIMIT", "as_markdown", "marker", "plan_comment"]

GITHUB_LIMIT: Final = 65_536
"""Characters of a comment. source: GitHub's own refusal, "body is too long (maximum is 65536 characters)"."""
GITLAB_LIMIT: Final = 1_000_000
"""Characters of a note. source: docs.gitlab.com/administration/instance_limits, "Size of comments"."""
_WORDS: Final = {
    Verdict.SAFE: "✅ Safe",
    Verdict.ATTENTION: "⚠️ Needs attention",
    Verdict.BLOCKED: "⛔ Blocked",
}
_OPS: Final = ("create", "update", "replace", "delete", "same")
_TAIL: Final = 1200
"""Characters kept for what is said at the end."""


def marker(key: str) -> str:
    """The hidden first line by which a comment is found again."""
    return f"<!-- cartesia-infra preview {_inert(key)} -->"


def plan_comment(report: Report) -> str:
    """The hidden line with the digests of the plans, which `up` compares."""
    return f"<!-- cartesia-infra plan {_inert(json.dumps({each.name: each.digest for each in report.stacks}))} -->"


def as_markdown(report: Report, *, limit: int = GITHUB_LIMIT, key: str = "", link: str = "") -> str:
    """The report.

    Args:
        report: What to write.
        limit: Most characters; counted in UTF-8 bytes, which is never less.
        key: Tells this comment from those of other projects.
        link: Address of the full HTML page.
    """
    tail = _tail(report, link)
    room = limit - _size(tail) - _TAIL
    head = _head(report, key, room)
    text, left = _fill(list(sections(report)), room - _size(head))
    if any(noun == ADVICE for noun, _ in left):
        head = f"{head}\n\n{advice(report)}"
        text, left = _fill(list(sections(report)), room - _size(head))
    note = [_left_out(left, link)] if left else []
    return "\n\n".join([head, *text, *note, tail]) + "\n"


def _head(report: Report, key: str, room: int) -> str:
    """Everything that always stays, its lists of names cut only where they alone would be too long."""
    for most in (10**9, 200, 50, 10, 3, 1, 0):
        parts = [marker(key), f"## {_WORDS[report.verdict]}", *_reasons(report, most), *_table(report, most)]
        head = "\n\n".join(part for part in parts if part)
        if _size(head) <= room:
            return head
    return head.encode()[: max(0, room)].decode("utf-8", "ignore").rpartition("\n")[0]


def _reasons(report: Report, most: int) -> Iterator[str]:
    if not report.reasons:
        changed = any(set(stack.counts) - {"same"} for stack in report.stacks)
        yield "Nothing is lost, replaced or refused." if changed else "Nothing changes."
        return
    shown = report.reasons if most > 1 else report.reasons[:20]
    lines = [_reason(each, most) for each in shown]
    hidden = len(report.reasons) - len(shown)
    yield "\n".join([*lines, *([f"- and {hidden} more reasons"] if hidden else [])])


def _reason(reason: Reason, most: int) -> str:
    names = f": {span(reason.names, most)}" if reason.names else ""
    return f"- **{reason.level}**: {reason.text}{names} ({span(reason.stacks, max(most, 1))})"


def _table(report: Report, most: int) -> Iterator[str]:
    shown = report.stacks if most > 1 else report.stacks[:20]
    header = ["stack", "result", *_OPS, "other", "policies", "GPUs at most"]
    rows = [header, ["---"] * len(header), *(_row(stack) for stack in shown)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    hidden = len(report.stacks) - len(shown)
    yield f"{table}\n\nand {hidden} more stacks" if hidden else table


def _row(stack: StackReport) -> list[str]:
    others = sum(count for op, count in stack.counts.items() if op not in _OPS)
    gpus = tuple(sum(pool.most_gpus[side] for pool in stack.capacity) for side in (0, 1))
    numbers = [str(stack.counts.get(op, 0)) for op in _OPS]
    return [cell(stack.name), stack.result, *numbers, str(others), _verdict(stack), _change(gpus)]


def _verdict(stack: StackReport) -> str:
    if not stack.judged:
        return "not run"
    mandatory = sum(each.mandatory for each in stack.findings)
    return f"{mandatory} mandatory, {len(stack.findings) - mandatory} advisory, {len(stack.unjudged)} not judged"


def _change(pair: Sequence[int]) -> str:
    return str(pair[0]) if pair[0] == pair[1] else f"{pair[0]} → {pair[1]}"


def _fill(found: list[Section], room: int) -> tuple[list[str], list[tuple[str, int]]]:
    """Sections as long as there is room, and what is left out: noun and number."""
    texts, left, full = list[str](), list[tuple[str, int]](), False
    for section in found:
        opening, closing = _frame(section)
        parts, told, used = list[str](), 0, _size(opening) + _size(closing) + 4
        for block in section.blocks if not full else ():
            size = _size(block.text) + 2
            if used + size > room:
                full = True
                break
            parts.append(block.text)
            told, used = told + block.counts, used + size
        if parts:
            room -= used
            texts.append("\n\n".join(filter(None, [opening, *parts, closing])))
        if told < section.total:
            left.append((section.noun, section.total - told))
    return texts, left


def _frame(section: Section) -> tuple[str, str]:
    if section.folded:
        return f"<details><summary>{section.title} ({section.total})</summary>", "</details>"
    return f"### {section.title}", ""


def _left_out(left: Sequence[tuple[str, int]], link: str) -> str:
    told = ", ".join(f"{count} {noun}{'' if count == 1 else 's'}" for noun, count in left)
    return f"**Left out for size:** {told}. {'The full report has them.' if link else 'The HTML report has them.'}"


def _tail(report: Report, link: str) -> str:
    digest = f"Plan {code(report.digest)}"
    full = f" · [full report]({_address(link)})" if link else ""
    unread = sum(sum(stack.unread.values()) for stack in report.stacks)
    extra = f" · {unread} events not known here" if unread else ""
    placeholders = [stack.name for stack in report.stacks if stack.secretless]
    secretless = f" · placeholders for secrets in {span(placeholders)}" if placeholders else ""
    return f"{digest}{full}{extra}{secretless}\n\n{plan_comment(report)}"


def _address(link: str) -> str:
    """An address that cannot end the link."""
    return "".join(each if each.isalnum() or each in "-._~:/?#@!$&'*+,;=%" else f"%{ord(each):02X}" for each in link)


def _inert(text: str) -> str:
    """A text that cannot end an HTML comment."""
    shown = json.dumps(text)[1:-1].replace('\\"', '"')
    return "".join(f"\\u{ord(each):04x}" if each in "<>-&" and not text.isalnum() else each for each in shown)


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
