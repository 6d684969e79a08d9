"""Bytes in any cut -> complete lines: the lower half of reading a stream of one JSON object a line.

Owns where a line ends, the longest line, and the offset of each line in the stream. Knows nothing of JSON or UTF-8: a
multi-byte character or a base64 group cut between two parts is whole again before anybody decodes it.
"""

from dataclasses import dataclass, field

__all__ = ["DEFAULT_MAX_LINE_BYTES", "EXCERPT_CHARS", "DecodeError", "LineSplitter", "LineTooLongError", "excerpt"]

DEFAULT_MAX_LINE_BYTES = 1024 * 1024
"""Longest line taken, bytes. A 20 ms chunk of 48 kHz float audio is 5 KB. Word timestamps of a long text are 100 KB."""

EXCERPT_CHARS = 60
"""Most characters of a bad line shown in an error."""


def excerpt(line: bytes) -> str:
    """The start of `line` as printable ASCII, safe in a log or a terminal."""
    shown = line[:EXCERPT_CHARS].decode("ascii", "backslashreplace")
    text = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in shown)[:EXCERPT_CHARS]
    return text + "…" if len(text) < len(shown) or len(line) > EXCERPT_CHARS else text


class DecodeError(ValueError):
    """The stream is not what the protocol says it is.

    Attributes:
        reason: What is wrong, one clause.
        offset: Where the offending line starts, bytes from the start of the stream.
        excerpt: Its first characters, escaped; empty where nothing can be shown.
    """

    def __init__(self, reason: str, offset: int, shown: str = "") -> None:
        self.reason = reason
        self.offset = offset
        self.excerpt = shown
        super().__init__(f"byte {offset}: {reason}" + (f"; got {shown}" if shown else ""))


class LineTooLongError(DecodeError):
    """A line longer than the limit. It is refused without being collected."""


@dataclass(slots=True)
class LineSplitter:
    """Collects parts and hands out complete lines without their newline; blank lines are dropped, unless they are asked
    for.

    Holds at most `max_line_bytes` plus one part, whatever arrives.
    """

    max_line_bytes: int = DEFAULT_MAX_LINE_BYTES
    keep_blank: bool = False
    """Whether lines without a character are handed out: in some formats they mean something."""
    offset: int = 0
    """Where the unfinished line starts, bytes from the start of the stream."""
    held: int = 0
    """Bytes of the unfinished line."""
    failure: LineTooLongError | None = None
    """Set once a line was too long. Nothing is taken after it."""
    _pieces: list[bytes] = field(default_factory=list)

    def feed(self, part: bytes) -> list[tuple[int, bytes]]:
        """Complete lines that `part` finishes, each with its offset. A line too long sets `failure`."""
        lines: list[tuple[int, bytes]] = []
        if self.failure:
            return lines
        end = part.find(b"\n")
        start = 0
        while end >= 0:
            if self.held + end - start > self.max_line_bytes:
                self._refuse(part[start : min(end, start + EXCERPT_CHARS + 1)])
                return lines
            self._pieces.append(part[start:end])
            self._finish(lines)
            self.offset += 1
            start = end + 1
            end = part.find(b"\n", start)
        self._hold(part, start)
        return lines

    def close(self) -> list[tuple[int, bytes]]:
        """The last line where the stream ended without a newline."""
        lines: list[tuple[int, bytes]] = []
        if not self.failure and (self._pieces or not self.keep_blank):
            self._finish(lines)
        return lines

    def _hold(self, part: bytes, start: int) -> None:
        length = len(part) - start
        if self.held + length > self.max_line_bytes:
            self._refuse(part[start : start + EXCERPT_CHARS + 1])  # not the rest: it may be 100 MB
        elif length:
            self._pieces.append(part[start:] if start else part)
            self.held += length

    def _finish(self, lines: list[tuple[int, bytes]]) -> None:
        line = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        self._pieces.clear()
        self.held = 0
        if (line and not line.isspace()) or self.keep_blank:
            lines.append((self.offset, line))
        self.offset += len(line)

    def _refuse(self, piece: bytes) -> None:
        start = excerpt(b"".join([*self._pieces, piece])[: EXCERPT_CHARS + 1])
        self._pieces.clear()
        self.held = 0
        self.failure = LineTooLongError(f"line is longer than {self.max_line_bytes} bytes", self.offset, start)
