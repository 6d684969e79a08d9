"""Limits of one property, as a published API model states them: smallest, largest, pattern and closed set.

Sizes of texts are characters, of lists and maps items; those of numbers are values. A failure names path, rule and
value in the words that hand-written rules use, see `rules`.
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sandbox.providers.base import Failure, path_text
from sandbox.providers.cloud.walk import walk

_MOST_SHOWN: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What a model says of one property; what it leaves out is None or empty."""

    low: float | None = None
    high: float | None = None
    pattern: re.Pattern[str] | None = None
    one_of: tuple[str, ...] = ()


def limit_of(raw: Mapping[str, Any]) -> Limit:
    """A limit as the exporter writes it: `min`, `max`, `pattern` (Python's dialect, of the whole text), `enum`."""
    pattern = raw.get("pattern")
    return Limit(
        low=raw.get("min"),
        high=raw.get("max"),
        pattern=re.compile(pattern, re.DOTALL) if pattern else None,
        one_of=tuple(raw.get("enum", ())),
    )


def broken(limits: Mapping[str, Limit], values: Mapping[str, Any]) -> Iterator[Failure]:
    """Every place where plain inputs break a limit. A path that ends in `{}` limits the keys of a map."""
    for path, limit in limits.items():
        for where, value in walk(values, path, whole_lists=True):
            # Providers made from Terraform's take an empty text or map for one that is not given.
            reason = wrong(limit, path, value) if value not in ("", {}) else ""
            if reason:
                yield Failure(path_text(where), reason)


def wrong(limit: Limit, path: str, value: Any) -> str:
    """What is wrong with one value, or nothing."""
    return next(iter(_reasons(limit, path, value)), "")


def _reasons(limit: Limit, path: str, value: Any) -> Iterable[str]:
    if isinstance(value, str):
        if limit.one_of and value not in limit.one_of:
            yield f"expected {path} to be one of {_shown(limit.one_of, value)}, got {value}"
        if not _within(limit, len(value)):
            yield f"expected length of {path} to be in the range ({_range(limit)}), got {len(value)}"
        if limit.pattern and not limit.pattern.fullmatch(value):
            yield f"expected {path} to match the pattern {limit.pattern.pattern}, got {value}"
    elif isinstance(value, list | Mapping):
        if not _within(limit, len(value)):
            yield f"expected length of {path} to be in the range ({_range(limit)}), got {len(value)}"
    elif isinstance(value, int | float) and not isinstance(value, bool) and not _within(limit, value):
        yield f"expected {path} to be in the range ({_range(limit)}), got {value}"


def _shown(allowed: tuple[str, ...], value: str) -> str:
    """A short set as it is; of a long one what may have been meant."""
    if len(allowed) <= _MOST_SHOWN:
        return "[" + " ".join(f'"{item}"' for item in allowed) + "]"
    close = difflib.get_close_matches(value, allowed, n=1)
    return f"{len(allowed)} values" + (f' (did you mean "{close[0]}"?)' if close else "")


def _within(limit: Limit, size: float) -> bool:
    return (limit.low is None or size >= limit.low) and (limit.high is None or size <= limit.high)


def _range(limit: Limit) -> str:
    low, high = ("any" if bound is None else str(bound) for bound in (limit.low, limit.high))
    return f"{low} - {high}"
