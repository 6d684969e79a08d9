"""A report as one HTML page: no script, no address of anything else, light and dark, readable on a phone.

Foreign text is escaped by the template engine, in every place. The page holds everything that the report does.
"""

import functools
from collections.abc import Iterable, Iterator
from importlib.resources import files
from typing import Final, NamedTuple

from jinja2 import DictLoader, Environment, StrictUndefined

from clients.engine import urn_name
from core.diff.edits import Edit
from toolkit.policy.findings import Finding
from toolkit.preview.model import ChangeKind, ReleaseDiff, Report
from toolkit.preview.render.blocks import object_lines, told_releases
from toolkit.preview.render.lines import diff_lines, visible
from toolkit.preview.stakes import type_name

__all__ = ["as_html"]

_SIGNS: Final = {"+": "add", "-": "del", "!": "mod"}


class Line(NamedTuple):
    """One line of a diff and the class that colours it."""

    style: str
    text: str


def as_html(report: Report) -> str:
    """The page."""
    return _environment().get_template("page").render(report=report)


@functools.cache
def _environment() -> Environment:
    source = files("toolkit.preview.render").joinpath("page.html.j2").read_text(encoding="utf-8")
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=DictLoader({"page": source}),
    )
    environment.filters |= {
        "lines": _lines,
        "objects": _objects,
        "type_name": lambda token: visible(type_name(token)),
        "urn_name": urn_name,
        "visible": visible,
        "kinds": _of_kinds,
        "findings": _findings,
        "releases": told_releases,
    }
    return environment


def _lines(edits: Iterable[Edit]) -> Iterator[Line]:
    return map(_styled, diff_lines(edits))


def _objects(release: ReleaseDiff) -> Iterator[Line]:
    return map(_styled, object_lines(release))


def _styled(line: str) -> Line:
    return Line(_SIGNS.get(line[:1], "ctx"), line)


def _of_kinds(report: Report, *kinds: str) -> list[object]:
    wanted = {ChangeKind(each) for each in kinds}
    return [change for change in report.changes if change.kind in wanted]


def _findings(report: Report, mandatory: bool) -> list[tuple[str, Finding]]:
    """Name of the stack and finding, of one of the two levels."""
    return [(stack.name, each) for stack in report.stacks for each in stack.findings if each.mandatory is mandatory]
