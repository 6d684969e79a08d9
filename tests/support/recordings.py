"""What is recorded of a stack, in a form that is the same on every machine, and how another run differs from it.

Owns which parts of a state and of a plan count, what stands in for whatever a world draws at random, and the wording of
differences. Leaves alone running anything (`tests.support.recorded_world`). Everything here is pure.

Three kinds of text belong to one world or one machine:
- what a provider or the engine draws (ids, suffixes of automatic names, times): in a recording it follows from the URN
  of its owner, so another resource in the stack does not move it;
- the address of a cluster: in a recording it is one where nothing listens;
- where the vendor's chart lies and what is in it: in a recording these are the words of `Chart`, which become this
  world's again before a state is used.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

Resource = dict[str, Any]
Plan = dict[str, Resource]
"""What is planned for each URN."""

SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key by which the engine's JSON marks a value that is more than JSON, as a secret is."""
HELM_RELEASE = "kubernetes:helm.sh/v3:Release"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""The engine's word in a plan for what only the update will tell."""

_OF_ONE_RUN = frozenset({"created", "modified", "sourcePosition", "stackTrace"})
_ONLY_IN_STATES = frozenset({"id", "outputs"})
_UNORDERED = ("dependencies", "additionalSecretOutputs", "aliases")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)")
_SOME_TIME = "2026-01-01T00:00:00Z"
_SERVER = re.compile(r"(https?://(?:127\.0\.0\.1|localhost)):\d+")
_NOBODY = r"\1:1"
_ADDRESS = re.compile(r"\b198([.-])18[.-]\d+[.-]\d+")
"""The sandbox's public addresses; they lie in the range for benchmarks (RFC 2544)."""
_DRAWN = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|(?<![0-9A-Za-z])(?:[0-9a-f]{40}|[0-9a-f]{32}|[0-9A-F]{32}|[0-9a-f]{17})(?![0-9A-Za-z])"
    r"|(?<=AROA|AIPA|ANPA)[0-9A-F]{17}"
)
_KEY_MARKS = {f"-----{edge} PRIVATE KEY-----": f"{{{edge.lower()} of a private key}}" for edge in ("BEGIN", "END")}
"""So that no scanner takes a canary for a key."""


@dataclass(frozen=True, slots=True)
class Chart:
    """The vendor's chart as a world has it."""

    store: str
    """Path of the bundle store, as the program names it."""
    archive: str
    """Digest of the archive."""
    checksum: str
    """Digest of the chart's files; empty where it is not known yet."""

    def words(self) -> Iterator[tuple[str, str]]:
        """Each text of this world beside the word that stands for it in a recording."""
        yield self.store, "{bundle store}"
        yield self.archive, "{archive}"
        if self.checksum:
            yield self.checksum, "{chart checksum}"


# --- recording


def recorded_state(resources: Sequence[Resource], chart: Chart, authority: str) -> list[Resource]:
    """The resources of an exported state, secrets shown, as they are recorded.

    Args:
        resources: As the engine exports them.
        chart: The chart of the world they are from.
        authority: Base64 of a certificate to stand for the cluster's own.
    """
    ordered = _in_order([_without_noise(each) for each in resources])
    words = dict(chart.words()) | _KEY_MARKS
    for resource in ordered:
        words |= _drawn_by(resource, words)
        if data := _at(resource, "outputs", "certificateAuthority", "data"):
            words[data] = authority
    return [_map_texts(each, lambda text: _settled(_replaced(text, words))) for each in ordered]


def usable_state(recorded: Sequence[Resource], chart: Chart) -> list[Resource]:
    """A recorded state with the chart of this world in it, for the engine to import."""
    words = {word: text for text, word in chart.words()} | {word: text for text, word in _KEY_MARKS.items()}
    return [_map_texts(each, lambda text: _replaced(text, words)) for each in recorded]


def recorded_plan(digest: Mapping[str, Any], chart: Chart) -> Plan:
    """What a preview (`pulumi preview --json`) of a stack without any state plans, as it is recorded."""
    steps = {step["urn"]: _without_noise(step["newState"]) for step in digest["steps"]}
    words = dict(chart.words()) | _KEY_MARKS
    for resource in steps.values():
        words |= _names_of(resource)
        if resource["type"] == HELM_RELEASE and isinstance(checksum := _at(resource, "inputs", "checksum"), str):
            words[checksum] = "{chart checksum}"
    plan = {
        urn: {key: value for key, value in resource.items() if key not in _ONLY_IN_STATES | {"urn"}}
        for urn, resource in steps.items()
    }
    cleaned = {urn: _map_texts(each, lambda text: _settled(_replaced(text, words))) for urn, each in plan.items()}
    return {urn: _without_provider_id(each) for urn, each in sorted(cleaned.items())}


