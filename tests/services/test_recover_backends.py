"""Locks and states of `file://`, `s3://` and `gs://` backends, beside the real engine, which has the same files.

S3 is moto's server, Cloud Storage is fake-gcs-server.
"""

import datetime as dt
import getpass
import json
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage
from moto.server import ThreadedMotoServer

from clients.engine import Engine, EngineError
from sandbox.toolchain import ensure
from tests.support.gcs_vendor import gcs_url  # noqa: F401 - a fixture
from toolkit.recovery.backend import BucketError, open_bucket
from toolkit.recovery.checkpoint import locked, replace_state
from toolkit.recovery.lock import LockAction, look_at_lock, take_lock
from toolkit.recovery.owner import owners

pytestmark = pytest.mark.engine

LOCKS = ".pulumi/locks/organization/voice/dev/"
ELSEWHERE = {"pid": 7, "username": "ada", "hostname": "ci-runner-7"}


class Site:
    """A project with one stack in some backend."""

    def __init__(self, folder: Path, url: str) -> None:
        self.url, self.folder = url, folder
        (folder / "Pulumi.yaml").write_text("name: voice\nruntime: python\n")
        self.engine = Engine("dev")

    @property
    def bucket(self) -> Any:
        found = open_bucket(self.url)
        assert found is not None
        return found

    def pulumi(self, *words: str, given: str | None = None) -> "subprocess.CompletedProcess[str]":
        command = ["pulumi", *words, "--stack", "dev", "--non-interactive"]
        return subprocess.run(command, input=given, capture_output=True, text=True, check=False)

    def lock(self, **values: Any) -> str:
        key = f"{LOCKS}1f0e.json"
        row = {"timestamp": dt.datetime.now(dt.UTC).isoformat()} | ELSEWHERE | values
        self.bucket.write(key, json.dumps(row).encode())
        return key


