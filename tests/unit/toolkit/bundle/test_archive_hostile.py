"""Archives that attack whoever unpacks them: each is refused by name, and nothing outside of the directory changes."""

import gzip
import os
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.tar_members import directory, link, member, tar_bytes
from toolkit.bundle import BundleError
from toolkit.bundle.unpack import Limits, unpack


def write(path, data):
    path.write_bytes(gzip.compress(data, mtime=0))
    return path


def unpacked(tmp_path, *members, limits=None, raw=None):
    archive = write(tmp_path / "archive.tar.gz", raw if raw is not None else tar_bytes(*members))
    unpack(archive, tmp_path / "out", limits or Limits())
    return tmp_path / "out"


def header(name, **fields):
    return member(name, **fields)[0].tobuf(tarfile.PAX_FORMAT)


END = bytes(1024)

HOSTILE = {
    "absolute path": ([member("/etc/passwd", b"x")], "must not be an absolute path"),
    "absolute path of many slashes": ([member("//etc/passwd", b"x")], "must not be an absolute path"),
    "parent": ([member("../outside", b"x")], r"must not contain \.\."),
    "parent in the middle": ([member("a/../../outside", b"x")], r"must not contain \.\."),
    "parent at the end": ([directory("a/..")], r"must not contain \.\."),
    "parent behind a dot": ([member("./../outside", b"x")], r"must not contain \.\."),
    "backslash": ([member("..\\outside", b"x")], "must not contain a backslash"),
    "newline in a name": ([member("a\nb", b"x")], "control characters"),
    "escape in a name": ([member("a\x1b[2Jb", b"x")], "control characters"),
    "name of no encoding": ([member("a\udcff", b"x")], "control characters"),
    "no name": ([member("", b"x")], "must be readable text"),
    "file for the root": ([member("./", b"x")], "must have a name"),
    "part too long": ([member("x" * 256, b"x")], "must be at most"),
    "path too long": ([member("/".join(["x" * 100] * 12), b"x")], "must be at most"),
    "too deep": ([member("/".join("x" * 40), b"x")], "directories deep"),
    "character device": ([member("a", type=tarfile.CHRTYPE, devmajor=1, devminor=5)], "a character device"),
    "block device": ([member("a", type=tarfile.BLKTYPE, devmajor=8)], "a block device"),
    "fifo": ([member("a", type=tarfile.FIFOTYPE)], "a fifo"),
    "contiguous file": ([member("a", type=tarfile.CONTTYPE)], "a contiguous file"),
    "unknown kind": ([member("a", type=b"Z")], "must be a file, a directory or a link"),
    "setuid": ([member("a", b"x", mode=0o4755)], "must not be setuid"),
    "setgid": ([member("a", b"x", mode=0o2755)], "must not be setuid"),
    "link to an absolute path": ([link("a", "/etc/passwd")], "a link to an absolute path"),
    "link out": ([link("a", "../outside")], "a link out of the archive"),
    "link out from below": ([directory("d"), link("d/a", "../../outside")], "a link out of the archive"),
    "dangling link": ([link("a", "nothing")], "a link to a member"),
    "link to itself": ([link("a", "a")], "through another link"),
    "link to the root": ([directory("d"), link("d/a", "..")], "a directory that holds it"),
    "link to its own directory": ([directory("d/e"), link("d/e/a", "..")], "a directory that holds it"),
    "links that meet outside": (
        [directory("a/b"), directory("c/d"), link("a/b/l", "../../c/d"), link("m", "a/b/l/../../../outside")],
        "through another link",
    ),
    "link with a control character": ([link("a", "b\x00c".replace("\x00", "\x07"))], "a link to a readable path"),
    "write through a link": ([link("a", "/tmp"), member("a/b", b"x")], "must not lie below a link"),
    "write through a link by another spelling": ([link("a", "/tmp"), member("./a//b", b"x")], "below a link"),
    "link in place of a directory": ([member("a/b", b"x"), link("a", "/tmp")], "must occur once"),
    "file in place of a link": ([member("b", b"x"), link("a", "b"), member("a", b"y")], "must occur once"),
    "file below a file": ([member("a", b"x"), member("a/b", b"y")], "must not lie below a file"),
    "file twice": ([member("a", b"x"), member("a", b"y")], "must occur once"),
    "file twice by another spelling": ([member("a/b", b"x"), member("a//./b", b"y")], "must occur once"),
    "case collision": ([member("values.yaml", b"x"), member("VALUES.yaml", b"y")], "more than case"),
    "case collision of directories": ([member("a/x", b"x"), member("A/y", b"y")], "more than case"),
    "spelling collision": ([member("\u00e9", b"x"), member("e\u0301", b"y")], "more than case"),
    "hard link out": ([link("a", "/etc/passwd", tarfile.LNKTYPE)], "absolute path"),
    "hard link to a parent": ([link("a", "../outside", tarfile.LNKTYPE)], r"\.\."),
    "hard link to nothing": ([link("a", "b", tarfile.LNKTYPE)], "a hard link to an earlier file"),
    "hard link to a link": (
        [link("a", "/etc/passwd"), link("b", "a", tarfile.LNKTYPE)],
        "a hard link to an earlier file",
    ),
    "hard link to a directory": ([directory("a"), link("b", "a", tarfile.LNKTYPE)], "a hard link to an earlier file"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_member_is_refused_and_nothing_outside_changes(case, tmp_path):
    members, words = HOSTILE[case]
    outside = tmp_path / "outside"
    outside.write_text("untouched")
    with pytest.raises(BundleError, match=words) as refused:
        unpacked(tmp_path, *members)
    assert outside.read_text() == "untouched"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["archive.tar.gz", "out", "outside"]
    assert str(refused.value.problem).isprintable(), "a name must not be able to drive the terminal"


def test_ordinary_bundle_unpacks_read_only_with_its_links(tmp_path):
    out = unpacked(
        tmp_path,
        directory("."),
        directory("./kube", mode=0o2755),
        member("./kube/run.sh", b"#!/bin/sh\n", mode=0o755),
        member("./kube/deep/er/file", b"text"),
        link("./kube/link", "deep/er/file"),
        link("./kube/deep/up", "../run.sh"),
        link("./kube/dir", "deep"),
        link("./kube/hard", "kube/run.sh", tarfile.LNKTYPE),
        directory("./kube/deep"),
    )
    kube = out / "kube"
    assert (kube / "link").read_bytes() == b"text"
    assert (kube / "deep" / "up").read_bytes() == b"#!/bin/sh\n"
    assert (kube / "dir" / "er" / "file").read_bytes() == b"text"
    assert (kube / "hard").stat().st_ino != (kube / "run.sh").stat().st_ino
    assert kube.stat().st_mode & 0o7777 == 0o555
    assert (kube / "run.sh").stat().st_mode & 0o777 == 0o555 & ~current_umask()
    assert (kube / "deep" / "er" / "file").stat().st_mode & 0o333 == 0


def current_umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


@pytest.mark.parametrize("format", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_long_names_of_both_formats_are_understood(tmp_path, format):
    name = "/".join(["d" * 60] * 5) + "/é.txt"
    out = unpacked(tmp_path, raw=tar_bytes(member(name, b"x"), format=format))
    assert (out / name).read_bytes() == b"x"


BOMBS = {
    "zeros": lambda: tar_bytes(member("a", bytes(80 << 20))),
    "a size that is not there": lambda: header("a", size=1 << 40) + END,
    "padding": lambda: header("a", size=0) + bytes(80 << 20),
    "an extended header of 2 MiB": lambda: header("x", type=tarfile.XHDTYPE, size=2 << 20) + bytes(2 << 20) + END,
    "a long name of 2 MiB": lambda: header("x", type=tarfile.GNUTYPE_LONGNAME, size=2 << 20) + b"a" * (2 << 20) + END,
    "hard links to one file": lambda: tar_bytes(
        member("a", os.urandom(1024) * 1024), *(link(f"l{n}", "a", tarfile.LNKTYPE) for n in range(70))
    ),
    "a chain of headers": lambda: header("x", type=tarfile.XGLTYPE, size=0) * 3000 + END,
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_bomb_is_refused_before_it_fills_the_disk(bomb, tmp_path):
    with pytest.raises(BundleError):
        unpacked(tmp_path, raw=BOMBS[bomb]())
    out = tmp_path / "out"
    assert sum(path.stat().st_size for path in out.rglob("*") if path.is_file()) <= 65 << 20


def test_too_many_members_are_refused(tmp_path):
    with pytest.raises(BundleError, match="at most 5 members"):
        unpacked(tmp_path, *(member(f"f{n}", b"") for n in range(6)), limits=Limits(members=5))


def test_total_size_is_limited(tmp_path):
    with pytest.raises(BundleError, match="100"):
        unpacked(tmp_path, member("a", b"x" * 200), limits=Limits(total_bytes=100))


GOOD = tar_bytes(member("a/b", b"content" * 300), member("a/c", b"more" * 300))
DAMAGED = {
    "empty file": b"",
    "not gzip": b"PK\x03\x04 a zip",
    "not a tar": gzip.compress(b"hello" * 300),
    "gzip cut short": gzip.compress(GOOD)[:-12],
    "gzip of nothing": gzip.compress(b""),
    "tar cut in a member": gzip.compress(GOOD[:1500]),
    "tar cut between members": gzip.compress(GOOD[: 512 + 2560]),
    "broken second header": gzip.compress(GOOD[: 512 + 2560] + b"\xff" * 512 + GOOD[512 + 2560 + 512 :]),
    "something after the end": gzip.compress(GOOD + b"hidden"),
    "a second tar behind": gzip.compress(GOOD + GOOD),
    "garbage after gzip": gzip.compress(GOOD) + b"garbage",
    "wrong checksum of gzip": gzip.compress(GOOD)[:-8] + b"\0\0\0\0" + gzip.compress(GOOD)[-4:],
}


@pytest.mark.parametrize("case", DAMAGED)
def test_damaged_archive_is_refused_whole(case, tmp_path):
    archive = tmp_path / "archive.tar.gz"
    archive.write_bytes(DAMAGED[case])
    with pytest.raises(BundleError, match=r"archive\.tar\.gz: must"):
        unpack(archive, tmp_path / "out")


NAMES = st.text(
    alphabet=st.sampled_from("ab./\\~ \n\u00e9\u0301\u202eA\x00")
    | st.characters(min_codepoint=1, max_codepoint=0x2FFF),
    max_size=40,
)
KINDS = st.sampled_from([tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(st.tuples(NAMES, KINDS, NAMES), min_size=1, max_size=6))
def test_no_archive_can_leave_its_directory(tmp_path_factory, members):
    tmp_path = tmp_path_factory.mktemp("any")
    outside = tmp_path / "outside"
    outside.write_text("untouched")
    raw = tar_bytes(
        *(member(name, b"x" if kind == tarfile.REGTYPE else b"", type=kind, linkname=to) for name, kind, to in members)
    )
    try:
        out = unpacked(tmp_path, raw=raw)
    except BundleError as refused:
        assert str(refused.problem).isprintable()
    else:
        for path in out.rglob("*"):
            assert path.resolve().is_relative_to(out.resolve())
            assert path.exists(), "no link dangles"
    assert outside.read_text() == "untouched"
    assert {path.name for path in tmp_path.iterdir()} == {"archive.tar.gz", "out", "outside"}
