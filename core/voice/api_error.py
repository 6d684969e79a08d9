"""What Cartesia's API says is wrong, in each of its forms: JSON, `Title: Message`, or the page of something in between.

source: docs.cartesia.ai, page `use-the-api/api-errors` (from version 2026-03-01 JSON, before it possibly plain text),
read 2026-11-21.
"""

import json
from dataclasses import dataclass

__all__ = ["ApiError", "read_api_error"]

_LONGEST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiError:
    """One error."""

    message: str
    """Title and message, at most 500 characters; empty where nothing readable was said."""
    code: str | None = None
    """`error_code`, e.g. `concurrency_limited`."""
    request_id: str | None = None
    """What the vendor's support asks for."""

    def __str__(self) -> str:
        id_ = f" (request {self.request_id})" if self.request_id else ""
        return f"{self.message or 'no reason was given'}{id_}"


def read_api_error(body: bytes) -> ApiError:
    """An error from the body of an answer; whatever it holds, this raises nothing."""
    text = body.decode("utf-8", "replace").strip()
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        return ApiError(message=_readable(text))
    said = [value for key in ("title", "message", "error", "detail") if (value := _text(fields.get(key)))]
    return ApiError(
        message=_readable(": ".join(dict.fromkeys(said)) or text),
        code=_text(fields.get("error_code")),
        request_id=_text(fields.get("request_id")),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _readable(text: str) -> str:
    """Printable and short."""
    shown = "".join(letter if letter.isprintable() else " " for letter in text[: _LONGEST + 1])
    return shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…"
