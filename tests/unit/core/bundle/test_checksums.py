"""SHA256SUMS: every line is an entry or an error, and the archive's entry is found whichever way it is listed."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.bundle.checksums import choose_entry, decode_checksums, parse_checksums
from core.input.problems import InvalidInput

A, B = "a" * 64, "b" * 64
FILE = "cartesia-kube-latest.tar.gz"


def choose(text, version="1.2.3"):
    return choose_entry(parse_checksums(text), file_name=FILE, version=version)


@pytest.mark.parametrize(
    "text",
    [
        f"{A}  {FILE}\n",
        f"{A} *{FILE}\n",
        f"{A.upper()}  {FILE}",
        f"{A}  ./dist/{FILE}\r\n",
        f"{A}  C:\\build\\{FILE}\n",
        f"\ufeff{A}  {FILE}\n\n",
        f"{A}  cartesia-kube-1.2.3.tar.gz\n",
        f"{A}  cartesia-kube-v1.2.3.tar.gz\n",
        f"{A}  cartesia-kube-1.2.3.tgz\n",
        f"{B}  other.txt\n{A}  {FILE}\n",
        f"{B}  cartesia-kube-1.2.3.tar.gz\n{A}  {FILE}\n",  # the exact name beats the version
        f"{B}  cartesia-images-1.2.3.tar.gz\n{A}  cartesia-kube-1.2.3.tar.gz\n",  # the same stem beats another
        f"{B}  cartesia-kube-1.2.3.tar.gz.sig\n{A}  cartesia-kube-1.2.3.tar.gz\n",
        f"{A}  {FILE}\n{A}  copy/{FILE}\n",
        f"{A} {FILE}\n",
        f"{A}\t{FILE}\n",
        f"  {A}   {FILE}  \n",
        f'{A}  "{FILE}"\n',
        f"sha256:{A}  {FILE}\n",
        f"SHA256 ({FILE}) = {A.upper()}\n",
        f"SHA256 (./{FILE}) = {A}\r\n",
        f"SHA2-256({FILE})= {A}\n",
        f"MD5 ({FILE}) = {'c' * 32}\nSHA512 ({FILE}) = {'c' * 128}\nSHA256 ({FILE}) = {A}\n",
        f"# sums of the release\n; made by hand\n{A}  {FILE}\n",
        f"{A}  /builds/dist/{FILE}\n",
        f"{A}  https://example.com/dist/{FILE}\n",
        f"{B}  releases/1.2.2/{FILE}\n{A}  releases/1.2.3/{FILE}\n",
        f"{B}  releases/v1.2.2/{FILE}\n{A}  releases/v1.2.3/{FILE}\n",
        f"\\{A}  C:\\\\build\\\\{FILE}\n",
        f"\\{B}  a\\nb\n{A}  {FILE}\n",
        f"\\SHA256 (C:\\\\{FILE}) = {A}\n",
        A,
        f"{A.upper()}\r\n",
        f"{A}  -\n",
        f"sha256:{A}\n",
        f"{B}  other.txt\r{A}  {FILE}\r",
        f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n{A}  {FILE}\n- {B}  other.txt"
        "\n-----BEGIN PGP SIGNATURE-----\n\niQEz+/=\n=abcd\n-----END PGP SIGNATURE-----\n",
    ],
)
def test_entry_of_the_archive_is_found(text):
    assert choose(text).sha256 == A


@pytest.mark.parametrize(
    "name",
    [
        "cartesia-kube-11.2.3.tar.gz",
        "cartesia-kube-0.1.2.3.tar.gz",
        "cartesia-kube-1.2.30.tar.gz",
        "cartesia-kube-1.2.3.4.tar.gz",
        "cartesia-kube-1.2.3-1.tar.gz",
        "cartesia-kube-1.2.3-rc1.tar.gz",
        "cartesia-kube-1.2.3a.tar.gz",
        "cartesia-kube-1x2x3.tar.gz",
        "cartesia-kube-1.2.3.zip",
        "1.2.3/cartesia-kube.tar.gz",
        "cartesia-kube.tar.gz",
    ],
)
def test_entry_of_something_else_is_no_entry(name):
    with pytest.raises(InvalidInput, match="must list cartesia-kube-latest") as refused:
        choose(f"{A}  {name}\n")
    assert name in str(refused.value)


def test_two_digests_for_the_archive_are_refused():
    with pytest.raises(InvalidInput, match="must give one digest"):
        choose(f"{A}  {FILE}\n{B}  copy/{FILE}\n")


@pytest.mark.parametrize(
    "line",
    ["nonsense", f"{A[:-1]}  name", f"{A}a  name", f"SHA256 (name) = {A[:-1]}", f"\\{A}  a\\tb", f"SHA999 (a) = {A}"],
)
def test_every_broken_line_is_named(line):
    with pytest.raises(InvalidInput) as refused:
        parse_checksums(f"{line}\n{A}  fine\n{line}\n")
    assert [problem.path for problem in refused.value.problems] == ["SHA256SUMS:1", "SHA256SUMS:3"]


FORMS = {
    "PowerShell's table": "Algorithm       Hash      Path",
    "certutil's output": "SHA256 hash of file:",
    "an HTML or XML page": "<!DOCTYPE html>",
    "JSON": '{"error": "not found"}',
    "a minisign signature": "untrusted comment: signature from key",
    "a signature, a key or an encrypted file": "-----BEGIN PGP MESSAGE-----",
    "a Git LFS pointer": "version https://git-lfs.github.com/spec/v1",
    "a digest in base64": "q" * 43 + "=  name",
    "has the length of MD5": "c" * 32 + "  name",
    "has the length of SHA-1": "c" * 40 + "  name",
    "has the length of SHA-512": "c" * 128 + "  name",
    "64 hex digits and has 63": f"{A[:-1]}  name",
    "escape nothing but": f"\\{A}  a\\tb",
}


@pytest.mark.parametrize("form", FORMS)
def test_form_that_is_not_read_is_named_with_its_fix(form):
    with pytest.raises(InvalidInput) as refused:
        parse_checksums(FORMS[form])
    [problem] = refused.value.problems
    assert form in problem.rule
    assert "again" not in problem.fix, "fetching again brings the same file"


SIGNED = f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n{A}  {FILE}\n"
SIGNATURE = "-----BEGIN PGP SIGNATURE-----\n\niQEz\n-----END PGP SIGNATURE-----\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (SIGNED, "cut short"),
        (SIGNED + SIGNATURE[:40], "cut short"),
        (f"{B}  {FILE}\n{SIGNED}{SIGNATURE}", "outside of its signed part"),
        (f"{SIGNED}{SIGNATURE}{B}  {FILE}\n", "outside of its signed part"),
        (f"{A}\n{B}\n", "must name each file"),
        (f"{A}\n{B}  {FILE}\n", "must name each file"),
        (f"SHA512 ({FILE}) = {'c' * 128}\n", "by its SHA-256"),
    ],
)
def test_part_of_a_file_is_not_taken_for_the_whole(text, words):
    with pytest.raises(InvalidInput, match=words):
        parse_checksums(text)


def test_names_that_drive_a_terminal_are_shown_escaped():
    with pytest.raises(InvalidInput) as refused:
        choose(f"\\{A}  a\\nb\n")
    assert "a\\nb" in str(refused.value)
    assert "a\nb" not in str(refused.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_of_editors_are_read(encoding):
    assert choose(decode_checksums(f"{A}  {FILE}\r\n".encode(encoding))).sha256 == A


@pytest.mark.parametrize("data", [b"\xff\xfea", b"\x85\x01\xff\xfe", "ä".encode("latin-1")])
def test_bytes_of_no_text_are_named(data):
    with pytest.raises(InvalidInput, match="must be UTF-8 text and is"):
        decode_checksums(data)


@pytest.mark.parametrize("text", ["", "\n", "  \r\n\n", "# only a comment\n"])
def test_empty_list_is_refused(text):
    with pytest.raises(InvalidInput, match="at least one file"):
        parse_checksums(text)


NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Zs"]), min_size=1)


@settings(derandomize=True, deadline=None)
@given(st.lists(st.tuples(st.binary(), NAMES, st.sampled_from("* ")), min_size=1))
def test_what_sha256sum_writes_is_read_back(files):
    text = "".join(f"{hashlib.sha256(data).hexdigest()} {mode}{name}\n" for data, name, mode in files)
    assert [(e.sha256, e.name) for e in parse_checksums(text)] == [
        (hashlib.sha256(data).hexdigest(), name) for data, name, _ in files
    ]


@settings(derandomize=True, deadline=None)
@given(st.text())
def test_any_text_gives_entries_or_one_error(text):
    try:
        entries = parse_checksums(text)
    except InvalidInput as refused:
        assert refused.problems
    else:
        assert entries
        assert all(len(entry.sha256) == 64 and entry.base_name is not None for entry in entries)


SIMPLE_NAMES = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}", fullmatch=True)
LINES = {
    "gnu": lambda digest, name: f"{digest}  {name}",
    "binary": lambda digest, name: f"{digest} *{name}",
    "one blank": lambda digest, name: f"{digest} {name}",
    "tab": lambda digest, name: f"{digest}\t{name}",
    "bsd": lambda digest, name: f"SHA256 ({name}) = {digest}",
    "openssl": lambda digest, name: f"SHA2-256({name})= {digest}",
    "indented": lambda digest, name: f"  {digest}  {name}  ",
}
PATHS = st.sampled_from(["", "./", "/builds/", "releases/1.2.3/"])
ENDS = st.sampled_from(["\n", "\r\n"])
WRAPS = st.sampled_from(
    [
        lambda text: text,
        lambda text: f"\ufeff{text}",
        lambda text: f"# sums\n\n{text}",
        lambda text: f"{SIGNED.partition(A)[0]}{text}\n{SIGNATURE}",
    ]
)


@settings(derandomize=True, deadline=None)
@given(
    st.lists(st.tuples(st.binary(), SIMPLE_NAMES, st.sampled_from(sorted(LINES)), PATHS, st.booleans()), min_size=1),
    ENDS,
    WRAPS,
)
def test_every_spelling_of_the_same_sums_gives_the_same_digests(files, end, wrap):
    rows = []
    for data, name, form, folder, upper in files:
        digest = hashlib.sha256(data).hexdigest()
        rows.append(LINES[form](digest.upper() if upper else digest, folder + name))
    read = parse_checksums(wrap(end.join(rows)))
    assert [(e.sha256, e.base_name) for e in read] == [(hashlib.sha256(f[0]).hexdigest(), f[1]) for f in files]
