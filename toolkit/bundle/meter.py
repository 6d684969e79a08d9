"""A stream that stops a decompression bomb while it unpacks, before it fills a disk or the memory."""

from typing import BinaryIO, Final

from toolkit.bundle.errors import BundleError
from toolkit.bundle.forms import HEAD_BYTES, SUBSTITUTES, form_of
from toolkit.bundle.streams import open_stream

# tarfile reads headers of 512 bytes and extended headers whole; ours reads file content in blocks of BLOCK.
BLOCK: Final = 256 * 1024
_LONGEST_READ: Final = 1 << 20
_TAR_BLOCK: Final = 512
SAME: Final = "its digest is the published one, so fetching it again brings the same"


class Meter:
    """The decompressed archive, read forwards, up to `cap` bytes.

    It is the file object of a `tarfile.TarFile`, so every byte, headers and padding included, counts.
    """

    def __init__(self, compressed: BinaryIO, *, cap: int, name: str) -> None:
        """Read the archive, whatever it is compressed with.

        Raises:
            BundleError: When it is of a form that is not read, naming that.
        """
        self.form = form_of(compressed.read(HEAD_BYTES))
        """What the archive is by its first bytes, e.g. `gzip` or `a plain tar`."""
        compressed.seek(0)
        stream = open_stream(compressed, self.form)
        if stream is None:
            raise not_a_tar(name, self.form)
        self._stream = stream
        self._cap = cap
        self._name = name
        self.first_block = b""
        """The first header block read, whatever it is."""
        self.last_block = b""
        """The last header block read; all zero once the archive has properly ended."""

    def read(self, size: int) -> bytes:
        """Up to `size` bytes.

        Raises:
            BundleError: When one read, or all of them together, ask for more than an honest archive would.
        """
        if not 0 <= size <= _LONGEST_READ:
            self._bomb(f"must not have headers above {_LONGEST_READ} bytes", str(size))
        data = self._stream.read(size)
        self._check(self._stream.tell())
        if size == _TAR_BLOCK:
            self.first_block = self.first_block or data
            self.last_block = data
        return data

    def seek(self, position: int) -> None:
        """Move forwards to `position`."""
        self._check(position)
        self._stream.seek(position)

    def tell(self) -> int:
        """Bytes given out or passed over so far."""
        return self._stream.tell()

    def fault_at_end(self) -> str:
        """Why the archive did not end in a block of zeros with nothing but zeros behind; empty where it did."""
        ended = len(self.last_block) == _TAR_BLOCK and not any(self.last_block)
        more = False
        while block := self.read(BLOCK):
            more = more or any(block)
        if not ended:
            return "damaged or cut short"
        return "something behind its end, such as a second archive" if more else ""

    def _check(self, position: int) -> None:
        if position > self._cap:
            self._bomb(f"must unpack to at most {self._cap} bytes", f"more than {self._cap}")

    def _bomb(self, rule: str, got: str) -> None:
        raise BundleError(self._name, rule, got, fix="do not use this archive; ask the vendor's support")


def not_a_tar(name: str, form: str) -> BundleError:
    """The error for a file that is something else; `form` says what, where that shows."""
    if form in SUBSTITUTES:
        fix = "it is what a proxy or a sign-in page answers: check the way to the bucket, and ask the vendor's support"
    else:
        fix = f"ask the vendor's support for it as a .tar.gz; {SAME}"
    return BundleError(name, "must be a gzipped tar", form or "something else", fix=fix)
