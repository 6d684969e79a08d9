"""SHA256SUMS: every line is an entry or an error, and the archive's entry is found whichever way it is listed."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.bundle.checksums import choose_entry, parse_checksums
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
    ["nonsense", A, f"{A}  ", f"{A} name", f"{A}\tname", f"{A[:-1]}  name", f"{A}a  name", f"SHA256 ({FILE}) = {A}"],
)
def test_every_broken_line_is_named(line):
    with pytest.raises(InvalidInput) as refused:
        parse_checksums(f"{line}\n{A}  fine\n{line}\n")
    assert [problem.path for problem in refused.value.problems] == ["SHA256SUMS:1", "SHA256SUMS:3"]


@pytest.mark.parametrize("text", ["", "\n", "  \r\n\n"])
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
