"""Finds copied examples in plain data, at any depth: what can reach nothing and belongs to nobody.

Owns what counts as one inside a longer text: the account in an ARN or in the name of a registry, an address in a block,
a host in a URL. The values themselves are `catalog.examples`'s.
"""

import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from typing import Any, Final

from catalog.examples import EXAMPLE_ACCOUNTS, EXAMPLE_BLOCKS, EXAMPLE_DOMAINS, EXAMPLE_IDS

__all__ = ["EXAMPLES_ALLOWED", "EXAMPLES_VARIABLE", "examples_in", "kind_of_example"]

EXAMPLES_VARIABLE: Final = "CARTESIA_EXAMPLES"
"""Variable by which an environment says that examples are right in it. The sandbox sets it: its account is one."""
EXAMPLES_ALLOWED: Final = "allowed"

_ACCOUNT: Final = re.compile(r"\barn:aws[a-z-]*:[^:\s]*:[^:\s]*:(\d{12}):|\b(\d{12})\.dkr\.ecr\.")
_ADDRESS: Final = re.compile(
    r"(?<![\w.:])(\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7})(/\d{1,3})?"
)
_HOST: Final = re.compile(r"(?<![\w.-])(?:[a-z0-9-]+\.)+[a-z]{2,}(?![\w-])", re.IGNORECASE)
_ID: Final = re.compile(rf"[-/](?:{'|'.join(map(re.escape, EXAMPLE_IDS))})(?![\w-])")
_SAME_DIGIT: Final = re.compile(r"(\d)\1{11}")
_ACCOUNT_KEY: Final = re.compile(r"account_?id$", re.IGNORECASE)


def examples_in(value: Any, path: str) -> Iterator[tuple[str, str, str]]:
    """Path, text and kind of each copied example in maps and lists. Keys of maps are looked at for nothing."""
    if isinstance(value, str):
        kind = kind_of_example(value, path)
        if kind is not None:
            yield path, value, kind
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from examples_in(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from examples_in(item, f"{path}[{index}]")


def kind_of_example(text: str, path: str = "") -> str | None:
    """What a text must not name, or None. A number alone is an account only where its key says so."""
    accounts = [number for match in _ACCOUNT.finditer(text) for number in match.groups() if number]
    if _ACCOUNT_KEY.search(path):
        accounts.append(text)
    if any(number in EXAMPLE_ACCOUNTS or _SAME_DIGIT.fullmatch(number) for number in accounts):
        return "an account id of documentation"
    if any(_is_reserved(match.group(0)) for match in _ADDRESS.finditer(text)):
        return "addresses reserved for documentation"
    if _ID.search(text):
        return "an id of documentation"
    if any(_is_example_host(match.group(0).lower()) for match in _HOST.finditer(text)):
        return "a name reserved for documentation"
    return None


def _is_reserved(text: str) -> bool:
    try:
        block = ip_network(text, strict=False)
    except ValueError:
        return False
    return any(block.version == outer.version and block.subnet_of(outer) for outer in EXAMPLE_BLOCKS)  # type: ignore[arg-type]


def _is_example_host(host: str) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for domain in EXAMPLE_DOMAINS)
