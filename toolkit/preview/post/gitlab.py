"""GitLab's REST API for notes and labels of a merge request.

A note cannot be minimised there, so an outdated one is cut down to a line. source: docs.gitlab.com/api (notes,
merge_requests, users), read 2026-11-25.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from toolkit.preview.model import Report
from toolkit.preview.post.forge import Comment, ForgeError, Posting
from toolkit.preview.post.http import Client
from toolkit.preview.render.markdown import GITLAB_LIMIT

__all__ = ["GitLab", "posting"]

_OUTDATED = "Outdated: a newer preview stands below."


@dataclass(slots=True)
class GitLab:
    """One merge request."""

    client: Client
    project: str
    number: int
    limit: int = GITLAB_LIMIT
    _me: int | None = field(default=None, repr=False)

    @property
    def where(self) -> str:
        """As GitLab writes it."""
        return f"{self.project}!{self.number}"

    @property
    def _path(self) -> str:
        return f"projects/{quote(self.project, safe='')}/merge_requests/{self.number}"

    def comments(self) -> list[Comment]:
        """All notes of people and bots, the oldest first."""
        rows = self.client.pages(f"{self._path}/notes?per_page=100&sort=asc&order_by=created_at")
        return [
            Comment(
                id=str(row["id"]),
                body=str(row.get("body", "")),
                mine=(row.get("author") or {}).get("id") == self._own_id(),
                retired=_OUTDATED in str(row.get("body", "")),
            )
            for row in rows
            if not row.get("system")
        ]

    def _own_id(self) -> int:
        if self._me is None:
            self._me = int(self.client.send("GET", "user").data["id"])
        return self._me

    def create(self, body: str) -> None:
        """A new note."""
        self.client.send("POST", f"{self._path}/notes", {"body": body})

    def update(self, comment: Comment, body: str) -> None:
        """Other text for a note."""
        self.client.send("PUT", f"{self._path}/notes/{comment.id}", {"body": body})

    def retire(self, comment: Comment) -> None:
        """Cut a note down to its marker and a word."""
        self.update(comment, f"{comment.body.partition(chr(10))[0]}\n\n{_OUTDATED}")

    def label(self, label: str, others: list[str]) -> None:
        """Labels of the merge request."""
        self.client.send("PUT", self._path, {"add_labels": label, "remove_labels": ",".join(others)})

    def check(self, report: Report, text: str) -> bool:
        """GitLab has reports as artifacts instead: the job keeps the SARIF or JUnit file."""
        return False


def posting(environment: Mapping[str, str], number: int | None) -> Posting:
    """The merge request of this pipeline.

    Args:
        environment: Variables that GitLab CI sets, and `GITLAB_TOKEN` of somebody who may comment.
        number: Of the merge request. Default: the pipeline's.

    Raises:
        ForgeError: One of them is missing.
    """
    needed = {name: environment.get(name, "") for name in ("GITLAB_TOKEN", "CI_API_V4_URL", "CI_PROJECT_PATH")}
    missing = [name for name, value in needed.items() if not value]
    if missing:
        raise ForgeError(f"{' and '.join(missing)} must be set to comment on GitLab")
    found = number or environment.get("CI_MERGE_REQUEST_IID")
    if not found:
        raise ForgeError("this pipeline is not of a merge request; name one with --request")
    headers = {"PRIVATE-TOKEN": needed["GITLAB_TOKEN"], "User-Agent": "cartesia-infra"}
    client = Client(needed["CI_API_V4_URL"].rstrip("/"), headers)
    return Posting(GitLab(client, needed["CI_PROJECT_PATH"], int(found)), f"{needed['CI_PROJECT_PATH']} cartesia")
