"""The Kubernetes client against a fake API server on a socket of its own."""

import base64
import datetime as dt
import json
import stat
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
import yaml

from clients.kubernetes import BadKubeconfig, KubeClient, Kubeconfig, KubeError, KubeUnreachable
from clients.kubernetes.errors import error_of

TOKEN = "token-that-must-not-show"
HTTPS = "https://127.0.0.1:1"
RESOURCES = {
    "/api/v1": [("pods", "Pod", True), ("namespaces", "Namespace", False), ("pods/status", "Pod", True)],
    "/apis/apps/v1": [("deployments", "Deployment", True)],
}


def kubeconfig(user=None, **cluster):
    cluster = {"server": "http://127.0.0.1:1/", **cluster}
    return {
        "clusters": [{"name": "c", "cluster": cluster}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u", "namespace": "team"}}],
        "users": [{"name": "u", "user": user or {}}],
        "current-context": "x",
    }


@dataclass
class Request:
    method: str
    path: str
    query: dict
    headers: dict


@dataclass
class Answer:
    status: int = 200
    body: object = None
    headers: dict = field(default_factory=dict)


class Server:
    """Answers discovery itself and everything else by `answers`, in order."""

    def __init__(self, *answers):
        self.answers, self.requests, self.discoveries = list(answers), [], 0
        self.lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                answer = outer.answer(self.command, urlsplit(self.path), dict(self.headers))
                body = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
                self.send_response(answer.status)
                for name, value in {"Content-Length": len(body), **answer.headers}.items():
                    self.send_header(name, str(value))
                self.end_headers()
                self.wfile.write(body.encode())

            do_GET = do_POST = do_PATCH = do_DELETE = handle_any  # noqa: N815

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def answer(self, method, url, headers):
        with self.lock:
            if url.path in RESOURCES and method == "GET":
                self.discoveries += 1
                items = [
                    {"name": n, "kind": k, "namespaced": s, "singularName": "", "verbs": []}
                    for n, k, s in RESOURCES[url.path]
                ]
                return Answer(body={"kind": "APIResourceList", "apiVersion": "v1", "resources": items})
            if url.path == "/apis":
                version = {"groupVersion": "apps/v1", "version": "v1"}
                groups = [{"name": "apps", "versions": [version], "preferredVersion": version}]
                return Answer(body={"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
            if url.path == "/version":
                return Answer(body={"gitVersion": "v1.36.2"})
            self.requests.append(Request(method, url.path, dict(parse_qsl(url.query)), headers))
            answer = self.answers.pop(0)
            return answer if isinstance(answer, Answer) else Answer(body=answer)

    def client(self, user=None):
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"
        return KubeClient.from_kubeconfig(kubeconfig(user, server=self.url))

    def close(self):
        self.http.shutdown()
        self.http.server_close()


@pytest.fixture
def serve() -> Iterator:
    """Starts fake servers, and stops them."""
    servers = []

    def start(*answers):
        servers.append(Server(*answers))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def refusal(status, reason, message, *causes):
    details = {"causes": [{"field": f, "reason": r, "message": m} for f, r, m in causes]}
    return Answer(
        status, {"kind": "Status", "status": "Failure", "reason": reason, "message": message, "details": details}
    )


POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}}


def test_apply_is_strict_and_names_its_manager(serve):
    server = serve({"ok": 1})
    with server.client() as client:
        client.apply(
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}},
            field_manager="me",
            force=False,
            dry_run=True,
        )
    request = server.requests[0]
    assert request.method == "PATCH"
    assert request.path == "/apis/apps/v1/namespaces/team/deployments/d"
    assert request.query == {"fieldManager": "me", "force": "false", "fieldValidation": "Strict", "dryRun": "All"}
    assert request.headers["Content-Type"] == "application/apply-patch+yaml"


def test_kinds_are_discovered_once_and_cluster_wide_ones_have_no_namespace(serve):
    server = serve({}, {}, {})
    with server.client() as client:
        client.get("v1", "Pod", "p", "n")
        client.get("v1", "Namespace", "n", "ignored")
        client.patch_status("v1", "Pod", "p", {"phase": "Running"}, "n")
    assert [request.path for request in server.requests] == [
        "/api/v1/namespaces/n/pods/p",
        "/api/v1/namespaces/n",
        "/api/v1/namespaces/n/pods/p/status",
    ]
    assert server.discoveries == 1


def test_an_unknown_kind_is_not_found_and_is_asked_for_again(serve, monkeypatch):
    server = serve({"metadata": {"name": "x"}})
    with server.client() as client:
        assert client.get("v1", "Widget", "x") is None
        with pytest.raises(KubeError, match="serves no kind 'Widget'"):
            client.list("v1", "Widget")
        with pytest.raises(KubeError, match="CustomResourceDefinition"):
            client.list("nowhere.io/v1", "Thing")
        monkeypatch.setitem(RESOURCES, "/api/v1", [*RESOURCES["/api/v1"], ("widgets", "Widget", True)])
        assert client.get("v1", "Widget", "x") == {"metadata": {"name": "x"}}