def checksum_in(digest: Mapping[str, Any]) -> str:
    """The checksum that a plan has of the chart; empty if it deploys none."""
    states = (step["newState"] for step in digest["steps"] if step.get("newState"))
    return next((str(_at(each, "inputs", "checksum")) for each in states if each["type"] == HELM_RELEASE), "")


def secrets_in(resources: Sequence[Resource]) -> Iterator[str]:
    """Every text that a state, secrets shown, marks as secret."""
    for node in _nodes(resources):
        if isinstance(node, dict) and SIGNATURE in node and "plaintext" in node:
            yield str(node["plaintext"])


def first_deleted(resources: Sequence[Resource]) -> list[Resource]:
    """What a destroy deletes in its first step: the custom resources that no other one needs."""
    needed = {urn for each in resources for urn in _needed(each)}
    return [each for each in resources if each.get("custom") and each["urn"] not in needed]


# --- comparing


def changes(digest: Mapping[str, Any], events: Sequence[Mapping[str, Any]], recorded: Sequence[Resource]) -> list[str]:
    """What a preview of a recorded state would do to it, each as some lines of text; none if it stays as it is.

    Args:
        digest: What `pulumi preview --json --show-sames` printed.
        events: The events of that run, which alone tell the outputs of components and of the stack.
        recorded: The state.
    """
    found = [each for step in digest["steps"] if (each := _change(step))]
    seen = {step["urn"] for step in digest["steps"]} | {
        (step.get("oldState") or {}).get("urn") for step in digest["steps"]
    }
    found += [f"not looked at  {each['urn']}" for each in recorded if each["urn"] not in seen]
    return [*found, *_changed_outputs(events)]


def plan_differences(recorded: Plan, planned: Plan) -> list[str]:
    """How a plan differs from the recorded one, each difference as some lines of text."""
    lost = [f"no longer made  {urn}" for urn in sorted(recorded.keys() - planned.keys())]
    new = [f"made now  {urn}" for urn in sorted(planned.keys() - recorded.keys())]
    changed = [
        _worded("made otherwise", urn, lines)
        for urn in sorted(recorded.keys() & planned.keys())
        if (lines := [*differences(_comparable(recorded[urn]), _comparable(planned[urn]))])
    ]
    return lost + new + changed


