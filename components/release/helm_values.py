"""Helm values of a release: what the typed arguments say, at documented paths and at the caller's `key_paths`.

Owns which argument becomes which value, and the three things that may go wrong on the way: a path nobody gave, two
arguments at one path, and the caller's own `values` saying something else. Secrets never become values; their names do.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from catalog.chart import (
    DOCUMENTED_KEYS,
    KEY_AUTHENTICATE,
    KEY_IMAGE_REGISTRY,
    KEY_LICENSE_PERSISTENCE,
    KEY_LICENSE_STORAGE_CLASS,
    KEY_MAX_UNAVAILABLE,
    KEY_RELEASE_TAG,
    WORKER_PLACEHOLDER,
)
from components.release.roles import ROLES, Role
from components.release.spec import ReleaseParts
from core.chart.judge import Wish
from core.input.problems import Problem, Problems, nearest, show
from core.kube.helm_values import Setting, conflicts, dotted, leaves, overlaps, setting_at

_Want = tuple[str, str, Any]
"""A role or documented path, the argument that asks for it, and the value."""

_OF_RELEASE = tuple(role for role in ROLES.values() if role.worker_key is None)
_OF_WORKERS = tuple(role for role in ROLES.values() if role.worker_key is not None)
_READ_CHART = "read the chart's values.yaml and set it"


def check_key_paths(paths: Mapping[str, str], problems: Problems) -> None:
    """Add a problem for each role or path that cannot be used."""
    for role, path in paths.items():
        where = f"key_paths.{role}"
        row = ROLES.get(role)
        if row is None:
            problems.add(where, "unknown role", fix=nearest(role, ROLES))
        elif path:
            try:
                setting_at(path, None, where)
            except ValueError as error:
                problems.add(where, f"must be a dotted path, and {error}", got=path, fix=_READ_CHART)
                continue
            if path in DOCUMENTED_KEYS:
                problems.add(where, "must not be a documented key", got=path, fix="use the argument that sets the key")
            if (WORKER_PLACEHOLDER in path) != (row.worker_key is not None):
                rule = f"must {'' if row.worker_key else 'not '}hold {WORKER_PLACEHOLDER}"
                problems.add(where, rule, got=path, fix=f"it holds: {row.holds}; {_READ_CHART}")


def settings_of(parts: ReleaseParts, problems: Problems) -> list[Setting]:
    """What the arguments want in the values, in a fixed order. A problem for each thing that has no path."""
    found = [setting_at(path, value, argument) for path, argument, value in _documented(parts)]
    for role, argument, value in _wishes(_OF_RELEASE, parts, parts.key_paths):
        path = _path_of(role, "", parts.key_paths)
        found.extend(_at(path, role, argument, value, parts.key_paths, problems))
    for worker in parts.workers:
        for role, argument, value in _wishes(_OF_WORKERS, worker, parts.key_paths, f"workers.{worker.key}"):
            path = _path_of(role, worker.key, parts.key_paths)
            found.extend(_at(path, role, argument, value, parts.key_paths, problems))
    for one, other in overlaps(found):
        rule = f"{one.argument} and {other.argument} would write over each other"
        problems.add("key_paths", rule, got=f"{dotted(one.path)}, {dotted(other.path)}", fix="give each its own path")
    return found


def wishes_of(parts: ReleaseParts) -> Iterator[Wish]:
    """What must end up in the place of each role, in a fixed order. What has no path is left out."""
    for role, argument, value in _wishes(_OF_RELEASE, parts, parts.key_paths):
        path = _path_of(role, "", parts.key_paths)
        if path:
            yield Wish(role=role, argument=argument, path=path, value=value)
    for worker in parts.workers:
        for role, argument, value in _wishes(_OF_WORKERS, worker, parts.key_paths, f"workers.{worker.key}"):
            path = _path_of(role, worker.key, parts.key_paths)
            if path:
                yield Wish(role=role, argument=argument, path=path, value=value, worker=worker.deployment)


def check_values(settings: list[Setting], values: Mapping[str, Any], problems: Problems) -> None:
    """Add a problem for each null in a list of the caller's values, and each key that an argument sets otherwise."""
    for path, leaf in leaves(values, "values"):
        if leaf is None and path.endswith("]"):
            problems.add(path, "must not be null: a list is replaced as a whole", fix="leave the item out")
    for conflict in conflicts(settings, values):
        where = f"values.{dotted(conflict.path)}"
        plain = isinstance(conflict.value, str | int | float | list | dict | None)
        rule = f"is set by the argument {conflict.setting.argument} too, to another value"
        got = show(conflict.value) if plain else "an output"
        problems.extend([Problem(where, rule, got, f"remove one of {conflict.setting.argument} and {where}")])


def _documented(parts: ReleaseParts) -> Iterator[_Want]:
    yield KEY_RELEASE_TAG, "release_tag", parts.tag
    if parts.rollout.max_unavailable is not None:
        yield KEY_MAX_UNAVAILABLE, "rollout.max_unavailable", parts.rollout.max_unavailable
    if parts.image_registry:
        yield KEY_IMAGE_REGISTRY, "image_registry", parts.image_registry
    # Written in both modes: an air-gapped release must not become connected by a chart's new default, nor the reverse.
    yield KEY_AUTHENTICATE, "air_gapped", not parts.air_gapped
    if parts.license.persistence is not None:
        yield KEY_LICENSE_PERSISTENCE, "license.persistence", parts.license.persistence
    if parts.license.storage_class:
        yield KEY_LICENSE_STORAGE_CLASS, "license.storage_class", parts.license.storage_class


def _wishes(roles: Iterable[Role], part: Any, paths: Mapping[str, str], argument: str = "") -> Iterator[_Want]:
    """What a part wants at the paths of its roles. `argument` names it where it is a worker."""
    for role in roles:
        value = role.value(part)
        if value is None or (role.by_path and not paths.get(role.name)):
            continue
        asked = role.argument if role.asked_by is None else role.asked_by(part)
        yield role.name, asked.replace("workers.*", argument), value


def _path_of(role: str, worker: str, paths: Mapping[str, str]) -> str | None:
    """The path of a role, empty where the chart has no such key, None where nobody said."""
    given = paths.get(role)
    if given is None and ROLES[role].documented and paths.get("workers"):
        given = f"{paths['workers']}.{WORKER_PLACEHOLDER}.{ROLES[role].worker_key}"
    return None if given is None else given.replace(WORKER_PLACEHOLDER, worker.replace(".", "\\."))


def _at(
    path: str | None, role: str, argument: str, value: Any, paths: Mapping[str, str], problems: Problems
) -> Iterator[Setting]:
    if path is None:
        also = " (or key_paths.workers)" if ROLES[role].documented else ""
        rule = f"needs key_paths.{role}{also}: the vendor does not document where the chart keeps it"
        fix = f"{_READ_CHART}; it holds: {ROLES[role].holds}"
        problems.add(argument, rule, fix=fix, needs=(f"key_paths.{role}", *(["key_paths.workers"] if also else [])))
    elif path:
        try:
            yield setting_at(path, value, argument)
        except ValueError:
            return  # `check_key_paths` has told
