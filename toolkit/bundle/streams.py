"""One compressed file as a stream that is read forwards, its several parts one after another.

Owns the decompressors of the forms that the standard library reads as a stream, and the bound on their memory. How much
may come out is `toolkit.bundle.meter`'s.
"""

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import BinaryIO, Final, Protocol, cast

from toolkit.bundle.forms import TAR

__all__ = ["DAMAGED", "open_stream"]

_CHUNK: Final = 64 * 1024
_XZ_MEMORY: Final = 256 << 20
"""Bytes that reading xz may take; `xz -9` needs 65 MiB, a hostile header asks for 4 GiB."""


class DamagedError(ValueError):
    """Bytes that cannot be decompressed, or follow the end and are not compressed."""


DAMAGED: Final = (gzip.BadGzipFile, zlib.error, lzma.LZMAError, EOFError, DamagedError)
"""What reading a damaged stream raises; `EOFError` where it is cut short."""


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Parts:
    """Bytes of a file of several compressed parts, as `gzip.GzipFile` gives those of gzip."""

    def __init__(self, file: BinaryIO, make: Callable[[], _Decompressor]) -> None:
        self._file = file
        self._make = make
        self._part = make()
        self._pending = b""
        self._position = 0

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; fewer only at the end."""
        pieces = []
        while size > 0 and (piece := self._some(size)):
            pieces.append(piece)
            size -= len(piece)
            self._position += len(piece)
        return b"".join(pieces)

    def seek(self, position: int) -> None:
        """Move forwards."""
        while self._position < position and self.read(min(_CHUNK, position - self._position)):
            pass

    def tell(self) -> int:
        """Bytes given out so far."""
        return self._position

    def _some(self, size: int) -> bytes:
        while True:
            if self._part.eof and not self._next():
                return b""
            data = self._feed() if self._part.needs_input else b""
            if self._part.needs_input and not data:
                raise EOFError("the compressed data ends too early")
            try:
                piece = self._part.decompress(data, size)
            except OSError as error:  # what bz2 raises for damage
                raise DamagedError("the compressed data is damaged") from error
            if piece:
                return piece

    def _feed(self) -> bytes:
        data, self._pending = self._pending, b""
        return data or self._file.read(_CHUNK)

    def _next(self) -> bool:
        """Whether another part follows; zeros are padding."""
        data = self._part.unused_data.lstrip(b"\0")
        while not data and (block := self._file.read(_CHUNK)):
            data = block.lstrip(b"\0")
        if data:
            self._part, self._pending = self._make(), data
        return bool(data)


def open_stream(file: BinaryIO, form: str) -> BinaryIO | None:
    """The unpacked bytes of a file of a form (`toolkit.bundle.forms`); None for a form that is not read."""
    return READERS[form](file) if form in READERS else None


READERS: Final[Mapping[str, Callable[[BinaryIO], BinaryIO]]] = MappingProxyType(
    {
        "gzip": lambda file: cast(BinaryIO, gzip.GzipFile(fileobj=file, mode="rb")),
        "xz": lambda file: cast(BinaryIO, _Parts(file, lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, _XZ_MEMORY))),
        "bzip2": lambda file: cast(BinaryIO, _Parts(file, bz2.BZ2Decompressor)),
        TAR: lambda file: file,
    }
)
"""How each form is read that can be."""
