"""Holds a release against its chart, which lies verified on disk: at preview, before anything is changed.

Owns reading the chart's values and having Helm render it. The rules are in `core.chart.judge`; where there is no Helm
on PATH the paths are checked and the rendering is not, which is said.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from clients.helm import HelmError, HelmMissingError, Renderer
from components.release.asked import asked_of, plain_values
from components.release.resolve import resolve_cartesia_release
from components.release.spec import CartesiaReleaseSpec
from components.voice_stack import resolve_voice_stack
from core.chart.judge import path_problems, rendering_problems, rendering_warnings
from core.chart.objects import Rendering
from core.input.problems import Problem
from stacks.target import Judgement, Sources

__all__ = ["judge_chart"]


def judge_chart(args: Any, sources: Sources) -> Judgement:
    """What the chart says to the arguments of a `VoiceStack`, which have passed every other check.

    Args:
        args: Arguments of the `VoiceStack`.
        sources: Paths of charts are relative to its program; helm is searched on its PATH.
    """
    spec = resolve_cartesia_release(resolve_voice_stack(args).release)
    chart = sources.program / spec.chart_path
    try:
        values = _own_values(chart)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        return Judgement((_unreadable(error),), ())
    wrong = tuple(path_problems(spec.parts.key_paths, values))
    judged = Judgement(wrong, ()) if wrong else _rendered(spec, chart, sources.environment)
    return Judgement(_below_release(judged.problems), _below_release(judged.warnings))


def _own_values(chart: Path) -> Mapping[str, Any]:
    found = yaml.safe_load((chart / "values.yaml").read_text(encoding="utf-8"))
    return found if isinstance(found, Mapping) else {}


def _unreadable(error: Exception) -> Problem:
    said = error.strerror or "cannot be read" if isinstance(error, OSError) else "it is not YAML"
    fix = "fetch the archive again with `cartesia-infra release fetch`"
    return Problem("release.chart_path", f"must be a chart with a values.yaml: {said}", "", fix)


def _rendered(spec: CartesiaReleaseSpec, chart: Path, environment: Mapping[str, str]) -> Judgement:
    values = plain_values(spec)
    if values is None:
        return Judgement((), ())  # something in it is known only during the update
    try:
        render = Renderer(chart, search=environment.get("PATH", ""))
        seen = Rendering.read(render(values, name=spec.release_name, namespace=spec.namespace))
    except HelmMissingError:
        rule = "were not rendered: there is no helm on PATH, so only the names of key_paths were checked"
        return Judgement((), (Problem("values", rule, "", "install Helm 3"),))
    except (HelmError, yaml.YAMLError) as error:
        fix = "correct the argument that sets it, or key_paths"
        return Judgement((Problem("values", "are refused by the chart", str(error), fix),), ())
    asked = asked_of(spec)
    return Judgement(tuple(rendering_problems(asked, seen)), tuple(rendering_warnings(asked, seen)))


def _below_release(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    return tuple(problem if problem.path.startswith("release.") else problem.below("release") for problem in problems)
