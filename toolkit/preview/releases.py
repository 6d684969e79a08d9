"""What changes inside a Helm release: values by path, and the objects that the chart makes of them.

Owns reading a release's inputs as the Kubernetes provider does (YAML files below the values) and comparing the objects
of two renderings. Rendering is somebody else's: `Render` is called with chart folder and values.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import yaml

from clients.engine import is_asset, is_secret, urn_name
from core.diff.edits import ABSENT, Edit
from core.diff.values import edits
from core.kube.helm_values import merge
from toolkit.preview.changes import mark
from toolkit.preview.fold import ReleaseChange
from toolkit.preview.model import ChangeKind, Images, ObjectDiff, ReleaseDiff

__all__ = ["Render", "RenderError", "Rendering", "release_diff", "values_of"]

_SHOWN: Final = ("chart", "version", "checksum", "namespace", "name")
"""Inputs besides values that say what is installed."""
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class RenderError(RuntimeError):
    """The chart cannot be rendered here; the text says why."""


@dataclass(frozen=True, slots=True)
class Rendering:
    """What is rendered."""

    chart: str
    """As the release's inputs name it."""
    checksum: str
    """Of the chart's files, where the inputs have one."""
    name: str
    namespace: str
    values: Mapping[str, Any]


Render = Callable[[Rendering], str]
"""Objects as YAML; raises `RenderError`."""


def release_diff(change: ReleaseChange, stack: str, render: Render | None) -> ReleaseDiff:
    """What changes inside a release.

    Args:
        change: Before and after.
        stack: Name of the stack.
        render: Renders a chart; None leaves the objects out.
    """
    old, new = change.old, change.new
    known = new if new is not None else old or {}
    diff = ReleaseDiff(
        name=str(known.get("name") or urn_name(change.urn)),
        namespace=str(known.get("namespace") or "default"),
        stacks=(stack,),
        kind=change.kind,
        values=tuple(_value_edits(old, new)) if old is not None and new is not None else (),
    )
    if render is None:
        return replace(diff, note="the objects were not rendered")
    try:
        before, after = (_objects(side, render) for side in (old, new))
    except RenderError as error:
        return replace(diff, note=f"the objects could not be rendered: {error}")
    objects = tuple(_object_diffs(before, after))
    return replace(diff, objects=objects, images=_images(before, after))


def values_of(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Values that Helm gets: those of YAML files, and the release's own over them."""
    values: dict[str, Any] = {}
    files = inputs.get("valueYamlFiles")
    for file in files if isinstance(files, list) else ():
        text = file.get("text") if is_asset(file) else None
        if isinstance(text, str):
            values = merge(values, yaml.load(text, Loader=_LOADER) or {})  # noqa: S506 - a safe loader
    own = inputs.get("values")
    return dict(merge(values, own)) if isinstance(own, Mapping) and not is_secret(own) else values


def _value_edits(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Edit]:
    for key in _SHOWN:
        before, after = (side.get(key, ABSENT) for side in (old, new))
        yield from edits(before, after, f"({key})", mark)
    yield from edits(values_of(old), values_of(new), mark=mark)


def _objects(inputs: Mapping[str, Any] | None, render: Render) -> dict[str, dict[str, Any]]:
    """Objects of a release by kind and name; none where there is no release."""
    if inputs is None:
        return {}
    text = render(
        Rendering(
            chart=str(inputs.get("chart", "")),
            checksum=str(inputs.get("checksum", "")),
            name=str(inputs.get("name") or "release"),
            namespace=str(inputs.get("namespace") or "default"),
            values=_shown(values_of(inputs)),
        )
    )
    try:
        found = [each for each in yaml.load_all(text, Loader=_LOADER) if isinstance(each, dict)]
    except yaml.YAMLError as error:
        raise RenderError(f"the chart renders what is not YAML ({error.__class__.__name__})") from None
    return {_id(each): _without_data(each) for each in found}


def _shown(value: Any) -> Any:
    """Values with marks in place of what is hidden: a chart may take their length, never their text."""
    found = mark(value)
    if found is not None:
        return str(found)
    if isinstance(value, Mapping):
        return {key: _shown(item) for key, item in value.items()}
    return [_shown(item) for item in value] if isinstance(value, list) else value


def _id(body: Mapping[str, Any]) -> str:
    metadata = body.get("metadata")
    name = metadata.get("name") if isinstance(metadata, Mapping) else ""
    return f"{body.get('kind', 'Object')}/{name}"


def _without_data(body: dict[str, Any]) -> dict[str, Any]:
    """A secret's content is told by the names of its keys alone."""
    if body.get("kind") != "Secret":
        return body
    hidden = {
        key: dict.fromkeys(value, "(secret)") if isinstance(value, Mapping) else "(secret)"
        for key, value in body.items()
        if key in ("data", "stringData")
    }
    return body | hidden


def _object_diffs(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[ObjectDiff]:
    for name in sorted(old.keys() | new.keys()):
        if name not in new:
            yield ObjectDiff(name, ChangeKind.DELETE)
        elif name not in old:
            yield ObjectDiff(name, ChangeKind.CREATE)
        elif found := tuple(edits(old[name], new[name], mark=mark)):
            yield ObjectDiff(name, ChangeKind.UPDATE, found)


def _images(old: Mapping[str, Any], new: Mapping[str, Any]) -> Images:
    before, after = ({image for body in side.values() for image in _images_in(body)} for side in (old, new))
    return Images(tuple(sorted(after - before)), tuple(sorted(before - after)))


def _images_in(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key == "image" and isinstance(item, str):
                yield item
            else:
                yield from _images_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from _images_in(item)
