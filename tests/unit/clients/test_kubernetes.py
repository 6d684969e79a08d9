"""The Kubernetes client against a fake API server."""

import base64
import datetime as dt
import json
import stat
import sys

import httpx
import pytest
import yaml

from clients.kubernetes import BadKubeconfig, KubeClient, KubeError, KubeUnreachable, read_kubeconfig
from clients.kubernetes.errors import error_of

TOKEN = "token-that-must-not-show"
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


class Server:
    """Answers discovery itself and everything else by `answers`, in order."""

    def __init__(self, *answers):
        self.answers, self.requests, self.discoveries = list(answers), [], 0

    def __call__(self, request):
        if request.url.path in RESOURCES:
            self.discoveries += 1
            items = [{"name": n, "kind": k, "namespaced": s} for n, k, s in RESOURCES[request.url.path]]
            return httpx.Response(200, json={"resources": items})
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)

    def client(self, config=None):
        return KubeClient.from_kubeconfig(config or kubeconfig(), transport=httpx.MockTransport(self))


def refusal(status, reason, message, *causes):
    details = {"causes": [{"field": f, "reason": r, "message": m} for f, r, m in causes]}
    body = {"kind": "Status", "status": "Failure", "reason": reason, "message": message, "details": details}
    return httpx.Response(status, json=body)


def test_apply_is_strict_and_names_its_manager():
    server = Server({"ok": 1})
    with server.client() as client:
        client.apply(
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}},
            field_manager="me",
            force=False,
            dry_run=True,
        )
    request = server.requests[0]
    assert request.method == "PATCH"
    assert request.url.path == "/apis/apps/v1/namespaces/team/deployments/d"
    assert dict(request.url.params) == {
        "fieldManager": "me",
        "force": "false",
        "fieldValidation": "Strict",
        "dryRun": "All",
    }
    assert request.headers["content-type"] == "application/apply-patch+yaml"


def test_kinds_are_discovered_once_and_cluster_wide_ones_have_no_namespace():
    server = Server({}, {}, {})
    with server.client() as client:
        client.get("v1", "Pod", "p", "n")
        client.get("v1", "Namespace", "n", "ignored")
        client.patch_status("v1", "Pod", "p", {"phase": "Running"}, "n")
    assert [request.url.path for request in server.requests] == [
        "/api/v1/namespaces/n/pods/p",
        "/api/v1/namespaces/n",
        "/api/v1/namespaces/n/pods/p/status",
    ]
    assert server.discoveries == 1


def test_an_unknown_kind_is_not_found_and_is_asked_for_again():
    server = Server(refusal(404, "NotFound", "no such group"))
    with server.client() as client:
        assert client.get("v1", "Nonsense", "x") is None
        with pytest.raises(KubeError, match="serves no kind 'Nonsense'"):
            client.resource("v1", "Nonsense")
        with pytest.raises(KubeError, match="CustomResourceDefinition"):
            client.resource("nowhere.io/v1", "Thing")
    assert server.discoveries == 2


def test_conflicts_and_immutable_fields_are_typed():
    conflict = ("..replicas", "FieldManagerConflict", 'conflict with "x"')
    immutable = ("spec.selector", "FieldValueInvalid", "field is immutable")
    server = Server(refusal(409, "Conflict", "conflict", conflict), refusal(422, "Invalid", "bad", immutable))
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}}
    with server.client() as client:
        with pytest.raises(KubeError) as first:
            client.apply(pod, field_manager="me")
        with pytest.raises(KubeError) as second:
            client.apply(pod, field_manager="me")
    assert first.value.is_conflict
    assert first.value.field_conflicts[0].message == 'conflict with "x"'
    assert second.value.immutable
    assert not first.value.immutable


def test_an_answer_that_is_no_status_still_says_something():
    assert "502" in str(error_of(502, ""))
    assert str(error_of(500, "upstream is gone")) == "upstream is gone"


def test_a_busy_server_is_asked_again():
    server = Server(httpx.Response(429, headers={"Retry-After": "0"}, json={}), {"gitVersion": "v1.36.2"})
    with server.client() as client:
        assert client.version() == "v1.36.2"


def test_no_answer_is_its_own_error():
    server = Server(httpx.ConnectError("refused"))
    with server.client() as client, pytest.raises(KubeUnreachable, match=r"127\.0\.0\.1:1 does not answer: refused"):
        client.version()


def test_lists_follow_their_pages_and_items_know_their_kind():
    page = {"items": [{"metadata": {"name": "a"}}], "metadata": {"continue": "more"}}
    server = Server(page, {"items": [{"metadata": {"name": "b"}}], "metadata": {}})
    with server.client() as client:
        found = client.list("v1", "Pod", label_selector="app=x")
    assert [(item["kind"], item["metadata"]["name"]) for item in found] == [("Pod", "a"), ("Pod", "b")]
    assert server.requests[0].url.path == "/api/v1/pods"
    assert server.requests[1].url.params["continue"] == "more"


def test_delete_waits_for_this_incarnation_only():
    server = Server({"metadata": {"uid": "1"}}, {"metadata": {"uid": "1"}}, {"metadata": {"uid": "2"}})
    with server.client() as client:
        assert client.delete("v1", "Pod", "p", "n", wait_seconds=5)
    assert not server.answers
    gone = Server(refusal(404, "NotFound", "gone"))
    with gone.client() as client:
        assert not client.delete("v1", "Pod", "p", "n")
    stays = Server({"metadata": {"uid": "1"}}, {"metadata": {"uid": "1"}})
    with stays.client() as client, pytest.raises(TimeoutError, match="still exists"):
        client.delete("v1", "Pod", "p", "n", wait_seconds=0)


