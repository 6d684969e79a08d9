"""A stream that stops a decompression bomb while it unpacks, before it fills a disk or the memory."""

import gzip
from typing import BinaryIO, Final

from toolkit.bundle.errors import BundleError

# tarfile reads headers of 512 bytes and extended headers whole; ours reads file content in blocks of BLOCK.
BLOCK: Final = 256 * 1024
_LONGEST_READ: Final = 1 << 20
_TAR_BLOCK: Final = 512


class Meter:
    """The decompressed archive, read forwards, up to `cap` bytes.

    It is the file object of a `tarfile.TarFile`, so every byte, headers and padding included, counts.
    """

    def __init__(self, compressed: BinaryIO, *, cap: int, name: str) -> None:
        self._stream = gzip.GzipFile(fileobj=compressed, mode="rb")
        self._cap = cap
        self._name = name
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
            self.last_block = data
        return data

    def seek(self, position: int) -> None:
        """Move forwards to `position`."""
        self._check(position)
        self._stream.seek(position)

    def tell(self) -> int:
        """Bytes given out or passed over so far."""
        return self._stream.tell()

    def at_proper_end(self) -> bool:
        """Whether the archive ended in a block of zeros, and nothing but zeros follows."""
        ended = len(self.last_block) == _TAR_BLOCK and not any(self.last_block)
        while block := self.read(BLOCK):
            ended = ended and not any(block)
        return ended

    def _check(self, position: int) -> None:
        if position > self._cap:
            self._bomb(f"must unpack to at most {self._cap} bytes", f"more than {self._cap}")

    def _bomb(self, rule: str, got: str) -> None:
        raise BundleError(self._name, rule, got, fix="do not use this archive; ask the vendor's support")
