"""Whether a chart takes what a release asks of it: its paths exist, and what it renders holds what was asked for.

Pure: takes the chart's values and one rendering, gives problems that stop a release and warnings that do not. Their
paths are those of the release's arguments, in the spelling of Python.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.chart import DEFAULT_MAX_UNAVAILABLE, GPUS_PER_WORKER, WORKER_PLACEHOLDER
from core.chart.evidence import EVIDENCE
from core.chart.objects import Object, Rendering, Workload
from core.chart.paths import missing_part, nearest_path
from core.input.problems import Problem

__all__ = ["Asked", "Wish", "path_problems", "rendering_problems", "rendering_warnings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A value that must end up in its role's place."""

    role: str
    argument: str
    """Argument that asks for it, for messages."""
    path: str
    """Values path it is written at."""
    value: Any
    worker: str = ""
    """Name of the worker's Deployment, where it is about one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a release asks of its chart."""

    wishes: Sequence[Wish]
    workers: Sequence[str]
    """Names of the Deployments of its workers. Empty: the chart's own set."""
    tag: str
    image_registry: str
    max_unavailable: int | None
    """None where the chart's own is left."""


def path_problems(key_paths: Mapping[str, str], values: Mapping[str, Any]) -> Iterator[Problem]:
    """A problem for each path that the chart's own values do not have."""
    for role, path in key_paths.items():
        try:
            part = missing_part(path, values) if path else None
        except ValueError:
            continue  # no path at all, which the release's own rules tell
        if part is None:
            continue
        near = nearest_path(path, values)
        meant = f'did you mean "{near}"? ' if near else ""
        where = "" if part == path else f": there is no {part}"
        yield Problem(
            f"key_paths.{role}",
            f"must be a path of the chart's values.yaml{where}",
            f'"{path}"',
            f"{meant}`cartesia-infra release inspect` proposes every path, and tries it; an empty text says that "
            "the chart has no such key",
        )


def rendering_problems(asked: Asked, seen: Rendering) -> Iterator[Problem]:
    """A problem for each thing that was asked for and is not in the rendering."""
    yield from _workers(asked, seen)
    for wish in asked.wishes:
        yield from _taken(wish, seen)
    yield from _images(asked, seen)
    if asked.max_unavailable is not None:
        yield from _strategy(asked, seen, asked.max_unavailable)


def _taken(wish: Wish, seen: Rendering) -> Iterator[Problem]:
    row = EVIDENCE.get(wish.role)
    if row is None or not row.judged or row.role == "workers":
        return
    held = row.found(seen, wish.value, wish.worker) is not None
    if held == (wish.value is not False):
        return
    path = wish.path.replace(WORKER_PLACEHOLDER, wish.worker)
    what = "is not in" if wish.value is not False else "still shows in"
    yield Problem(
        f"key_paths.{wish.role}",
        f"does not do what {wish.argument} asks for: written at {path}, the value {what} {row.place}",
        "",
        "find the path with `cartesia-infra release inspect`, or read the chart's templates",
    )


def _workers(asked: Asked, seen: Rendering) -> Iterator[Problem]:
    rendered = ", ".join(sorted(each.name for each in seen.workers)) or "none with GPUs"
    for name in asked.workers:
        each = seen.named(name)
        if each is None:
            fix = f"correct its name or key_paths.workers; the chart renders {rendered}"
            yield Problem(f"workers.{name}", "must be a workload that the chart renders", "", fix)
        elif each.gpus != GPUS_PER_WORKER:
            rule = f"must be limited to {GPUS_PER_WORKER} GPU, or it may start where there is none; the chart renders"
            fix = "give its resources through values, or ask the vendor for a chart that sets them"
            yield Problem(f"workers.{name}", f"{rule} {each.gpus}", "", fix)


def _images(asked: Asked, seen: Rendering) -> Iterator[Problem]:
    for each in _vendors(seen):
        tagged = [image for image in each.images if image.rpartition(":")[2] == asked.tag]
        if not tagged:
            rule = f"does not reach {each.kind} {each.name}, whose images are {', '.join(each.images)}"
            yield Problem("release_tag", rule, asked.tag, "check that this is the chart of Cartesia's release")
        elif asked.image_registry and not any(image.startswith(f"{asked.image_registry}/") for image in tagged):
            rule = f"does not reach {each.kind} {each.name}, whose image is {tagged[0]}"
            yield Problem("image_registry", rule, asked.image_registry, "check that the chart has infra.imageRegistry")