def test_the_server_says_whether_a_kind_has_namespaces(serve):
    with serve().client() as client:
        assert client.namespaced("apps/v1", "Deployment")
        assert not client.namespaced("v1", "Namespace")
        with pytest.raises(KubeError, match="serves no kind"):
            client.namespaced("apps/v1", "Namespace")


def test_what_was_discovered_stays_in_memory(serve):
    before = set(Path(tempfile.gettempdir()).glob("osrcp-*"))
    with serve({}).client() as client:
        client.get("v1", "Pod", "p")
    assert set(Path(tempfile.gettempdir()).glob("osrcp-*")) == before


def test_one_client_serves_many_threads(serve):
    server = serve(*[{"n": 1}] * 40)
    with server.client() as client, ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: client.get("v1", "Pod", "p"), range(40)))
    assert found == [{"n": 1}] * 40
    assert server.discoveries == 1


def test_conflicts_and_immutable_fields_are_typed(serve):
    conflict = ("..replicas", "FieldManagerConflict", 'conflict with "x"')
    immutable = ("spec.selector", "FieldValueInvalid", "field is immutable")
    server = serve(refusal(409, "Conflict", "conflict", conflict), refusal(422, "Invalid", "bad", immutable))
    with server.client() as client:
        with pytest.raises(KubeError) as first:
            client.apply(POD, field_manager="me")
        with pytest.raises(KubeError) as second:
            client.apply(POD, field_manager="me")
    assert first.value.is_conflict
    assert first.value.field_conflicts[0].message == 'conflict with "x"'
    assert second.value.immutable
    assert not first.value.immutable


def test_an_answer_that_is_no_status_still_says_something():
    assert "502" in str(error_of(502, ""))
    assert str(error_of(500, "upstream is gone")) == "upstream is gone"


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_asked_again(serve, status):
    server = serve(Answer(status, {}, {"Retry-After": "0"}), {"metadata": {}})
    with server.client() as client:
        assert client.apply(POD, field_manager="me") == {"metadata": {}}
    busy = serve(*[Answer(status, "in maintenance")] * 4)
    with busy.client() as client, pytest.raises(KubeError, match="in maintenance") as caught:
        client.get("v1", "Pod", "p")
    assert caught.value.status == status


def test_no_answer_is_its_own_error(serve):
    server = serve()
    with server.client() as client:
        server.close()
        with pytest.raises(KubeUnreachable, match=r"127\.0\.0\.1:\d+ does not answer: .*Connection refused"):
            client.version()


@pytest.mark.parametrize("body", ["<html>sign in</html>", {"hello": "world"}, ["what"]])
def test_what_is_not_an_api_server_is_said(serve, monkeypatch, body):
    server = serve()
    monkeypatch.setattr(server, "answer", lambda *_: Answer(body=body))
    with server.client() as client, pytest.raises(KubeUnreachable, match="not as a Kubernetes API server"):
        client.get("v1", "Pod", "p")


