"""Finds where a chart that nobody has seen keeps what a release must tell it.

Values are marked, the chart is rendered, and each role's own place says which mark came out there. Names only order
what has been proven: a path is proposed where its value was seen in its place, and where one path alone was.

Pure but for the rendering, which is handed in.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from catalog.chart import DOCUMENTED_KEYS, KEY_LICENSE_PERSISTENCE, KEY_RELEASE_TAG, WORKER_PLACEHOLDER
from core.chart.evidence import EVIDENCE, Evidence, Form
from core.chart.markers import Planted, flags, laid_over, maps, texts, worker_keys
from core.chart.objects import Rendering
from core.chart.paths import missing_part

__all__ = ["ChartRefused", "Proposal", "Render", "propose"]

PROBE: Final = "cartesia-sonic-probe"
"""The worker that is planted."""
_TAG: Final = "sonic-20260503"
_TEXT_FORMS: Final = (Form.NAME, Form.HOST, Form.ARN, Form.URL, Form.IMAGE)
_COUNTS: Final = {"": 3, "worker_max_replicas": 17}
"""Counts that stand nowhere by chance, yet no chart calls too many: the upper bound is above the lower one."""
_BY_NAME: Final = frozenset(
    {"gcs_secret", "api_key_secret", "license_seed_secret", "hot_reload", "nats_image", "worker_model"}
)
"""Roles whose place other things stand in too, so that some name must speak for them."""


class ChartRefused(Exception):  # noqa: N818 - reads as what it says at the raise site
    """The chart does not render with these values. The text holds what Helm said."""


Render = Callable[[Mapping[str, Any]], Rendering]
"""Raises `ChartRefused`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What was found."""

    paths: Mapping[str, str]
    """Path by role. Each was rendered, and its value was in its role's place."""
    needs: Mapping[str, Any]
    """Other values without which some of the paths do nothing, by path."""
    unclear: Mapping[str, tuple[str, ...]]
    """Roles for which several paths are as good, or one for which no name speaks."""
    missing: tuple[str, ...]
    """Roles for which nothing was seen: the chart has no such key, or keeps it in a way that no path can name."""
    renderings: int
    """How often the chart was rendered."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    role: str
    path: str
    value: Any
    score: int


@dataclass(slots=True)
class _Search:
    """One search: what is known of the chart so far."""

    values: Mapping[str, Any]
    templates: str
    render: Render
    base: dict[str, Any] = field(default_factory=dict)
    """Values with which the chart renders: the documented ones, and a worker once it is known how."""
    switched: dict[str, bool] = field(default_factory=dict)
    """Switches turned on beside their defaults, as many as the chart takes together."""
    found: list[_Candidate] = field(default_factory=list)
    renderings: int = 0
    known: dict[str, Rendering | None] = field(default_factory=dict)

    def seen(self, *planted: Planted, on: Mapping[str, bool] | None = None) -> Rendering | None:
        """A rendering with something planted. None where the chart refuses it."""
        switches = [Planted(path, value) for path, value in (self.switched if on is None else on).items()]
        values = laid_over(self.base, [*switches, *planted])
        key = json.dumps(values, sort_keys=True)
        if key not in self.known:
            self.renderings += 1
            try:
                self.known[key] = self.render(values)
            except ChartRefused:
                self.known[key] = None
        return self.known[key]

    def note(self, row: Evidence, path: str, value: Any, words: Iterable[str]) -> None:
        """A path whose value came out in its place."""
        keys = path.replace(f"{WORKER_PLACEHOLDER}.", "").replace("[0]", "").split(".")
        self.found.append(_Candidate(row.role, path, value, row.score(keys, words)))


def propose(values: Mapping[str, Any], templates: str, render: Render) -> Proposal:
    """Propose the `key_paths` of a chart.

    Args:
        values: Its `values.yaml`.
        templates: The text of its templates, in which keys of workers are looked for.
        render: Renders it with values laid over its own.

    Raises:
        ChartRefused: It does not render at all.
    """
    search = _Search(values, templates, render, base=laid_over({}, [Planted(KEY_RELEASE_TAG, _TAG)]))
    search.renderings += 1
    render(search.base)  # raises what it says
    workers = _workers(search)
    _switch_on(search)
    _flags(search)
    for form in _TEXT_FORMS:
        known = {each.path for each in search.found} | set(DOCUMENTED_KEYS)
        _planted(search, form, [each for each in texts(values, form) if each.path not in known])
    _planted(search, Form.MAP, _annotations(values))
    if workers is not None:
        _worker_roles(search, *workers)
    return _settled(search)


def _workers(search: _Search) -> tuple[str, list[Mapping[str, Any]]] | None:
    """The map of workers and the chart's own ones. A worker is planted there for the rest of the search."""
    row = EVIDENCE["workers"]
    for path, inner in maps(search.values):
        rows = [each for each in inner.values() if isinstance(each, Mapping)]
        if len(rows) != len(inner):
            continue
        worker = _switched_on(rows[0]) if rows else {}
        one = Planted(path, {PROBE: worker})
        seen = search.seen(one)
        if seen is not None and row.found(seen, {PROBE}, "") is not None:
            search.note(row, path, {PROBE: worker}, ())
            search.base = laid_over(search.base, [one])
            return path, rows
    return None


