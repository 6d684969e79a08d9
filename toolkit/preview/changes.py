"""From the engine's steps to what becomes of each resource.

Owns which steps belong together (a replacement is three), and which properties differ. Automatic names, which the
engine draws anew in each preview, count as equal.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from clients.engine import Op, State, Step, is_asset, is_secret, is_unknown, urn_name
from core.diff.edits import ABSENT, Edit, Kind, Mark
from core.diff.values import edits
from core.input.secret_scan import kind_of_secret
from toolkit.preview.model import Change, ChangeKind
from toolkit.preview.names import drawn_keys
from toolkit.preview.stakes import stake_of

__all__ = ["change_of", "component_of", "mark", "property_edits", "replacement_order"]

_KINDS: Final[Mapping[str, ChangeKind]] = {
    Op.CREATE: ChangeKind.CREATE,
    Op.UPDATE: ChangeKind.UPDATE,
    Op.DELETE: ChangeKind.DELETE,
    Op.REPLACE: ChangeKind.REPLACE,
    Op.READ: ChangeKind.READ,
    Op.IMPORT: ChangeKind.IMPORT,
    Op.DISCARD: ChangeKind.FORGET,
    Op.REMOVE_PENDING_REPLACE: ChangeKind.FORGET,
}
_PARTS: Final = {
    Op.CREATE_REPLACEMENT: "create before delete",
    Op.READ_REPLACEMENT: "create before delete",
    Op.IMPORT_REPLACEMENT: "create before delete",
    Op.DELETE_REPLACED: "delete before create",
    Op.DISCARD_REPLACED: "delete before create",
}
"""Inner steps of a replacement; the first of them tells the order."""
_ROOT: Final = re.compile(r"[.\[{]")
_STEP: Final = re.compile(r"\[\"((?:[^\"\\]|\\.)*)\"\]|\[(\d+)\]|([^.\[\]]+)")


def mark(value: Any) -> Mark | None:
    """What has to stand in place of a value of the engine's events."""
    if isinstance(value, str):
        if is_unknown(value):
            return Mark.UNKNOWN
        return Mark.SECRET if is_secret(value) or kind_of_secret(value) else None
    return Mark.SECRET if is_secret(value) else None


def replacement_order(op: str) -> str:
    """What an inner step of a replacement says about the order; empty for any other step."""
    return _PARTS.get(Op(op), "") if op in _PARTS else ""


def change_of(step: Step, stack: str) -> Change | None:
    """What becomes of the resource; None for a step that changes nothing, or is part of another."""
    renamed = step.op == Op.SAME and step.old is not None and step.new is not None and step.old.urn != step.new.urn
    if step.op in _PARTS or step.op == Op.REFRESH or (step.op == Op.SAME and not renamed):
        return None
    kind = ChangeKind.RENAME if renamed else _kind(step)
    removes = kind in (ChangeKind.DELETE, ChangeKind.REPLACE)
    return Change(
        kind=kind,
        urn=step.urn,
        name=step.name,
        type=step.type,
        component=component_of(step.state),
        stacks=(stack,),
        operation=step.op,
        forced_by=_forced_by(step) if kind is ChangeKind.REPLACE else (),
        stake=stake_of(step.type) if removes else "",
        protected=bool(removes and step.old and step.old.protect),
        before=step.old.urn if step.old and step.old.urn != step.urn else "",
        edits=tuple(property_edits(step)) if kind in _COMPARED else (),
    )


_COMPARED: Final = frozenset({ChangeKind.UPDATE, ChangeKind.REPLACE, ChangeKind.IMPORT, ChangeKind.OTHER})


def _kind(step: Step) -> ChangeKind:
    if step.op == Op.DELETE and step.old and step.old.retain_on_delete:
        return ChangeKind.FORGET
    return _KINDS.get(step.op, ChangeKind.OTHER)


def _forced_by(step: Step) -> tuple[str, ...]:
    detailed = {_property(path) for path, diff in step.detailed.items() if diff.forces_replacement}
    return tuple(sorted(detailed | set(step.keys)))


def _property(path: str) -> str:
    return _ROOT.split(path, maxsplit=1)[0]


def component_of(state: State | None) -> str:
    """Logical name of the component that holds a resource; empty directly in the stack."""
    parent = state.parent if state else ""
    return "" if "pulumi:pulumi:Stack::" in parent else urn_name(parent)


def property_edits(step: Step) -> Iterator[Edit]:
    """How the inputs differ, and what the provider says beyond that."""
    old, new = _inputs(step.old), _inputs(step.new)
    drawn = drawn_keys(step) - {"metadata"} if step.old else frozenset()
    before, after = ({key: value for key, value in each.items() if key not in drawn} for each in (old, new))
    found = [_asset(each) for each in edits(before, after, mark=mark)]
    yield from found
    told = {_property(each.path) for each in found} | drawn
    for path, diff in sorted(step.detailed.items()):
        if _property(path) not in told and not path.startswith("__"):
            yield _by_provider(step, path, diff.kind)
    if not step.detailed:
        yield from (_by_provider(step, path, "update") for path in step.diffs if path not in told)


def _inputs(state: State | None) -> Mapping[str, Any]:
    inputs = state.inputs if state else {}
    return {key: value for key, value in inputs.items() if not key.startswith("__")}


def _asset(edit: Edit) -> Edit:
    """Files are told by their hash."""
    old, new = (value.get("hash", value) if is_asset(value) else value for value in (edit.old, edit.new))
    return Edit(edit.path, edit.kind, old, new, edit.lines)


def _by_provider(step: Step, path: str, kind: str) -> Edit:
    """A difference that the inputs do not show: in a secret, or between state and inputs."""
    old = _at(step.old.outputs if step.old else {}, path)
    old = _at(step.old.inputs if step.old else {}, path) if old is ABSENT else old
    new = _at(step.new.inputs if step.new else {}, path)
    if kind.startswith("add"):
        return Edit(path, Kind.ADD, ABSENT, new)
    if kind.startswith("delete"):
        return Edit(path, Kind.REMOVE, old, ABSENT)
    return Edit(path, Kind.CHANGE, old, new)


def _at(value: Any, path: str) -> Any:
    """The value at a path as the engine writes it; a mark where it is hidden, `ABSENT` where there is none."""
    for quoted, index, key in _STEP.findall(path):
        found = mark(value)
        if found is not None:
            return found
        if isinstance(value, Mapping):
            value = value.get(quoted or key or index, ABSENT)
        elif isinstance(value, list) and index and int(index) < len(value):
            value = value[int(index)]
        else:
            return ABSENT
    return _hidden(value)


def _hidden(value: Any) -> Any:
    found = mark(value)
    if found is not None:
        return found
    if isinstance(value, Mapping):
        return {str(key): _hidden(item) for key, item in value.items()}
    return [_hidden(item) for item in value] if isinstance(value, list) else value
