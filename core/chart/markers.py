"""Marked values for the places of a chart: each is recognised wherever it comes out, and looks as its place demands."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Final

from core.chart.evidence import Form
from core.chart.paths import every_path
from core.kube.helm_values import dotted, merge, setting_at

__all__ = ["Planted", "flags", "laid_over", "maps", "texts", "worker_keys"]

_CHAIN: Final = re.compile(r"\.([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)")
_DIG: Final = re.compile(r'\b(?:dig|get|index|hasKey)\b((?:\s+\$?[\w.]*\s*"[^"\s]+"|\s+"[^"\s]+")+)')
_QUOTED: Final = re.compile(r'"([^"\s]+)"')
_FORMS: Final[Mapping[Form, str]] = {
    Form.NAME: "{}",
    Form.HOST: "{}.example.com",
    Form.ARN: "arn:aws:acm:us-west-2:123456789012:certificate/{}",
    Form.URL: "http://{}.example.com:9090",
    Form.IMAGE: "registry.example.com/{}:1",
}


@dataclass(frozen=True, slots=True)
class Planted:
    """A value put at a path."""

    path: str
    """As `key_paths` takes it."""
    value: Any


def laid_over(base: Mapping[str, Any], planted: Iterable[Planted]) -> dict[str, Any]:
    """The values with everything that is planted. Nothing given is changed."""
    return reduce(_with, planted, dict(base))


def _with(values: dict[str, Any], one: Planted) -> dict[str, Any]:
    setting = setting_at(one.path, one.value, "")
    node: Any = setting.value
    for key in reversed(setting.path):
        node = {key: node}
    result: dict[str, Any] = merge(values, node)
    return result


def texts(values: Mapping[str, Any], form: Form) -> list[Planted]:
    """A marker of a form for each place of the values that takes text: empty ones, and the name in a list too."""
    places: list[str] = []
    for keys, value in every_path(values):
        if value is None or (isinstance(value, str) and form in _forms(value)):
            places.append(dotted(keys))
        elif isinstance(value, list) and form is Form.NAME and _takes_names(value):
            places.append(f"{dotted(keys)}[0].name")
    return [Planted(path, _FORMS[form].format(f"zq{index:03d}x")) for index, path in enumerate(places)]


def _forms(default: str) -> tuple[Form, ...]:
    """The forms that may stand where a default stands."""
    if default.startswith(("http://", "https://")):
        return (Form.URL,)
    if default.startswith("arn:"):
        return (Form.ARN,)
    return (Form.IMAGE, Form.URL) if "/" in default else tuple(_FORMS)


def _takes_names(value: Sequence[Any]) -> bool:
    return all(isinstance(item, Mapping) and set(item) <= {"name"} for item in value)


def flags(values: Mapping[str, Any]) -> dict[str, bool]:
    """The switches of the values, with their defaults."""
    return {dotted(keys): value for keys, value in every_path(values) if isinstance(value, bool)}


def maps(values: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every map of the values with its path, outer ones first."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield dotted((*above, str(key))), value
            yield from maps(value, (*above, str(key)))


def worker_keys(rows: Iterable[Mapping[str, Any]], templates: str) -> list[str]:
    """Keys that one worker may have: those the chart's own workers have, and those that templates read of something."""
    own = [dotted(keys) for row in rows for keys, _ in every_path(row)]
    read = [match.group(1) for match in _CHAIN.finditer(templates)]
    dug = [".".join(_QUOTED.findall(match.group(1))) for match in _DIG.finditer(templates)]
    tails = [tail for chain in read for tail in _tails(chain)]
    return list(dict.fromkeys([*own, *tails, *filter(None, dug)]))


def _tails(chain: str) -> Iterator[str]:
    """The last part of a chain, and the last two: `$engine.replicas.min` reads `replicas.min`."""
    parts = chain.split(".")
    if parts[0] not in ("Chart", "Release", "Files", "Capabilities", "Template"):
        yield parts[-1]
        if len(parts) > 1:
            yield ".".join(parts[-2:])
