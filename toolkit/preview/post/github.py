"""GitHub's REST API, and GraphQL for the two things it alone can: who wrote a comment, and folding one away.

source: docs.github.com/rest (issues/comments, issues/labels, checks/runs) and /graphql (`IssueComment`,
`minimizeComment`), read 2026-11-25.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from clients.engine import urn_name
from toolkit.preview.model import Report, Verdict
from toolkit.preview.post.forge import Comment, ForgeError, Posting
from toolkit.preview.post.http import Client, NotFound
from toolkit.preview.render.markdown import GITHUB_LIMIT

__all__ = ["GitHub", "posting"]

CHECK: Final = "cartesia-infra preview"
_MOST_ANNOTATIONS: Final = 50
"""In one request. source: docs.github.com/rest/checks/runs, `annotations`."""
_SUMMARY_BYTES: Final = 1024 * 1024
"""Of one step's summary. source: docs.github.com, "Workflow commands", job summaries."""
_CONCLUSIONS: Final = {Verdict.SAFE: "success", Verdict.ATTENTION: "neutral", Verdict.BLOCKED: "failure"}
_AUTHORS: Final = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on IssueComment { id viewerDidAuthor isMinimized } } }"
_MINIMIZE: Final = (
    "mutation($id: ID!) { minimizeComment(input: {subjectId: $id, classifier: OUTDATED})"
    " { minimizedComment { isMinimized } } }"
)
_IDS: Final = 100
"""Nodes that one GraphQL query may name."""


