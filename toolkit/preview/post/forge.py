"""What a forge can do for a report, and how a report is published on any of them.

Owns that there is one comment of ours for each key: found again over all pages, brought up to date in place, made anew
where somebody deleted it, never doubled. Comments of others are left alone, whatever they hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from toolkit.preview.model import Report, Verdict
from toolkit.preview.post.http import ForgeError, NotFound, Unsure
from toolkit.preview.render import as_markdown
from toolkit.preview.render.markdown import marker

__all__ = ["LABELS", "Comment", "Forge", "ForgeError", "Posting", "publish"]

LABELS: Mapping[Verdict, str] = {
    Verdict.SAFE: "preview: safe",
    Verdict.ATTENTION: "preview: needs attention",
    Verdict.BLOCKED: "preview: blocked",
}
"""The label of each verdict."""


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment on a request."""

    id: str
    body: str
    mine: bool
    """Whether we wrote it."""
    retired: bool = False
    """Whether it is folded away already."""


class Forge(Protocol):
    """What is needed of a forge."""

    limit: int
    """Most characters of a comment."""

    @property
    def where(self) -> str:
        """Which request, for messages."""

    def comments(self) -> list[Comment]:
        """All comments, the oldest first."""

    def create(self, body: str) -> None:
        """A new comment."""

    def update(self, comment: Comment, body: str) -> None:
        """Other text for a comment of ours."""

    def retire(self, comment: Comment) -> None:
        """Fold an outdated comment of ours away."""

    def label(self, label: str, others: list[str]) -> None:
        """Put a label on the request and take others off."""

    def check(self, report: Report, text: str) -> bool:
        """A check of the commit with annotations; False where the forge has none."""


@dataclass(frozen=True, slots=True)
class Posting:
    """A report's way to one request."""

    forge: Forge
    key: str
    """Tells this comment from others of ours on the same request: repository and project."""

    def send(self, report: Report, link: str, *, dry_run: bool) -> list[str]:
        """Publish; says line by line what was done, or what would be.

        Raises:
            ForgeError: The forge refuses, or does not answer.
        """
        body = as_markdown(report, limit=self.forge.limit, key=self.key, link=link)
        label = LABELS[report.verdict]
        if dry_run:
            return [
                f"would comment on {self.forge.where} ({len(body)} characters)",
                f"would set the label {label!r} and a check of the commit",
            ]
        done = publish(self.forge, self.key, body)
        self.forge.label(label, [each for each in LABELS.values() if each != label])
        checked = self.forge.check(report, body)
        return [*done, f"label {label!r} on {self.forge.where}", *(["check of the commit"] if checked else [])]


def publish(forge: Forge, key: str, body: str) -> list[str]:
    """Have exactly one live comment of ours with this text; says what was done."""
    done = _written(forge, key, body)
    ours = _ours(forge, key)
    for old in ours[:-1]:
        if not old.retired:
            forge.retire(old)
            done.append(f"older comment {old.id} on {forge.where} folded away")
    return done


def _written(forge: Forge, key: str, body: str) -> list[str]:
    ours = _ours(forge, key)
    if ours and ours[-1].body == body:
        return [f"comment on {forge.where} is up to date"]
    if ours:
        try:
            forge.update(ours[-1], body)
        except NotFound:  # deleted meanwhile
            return _created(forge, key, body)
        return [f"comment {ours[-1].id} on {forge.where} brought up to date"]
    return _created(forge, key, body)


def _created(forge: Forge, key: str, body: str) -> list[str]:
    """A new comment; where the answer was lost, it is looked for before it would be sent again."""
    for _ in range(3):
        try:
            forge.create(body)
        except Unsure as error:
            problem = error
        else:
            return [f"comment on {forge.where} made"]
        if any(each.body == body for each in _ours(forge, key)):
            return [f"comment on {forge.where} made (the answer was lost)"]
    raise ForgeError(str(problem))


def _ours(forge: Forge, key: str) -> list[Comment]:
    return [each for each in forge.comments() if each.mine and each.body.startswith(marker(key))]