def _vendors(seen: Rendering) -> list[Workload]:
    """Workloads that run images of the vendor."""
    return [*seen.api, *seen.license, *seen.workers]


def _strategy(asked: Asked, seen: Rendering, wanted: int) -> Iterator[Problem]:
    for each in _replaced(asked, seen):
        found = _max_unavailable(each)
        if str(found) != str(wanted):
            rule = f"does not reach {each.kind} {each.name}, which is updated with {_shown_strategy(each)}"
            fix = "check the chart's templates, or leave rollout.max_unavailable out"
            yield Problem("rollout.max_unavailable", rule, str(wanted), fix)


def _replaced(asked: Asked, seen: Rendering) -> list[Workload]:
    """The workloads to which `release.maxUnavailable` applies."""
    workers = [each for each in seen.workers if not asked.workers or each.name in asked.workers]
    return [each for each in (*seen.api, *workers) if each.kind == "Deployment"]


def rendering_warnings(asked: Asked, seen: Rendering) -> Iterator[Problem]:
    """What such a release will suffer from, and may be meant all the same."""
    if asked.max_unavailable is None:
        for each in _replaced(asked, seen):
            if str(_max_unavailable(each)) != str(DEFAULT_MAX_UNAVAILABLE):
                rule = f"is not {DEFAULT_MAX_UNAVAILABLE} in {each.name}: the chart updates it with"
                fix = "set it, so that the GPUs an update takes are counted as the chart takes them"
                yield Problem("rollout.max_unavailable", f"{rule} {_shown_strategy(each)}", "", fix)
    extra = sorted(each.name for each in seen.workers if each.name not in asked.workers)
    if asked.workers and extra:
        rule = f"does not name {', '.join(extra)}, which the chart starts by itself: they take GPUs nobody counted"
        yield Problem("workers", rule, "", "switch them off through values or key_paths.worker_enabled, or add them")
    yield from _stuck_volumes(seen)


def _stuck_volumes(seen: Rendering) -> Iterator[Problem]:
    """Deployments that would wait for a disk which the pod they wait for still holds.

    A disk of EBS or Persistent Disk is on one node at a time. With a surge the new pod comes first, and where it lands
    on another node the disk is never free: the old pod stays until the new one is ready.
    """
    claims = {str((obj.get("metadata") or {}).get("name")): obj for obj in seen.of_kind("PersistentVolumeClaim")}
    for each in seen.workloads:
        single = [name for name in sorted(each.claims) if name not in claims or _on_one_node(claims[name])]
        if each.kind != "Deployment" or not single or not _adds_first(each):
            continue
        rule = (
            f"may never finish an update of {each.name}: its volume {', '.join(single)} is on one node at a time, and "
            f"the Deployment starts the new pod before it ends the old one ({_shown_strategy(each)})"
        )
        fix = (
            "set the strategy Recreate through values where the chart has a key for it; else, before an update, "
            f"`kubectl scale deployment/{each.name} --replicas 0` (the license proxy may be away for a while)"
        )
        yield Problem("license.persistence" if each in seen.license else "values", rule, "", fix)


def _on_one_node(claim: Object) -> bool:
    modes = (claim.get("spec") or {}).get("accessModes") or []
    return not {"ReadWriteMany", "ReadOnlyMany"} & set(modes)


def _rolling(each: Workload) -> Mapping[str, Any]:
    found = (each.spec.get("strategy") or {}).get("rollingUpdate")
    return found if isinstance(found, Mapping) else {}


def _type(each: Workload) -> str:
    return str((each.spec.get("strategy") or {}).get("type", "RollingUpdate"))


def _max_unavailable(each: Workload) -> Any:
    """As Kubernetes reads it: a quarter where nothing is said, all of them with `Recreate`."""
    return "all" if _type(each) == "Recreate" else _rolling(each).get("maxUnavailable", "25%")


def _adds_first(each: Workload) -> bool:
    """Whether no pod is taken away before a new one is ready: shares of unavailable pods are rounded down."""
    if _type(each) == "Recreate":
        return False
    return _count(_max_unavailable(each), each.spec.get("replicas") or 1) == 0


def _count(share: Any, replicas: int) -> int:
    text = str(share)
    if text.endswith("%") and text[:-1].isdigit():
        return replicas * int(text[:-1]) // 100
    return int(text) if text.isdigit() else 0


def _shown_strategy(each: Workload) -> str:
    if _type(each) == "Recreate":
        return "Recreate"
    rolling = _rolling(each)
    return f"maxSurge {rolling.get('maxSurge', '25%')}, maxUnavailable {rolling.get('maxUnavailable', '25%')}"