def _switched_on(row: Mapping[str, Any]) -> dict[str, Any]:
    """A worker like one of the chart's own, with its switches on."""
    return laid_over(row, [Planted(path, True) for path in flags(row)])


def _switch_on(search: _Search) -> None:
    """Turn on every switch that the chart takes beside the others, with a host for those that want one."""
    if missing_part(KEY_LICENSE_PERSISTENCE, search.values) is None:
        search.switched[KEY_LICENSE_PERSISTENCE] = True
    if search.seen() is None:
        search.switched.clear()
    for path, default in flags(search.values).items():
        if default or path in DOCUMENTED_KEYS or _inside_worker(search, path):
            continue
        more = {**search.switched, path: True}
        if search.seen(on=more) is not None:
            search.switched = more
        elif (helped := _helped(search, path, more)) is not None:
            search.switched = more
            search.base = laid_over(search.base, helped)


def _inside_worker(search: _Search, path: str) -> bool:
    return any(each.role == "workers" and path.startswith(f"{each.path}.") for each in search.found)


def _helped(search: _Search, path: str, on: Mapping[str, bool]) -> list[Planted] | None:
    """What must stand beside a switch for the chart to take it: text in its neighbours of some form."""
    above = path.rpartition(".")[0]
    for form in (Form.HOST, Form.NAME):
        for one in texts(search.values, form):
            if one.path.rpartition(".")[0] == above and search.seen(one, on=on) is not None:
                return [one]
    return None


def _flags(search: _Search) -> None:
    """Roles that are a switch: what appears with it, and goes without it."""
    for path in flags(search.values):
        if path in DOCUMENTED_KEYS or _inside_worker(search, path):
            continue
        on, off = search.seen(Planted(path, True)), search.seen(Planted(path, False))
        if on is None or off is None:
            continue
        for row in EVIDENCE.values():
            if row.form is Form.FLAG and not row.role.startswith("worker"):
                words = set(row.found(on, True, "") or ()) - set(row.found(off, True, "") or ())
                if words:
                    search.note(row, path, True, sorted(words) if row.role in _BY_NAME else ())


def _annotations(values: Mapping[str, Any]) -> list[Planted]:
    """A marked entry for each map that holds texts or nothing."""
    open_maps = [path for path, inner in maps(values) if all(isinstance(each, str) for each in inner.values())]
    return [
        Planted(path, {f"zq{index:03d}x.example.com/mark": f"zq{index:03d}x"}) for index, path in enumerate(open_maps)
    ]


def _planted(search: _Search, form: Form, planted: list[Planted]) -> None:
    """Plant all of it at once, and in halves where the chart refuses it: a pattern, or keys that exclude each other."""
    seen = search.seen(*planted) if planted else None
    if seen is None:
        middle = len(planted) // 2
        for half in (planted[:middle], planted[middle:]) if middle else ():
            _planted(search, form, half)
        return
    for one in planted:
        for row in EVIDENCE.values():
            if row.form is form and not row.role.startswith("worker"):
                words = row.found(seen, one.value, "")
                if words is not None:
                    search.note(row, one.path, one.value, words)


