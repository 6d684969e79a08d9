"""Secrets as editors, shells and portals hand them over: taken as they were meant, or named; never shown."""

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.gcp.key_text import service_account_text
from core.gcp.service_account import parse_service_account
from core.input.pasted import NotTextError, decoded
from core.input.problems import InvalidInput, Problems
from core.secrets.table import SECRETS
from sandbox.vendor import write_service_account
from stacks.file.secret_settings import read_secrets
from toolkit.bundle.credentials import read_key, storage_client

CANARY = "CANARY4f1c"


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    path = tmp_path_factory.mktemp("key") / "key.json"
    write_service_account(path)
    return path.read_text()


def with_private_key(change):
    return lambda text: json.dumps((info := json.loads(text)) | {"private_key": change(info["private_key"])})


def raw_line_ends(text):
    """The private key with line ends as they are in place of escapes, which is no JSON."""
    return text.replace("\\n", "\n")


SPELLINGS = {
    "as downloaded": lambda text: text,
    "mark": lambda text: f"\ufeff{text}",
    "blanks": lambda text: f"\n\t {text}\u200b\n",
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 in lines": lambda text: base64.encodebytes(text.encode()).decode(),
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "base64 twice": lambda text: base64.b64encode(base64.b64encode(text.encode())).decode(),
    "base64 of UTF-16": lambda text: base64.b64encode(text.encode("utf-16")).decode(),
    "single quotes": lambda text: f"'{text}'",
    "double quotes": lambda text: f'"{text}"',
    "curly quotes": lambda text: f"\u201c{text}\u201d",
    "JSON string": json.dumps,
    "escaped quotes": lambda text: json.dumps(text)[1:-1],
    "Windows line ends": lambda text: text.replace("\n", "\r\n"),
    "line ends in the private key": raw_line_ends,
    "line ends written out twice": with_private_key(lambda pem: pem.replace("\n", "\\n")),
    "Windows line ends written out": with_private_key(lambda pem: pem.replace("\n", "\\r\\n")),
    "Windows line ends in the private key": with_private_key(lambda pem: pem.replace("\n", "\r\n")),
    "blanks in place of line ends": with_private_key(
        lambda pem: pem.replace("\n", " ").replace("PRIVATE KEY", "PRIVATE KEY")
    ),
    "no line ends": with_private_key(lambda pem: pem.replace("\n", "")),
    "quotes around the private key": with_private_key(lambda pem: f'"{pem}"'),
    "no final line end": with_private_key(str.strip),
}
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_of_a_key_gives_the_same_key(spelling, key, tmp_path):
    file = tmp_path / "key.json"
    file.write_text(SPELLINGS[spelling](key))
    account = read_key(file)
    wanted = dict(json.loads(key))
    assert account.info["private_key"].split() == wanted["private_key"].split()
    assert {**account.info, "private_key": ""} == {**wanted, "private_key": ""}
    storage_client(account, path="key.json")  # Google's library reads it


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_key_in_every_encoding_of_editors_is_read(encoding, key, tmp_path):
    file = tmp_path / "key.json"
    file.write_bytes(key.encode(encoding))
    assert read_key(file).info == json.loads(key)


def test_good_key_is_left_as_it_is(key):
    assert service_account_text(key) == key
    assert service_account_text(f"{key}\n") == f"{key}\n"


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(sorted(SPELLINGS)), max_size=2))
def test_spellings_inside_of_each_other_are_read_or_refused_without_a_word_of_the_key(key, spellings):
    text = key
    for spelling in spellings:
        try:
            text = SPELLINGS[spelling](text)
        except ValueError:
            return  # changes a private key of what is no JSON any more
    try:
        account = parse_service_account(service_account_text(text))
    except InvalidInput as refused:
        body = json.loads(key)["private_key"].split("\n")[3]
        assert body not in str(refused)
    else:
        assert account.info["private_key"].split() == json.loads(key)["private_key"].split()


OTHER_FILES = {
    "an OAuth client of a desktop program": json.dumps({"installed": {"client_secret": CANARY}}),
    "an OAuth client of a web page": json.dumps({"web": {"client_secret": CANARY}}),
    "a Docker login": json.dumps({"auths": {"r.io": {"auth": CANARY}}}),
    "a Kubernetes object": json.dumps({"apiVersion": "v1", "data": {"a": CANARY}}),
    "an access token": json.dumps({"access_token": CANARY}),
    "an HTML or XML page": f"<html>{CANARY}</html>",
    "a private key alone": f"-----BEGIN PRIVATE KEY-----\n{CANARY}\n-----END PRIVATE KEY-----",
    "one word": f"sk_car_{CANARY}",
    "a file's name": f"/home/me/{CANARY}.json",
    "an address": f"gs://bucket/{CANARY}",
    "a line with a name": f"GOOGLE_CREDENTIALS={CANARY}",
    "stops being JSON": f'{{"private_key": "{CANARY}',
    "person's login by gcloud": json.dumps({"type": "authorized_user", "refresh_token": CANARY}),
}


