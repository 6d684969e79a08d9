"""Servers on this machine that answer as GitHub and GitLab do, with faults that strike before or after a request."""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from toolkit.preview.render.markdown import marker

Fault = Callable[["Forge", str, str], tuple[int, dict[str, str], Any] | None]


@dataclass
class Forge:
    """What both servers keep: comments in order, labels, check runs, and the faults to come."""

    page: int = 2
    comments: list[dict[str, Any]] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    checks: list[dict[str, Any]] = field(default_factory=list)
    minimized: list[str] = field(default_factory=list)
    seen: list[tuple[str, str]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    after: list[Fault] = field(default_factory=list)
    """Faults that strike once the request has been carried out."""
    count: int = 0
    base: str = ""

    def comment(self, body: str, mine: bool) -> dict[str, Any]:
        self.count += 1
        row = {
            "id": self.count,
            "node_id": f"N{self.count}",
            "body": body,
            "mine": mine,
            "author": {"id": 1 if mine else 2},
        }
        self.comments.append(row)
        return row

    def live(self, key: str) -> list[dict[str, Any]]:
        return [
            each
            for each in self.comments
            if each["mine"]
            and each["body"].startswith(marker(key))
            and each["node_id"] not in self.minimized
            and "Outdated" not in each["body"]
        ]


class Handler(BaseHTTPRequestHandler):
    forge: Forge
    kind: str

    def log_message(self, format: str, *args: Any) -> None: ...

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        data = json.loads(self.rfile.read(length)) if length else None
        forge, method, path = self.forge, self.command, self.path
        forge.seen.append((method, path))
        assert "Bearer secret-token" in (self.headers.get("Authorization") or "") or self.headers.get("PRIVATE-TOKEN")
        for fault in list(forge.faults):
            answer = fault(forge, method, path)
            if answer is not None:
                forge.faults.remove(fault)
                return self._answer(*answer)
        status, headers, body = ROUTES[self.kind](forge, method, path, data)
        for fault in list(forge.after):
            answer = fault(forge, method, path)
            if answer is not None:
                forge.after.remove(fault)
                return self._answer(*answer)
        return self._answer(status, headers, body)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve  # noqa: N815 - http.server's names

    def _answer(self, status: int, headers: dict[str, str], body: Any) -> None:
        if status == 0:  # the connection breaks
            self.close_connection = True
            self.connection.close()
            return
        text = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(text)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)


def github_api(forge: Forge, method: str, path: str, data: Any) -> tuple[int, dict[str, str], Any]:
    url = urlsplit(path)
    parts = [unquote(each) for each in url.path.strip("/").split("/")]
    query = parse_qs(url.query)
    if parts[-1] == "graphql":
        return 200, {}, {"data": _graphql(forge, data)}
    rest = parts[parts.index("r") + 1 :]
    if rest[:2] == ["issues", "7"] and rest[2] == "comments":
        if method == "POST":
            return 201, {}, forge.comment(data["body"], True)
        number = int(query.get("page", ["1"])[0])
        rows = forge.comments[(number - 1) * forge.page : number * forge.page]
        more = len(forge.comments) > number * forge.page
        link = f'<{forge.base}{url.path}?page={number + 1}>; rel="next", <{forge.base}{url.path}?page=9>; rel="last"'
        return 200, {"Link": link} if more else {}, rows
    if rest[:2] == ["issues", "comments"]:
        found = [each for each in forge.comments if str(each["id"]) == rest[2]]
        if not found:
            return 404, {}, {"message": "Not Found"}
        found[0]["body"] = data["body"]
        return 200, {}, found[0]
    if rest[2:3] == ["labels"]:
        if method == "POST":
            forge.labels += data["labels"]
        elif method == "DELETE":
            forge.labels.remove(rest[3])
        return 200, {}, [{"name": each} for each in forge.labels]
    if rest[-1] == "check-runs" and method == "GET":
        return 200, {}, {"check_runs": forge.checks}
    if method == "POST":
        forge.checks.append(
            dict(data) | {"id": len(forge.checks) + 1, "annotations": list(data["output"]["annotations"])}
        )
        return 201, {}, forge.checks[-1]
    run = forge.checks[int(rest[-1]) - 1]
    run["annotations"] += data["output"]["annotations"]
    return 200, {}, run


def _graphql(forge: Forge, data: Any) -> Any:
    if "minimizeComment" in data["query"]:
        forge.minimized.append(data["variables"]["id"])
        return {"minimizeComment": {"minimizedComment": {"isMinimized": True}}}
    rows = [each for each in forge.comments if each["node_id"] in data["variables"]["ids"]]
    return {
        "nodes": [
            {"id": each["node_id"], "viewerDidAuthor": each["mine"], "isMinimized": each["node_id"] in forge.minimized}
            for each in rows
        ]
    }


def gitlab_api(forge: Forge, method: str, path: str, data: Any) -> tuple[int, dict[str, str], Any]:
    url = urlsplit(path)
    rest = [unquote(each) for each in url.path.strip("/").split("/")][1:]
    if rest[-1] == "user":
        return 200, {}, {"id": 1}
    assert rest[:4] == ["projects", "o/r", "merge_requests", "7"]
    if rest[4:] == []:
        forge.labels = sorted((set(forge.labels) - set(data["remove_labels"].split(","))) | {data["add_labels"]})
        return 200, {}, {}
    if rest[4:] == ["notes"]:
        if method == "POST":
            return 201, {}, forge.comment(data["body"], True)
        number = int(parse_qs(url.query).get("page", ["1"])[0])
        more = len(forge.comments) > number * forge.page
        rows = forge.comments[(number - 1) * forge.page : number * forge.page]
        return 200, {"X-Next-Page": str(number + 1) if more else ""}, rows
    found = [each for each in forge.comments if str(each["id"]) == rest[5]]
    if not found:
        return 404, {}, {"message": "404 Not found"}
    found[0]["body"] = data["body"]
    return 200, {}, found[0]


ROUTES = {"github": github_api, "gitlab": gitlab_api}


@contextlib.contextmanager
def serving(kind: str) -> Iterator[Forge]:
    """A server of one kind, and what it keeps."""
    forge = Forge()
    handler = type("Bound", (Handler,), {"forge": forge, "kind": kind})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    forge.base = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield forge
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
