"""Turns live objects into resource outputs, and back into inputs after a refresh or an import."""

import base64
import re
from collections.abc import Mapping
from typing import Any, Final

from clients.kubernetes import Object
from sandbox.providers.base import UNKNOWN, Properties, mark_like, plain
from sandbox.providers.kubernetes.inputs import hide_secret_content
from sandbox.providers.kubernetes.naming import field_manager

FIELD_MANAGER: Final = "__fieldManager"
_SERVER_METADATA: Final = ("uid", "resourceVersion", "creationTimestamp", "generation", "selfLink", "managedFields")
_SCALES: Final = {"": 1.0, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18} | {
    unit: 1024.0**power for power, unit in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"), start=1)
}
_QUANTITY: Final = re.compile(r"\A([+-]?[0-9.]+)([a-zA-Z]{0,2})\Z")


def outputs_of(live: Object, inputs: Properties, manager: str) -> Properties:
    """Outputs of an object as it is: everything but `managedFields`, secret where the inputs are."""
    obj: Properties = {**live, "metadata": {k: v for k, v in live["metadata"].items() if k != "managedFields"}}
    obj = mark_like(obj, inputs)
    if inputs.get("stringData") is not None:
        obj["stringData"] = inputs["stringData"]
    return hide_secret_content(obj) | {FIELD_MANAGER: manager}


def preview_outputs(dry: Object | None, inputs: Properties, old: Properties, manager: str) -> Properties:
    """Outputs of a preview: what a dry run has filled in, unknown where only the real run can tell.

    Args:
        dry: The dry run's object; None if there was none.
        inputs: Checked inputs, perhaps with unknown parts.
        old: State of the existing object; empty for a new one.
        manager: Field manager of the resource.
    """
    outputs = dict(inputs) if dry is None else outputs_of(dry, inputs, manager)
    metadata = dict(plain(outputs.get("metadata")) or {})
    known = plain(old.get("metadata")) or {}
    for key in ("uid", "creationTimestamp"):
        metadata[key] = known.get(key, UNKNOWN)
    metadata |= {"resourceVersion": UNKNOWN, "generation": UNKNOWN}
    metadata.setdefault("name", UNKNOWN)
    outputs["metadata"] = mark_like(metadata, inputs.get("metadata"))
    outputs.pop("status", None)
    if dry is not None and inputs.get("kind") == "Service" and not old:
        outputs["spec"] = _without_allocations(outputs["spec"], plain(inputs.get("spec")) or {})
    return outputs | {FIELD_MANAGER: manager}


def manager_of(state: Properties, urn: str) -> str:
    """The field manager that made the object, else the one of this URN."""
    return str(plain(state.get(FIELD_MANAGER)) or field_manager(urn))


def live_inputs(live: Object, like: Properties) -> Properties:
    """The inputs that would describe the object as it is: the parts that `like` sets, with live values."""
    current = dict(live)
    texts = plain(like.get("stringData"))
    if live.get("kind") == "Secret" and isinstance(texts, Mapping):
        data = live.get("data") or {}
        current["stringData"] = {key: _text(data[key]) for key in texts if key in data}
    pruned: Properties = _pruned(current, plain(like))
    return hide_secret_content(mark_like(pruned, like))


def imported_inputs(live: Object) -> Properties:
    """Inputs of an object nobody declared yet: all of it but what the server adds."""
    metadata = {key: value for key, value in live["metadata"].items() if key not in _SERVER_METADATA}
    obj = {key: value for key, value in live.items() if key != "status"} | {"metadata": metadata}
    return hide_secret_content(obj)


def _without_allocations(spec: Mapping[str, Any], given: Mapping[str, Any]) -> Properties:
    """A dry run allocates addresses that the real run will not get."""
    unknown = {key: UNKNOWN for key in ("clusterIP", "clusterIPs") if key in spec and key not in given}
    ports = [
        {**port, "nodePort": UNKNOWN} if "nodePort" in port and not _given_port(given, index) else port
        for index, port in enumerate(plain(spec.get("ports")) or ())
    ]
    return {**spec, **unknown, **({"ports": ports} if ports else {})}


def _given_port(given: Mapping[str, Any], index: int) -> bool:
    ports = given.get("ports") or ()
    return index < len(ports) and isinstance(ports[index], Mapping) and "nodePort" in ports[index]


def _pruned(live: Any, like: Any) -> Any:
    if isinstance(live, Mapping) and isinstance(like, Mapping):
        return {key: _pruned(live[key], like[key]) for key in like if key in live}
    if isinstance(live, list) and isinstance(like, list) and len(live) == len(like):
        return [_pruned(item, model) for item, model in zip(live, like, strict=True)]
    return like if _same(live, like) else live


def _same(live: Any, like: Any) -> bool:
    """Equal up to how the server writes quantities: `1000m` comes back as `1`."""
    if live == like:
        return True
    left, right = _amount(live), _amount(like)
    return left is not None and left == right


def _amount(value: Any) -> float | None:
    found = _QUANTITY.match(str(value)) if isinstance(value, str | int | float) else None
    if found is None or found[2] not in _SCALES:
        return None
    try:
        return float(found[1]) * _SCALES[found[2]]
    except ValueError:
        return None


def _text(encoded: str) -> str:
    return base64.b64decode(encoded).decode(errors="replace")
