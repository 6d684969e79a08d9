"""`release inspect`: what a chart on disk says of itself, and the `keyPaths` block that follows from it.

Owns reading the chart's files, rendering with the real Helm, and how the outcome is shown. The search is
`core.chart.search`'s.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from catalog.chart import NAMESPACE, RELEASE_NAME
from clients.helm import HelmError, Renderer
from core.chart.evidence import EVIDENCE
from core.chart.markers import Planted, laid_over
from core.chart.objects import Rendering
from core.chart.search import ChartRefused, Proposal, propose
from core.input.problems import InvalidInput, Problem
from core.input.shapes import camel

__all__ = ["as_data", "as_yaml", "inspect_chart"]

_LONGEST_TEMPLATES = 2_000_000


def inspect_chart(chart: Path, tick: Callable[[int], None] = lambda _: None) -> Proposal:
    """Propose the paths of a chart.

    Args:
        chart: Its folder.
        tick: Told after each rendering how many there were.

    Raises:
        InvalidInput: It is no chart, or does not render with the documented keys alone.
        HelmMissingError: There is no helm on PATH.
    """
    values, templates = _read(chart)
    helm, count = Renderer(chart), 0

    def render(given: Mapping[str, Any]) -> Rendering:
        nonlocal count
        count += 1
        tick(count)
        try:
            return Rendering.read(helm(given, name=RELEASE_NAME, namespace=NAMESPACE))
        except (HelmError, yaml.YAMLError) as error:
            raise ChartRefused(str(error)) from None

    try:
        return propose(values, templates, render)
    except ChartRefused as error:
        rule = "must render with the keys that the vendor documents"
        fix = "read what Helm says; a value that the chart requires can go into a copy of its values.yaml"
        raise InvalidInput("release inspect", [Problem(str(chart), rule, str(error), fix)]) from None


def _read(chart: Path) -> tuple[Mapping[str, Any], str]:
    """The chart's values and the text of its templates."""
    try:
        values = yaml.safe_load((chart / "values.yaml").read_text(encoding="utf-8"))
        files = sorted(path for path in (chart / "templates").rglob("*") if path.is_file())
        texts = "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in files)[:_LONGEST_TEMPLATES]
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        fix = "name the folder that holds Chart.yaml and values.yaml, or run `cartesia-infra release fetch`"
        raise InvalidInput("release inspect", [Problem(str(chart), "must be a chart's folder", "", fix)]) from None
    return values if isinstance(values, Mapping) else {}, texts


def as_data(chart: Path, found: Proposal) -> dict[str, Any]:
    """As JSON, names as a stack file spells them."""
    return {
        "chart": str(chart),
        "keyPaths": {camel(role): path for role, path in found.paths.items()},
        "values": _nested(found.needs),
        "unclear": {camel(role): list(paths) for role, paths in found.unclear.items()},
        "missing": [camel(role) for role in found.missing],
        "renderings": found.renderings,
    }


def as_yaml(chart: Path, found: Proposal) -> str:
    """A block for the `release` section of a stack file, with what was not settled as comments."""
    lines = [f"# Proposed from {chart} and tried in {found.renderings} renderings: each value came out in its place."]
    lines += ["keyPaths:", *(f"  {camel(role)}: {_quoted(path)}" for role, path in found.paths.items())]
    for role, paths in found.unclear.items():
        lines.append(f"  # {camel(role)}: several could be meant, none was taken: {', '.join(paths)}")
        lines.append(f"  #   {_goal(role)}")
    for role in found.missing:
        lines.append(f'  # {camel(role)}: "" # nothing of the chart\'s values came out as {EVIDENCE[role].place}')
    if found.needs:
        lines += ["values: # without these, paths above do nothing", _indented(_nested(found.needs))]
    return "\n".join(lines)


def _goal(role: str) -> str:
    return f"choose the one whose value should be {EVIDENCE[role].place}"


def _quoted(path: str) -> str:
    return f'"{path}"' if "{" in path or "[" in path else path


def _nested(needs: Mapping[str, Any]) -> dict[str, Any]:
    return laid_over({}, [Planted(path, value) for path, value in needs.items()])


def _indented(values: Mapping[str, Any]) -> str:
    text = yaml.safe_dump(dict(values), sort_keys=True).rstrip()
    return "\n".join(f"  {line}" for line in text.splitlines())
