"""Renders the local charts of Helm releases, so that their pods can be judged like those of a program.

Owns where a chart is looked for and how its objects are named. What cannot be rendered is told, with the reason.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from clients.helm import HelmError, HelmMissingError, Renderer
from core.chart.objects import Rendering
from toolkit.policy.findings import Unjudged
from toolkit.policy.planned import Resource, plain

__all__ = ["RELEASE", "Rendered", "program_folders", "render"]

RELEASE: Final = "kubernetes:helm.sh/v3:Release"
_RULE: Final = "chart-rendered"
"""Under which it is counted that a chart was not rendered."""
_REMOTE: Final = ("oci://", "http://", "https://")


@dataclass(frozen=True, slots=True)
class Rendered:
    """What the charts of releases make."""

    resources: tuple[Resource, ...]
    unjudged: tuple[Unjudged, ...]
    """Releases whose chart is local and could not be rendered."""


def program_folders(root: Path) -> tuple[Path, ...]:
    """Where a relative path of a chart may begin: the program's folder, as `Pulumi.yaml` names it, then the project's.

    Args:
        root: Folder with `Pulumi.yaml`, or any other one.
    """
    try:
        project = yaml.safe_load((root / "Pulumi.yaml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        project = None
    main = project.get("main") if isinstance(project, Mapping) else None
    return (root / main, root) if isinstance(main, str) else (root,)


def render(resources: Iterable[Resource], folders: Sequence[Path]) -> Rendered:
    """Render every release whose chart lies on this machine or should; secrets of its values are not used.

    Args:
        resources: Of a state or a preview; what is no release is passed over.
        folders: Where relative paths may begin, best first.
    """
    made: list[Resource] = []
    missed: list[Unjudged] = []
    for release in (each for each in resources if each.get("type") == RELEASE):
        inputs = plain(release.get("inputs") or {})
        chart = inputs.get("chart")
        if not isinstance(chart, str) or chart.startswith(_REMOTE) or _repository(inputs):
            continue
        try:
            made += _objects(str(release["urn"]), inputs, _found(chart, folders))
        except (HelmError, yaml.YAMLError) as error:
            missed.append(Unjudged(str(release["urn"]), _RULE, f"chart ({_reason(error)})"))
    return Rendered(tuple(made), tuple(missed))


def _repository(inputs: Mapping[str, Any]) -> bool:
    options = inputs.get("repositoryOpts")
    return bool(options.get("repo")) if isinstance(options, Mapping) else options is not None


def _found(chart: str, folders: Sequence[Path]) -> Path:
    """The chart's folder.

    Raises:
        HelmError: There is none.
    """
    for folder in folders:
        if (folder / chart / "Chart.yaml").is_file():
            return folder / chart
    raise HelmError("it is not on this machine")


def _objects(urn: str, inputs: Mapping[str, Any], chart: Path) -> Iterator[Resource]:
    if inputs.get("valueYamlFiles"):
        raise HelmError("valueYamlFiles are not read")
    values, name = inputs.get("values") or {}, urn.rpartition("::")[2]
    if not isinstance(values, Mapping):
        raise HelmError("its values are not known")
    namespace = str(inputs.get("namespace") or "default")
    text = Renderer(chart)(values, name=str(inputs.get("name") or name), namespace=namespace)
    for item in Rendering.read(text).objects:
        if item["kind"] != "Secret":
            yield _resource(urn, name, item, namespace)


def _resource(urn: str, release: str, item: Mapping[str, Any], namespace: str) -> Resource:
    """An object as a child of its release, named `<release>/<object>`."""
    group, _, version = str(item.get("apiVersion", "v1")).rpartition("/")
    kind = f"kubernetes:{group or 'core'}/{version}:{item['kind']}"
    metadata = {"namespace": namespace, **(item.get("metadata") or {})}
    child = f"{urn.rpartition('::')[0]}${kind}::{release}/{metadata.get('name', '')}"
    return {"urn": child, "type": kind, "inputs": {**item, "metadata": metadata}}


def _reason(error: Exception) -> str:
    if isinstance(error, HelmMissingError):
        return "helm is not on PATH"
    return str(error).splitlines()[0].replace(", ", "; ") if isinstance(error, HelmError) else "it renders no YAML"
