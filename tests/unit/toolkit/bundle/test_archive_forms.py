"""Archives in other forms than their name says: read where that is safe, else named as what they are."""

import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.tar_members import directory, link, member, tar_bytes
from toolkit.bundle import BundleError
from toolkit.bundle.forms import form_of
from toolkit.bundle.unpack import Limits, unpack

GOOD = tar_bytes(member("a/b", b"content" * 300), member("a/c", b"more" * 300))
CONTENT = {"a/b": b"content" * 300, "a/c": b"more" * 300}
PACK = {"gzip": gzip.compress, "xz": lzma.compress, "bzip2": bz2.compress, "tar": bytes}


def tree(tmp_path, data, limits=None):
    archive = tmp_path / "archive.tar.gz"
    archive.write_bytes(data)
    out = tmp_path / "out"
    unpack(archive, out, limits or Limits())
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}


def zipped():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a", "b")
    return packed.getvalue()


@pytest.mark.parametrize("form", PACK)
def test_tar_is_read_however_it_is_compressed(form, tmp_path):
    assert tree(tmp_path, PACK[form](GOOD)) == CONTENT


@pytest.mark.parametrize("form", ["gzip", "xz", "bzip2"])
@pytest.mark.parametrize("at", [1, 700, len(GOOD) - 1])
def test_parts_one_after_another_are_one_archive(form, at, tmp_path):
    assert tree(tmp_path, PACK[form](GOOD[:at]) + PACK[form](GOOD[at:])) == CONTENT


@pytest.mark.parametrize("form", ["gzip", "xz", "bzip2"])
def test_padding_of_zeros_is_allowed(form, tmp_path):
    assert tree(tmp_path, PACK[form](GOOD) + bytes(512)) == CONTENT


@pytest.mark.parametrize("form", PACK)
@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_archive_that_is_cut_short_is_named_so(form, share, tmp_path):
    data = PACK[form](GOOD.rstrip(b"\0"))
    with pytest.raises(BundleError, match=r"must be whole .* cut short|unexpected end of data|damaged or cut short"):
        tree(tmp_path, data[: int(len(data) * share)])


@pytest.mark.parametrize("form", ["gzip", "xz", "bzip2"])
def test_something_else_behind_the_end_is_refused(form, tmp_path):
    with pytest.raises(BundleError, match="damaged"):
        tree(tmp_path, PACK[form](GOOD) + b"garbage" * 10)


@pytest.mark.parametrize("form", PACK)
def test_second_archive_behind_the_first_is_named_so(form, tmp_path):
    with pytest.raises(BundleError, match="such as a second archive"):
        tree(tmp_path, PACK[form](GOOD) + PACK[form](GOOD))


@pytest.mark.parametrize("form", ["xz", "bzip2"])
def test_bomb_of_another_form_is_stopped(form, tmp_path):
    data = PACK[form](tar_bytes(member("a", bytes(80 << 20))))
    with pytest.raises(BundleError, match=r"unpacked bytes|must unpack to at most"):
        tree(tmp_path, data)
    assert sum(path.stat().st_size for path in (tmp_path / "out").rglob("*") if path.is_file()) <= 65 << 20


def test_xz_that_wants_much_memory_is_refused(tmp_path):
    data = bytearray(lzma.compress(GOOD, preset=0))
    # The dictionary's size is one byte of the block header, whose checksum follows it (.xz 1.2, section 3.1).
    size = (data[12] + 1) * 4
    at = data.index(b"\x21\x01", 12) + 2
    data[at] = 36  # 1 GiB
    data[12 + size - 4 : 12 + size] = zlib.crc32(bytes(data[12 : 12 + size - 4])).to_bytes(4, "little")
    with pytest.raises(BundleError, match="Memory"):
        tree(tmp_path, bytes(data))


NAMED = {
    "zstd": b"\x28\xb5\x2f\xfd" + bytes(20),
    "lz4": b"\x04\x22\x4d\x18" + bytes(20),
    "zip": zipped(),
    "7-Zip": b"7z\xbc\xaf\x27\x1c" + bytes(20),
    "an empty file": b"",
    "an HTML page": b"\n<!DOCTYPE html><html><body>Sign in</body></html>",
    "an XML document": b"<?xml version='1.0'?><Error><Code>NoSuchKey</Code></Error>",
    "a JSON document": json.dumps({"error": {"code": 404}}, indent=2).encode(),
    "a Git LFS pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n",
    "an OpenPGP message": b"-----BEGIN PGP MESSAGE-----\n",
    "plain text": b"not found\n",
    "gzip of gzip": gzip.compress(gzip.compress(GOOD)),
    "gzip of zip": gzip.compress(zipped()),
    "gzip of zstd": gzip.compress(b"\x28\xb5\x2f\xfd" + bytes(1000)),
    "gzip of a JSON document": gzip.compress(b'{"a": 1}' + b" " * 600),
    "gzip of an HTML page": gzip.compress(b"<html>" + b"x" * 600),
    "gzip of an empty file": gzip.compress(b""),
    "gzip of plain text": gzip.compress(b"hello\n" * 300),
}