@pytest.fixture(scope="module")
def s3_endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def s3_url(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    name = f"state-{os.urandom(4).hex()}"
    boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1").create_bucket(Bucket=name)
    return f"s3://{name}/team/a?region=us-east-1&endpoint={endpoint}&s3ForcePathStyle=true"


def gs_url(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", endpoint.removeprefix("http://"))  # as the engine wants it
    name = f"state-{os.urandom(4).hex()}"
    client = storage.Client(
        project="p",
        credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]
        client_options={"api_endpoint": endpoint},
    )
    client.create_bucket(name)
    return f"gs://{name}"


@pytest.fixture(params=["file", "file-gz", "s3", "gs"])
def site(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, s3_endpoint: str
) -> Iterator[Site]:
    program = ensure(["pulumi"], progress=False)["pulumi"]
    monkeypatch.setenv("PATH", f"{Path(program).parent}{os.pathsep}{os.environ['PATH']}")
    for name, value in {
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }.items():
        monkeypatch.setenv(name, value)
    if request.param == "s3":
        url = s3_url(s3_endpoint, monkeypatch)
    elif request.param == "gs":
        # The engine of today's gocloud asks Google for credentials even of an emulator.
        monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", "test")
        url = gs_url(request.getfixturevalue("gcs_url"), monkeypatch)
    else:
        (tmp_path / "state").mkdir()
        url = f"file://{tmp_path / 'state'}"
        monkeypatch.setenv("PULUMI_DIY_BACKEND_GZIP", "true" if request.param == "file-gz" else "false")
    monkeypatch.setenv("PULUMI_BACKEND_URL", url)
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    made = Site(tmp_path / "project", url)
    begun = made.pulumi("stack", "init")
    assert begun.returncode == 0, begun.stderr
    imported = made.pulumi("stack", "import", given=json.dumps(made.engine.export()))
    assert imported.returncode == 0, imported.stderr
    yield made


def with_resource(state: dict[str, Any], name: str) -> dict[str, Any]:
    urn = "urn:pulumi:dev::voice::pulumi:pulumi:Stack::voice-dev"
    row = {"urn": urn, "type": "pulumi:pulumi:Stack", "custom": False, "outputs": {"name": name}}
    return {**state, "deployment": {**state["deployment"], "resources": [row]}}


def names(state: dict[str, Any]) -> list[str]:
    return [each["outputs"]["name"] for each in state["deployment"].get("resources") or []]


def test_an_update_of_another_machine_is_named_and_its_lock_stays_until_a_person_says_so(site: Site) -> None:
    key = site.lock()
    refused = site.pulumi("stack", "import", given=json.dumps(site.engine.export()))
    assert "created by ada@ci-runner-7 (pid 7)" in refused.stderr, "the engine reads another place"
    lock = look_at_lock(site.url, "voice", "dev")
    assert [str(owner) for owner in lock.owners] == ["ada@ci-runner-7 (pid 7)"]
    assert lock.action is LockAction.ASK
    assert site.bucket.read(key) is not None
    take_lock(lock, pytest.fail)
    assert site.bucket.read(key) is None
    assert look_at_lock(site.url, "voice", "dev").action is LockAction.NOTHING


def test_a_dead_update_of_this_machine_is_known_as_dead(site: Site) -> None:
    site.lock(pid=2**30, hostname=socket.gethostname())
    assert look_at_lock(site.url, "voice", "dev").action is LockAction.TAKE


def test_the_engine_refuses_while_a_recovery_holds_the_stack_and_names_it(site: Site) -> None:
    me = f"{getpass.getuser()}@{socket.gethostname()} (pid {os.getpid()})"
    with locked(site.bucket, "voice", "dev"):
        refused = site.pulumi("stack", "import", given=json.dumps(site.engine.export()))
        assert f"created by {me}" in refused.stderr
        assert look_at_lock(site.url, "voice", "dev").action is LockAction.REFUSE, "it lives"
        with pytest.raises(EngineError, match=r"took the stack"), locked(site.bucket, "voice", "dev"):
            pytest.fail("two at once")
    assert owners(site.bucket, "voice", "dev") == ()


def test_a_state_is_replaced_as_the_engine_would_have_and_only_where_nobody_wrote_since(site: Site) -> None:
    read = site.engine.export()
    replace_state(site.engine, site.bucket, "voice", read, with_resource(read, "ours"))
    written = site.engine.export()
    assert names(written) == ["ours"]
    assert site.pulumi("stack", "import", given=json.dumps(with_resource(written, "theirs"))).returncode == 0
    theirs = site.engine.export()
    with pytest.raises(EngineError, match="was updated while this ran"):
        replace_state(site.engine, site.bucket, "voice", {"deployment": {"manifest": {"time": "0"}}}, read)
    assert site.engine.export() == theirs
    site.lock()
    with pytest.raises(EngineError, match=r"ada@ci-runner-7 \(pid 7\) took the stack"):
        replace_state(site.engine, site.bucket, "voice", theirs, read)
    assert site.engine.export() == theirs
    assert len(owners(site.bucket, "voice", "dev")) == 1, "theirs stays, ours does not"


def test_a_bucket_that_does_not_answer_asks_a_person(monkeypatch: pytest.MonkeyPatch, s3_endpoint: str) -> None:
    url = s3_url(s3_endpoint, monkeypatch)
    lock = look_at_lock(url.replace("s3://state", "s3://other"), "voice", "dev")
    assert (lock.action, lock.known) == (LockAction.ASK, False)
    said = "\n".join(lock.lines(dt.datetime.now(dt.UTC)))
    assert "they cannot be read from here (s3://other-" in said
    assert "NoSuchBucket" in said
    with pytest.raises(BucketError, match="profile"):
        open_bucket("s3://b?profile=nobody-has-this")


def test_what_is_not_a_state_file_is_left_alone(site: Site) -> None:
    read = site.engine.export()
    key = next(key for key in site.bucket.keys(".pulumi/stacks/voice/dev.json") if not key.endswith((".bak", ".attrs")))
    site.bucket.write(key, b"{}")
    with pytest.raises(BucketError, match="is not a state file"):
        replace_state(site.engine, site.bucket, "voice", read, read)
    assert site.bucket.read(key) == b"{}"