@dataclass(slots=True)
class GitHub:
    """One pull request."""

    client: Client
    graphql: Client
    """Its API lies beside the other one's on GitHub Enterprise Server."""
    repository: str
    number: int
    commit: str
    """Head of the pull request; empty: no check is made."""
    summary: Path | None = None
    """File of the step's summary."""
    limit: int = GITHUB_LIMIT

    @property
    def where(self) -> str:
        """As GitHub writes it."""
        return f"{self.repository}#{self.number}"

    def comments(self) -> list[Comment]:
        """All comments, the oldest first. Only those that look like ours are asked about."""
        rows = list(self.client.pages(f"repos/{self.repository}/issues/{self.number}/comments?per_page=100"))
        marked = [str(row["node_id"]) for row in rows if str(row.get("body", "")).startswith("<!-- cartesia-infra")]
        nodes = self._nodes(marked)
        return [_comment(row, nodes.get(str(row["node_id"]), {})) for row in rows]

    def _nodes(self, ids: list[str]) -> Mapping[str, Mapping[str, Any]]:
        found: dict[str, Mapping[str, Any]] = {}
        for start in range(0, len(ids), _IDS):
            data = self._ask(_AUTHORS, {"ids": ids[start : start + _IDS]})
            found |= {str(node["id"]): node for node in data.get("nodes") or () if node}
        return found

    def _ask(self, query: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        data = self.graphql.send("POST", "graphql", {"query": query, "variables": variables}).data
        errors = data.get("errors") if isinstance(data, Mapping) else None
        if errors and not (data.get("data") or {}):
            raise ForgeError(f"GitHub refuses a query: {errors[0].get('message', '')}")
        return (data or {}).get("data") or {}

    def create(self, body: str) -> None:
        """A new comment."""
        self.client.send("POST", f"repos/{self.repository}/issues/{self.number}/comments", {"body": body})

    def update(self, comment: Comment, body: str) -> None:
        """Other text for a comment."""
        self.client.send(
            "PATCH", f"repos/{self.repository}/issues/comments/{comment.id.partition(' ')[0]}", {"body": body}
        )

    def retire(self, comment: Comment) -> None:
        """Minimise a comment as outdated."""
        self._ask(_MINIMIZE, {"id": comment.id.partition(" ")[2]})

    def label(self, label: str, others: list[str]) -> None:
        """Labels of the pull request; GitHub makes one that is new."""
        path = f"repos/{self.repository}/issues/{self.number}/labels"
        present = {str(row.get("name")) for row in self.client.pages(f"{path}?per_page=100")}
        for other in others:
            if other in present:
                try:
                    self.client.send("DELETE", f"{path}/{quote(other, safe='')}")
                except NotFound:
                    continue  # somebody took it off meanwhile
        if label not in present:
            self.client.send("POST", path, {"labels": [label]})

    def check(self, report: Report, text: str) -> bool:
        """A check run with an annotation for each policy result and error, made or brought up to date."""
        self._summarise(text)
        if not self.commit:
            return False
        found = self.client.send(
            "GET", f"repos/{self.repository}/commits/{self.commit}/check-runs?check_name={quote(CHECK)}&filter=latest"
        ).data
        runs = (found or {}).get("check_runs") or []
        annotations = list(_annotations(report))
        first = self._run(report, text, annotations[:_MOST_ANNOTATIONS])
        if runs:
            number = runs[0]["id"]
            self.client.send("PATCH", f"repos/{self.repository}/check-runs/{number}", first)
        else:
            made = self.client.send("POST", f"repos/{self.repository}/check-runs", first | {"head_sha": self.commit})
            number = made.data["id"]
        for start in range(_MOST_ANNOTATIONS, len(annotations), _MOST_ANNOTATIONS):
            more = self._run(report, text, annotations[start : start + _MOST_ANNOTATIONS])
            self.client.send("PATCH", f"repos/{self.repository}/check-runs/{number}", more)
        return True

    def _run(self, report: Report, text: str, annotations: list[dict[str, Any]]) -> dict[str, Any]:
        output = {"title": report.verdict.value, "summary": text, "annotations": annotations}
        return {"name": CHECK, "status": "completed", "conclusion": _CONCLUSIONS[report.verdict], "output": output}

    def _summarise(self, text: str) -> None:
        """The step's summary; what another step wrote stays."""
        if self.summary is not None:
            with self.summary.open("a", encoding="utf-8") as out:
                out.write(text.encode()[:_SUMMARY_BYTES].decode("utf-8", "ignore"))


def _comment(row: Mapping[str, Any], node: Mapping[str, Any]) -> Comment:
    return Comment(
        id=f"{row['id']} {row['node_id']}",
        body=str(row.get("body", "")),
        mine=bool(node.get("viewerDidAuthor")),
        retired=bool(node.get("isMinimized")),
    )


def _annotations(report: Report) -> Iterator[dict[str, Any]]:
    """Where to look is the stack's file: what a policy speaks of has no line of its own."""
    for stack in report.stacks:
        path = f"stacks/Pulumi.{stack.name}.yaml"
        place = {"path": path, "start_line": 1, "end_line": 1}
        for finding in stack.findings:
            name = urn_name(finding.urn)
            level = "failure" if finding.mandatory else "notice"
            yield place | {
                "annotation_level": level,
                "title": finding.rule,
                "message": f"{name}: {finding.text}"[:60_000],
            }
        for error in stack.errors:
            yield place | {"annotation_level": "failure", "title": "preview failed", "message": error[:60_000]}


def posting(environment: Mapping[str, str], number: int | None) -> Posting:
    """The pull request of this workflow run.

    Args:
        environment: Variables that GitHub Actions sets, and `GITHUB_TOKEN`.
        number: Of the pull request. Default: the event's.

    Raises:
        ForgeError: One of them is missing.
    """
    needed = {name: environment.get(name, "") for name in ("GITHUB_TOKEN", "GITHUB_REPOSITORY")}
    missing = [name for name, value in needed.items() if not value]
    if missing:
        raise ForgeError(f"{' and '.join(missing)} must be set to comment on GitHub")
    request = _event(environment).get("pull_request") or {}
    number = number or request.get("number")
    if not number:
        raise ForgeError("this run is not of a pull request; name one with --request")
    api = environment.get("GITHUB_API_URL", "https://api.github.com").rstrip("/")
    beside = environment.get("GITHUB_GRAPHQL_URL", f"{api}/graphql").rstrip("/").removesuffix("/graphql")
    headers = {
        "Authorization": f"Bearer {needed['GITHUB_TOKEN']}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
        "User-Agent": "cartesia-infra",
    }
    summary = environment.get("GITHUB_STEP_SUMMARY")
    forge = GitHub(
        Client(api, headers),
        Client(beside, headers),
        needed["GITHUB_REPOSITORY"],
        int(number),
        str((request.get("head") or {}).get("sha", "")),
        Path(summary) if summary else None,
    )
    return Posting(forge, f"{needed['GITHUB_REPOSITORY']} cartesia")


def _event(environment: Mapping[str, str]) -> Mapping[str, Any]:
    path = environment.get("GITHUB_EVENT_PATH")
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8")) if path else {}
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}