@pytest.mark.parametrize("form", OTHER_FILES)
def test_file_of_another_kind_is_named_and_never_shown(form, tmp_path):
    file = tmp_path / "key"
    file.write_text(OTHER_FILES[form])
    with pytest.raises(InvalidInput) as refused:
        read_key(file)
    assert form in str(refused.value)
    assert CANARY not in str(refused.value).replace(str(tmp_path), "")


@pytest.mark.parametrize(
    ("data", "form"),
    [(b"\x30\x82\x0a\x01\xff", "PKCS #12"), (b"\xff\xfea", "UTF-16-LE that is damaged"), (b"\x80", "not UTF-8 text")],
)
def test_bytes_that_are_no_text_are_named(data, form, tmp_path):
    (tmp_path / "key").write_bytes(data)
    with pytest.raises(InvalidInput, match=form):
        read_key(tmp_path / "key")
    with pytest.raises(NotTextError) as refused:
        decoded(data)
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None


def given_secret(name, value, *, file=None):
    """What a stack takes for a secret that is given in its file, or in a file of its own, and what it complains of."""
    problems = Problems()
    if file is None:
        found = read_secrets({name: value}, lambda key: True, {}, problems)
    else:
        file.write_bytes(value)
        found = read_secrets({}, lambda key: True, {SECRETS[name].variable: str(file)}, problems)
    return found.get(name), [str(problem) for problem in problems]


LICENSE = json.dumps({"licensee": "x", "signature": CANARY})
MEANT = {
    "apiKey": (f"sk_car_{CANARY}", ["mark", "blanks", "single quotes", "double quotes", "curly quotes"]),
    "license": (
        LICENSE,
        ["mark", "base64", "base64 in lines", "single quotes", "JSON string", "escaped quotes", "base64 of UTF-16"],
    ),
}
CASES = [(name, spelling) for name, (_, spellings) in MEANT.items() for spelling in spellings]


@pytest.mark.parametrize(("name", "spelling"), CASES)
def test_stack_takes_the_secret_that_is_meant(name, spelling, tmp_path):
    meant = MEANT[name][0]
    spelled = SPELLINGS[spelling](meant)
    assert given_secret(name, spelled) == (meant, [])
    for encoding in ENCODINGS[:3]:
        assert given_secret(name, spelled.encode(encoding), file=tmp_path / "secret") == (meant, [])


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_stack_takes_the_key_that_is_meant(spelling, key):
    found, complaints = given_secret("serviceAccountJson", SPELLINGS[spelling](key))
    assert complaints == []
    assert json.loads(found)["private_key"].split() == json.loads(key)["private_key"].split()


@pytest.mark.parametrize("password", ["'quoted'", '"quoted"', "YWJjZGVmZ2hpamtsbW5v", "a b"])
def test_password_keeps_what_may_belong_to_it(password, tmp_path):
    assert given_secret("mirrorPassword", password) == (password, [])
    assert given_secret("mirrorPassword", password.encode("utf-16"), file=tmp_path / "p") == (password, [])


NAMED = {
    "a line with a name and =": ("apiKey", f"CARTESIA_API_KEY={CANARY}"),
    "the word Bearer": ("apiKey", f"Bearer {CANARY}"),
    "a JSON file": ("apiKey", json.dumps({"api_key": CANARY})),
    "a private key alone": ("apiKey", f"-----BEGIN PRIVATE KEY-----\n{CANARY}"),
    "a file's name": ("apiKey", f"./{CANARY}.txt"),
    "a line end written out": ("apiKey", f"{CANARY}\\n"),
    "beyond ASCII": ("apiKey", f"{CANARY}\u00e9"),
    "one word without blanks": ("apiKey", f"{CANARY} {CANARY}"),
    "HTML": ("license", f"<html>{CANARY}"),
    "and is one word": ("license", f"sk_car_{CANARY}"),
    "and not a service-account key": ("license", json.dumps({"type": "service_account", "private_key": CANARY})),
}


@pytest.mark.parametrize("words", NAMED)
def test_secret_of_another_form_is_named_and_never_shown(words, tmp_path):
    name, value = NAMED[words]
    for file in (None, tmp_path / "secret"):
        _, complaints = given_secret(name, value if file is None else value.encode(), file=file)
        assert words in "".join(complaints)
        assert CANARY not in "".join(complaints)


@settings(derandomize=True, deadline=None)
@given(st.sampled_from(sorted(SECRETS)), st.text(), st.text(), st.sampled_from(ENCODINGS))
def test_no_error_shows_any_of_a_secret(tmp_path_factory, name, before, after, encoding):
    text = f"{before}{CANARY}{after}"
    try:
        data = text.encode(encoding)
    except UnicodeEncodeError:
        return
    _, complaints = given_secret(name, data, file=tmp_path_factory.getbasetemp() / "secret")
    _, others = given_secret(name, text)
    assert CANARY not in "".join(complaints + others)
