"""Bytes of a speech stream in any cut -> typed events, none lost and none twice.

Owns the state of one stream: its unfinished line, whether it ended, and its error. Leaves alone where bytes come from.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from core.voice.careful import parse_event
from core.voice.events import Done, ErrorEvent, Event, quick_event
from core.voice.ndjson import DEFAULT_MAX_LINE_BYTES, DecodeError, LineSplitter

__all__ = ["EventDecoder", "TruncatedStreamError", "decode"]


class TruncatedStreamError(DecodeError):
    """The stream ended without `done` or `error`."""


@dataclass(slots=True)
class EventDecoder:
    """Feed it parts, get typed events; at the end, `close()`.

    Events found before a bad line are handed out first: the error is raised by the next call, or at once by `check()`.
    """

    max_line_bytes: int = DEFAULT_MAX_LINE_BYTES
    ended: bool = False
    """True once `done` or `error` was seen."""
    failure: DecodeError | None = None
    """The error the next call raises."""
    _lines: LineSplitter = field(init=False)

    def __post_init__(self) -> None:
        self._lines = LineSplitter(self.max_line_bytes)

    def feed(self, part: bytes) -> list[Event]:
        """Events whose last byte is in `part`.

        Raises:
            DecodeError: An earlier part was bad, or this one is and no event stands before the bad line.
        """
        if self.failure is not None:
            raise self.failure
        lines = self._lines
        length = len(part)
        # A server that flushes each event sends one whole line a part: then there is nothing to split or to hold.
        if not lines.held and 0 < length <= self.max_line_bytes and part.find(b"\n") == length - 1:
            try:
                event = quick_event(part)
            except ValueError:
                pass
            else:
                lines.offset += length
                if type(event) is Done:
                    self.ended = True
                return [event]
        events = self._parse(lines.feed(part))
        if self.failure is None:
            self.failure = lines.failure
        if not events:
            self.check()
        return events

    def close(self) -> list[Event]:
        """The event of a last line without newline.

        Raises:
            TruncatedStreamError: There was neither `done` nor `error`.
            DecodeError: An earlier part or the last line is bad.
        """
        self.check()
        events = self._parse(self._lines.close())
        if self.failure is None and not self.ended:
            self.failure = TruncatedStreamError("the stream ended without `done`", self._lines.offset)
        if not events:
            self.check()
        return events

    def check(self) -> None:
        """Raise the error that `feed` or `close` held back behind events."""
        if self.failure is not None:
            raise self.failure

    def _parse(self, lines: list[tuple[int, bytes]]) -> list[Event]:
        events: list[Event] = []
        for offset, line in lines:
            try:
                event = parse_event(line, offset)
            except DecodeError as e:
                self.failure = e
                break
            if isinstance(event, (Done, ErrorEvent)):
                self.ended = True
            events.append(event)
        return events


def decode(parts: Iterable[bytes], max_line_bytes: int = DEFAULT_MAX_LINE_BYTES) -> Iterator[Event]:
    """Every event of a whole stream, then the error if it was bad.

    Raises:
        DecodeError: After the last good event: garbage, a line too long, or an end without `done`.
    """
    decoder = EventDecoder(max_line_bytes)
    for part in parts:
        yield from decoder.feed(part)
        if decoder.failure is not None:
            raise decoder.failure
    yield from decoder.close()
    decoder.check()
