"""Small rules that rows combine: patterns, ranges, choices, CIDRs.

Each makes a `Check`. A path goes through lists; the failure names the element. Wording is that of Terraform providers,
which the released plug-ins are made from.
"""

import ipaddress
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sandbox.providers.base import Failure, path_text
from sandbox.providers.cloud.row import Check
from sandbox.providers.cloud.walk import walk

Values = Mapping[str, Any]


def all_of(*checks: Check) -> Check:
    """Every rule, in order."""
    return lambda values: [failure for check in checks for failure in check(values)]


def each(path: str, test: Callable[[Any], str | None]) -> Check:
    """`test` on every value at `path`; it returns what is wrong, or None."""

    def check(values: Values) -> Iterator[Failure]:
        for where, value in walk(values, path):
            wrong = test(value)
            if wrong is not None:
                yield Failure(path_text(where), wrong)

    return check


def one_of(path: str, *allowed: Any) -> Check:
    """A closed set of values."""
    shown = " ".join(json.dumps(item) for item in allowed)
    return each(
        path, lambda value: None if value in allowed else f"expected {path} to be one of [{shown}], got {value}"
    )


def matches(path: str, pattern: str, what: str) -> Check:
    """The whole value fits `pattern`; `what` says it in words."""
    compiled = re.compile(pattern)
    return each(path, lambda value: None if compiled.fullmatch(value) else f"{what}; got {value}")


def length(path: str, low: int, high: int) -> Check:
    """Characters of a text, or items of a list."""
    text = f"expected length of {path} to be in the range ({low} - {high})"

    def check(values: Values) -> Iterator[Failure]:
        parts = path.split(".")
        for where, value in walk(values, ".".join(parts[:-1])) if len(parts) > 1 else [((), values)]:
            item = value.get(parts[-1]) if isinstance(value, Mapping) else None
            if item is not None and not low <= len(item) <= high:
                yield Failure(path_text((*where, parts[-1])), f"{text}, got {len(item)}")

    return check


def between(path: str, low: float, high: float) -> Check:
    """A number in a closed range."""
    return each(
        path,
        lambda value: (
            None if low <= value <= high else f"expected {path} to be in the range ({low} - {high}), got {value}"
        ),
    )


def cidr(path: str, shortest: int = 0, longest: int = 32) -> Check:
    """An IPv4 network without host bits, of a prefix length in the range."""

    def test(value: str) -> str | None:
        try:
            network = ipaddress.IPv4Network(value, strict=False)
        except ValueError:
            return f'"{value}" is not a valid IPv4 CIDR block'
        if str(network) != value:
            return f'"{value}" is not a valid IPv4 CIDR block; did you mean "{network}"?'
        if not shortest <= network.prefixlen <= longest:
            return f"expected {path} to have a prefix between /{shortest} and /{longest}, got /{network.prefixlen}"
        return None

    return each(path, test)


def exactly_one(*keys: str) -> Check:
    """One and only one of some top-level inputs. An unknown one is absent, so too few is left to the API."""

    def check(values: Values) -> Iterator[Failure]:
        given = [key for key in keys if values.get(key) is not None]
        if len(given) > 1:
            yield Failure(given[1], f"only one of `{','.join(keys)}` can be specified, but `{','.join(given)}` were")

    return check


def not_together(first: str, second: str) -> Check:
    """Two top-level inputs that exclude each other."""

    def check(values: Values) -> Iterator[Failure]:
        if values.get(first) is not None and values.get(second) is not None:
            yield Failure(first, f'"{first}": conflicts with {second}')

    return check
