"""Whose credentials call: a profile, an assumed role, or what a stack file says of its account."""

import datetime
import http.server
import json
import threading
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from tests.services.test_voice import environment
from toolkit.commands.smoke import _with_credentials
from toolkit.voice.route import Destination
from toolkit.voice.routes.sagemaker.account import session_for

TO = Destination(endpoint="voice", region="us-east-2")
ROLE = "arn:aws:iam::123456789012:role/voice-caller"


@pytest.fixture
def account(monkeypatch, tmp_path: Path):
    environment(monkeypatch)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    keys = tmp_path / "credentials"
    keys.write_text(
        "[prod]\naws_access_key_id = AKIDPROD\naws_secret_access_key = s\n"
        "[default]\naws_access_key_id = AKIDDEFAULT\naws_secret_access_key = s\n"
    )
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(keys))


class _Sts(http.server.BaseHTTPRequestHandler):
    """Answers AssumeRole."""

    def do_POST(self) -> None:
        asked = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.server.asked.append((asked["RoleArn"][0], self.headers["Authorization"]))  # type: ignore[attr-defined]
        until = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=self.server.lifetime)).isoformat()  # type: ignore[attr-defined]
        keys = (
            f"<AccessKeyId>ASIA{len(self.server.asked)}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"  # type: ignore[attr-defined]
            f"<SessionToken>t</SessionToken><Expiration>{until}</Expiration>"
        )
        body = (
            '<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>'
            f"<Credentials>{keys}</Credentials></AssumeRoleResult></AssumeRoleResponse>"
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: object) -> None:
        pass


@pytest.fixture
def sts(monkeypatch):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Sts) as server:
        server.asked, server.lifetime = [], 3600
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_a_profile_is_used_where_it_is_named(account) -> None:
    assert session_for(TO).get_credentials().access_key == "AKIDDEFAULT"
    named = Destination(endpoint="voice", region="us-east-2", profile="prod")
    assert session_for(named).get_credentials().access_key == "AKIDPROD"


@pytest.mark.parametrize(("profile", "source"), [("prod", "AKIDPROD"), (None, "AKIDDEFAULT")])
def test_a_role_is_assumed_with_the_profiles_keys_at_the_first_call(account, sts, profile, source) -> None:
    session = session_for(Destination(endpoint="voice", region="us-east-2", profile=profile, role_arn=ROLE))
    assert sts.asked == []
    assert session.get_credentials().get_frozen_credentials().access_key == "ASIA1"
    [(role, signature)] = sts.asked
    assert role == ROLE
    assert f"Credential={source}/" in signature
    session.get_credentials().get_frozen_credentials()
    assert len(sts.asked) == 1


def test_a_role_is_assumed_again_before_its_keys_expire(account, sts) -> None:
    sts.lifetime = 60
    session = session_for(Destination(endpoint="voice", region="us-east-2", role_arn=ROLE))
    assert session.get_credentials().refresh_needed()
    assert [session.get_credentials().get_frozen_credentials().access_key for _ in range(2)] == ["ASIA1", "ASIA2"]


STACK = {
    "config": {"cartesia:aws": {"profile": "prod", "roleArn": ROLE}, "cartesia:sagemaker": {"region": "us-east-2"}}
}


def test_smoke_calls_as_the_stack_is_deployed_unless_told_otherwise(monkeypatch, tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text(json.dumps({"name": "p", "runtime": "python", "stackConfigDir": "stacks"}))
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks/Pulumi.prod.yaml").write_text(json.dumps(STACK))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CARTESIA_AWS_CREDENTIALS", raising=False)

    def whose(stack: str | None, profile: str | None = None, role: str | None = None) -> tuple[str | None, str | None]:
        to = _with_credentials(TO, stack, profile, role)
        return to.profile, to.role_arn

    assert whose("prod") == ("prod", ROLE)
    assert whose("org/project/prod") == ("prod", ROLE)
    assert whose("prod", profile="mine") == ("mine", None)
    assert whose("prod", role="other") == (None, "other")
    assert whose("elsewhere") == whose(None) == (None, None)
    monkeypatch.setenv("CARTESIA_AWS_CREDENTIALS", "environment")
    assert whose("prod") == (None, None)