def test_a_proxy_of_the_shell_is_not_used(serve, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with serve({"ok": 1}).client() as client:
        assert client.get("v1", "Pod", "p") == {"ok": 1}


def test_lists_follow_their_pages_and_items_know_their_kind(serve):
    page = {"items": [{"metadata": {"name": "a"}}], "metadata": {"continue": "more"}}
    server = serve(page, {"items": [{"metadata": {"name": "b"}}], "metadata": {}})
    with server.client() as client:
        found = client.list("v1", "Pod", label_selector="app=x")
    assert [(item["kind"], item["metadata"]["name"]) for item in found] == [("Pod", "a"), ("Pod", "b")]
    assert server.requests[0].path == "/api/v1/pods"
    assert server.requests[0].query["labelSelector"] == "app=x"
    assert server.requests[1].query["continue"] == "more"


def test_delete_waits_for_this_incarnation_only(serve):
    server = serve({"metadata": {"uid": "1"}}, {"metadata": {"uid": "1"}}, {"metadata": {"uid": "2"}})
    with server.client() as client:
        assert client.delete("v1", "Pod", "p", "n", wait_seconds=5)
    assert not server.answers
    with serve(refusal(404, "NotFound", "gone")).client() as client:
        assert not client.delete("v1", "Pod", "p", "n")
    stays = serve({"metadata": {"uid": "1"}}, {"metadata": {"uid": "1"}})
    with stays.client() as client, pytest.raises(TimeoutError, match="still exists"):
        client.delete("v1", "Pod", "p", "n", wait_seconds=0)


def test_a_watch_gives_events_and_raises_the_servers_errors(serve):
    lines = [
        {"type": "ADDED", "object": {"metadata": {"name": "p"}}},
        {"type": "ERROR", "object": {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old"}},
    ]
    server = serve(Answer(body="\n".join(json.dumps(line) for line in lines) + "\n"))
    with server.client() as client:
        events = client.watch("v1", "Pod", "n", field_selector="metadata.name=p", resource_version="7", seconds=3)
        assert next(events)[0] == "ADDED"
        with pytest.raises(KubeError, match="too old"):
            next(events)
    assert server.requests[0].query["timeoutSeconds"] == "3"


V1 = "client.authentication.k8s.io/v1"


def plugin(tmp_path, *, expires_in, printed=None, version=V1):
    """A user whose credential program counts its runs and prints a token each time."""
    moment = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=expires_in)
    status = {"token": TOKEN, "expirationTimestamp": moment.isoformat().replace("+00:00", "Z")}
    answer = json.dumps({"apiVersion": version, "kind": "ExecCredential", "status": status})
    script = tmp_path / "plugin"
    script.write_text(
        f"#!{sys.executable}\nimport os, sys\n"
        f"open({str(tmp_path / 'runs')!r}, 'a').write(os.environ['EXTRA'] + ' '.join(sys.argv[1:]) + '\\n')\n"
        f"print({(answer if printed is None else printed)!r})\n"
    )
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    spec = {"command": str(script), "args": ["a"], "env": [{"name": "EXTRA", "value": "e"}], "apiVersion": version}
    return {"exec": spec}


def runs(tmp_path):
    return (tmp_path / "runs").read_text().splitlines()


@pytest.mark.parametrize("version", [V1, "client.authentication.k8s.io/v1beta1"])
def test_an_exec_credential_is_used_until_it_expires(serve, tmp_path, version):
    server = serve({}, {})
    with server.client(plugin(tmp_path, expires_in=600, version=version)) as client:
        client.get("v1", "Pod", "p")
        client.get("v1", "Pod", "p")
    assert server.requests[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert runs(tmp_path) == ["ea"]


def test_an_expired_or_refused_exec_credential_is_renewed(serve, tmp_path):
    server = serve(Answer(401, {}), {})
    with server.client(plugin(tmp_path, expires_in=600)) as client:
        client.get("v1", "Pod", "p")
    assert len(runs(tmp_path)) == 2
    with serve({}).client(plugin(tmp_path, expires_in=5)) as client:
        client.get("v1", "Pod", "p")
    assert len(runs(tmp_path)) > 3


def test_a_credential_that_stays_refused_is_asked_for_once_more_only(serve, tmp_path):
    server = serve(refusal(401, "Unauthorized", "no"), refusal(401, "Unauthorized", "no"))
    with server.client(plugin(tmp_path, expires_in=600)) as client, pytest.raises(KubeError) as caught:
        client.get("v1", "Pod", "p")
    assert (caught.value.status, len(runs(tmp_path))) == (401, 2)


@pytest.mark.parametrize(
    ("printed", "words"),
    [
        ("nonsense", "failed to decode process output"),
        (json.dumps({"apiVersion": V1, "kind": "ExecCredential", "status": {}}), "neither a token nor a client cert"),
    ],
)
def test_a_bad_credential_program_is_named_and_its_output_is_not_shown(serve, tmp_path, printed, words):
    with (
        serve().client(plugin(tmp_path, expires_in=60, printed=printed)) as client,
        pytest.raises(KubeUnreachable) as caught,
    ):
        client.version()
    assert words in str(caught.value)
    assert "plugin" in str(caught.value)
    assert "nonsense" not in str(caught.value)


def test_a_missing_credential_program_is_named(serve):
    spec = {"command": "no-such-program", "apiVersion": V1}
    with serve().client({"exec": spec}) as client, pytest.raises(KubeUnreachable, match="no-such-program"):
        client.version()


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("a: [", "neither YAML nor JSON"),
        ("just text", "has no clusters"),
        ({**kubeconfig(), "current-context": "gone"}, "no entry named 'gone'"),
        ({**kubeconfig(), "current-context": None, "contexts": []}, "no current-context"),
        (kubeconfig(server="127.0.0.1"), "server"),
        (kubeconfig(server=HTTPS, **{"certificate-authority": "/no/such/file"}), "/no/such/file"),
        (kubeconfig(server=HTTPS, **{"certificate-authority-data": "%%%"}), "certificate or key cannot be used"),
        (kubeconfig({"exec": {"command": "x"}}), "apiVersion"),
        (kubeconfig({"exec": {"apiVersion": V1}}), "command"),
    ],
)
def test_a_bad_kubeconfig_says_where(config, words):
    with pytest.raises(BadKubeconfig, match=words):
        KubeClient.from_kubeconfig(config if isinstance(config, str) else yaml.safe_dump(config))


def test_a_token_comes_inline_or_from_a_file_and_stays_out_of_repr(serve, tmp_path):
    (tmp_path / "token").write_text(TOKEN)
    for user in ({"tokenFile": str(tmp_path / "token")}, {"token": TOKEN}):
        server = serve({})
        with server.client(user) as client:
            client.get("v1", "Pod", "p")
        assert server.requests[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in repr(Kubeconfig.read(kubeconfig({"token": TOKEN})))


def test_a_client_key_that_is_none_is_refused_without_quoting_it_and_stays_in_no_file(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    secret = base64.b64encode(b"SECRETKEY").decode()
    user = {"client-certificate-data": secret, "client-key-data": secret}
    with pytest.raises(BadKubeconfig) as caught:
        KubeClient.from_kubeconfig(kubeconfig(user, server=HTTPS))
    assert "SECRETKEY" not in str(caught.value)
    assert not list(tmp_path.iterdir())