def _worker_roles(search: _Search, path: str, rows: list[Mapping[str, Any]]) -> None:
    """Roles below one worker: each key that may be meant is tried by itself."""
    keys = worker_keys(rows, search.templates)
    for row in EVIDENCE.values():
        if not row.role.startswith("worker_"):
            continue
        for index, key in enumerate(keys):
            if row.score([key.replace(".", " ")], ()):
                _worker_key(search, row, f"{path}.{WORKER_PLACEHOLDER}.{key}", index)


def _worker_key(search: _Search, row: Evidence, path: str, index: int) -> None:
    place = path.replace(WORKER_PLACEHOLDER, PROBE)
    if row.form is Form.FLAG:
        on, off = search.seen(Planted(place, True)), search.seen(Planted(place, False))
        if on is not None and off is not None and row.found(on, True, PROBE) and not row.found(off, True, PROBE):
            search.note(row, path, True, ())
        return
    value: Any = f"zq{index:03d}x" if row.form is Form.NAME else _COUNTS.get(row.role, _COUNTS[""])
    seen = search.seen(Planted(place, value))
    words = None if seen is None else row.found(seen, value, PROBE)
    if words is not None:
        search.note(row, path, value, words)


def _settled(search: _Search) -> Proposal:
    """One path a role: where one alone was seen in the role's place, or its names say more than those of all others."""
    paths: dict[str, str] = {}
    needs: dict[str, Any] = {}
    unclear: dict[str, tuple[str, ...]] = {}
    claims = _claims(search.found)
    for role in EVIDENCE:
        mine = sorted(claims.get(role, ()), key=lambda each: -each.score)
        if not mine:
            continue
        best = mine[0]
        tied = [each.path for each in mine if each.score == best.score]
        if len(tied) > 1 or (role in _BY_NAME and not best.score):
            unclear[role] = tuple(sorted(tied))
        elif (needed := _verified(search, best)) is not None:
            paths[role] = best.path
            needs |= needed
    own = {each.path for each in search.found if each.role in paths and paths[each.role] == each.path}
    return Proposal(
        paths=paths,
        needs={path: value for path, value in needs.items() if path not in own},
        unclear=unclear,
        missing=tuple(role for role in EVIDENCE if role not in paths and role not in unclear),
        renderings=search.renderings,
    )


def _claims(found: Iterable[_Candidate]) -> dict[str, list[_Candidate]]:
    """The candidates of each role. A path that came out in the places of several belongs to the one it speaks for."""
    best: dict[tuple[str, str], _Candidate] = {}
    for each in found:
        before = best.get((each.role, each.path))
        if before is None or each.score > before.score:
            best[each.role, each.path] = each
    claims: dict[str, list[_Candidate]] = {}
    for each in best.values():
        rivals = [one.score for one in best.values() if one.path == each.path and one.role != each.role]
        if all(each.score > score for score in rivals):
            claims.setdefault(each.role, []).append(each)
    return claims


def _verified(search: _Search, one: _Candidate) -> dict[str, Any] | None:
    """The switches that a path needs beside it. None where its value is not in its place when it is set alone."""
    if _holds(search, one, search.switched):
        needed = dict(search.switched)
        for path in search.switched:
            fewer = {key: value for key, value in needed.items() if key != path}
            if path == one.path or _holds(search, one, fewer):
                needed = fewer
        return {path: value for path, value in needed.items() if path not in DOCUMENTED_KEYS}
    return None


def _holds(search: _Search, one: _Candidate, on: Mapping[str, bool]) -> bool:
    row, place = EVIDENCE[one.role], one.path.replace(WORKER_PLACEHOLDER, PROBE)
    seen = search.seen(Planted(place, one.value), on=on)
    return seen is not None and row.found(seen, one.value, PROBE) is not None