def differences(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """`<path>: <old> -> <new>` for each leaf that differs."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted(old.keys() | new.keys()):
            yield from differences(old.get(key), new.get(key), f"{path}.{key}" if path else str(key))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from differences(before, after, f"{path}[{index}]")
    elif old != new:
        yield f"{path}: {_shown(old)} -> {_shown(new)}"


def _change(step: Mapping[str, Any]) -> str:
    old, new = step.get("oldState") or {}, step.get("newState") or {}
    if step["op"] == "same" or (step["op"] == "read" and old):
        lines = [*differences(_comparable(old), _comparable(new))]
        return _worded("same, but recorded otherwise", step["urn"], lines) if lines else ""
    lines = [*differences(_comparable(old), _comparable(new))] if old and new else []
    replacing = step.get("replaceReasons") or ()
    return _worded(step["op"], step["urn"], [*(f"{path} makes it a new one" for path in replacing), *lines])


def _changed_outputs(events: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Outputs that components and the stack had and have; custom resources have those of their provider."""
    last = {}
    for event in events:
        metadata = (event.get("resOutputsEvent") or {}).get("metadata") or {}
        if metadata.get("old") and metadata.get("new") and metadata["op"] == "same":
            last[metadata["urn"]] = metadata
    for urn, metadata in last.items():
        before, after = (metadata[which].get("outputs") or {} for which in ("old", "new"))
        if lines := [*differences(before, after, "outputs")]:
            yield _worded("same, but other outputs", urn, lines)


def _worded(what: str, urn: str, lines: Sequence[str]) -> str:
    return "\n".join([f"{what}  {urn}", *(f"    {line}" for line in lines)])


def _shown(value: object) -> str:
    text = json.dumps(value, sort_keys=True)
    return "nothing" if value is None else text if len(text) <= 160 else f"{text[:150]} ... ({len(text)} characters)"


def _comparable(resource: Mapping[str, Any]) -> Resource:
    return _without_noise({key: value for key, value in resource.items() if key not in _ONLY_IN_STATES})


# --- cleaning


def _without_noise(resource: Mapping[str, Any]) -> Resource:
    """A resource without what belongs to one run, its sets sorted."""
    kept = {key: value for key, value in resource.items() if key not in _OF_ONE_RUN}
    kept |= {key: sorted(kept[key]) for key in _UNORDERED if kept.get(key)}
    if dependencies := kept.get("propertyDependencies"):
        kept["propertyDependencies"] = {key: sorted(urns or ()) for key, urns in dependencies.items()}
    if str(kept.get("type", "")).startswith("kubernetes:") and isinstance(
        metadata := _at(kept, "outputs", "metadata"), dict
    ):
        # Who owns which field is between the API server and its clients, and longer than all the rest.
        shown = {key: value for key, value in metadata.items() if key != "managedFields"}
        shown |= {"resourceVersion": "1"} if "resourceVersion" in shown else {}
        kept["outputs"] = kept["outputs"] | {"metadata": shown}
    return kept


def _without_provider_id(resource: Resource) -> Resource:
    """A plan names a provider by URN and id, and the id is drawn by the update."""
    provider = resource.get("provider")
    return resource | ({"provider": provider.rpartition("::")[0]} if provider else {})


def _in_order(resources: Sequence[Resource]) -> list[Resource]:
    """Owners before their users, as the engine wants it, and else by URN: the order of an export is one of many."""
    by_urn = {each["urn"]: each for each in resources}
    sorter = TopologicalSorter({urn: _needed(each) & by_urn.keys() for urn, each in by_urn.items()})
    sorter.prepare()
    ordered = list[Resource]()
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        ordered += [by_urn[urn] for urn in ready]
        sorter.done(*ready)
    return ordered


def _needed(resource: Resource) -> set[str]:
    urns = {resource.get("parent"), resource.get("deletedWith"), *resource.get("dependencies", ())}
    urns |= {str(resource.get("provider", "")).rpartition("::")[0]}
    return {urn for urn in urns if urn}


def _drawn_by(resource: Resource, known: Mapping[str, str]) -> dict[str, str]:
    """What this resource drew, and what stands for it. What the program gave is not drawn, even where it looks so."""
    drawn = _names_of(resource)
    given = {token for _, text in _texts(resource.get("inputs")) for token in _DRAWN.findall(text)}
    for path, text in _texts({"id": resource.get("id"), "outputs": resource.get("outputs")}):
        for number, token in enumerate(_DRAWN.findall(text)):
            if token not in given and token not in known and token not in drawn:
                drawn[token] = _like(token, f"{resource['urn']} {path} {number}")
    return drawn


def _names_of(resource: Resource) -> dict[str, str]:
    """Automatic names: the resource's own one with a suffix of 7 or 8 hex digits."""
    logical = resource["urn"].rpartition("::")[2]
    pattern = re.compile(rf".*{re.escape(logical)}-([0-9a-f]{{7,8}})", re.DOTALL)
    found = {}
    for path, text in _texts(resource.get("inputs")):
        if match := pattern.fullmatch(text):
            found[text] = text.removesuffix(match[1]) + _like(match[1], f"{resource['urn']} {path}")
    return found


def _like(token: str, owner: str) -> str:
    """Digits that look like a token's and follow from its owner."""
    digits = iter(hashlib.sha256(owner.encode()).hexdigest())
    made = "".join(each if each == "-" else next(digits) for each in token)
    return made.upper() if token.isupper() else made


def _replaced(text: str, words: Mapping[str, str]) -> str:
    found = [word for word in words if word in text]
    if not found:
        return text
    pattern = "|".join(re.escape(word) for word in sorted(found, key=len, reverse=True))
    return re.sub(pattern, lambda match: words[match[0]], text)


def _settled(text: str) -> str:
    return _ADDRESS.sub(r"198\g<1>18\g<1>0\g<1>1", _SERVER.sub(_NOBODY, _TIME.sub(_SOME_TIME, text)))


# --- walking


def _at(value: Any, *path: str) -> Any:
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _nodes(value: Any) -> Iterator[Any]:
    yield value
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _nodes(item)
    elif isinstance(value, list):
        for item in value:
            yield from _nodes(item)


def _texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Path and text of every string in a value; the engine's marks are none."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key in sorted(value.keys() - {SIGNATURE}):
            yield from _texts(value[key], f"{path}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, f"{path}[{index}]")


def _map_texts(value: Any, change: Callable[[str], str]) -> Any:
    """The value with every string changed, the engine's marks left alone."""
    if isinstance(value, str):
        return value if value == UNKNOWN else change(value)
    if isinstance(value, Mapping):
        return {key: item if key == SIGNATURE else _map_texts(item, change) for key, item in value.items()}
    return [_map_texts(item, change) for item in value] if isinstance(value, list) else value