@pytest.mark.parametrize("form", NAMED)
def test_file_that_is_no_tar_is_named_with_its_fix(form, tmp_path):
    with pytest.raises(BundleError) as refused:
        tree(tmp_path, NAMED[form])
    problem = refused.value.problem
    assert problem.rule == "must be a gzipped tar"
    assert problem.got == form
    assert "with `cartesia-infra release fetch`" not in problem.fix, "fetching again brings the same file"


COMPANIONS = ["._a", "a/._b", "__MACOSX/a/._b", "a/.DS_Store", "a/templates/._service.yaml"]


@pytest.mark.parametrize("companion", COMPANIONS)
def test_companions_of_macos_are_left_out(companion, tmp_path):
    data = tar_bytes(member(companion, b"\x00\x05\x16\x07"), member("a/b", b"x"), directory("__MACOSX"))
    assert tree(tmp_path, gzip.compress(data)) == {"a/b": b"x"}
    assert not (tmp_path / "out" / "__MACOSX").exists()


@pytest.mark.parametrize(
    ("hostile", "words"),
    [
        (member("../._a", b"x"), r"must not contain \.\."),
        (member("/tmp/.DS_Store", b"x"), "absolute path"),
        (member("._a", b"x", mode=0o4755), "setuid"),
        (member("__MACOSX/a", type=tarfile.FIFOTYPE), "a fifo"),
        (link("b", "._a"), "a link to a member"),
    ],
)
def test_companion_is_checked_as_every_member_is(hostile, words, tmp_path):
    with pytest.raises(BundleError, match=words):
        tree(tmp_path, gzip.compress(tar_bytes(member("._a", b"x"), hostile)))


def test_versioned_top_folder_with_links_inside_is_read(tmp_path):
    data = tar_bytes(
        directory("cartesia-kube-1.2.3/"), member("cartesia-kube-1.2.3/a", b"x"), link("cartesia-kube-1.2.3/b", "a")
    )
    assert tree(tmp_path, gzip.compress(data)) == {"cartesia-kube-1.2.3/a": b"x", "cartesia-kube-1.2.3/b": b"x"}


@pytest.mark.parametrize("format", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_headers_of_every_tar_are_read(format, tmp_path):
    packed = io.BytesIO()
    fields = {"comment": "0123456789abcdef"}
    with tarfile.open(fileobj=packed, mode="w", format=format, pax_headers=fields) as tar:
        info, content = member("d" * 90 + "/" + "é" * 10, b"x")
        info.pax_headers = {"mtime": "1700000000.5", "LIBARCHIVE.xattr.com.apple.provenance": "AQI"}
        tar.addfile(info, io.BytesIO(content))
    assert tree(tmp_path, gzip.compress(packed.getvalue())) == {"d" * 90 + "/" + "é" * 10: b"x"}


@pytest.mark.parametrize(("kind", "words"), [(b"V", "a volume label"), (b"M", "another volume"), (b"D", "incremental")])
def test_members_of_backups_are_refused_by_name(kind, words, tmp_path):
    with pytest.raises(BundleError, match=words):
        tree(tmp_path, gzip.compress(tar_bytes(member("a", type=kind))))


@settings(derandomize=True, deadline=None)
@given(st.binary(max_size=600))
def test_any_bytes_have_a_form_or_none(head):
    assert form_of(head).isprintable()


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.sampled_from(sorted(PACK)), st.integers(0, 2000), st.integers(1, 255))
def test_one_flipped_byte_gives_an_error_by_name_or_a_tree(tmp_path_factory, form, position, change):
    data = bytearray(PACK[form](GOOD))
    data[position % len(data)] ^= change
    try:
        tree(tmp_path_factory.mktemp("any"), bytes(data))
    except BundleError as refused:
        assert str(refused.problem).isprintable()
