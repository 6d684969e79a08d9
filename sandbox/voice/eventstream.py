"""Frames of `application/vnd.amazon.eventstream`: what AWS wraps around a streamed response.

Owns the byte format only. source: AWS, "Event stream encoding", docs.aws.amazon.com/transcribe, page `event-stream`,
and the reader in botocore (`botocore.eventstream`), both read 2026-11-21.
"""

import functools
import json
import struct
import zlib
from collections.abc import Mapping

__all__ = ["CONTENT_TYPE", "exception_frame", "frame", "payload_part"]

CONTENT_TYPE = "application/vnd.amazon.eventstream"

_STRING = 7
"""Type number of a header value that is text; the only type these responses use."""


def frame(headers: Mapping[str, str], payload: bytes) -> bytes:
    """One message: length, header length, CRC of both, headers, payload, CRC of everything before it."""
    return _with_packed_headers(_pack(tuple(headers.items())), payload)


def payload_part(payload: bytes) -> bytes:
    """A `PayloadPart` event that carries raw bytes of the container's response."""
    return _with_packed_headers(_PAYLOAD_PART, payload)


def exception_frame(kind: str, fields: Mapping[str, str]) -> bytes:
    """An exception of the service's model in the middle of a stream, e.g. `ModelStreamError`."""
    headers = {":message-type": "exception", ":exception-type": kind, ":content-type": "application/json"}
    return frame(headers, json.dumps(fields).encode())


def _with_packed_headers(headers: bytes, payload: bytes) -> bytes:
    prelude = struct.pack(">II", 12 + len(headers) + len(payload) + 4, len(headers))
    head = prelude + struct.pack(">I", zlib.crc32(prelude)) + headers
    return head + payload + struct.pack(">I", zlib.crc32(payload, zlib.crc32(head)))


@functools.lru_cache(maxsize=32)
def _pack(headers: tuple[tuple[str, str], ...]) -> bytes:
    packed = b""
    for name, value in headers:
        key, text = name.encode(), value.encode()
        packed += struct.pack(">B", len(key)) + key + struct.pack(">BH", _STRING, len(text)) + text
    return packed


_PAYLOAD_PART = _pack(
    ((":message-type", "event"), (":event-type", "PayloadPart"), (":content-type", "application/octet-stream"))
)
