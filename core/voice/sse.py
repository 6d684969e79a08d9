"""Bytes of an event stream in any cut -> the data of its events, each as one line.

Owns the format only. source: WHATWG, HTML, section "Server-sent events" (parsing an event stream).
Cartesia's events say in their JSON what they are, so the fields `event`, `id` and `retry` are passed over. Unlike a
browser, an event that the stream's end cuts off behind its data is handed out: whether it is whole, its JSON says.
"""

from dataclasses import dataclass, field

from core.voice.ndjson import DEFAULT_MAX_LINE_BYTES, LineSplitter, LineTooLongError

__all__ = ["SseReader"]

_BOM = b"\xef\xbb\xbf"


@dataclass(slots=True)
class SseReader:
    """Feed it parts, get data; at the end, `close()`.

    Holds at most one event of `max_bytes` plus one part, whatever arrives.
    """

    max_bytes: int = DEFAULT_MAX_LINE_BYTES
    failure: LineTooLongError | None = None
    """Set once a line or an event was too long. Nothing is taken after it."""
    _lines: LineSplitter = field(init=False)
    _data: list[bytes] = field(default_factory=list)
    _held: int = 0
    _begun: bool = False
    _after_cr: bool = False

    def __post_init__(self) -> None:
        self._lines = LineSplitter(self.max_bytes, keep_blank=True)

    def feed(self, part: bytes) -> list[bytes]:
        """Data of the events that `part` finishes, each as one line that ends in a newline."""
        found: list[bytes] = []
        if self.failure is not None or not part:
            return found
        for _, line in self._lines.feed(self._newlines(part)):
            self._take(line, found)
        if self._lines.failure is not None:
            self.failure = self._lines.failure
        return found

    def close(self) -> list[bytes]:
        """Data of an event that lacks its blank line."""
        found: list[bytes] = []
        if self.failure is None:
            for _, line in self._lines.close():
                self._take(line, found)
            self._take(b"", found)
        return found

    def _newlines(self, part: bytes) -> bytes:
        """CR, LF and CR LF are one line end each, also where the two come in different parts."""
        if self._after_cr and part[:1] == b"\n":
            part = part[1:]
            self._after_cr = False
        if part:
            self._after_cr = part[-1:] == b"\r"
        return part.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in part else part

    def _take(self, line: bytes, found: list[bytes]) -> None:
        if not self._begun:
            self._begun = True
            line = line.removeprefix(_BOM)
        if not line:
            if self._data:
                found.append(b" ".join(self._data) + b"\n")  # a line end inside JSON is a blank
            self._data.clear()
            self._held = 0
            return
        name, _, value = line.partition(b":")
        if name != b"data":
            return
        value = value.removeprefix(b" ")
        self._held += len(value)
        if self._held > self.max_bytes:
            self.failure = LineTooLongError(f"event is longer than {self.max_bytes} bytes", self._lines.offset)
            self._data.clear()
            return
        self._data.append(value)
