"""The meter refuses by its own rules: one read that is too long, and all reads together."""

import gzip
import io

import pytest

from toolkit.bundle.errors import BundleError
from toolkit.bundle.meter import Meter

MEBIBYTE = 1 << 20


def meter(data: bytes, cap: int) -> Meter:
    return Meter(io.BytesIO(gzip.compress(data)), cap=cap, name="a.tar.gz")


@pytest.mark.parametrize("size", [MEBIBYTE + 1, -1])
def test_no_header_is_read_that_is_longer_than_a_mebibyte(size: int) -> None:
    with pytest.raises(BundleError, match=f"headers above {MEBIBYTE} bytes; got {size}"):
        meter(b"x", cap=8 * MEBIBYTE).read(size)


def test_a_header_of_a_mebibyte_is_read() -> None:
    assert len(meter(bytes(2 * MEBIBYTE), cap=2 * MEBIBYTE).read(MEBIBYTE)) == MEBIBYTE
    assert meter(b"x", cap=1).read(0) == b""


def test_the_cap_itself_is_allowed_and_one_byte_more_is_not() -> None:
    assert meter(bytes(600), cap=600).read(600) == bytes(600)
    with pytest.raises(BundleError, match="at most 600 bytes"):
        meter(bytes(601), cap=600).read(601)
    with pytest.raises(BundleError, match="at most 600 bytes"):
        meter(b"", cap=600).seek(601)
