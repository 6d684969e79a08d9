"""Fetches what the readiness rules need, and waits until a rule is content or time is up.

Owns requests, watches and the clock; the rules themselves are pure, in `readiness`.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from clients.kubernetes import KubeClient, KubeError, Object
from sandbox.providers.cloud.nodes import devices
from sandbox.providers.kubernetes.readiness import (
    DELETION,
    Failed,
    NotReady,
    Ready,
    Rule,
    Seen,
    Verdict,
    explain_pods,
    rule_for,
)

_RUNS_PLUGINS = frozenset({"DaemonSet", "Pod"})
"""Kinds that may be a device plugin, without which nodes offer no GPUs."""
_WATCH_SECONDS = 1
_FIRST_WORD_SECONDS = 5.0
_WORD_EVERY_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Waited:
    """The object as last seen, and why it is not ready (nothing if it is)."""

    obj: Object
    reasons: tuple[str, ...] = ()


class Cancelled(Exception):  # noqa: N818 - says what happened
    """The engine wants the operation to end."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, who may interrupt, and whom to tell meanwhile."""

    seconds: float
    cancelled: threading.Event
    tell: Callable[[str], None]


def look(client: KubeClient, obj: Object, rule: Rule) -> Verdict:
    """The verdict on an object right now."""
    return rule.fold(_seen(client, obj, rule))


def explain(client: KubeClient, obj: Object, rule: Rule, verdict: NotReady | Failed) -> tuple[str, ...]:
    """The verdict's reasons, followed by what the pods, the scheduler and the controllers say."""
    if not rule.explained_by_pods:
        return verdict.reasons
    namespace = obj["metadata"].get("namespace")
    events = client.list("v1", "Event", namespace, field_selector="type=Warning")
    pods = [obj] if obj["kind"] == "Pod" else pods_of(client, obj)
    return (*verdict.reasons, *explain_pods(pods, events, obj))


def wait_ready(client: KubeClient, obj: Object, patience: Patience) -> Waited:
    """Wait until the object is ready by its kind's rule; with reasons if it failed or time ran out.

    Raises:
        Cancelled: The engine asked to stop.
    """
    rule = rule_for(obj)
    return Waited(obj) if rule is None else _wait(client, obj, rule, patience)


def wait_gone(client: KubeClient, obj: Object, patience: Patience) -> Waited:
    """Wait until this very object (by uid) no longer exists."""
    return _wait(client, obj, DELETION, patience)


def _wait(client: KubeClient, obj: Object, rule: Rule, patience: Patience) -> Waited:
    deadline, start = time.monotonic() + patience.seconds, time.monotonic()
    next_word = start + _FIRST_WORD_SECONDS
    while True:
        current = _current(client, obj)
        if current is None:
            return Waited(obj) if rule is DELETION else Waited(obj, ("it was deleted while waiting for it",))
        obj = current
        if obj["kind"] in _RUNS_PLUGINS:
            devices.follow(client)
        verdict = look(client, obj, rule)
        if isinstance(verdict, Ready):
            return Waited(obj)
        if isinstance(verdict, Failed) or time.monotonic() >= deadline:
            return Waited(obj, explain(client, obj, rule, verdict))
        if patience.cancelled.is_set():
            raise Cancelled("; ".join(verdict.reasons))
        if time.monotonic() >= next_word:
            waited = time.monotonic() - start
            patience.tell(f"{verdict.reasons[0]} ({waited:.0f} s of {patience.seconds:g} s)")
            next_word = time.monotonic() + _WORD_EVERY_SECONDS
        _next_change(client, obj, rule)


def _current(client: KubeClient, obj: Object) -> Object | None:
    metadata = obj["metadata"]
    found = client.get(obj["apiVersion"], obj["kind"], metadata["name"], metadata.get("namespace"))
    if found is None or (metadata.get("uid") and found["metadata"]["uid"] != metadata["uid"]):
        return None
    return found


def _next_change(client: KubeClient, obj: Object, rule: Rule) -> None:
    """Return at the next change of the object, at the latest after a second: neighbours change without it."""
    if rule.needs:
        time.sleep(0.25)
        return
    metadata = obj["metadata"]
    try:
        events = client.watch(
            obj["apiVersion"],
            obj["kind"],
            metadata.get("namespace"),
            field_selector=f"metadata.name={metadata['name']}",
            resource_version=metadata["resourceVersion"],
            seconds=_WATCH_SECONDS,
        )
        next(events, None)
    except KubeError:
        time.sleep(0.5)  # an expired version or a restarting server; the loop reads the object again anyway


def _seen(client: KubeClient, obj: Object, rule: Rule) -> Seen:
    namespace = obj["metadata"].get("namespace")
    slices: list[Object] = []
    if "endpoint_slices" in rule.needs:
        selector = f"kubernetes.io/service-name={obj['metadata']['name']}"
        slices = client.list("discovery.k8s.io/v1", "EndpointSlice", namespace, label_selector=selector)
    storage_class = None
    if "storage_class" in rule.needs and (name := (obj.get("spec") or {}).get("storageClassName")):
        storage_class = client.get("storage.k8s.io/v1", "StorageClass", name)
    return Seen(obj, endpoint_slices=slices, storage_class=storage_class)


def pods_of(client: KubeClient, obj: Object) -> list[Object]:
    """Pods that a workload or service selects; none without a selector."""
    selector = (obj.get("spec") or {}).get("selector") or {}
    if obj["kind"] == "Service":
        selector = {"matchLabels": selector}
    text = selector_text(selector)
    return client.list("v1", "Pod", obj["metadata"].get("namespace"), label_selector=text) if text else []


def selector_text(selector: Mapping[str, Any]) -> str:
    """A label selector object as the API's query text."""
    parts = [f"{key}={value}" for key, value in sorted((selector.get("matchLabels") or {}).items())]
    for item in selector.get("matchExpressions") or ():
        key, values = item["key"], ",".join(item.get("values") or ())
        parts.append(
            {
                "In": f"{key} in ({values})",
                "NotIn": f"{key} notin ({values})",
                "Exists": key,
                "DoesNotExist": f"!{key}",
            }[item["operator"]]
        )
    return ",".join(parts)
