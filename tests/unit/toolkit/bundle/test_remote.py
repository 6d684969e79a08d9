"""What Google's client raises becomes one sentence of ours, and no part of the key is in any of it."""

import json

import pytest
import requests
from google.api_core import exceptions as api
from google.auth import exceptions as auth
from google.auth.credentials import AnonymousCredentials

from core.input.problems import InvalidInput
from sandbox.vendor import write_service_account
from toolkit.bundle import BundleError
from toolkit.bundle.credentials import read_key, storage_client
from toolkit.bundle.download import download, part_file
from toolkit.bundle.errors import MissingError, MovedError
from toolkit.bundle.remote import Remote, RemoteObject

CANARY = "CANARY4f1c"


class Client:
    """A client whose every call does what it is told."""

    def __init__(self, act):
        self.act = act

    def bucket(self, name):
        return self

    def blob(self, name):
        return self

    def reload(self, **options):
        self.act(**options)

    def download_as_bytes(self, **options):
        return self.act(**options)


def failing(error):
    def act(**options):
        raise error

    return Remote(Client(act), "cartesia-onprem", reader="who@example.com")


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (api.NotFound(CANARY), MissingError, "no such object or bucket"),
        (api.Forbidden(CANARY), BundleError, r"must be readable by who@example\.com; got access denied"),
        (api.Unauthorized(CANARY), BundleError, "access denied"),
        (api.PreconditionFailed(CANARY), MovedError, "must stay the same"),
        (auth.RefreshError(CANARY, {"error": CANARY}), BundleError, r"needs a key of who@example\.com"),
        (auth.TransportError(CANARY), BundleError, "must be reachable; got TransportError"),
        (api.RetryError(CANARY, cause=None), BundleError, "must be reachable"),
        (api.ServiceUnavailable(CANARY), BundleError, "must be reachable"),
        (requests.ConnectionError(CANARY), BundleError, "must be reachable"),
        (requests.Timeout(CANARY), BundleError, "must be reachable"),
        (ConnectionResetError(CANARY), BundleError, "must be reachable"),
    ],
)
def test_error_of_the_client_is_one_sentence(error, kind, words):
    with pytest.raises(kind, match=words) as refused:
        failing(error).stat("cartesia-kube/latest/VERSION")
    head, sentence = str(refused.value).split("\n")
    assert head == "vendor archive: 1 problem"
    assert sentence.startswith("  gs://cartesia-onprem/cartesia-kube/latest/VERSION: ")
    assert CANARY not in str(refused.value)


def test_reads_are_pinned_to_the_generation_and_raw():
    seen = {}
    remote = Remote(Client(lambda **options: seen.update(options) or b"abc"), "b-u", reader="who")
    assert remote.read(RemoteObject("o", 10, 7), 2, 5) == b"abc"
    assert (seen["start"], seen["end"], seen["if_generation_match"], seen["raw_download"]) == (2, 4, 7, True)
    assert remote.read(RemoteObject("o", 0, 7), 0, 0) == b""


def test_short_blocks_are_joined_and_an_empty_answer_ends(tmp_path):
    content = b"0123456789"

    def drip(start, end, **options):
        return content[start : min(end + 1, start + 3)]

    obj = RemoteObject("o", len(content), 1)
    got = download(Remote(Client(drip), "b-u", reader="who"), obj, tmp_path, lambda step: None)
    assert got.read_bytes() == content
    got.unlink()
    silent = Remote(Client(lambda start, **options: content[start:6]), "b-u", reader="who")
    with pytest.raises(BundleError, match="must have 10 bytes; got 6 bytes"):
        download(silent, obj, tmp_path, lambda step: None)


def test_two_empty_answers_are_borne_and_only_the_third_in_a_row_ends(tmp_path):
    answers = iter([b"", b"", b"ab", b"", b"", b"cd"])
    asked = []

    def stutter(start, **options):
        asked.append(start)
        return next(answers)

    part = download(Remote(Client(stutter), "b-u", reader="w"), RemoteObject("o", 4, 1), tmp_path, lambda step: None)
    assert part.read_bytes() == b"abcd"
    assert asked == [0, 0, 0, 2, 2, 2]


def test_a_part_longer_than_its_object_is_started_over_and_a_shorter_one_continued(tmp_path):
    remote = Remote(Client(lambda start, end, **options: b"abcd"[start : end + 1]), "b-u", reader="who")
    obj = RemoteObject("o", 4, 1)
    part = part_file(tmp_path, remote, obj)
    for left, expected in ((b"damaged", b"abcd"), (b"A", b"Abcd"), (b"whol", b"whol")):
        part.write_bytes(left)
        assert download(remote, obj, tmp_path, lambda step: None).read_bytes() == expected


def test_part_of_another_generation_is_forgotten(tmp_path):
    (tmp_path / "old.part").write_bytes(b"x")
    remote = Remote(Client(lambda start, end, **options: b"ab"[start : end + 1]), "b-u", reader="who")
    part = download(remote, RemoteObject("o", 2, 1), tmp_path, lambda step: None)
    assert list(tmp_path.iterdir()) == [part]


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "key.json"
    write_service_account(path)
    return path


def test_client_signs_with_the_key_and_may_only_read(key_file, monkeypatch):
    monkeypatch.delenv("STORAGE_EMULATOR_HOST", raising=False)
    client = storage_client(read_key(key_file), path="key.json")
    assert client._credentials.service_account_email == json.loads(key_file.read_text())["client_email"]
    assert client._credentials.scopes == ["https://www.googleapis.com/auth/devstorage.read_only"]


def test_emulator_never_sees_credentials(key_file, monkeypatch):
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "http://127.0.0.1:1")
    assert isinstance(storage_client(read_key(key_file), path="key.json")._credentials, AnonymousCredentials)


def test_private_key_that_is_none_is_named_and_not_shown(key_file):
    fields = json.loads(key_file.read_text())
    fields["private_key"] = f"-----BEGIN PRIVATE KEY-----\n{CANARY}\n-----END PRIVATE KEY-----\n"
    key_file.write_text(json.dumps(fields))
    with pytest.raises(InvalidInput, match="private_key: must be a private key that can be read") as refused:
        storage_client(read_key(key_file), path="key.json")
    assert CANARY not in str(refused.value)
    assert refused.value.__context__ is None


def test_key_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(InvalidInput, match=r"no\.json: must be a readable file \(No such file"):
        read_key(tmp_path / "no.json")
    with pytest.raises(InvalidInput, match="Is a directory"):
        read_key(tmp_path)
    (tmp_path / "binary").write_bytes(b"\xff\xfe" + CANARY.encode())
    with pytest.raises(InvalidInput, match="must be JSON") as refused:
        read_key(tmp_path / "binary")
    assert CANARY not in str(refused.value)