def test_a_watch_gives_events_and_raises_the_servers_errors():
    lines = [
        {"type": "ADDED", "object": {"metadata": {"name": "p"}}},
        {"type": "ERROR", "object": {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old"}},
    ]
    server = Server(httpx.Response(200, content="\n".join(json.dumps(line) for line in lines)))
    with server.client() as client:
        events = client.watch("v1", "Pod", "n", field_selector="metadata.name=p", resource_version="7", seconds=3)
        assert next(events)[0] == "ADDED"
        with pytest.raises(KubeError, match="too old"):
            next(events)
    assert server.requests[0].url.params["timeoutSeconds"] == "3"


def plugin(tmp_path, *, expires_in, printed=None):
    """A credential program that counts its runs and prints a new token each time."""
    moment = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=expires_in)
    status = {"token": TOKEN, "expirationTimestamp": moment.isoformat().replace("+00:00", "Z")}
    answer = json.dumps({"kind": "ExecCredential", "status": status}) if printed is None else printed
    script = tmp_path / "plugin"
    script.write_text(
        f"#!{sys.executable}\nimport os, sys\n"
        f"open({str(tmp_path / 'runs')!r}, 'a').write(os.environ['EXTRA'] + ' '.join(sys.argv[1:]) + '\\n')\n"
        f"print({answer!r})\n"
    )
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    version = "client.authentication.k8s.io/v1beta1"
    spec = {"command": str(script), "args": ["a"], "env": [{"name": "EXTRA", "value": "e"}], "apiVersion": version}
    return kubeconfig({"exec": spec})


def runs(tmp_path):
    return (tmp_path / "runs").read_text().splitlines()


def test_an_exec_credential_is_used_until_it_expires(tmp_path):
    server = Server({}, {})
    with server.client(plugin(tmp_path, expires_in=600)) as client:
        client.version()
        client.version()
    assert server.requests[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert runs(tmp_path) == ["ea"]


def test_an_expired_or_refused_exec_credential_is_renewed(tmp_path):
    server = Server({}, httpx.Response(401, json={}), {})
    with server.client(plugin(tmp_path, expires_in=5)) as client:
        client.version()
        client.version()
    assert len(runs(tmp_path)) == 3


@pytest.mark.parametrize(
    ("printed", "words"),
    [("nonsense", "printed no ExecCredential"), ('{"status": {}}', "neither a token nor a client certificate")],
)
def test_a_bad_credential_program_is_named_and_its_output_is_not_shown(tmp_path, printed, words):
    with (
        Server().client(plugin(tmp_path, expires_in=60, printed=printed)) as client,
        pytest.raises(KubeUnreachable) as e,
    ):
        client.version()
    assert words in str(e.value)
    assert "nonsense" not in str(e.value)


def test_a_missing_credential_program_is_named():
    spec = {"command": "no-such-program", "apiVersion": "client.authentication.k8s.io/v1"}
    with Server().client(kubeconfig({"exec": spec})) as client, pytest.raises(KubeUnreachable, match="no-such-program"):
        client.version()


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("a: [", "neither YAML nor JSON"),
        ("just text", "has no clusters"),
        ({**kubeconfig(), "current-context": "gone"}, "no entry named 'gone'"),
        ({**kubeconfig(), "current-context": None, "contexts": []}, "no current-context"),
        (kubeconfig(server="127.0.0.1"), "server"),
        (kubeconfig(**{"certificate-authority": "/no/such/file"}), "cannot read /no/such/file"),
        (kubeconfig(**{"certificate-authority-data": "%%%"}), "certificate-authority-data is not base64"),
        (kubeconfig({"exec": {"command": "x", "apiVersion": "v0"}}), "exec.apiVersion"),
        (kubeconfig({"exec": {"apiVersion": "client.authentication.k8s.io/v1"}}), "exec.command is missing"),
    ],
)
def test_a_bad_kubeconfig_says_where(config, words):
    with pytest.raises(BadKubeconfig, match=words):
        read_kubeconfig(config if isinstance(config, str) else yaml.safe_dump(config))


def test_material_comes_inline_or_from_files_and_stays_out_of_repr(tmp_path):
    (tmp_path / "token").write_text(TOKEN + "\n")
    user = {"tokenFile": str(tmp_path / "token"), "client-key-data": base64.b64encode(b"PRIVATE").decode()}
    access = read_kubeconfig(json.dumps(kubeconfig(user)))
    assert (access.token, access.client_key_pem, access.namespace) == (TOKEN, "PRIVATE", "team")
    assert TOKEN not in repr(access)
    assert "PRIVATE" not in repr(access)


def test_a_client_key_that_is_none_is_refused_without_quoting_it():
    secret = base64.b64encode(b"SECRETKEY").decode()
    user = {"client-certificate-data": secret, "client-key-data": secret}
    client = KubeClient.from_kubeconfig(kubeconfig(user, server="https://127.0.0.1:1"))
    with pytest.raises(KubeUnreachable) as caught:
        client.version()
    assert "SECRETKEY" not in str(caught.value)
