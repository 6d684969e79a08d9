"""Why pods are not ready, in the words of the scheduler, the kubelet and the controllers.

Owns picking and grouping those words; a platform engineer should not need a second command to know what to change.
"""

from collections.abc import Iterable, Iterator, Sequence

from sandbox.providers.kubernetes.readiness.pods import pod as pod_rule
from sandbox.providers.kubernetes.readiness.verdict import Object, Ready, Seen, condition, words

_MOST_LINES = 10
_PROBE_EVENTS = ("Unhealthy",)
_OWNER_EVENTS = ("FailedCreate",)
_POD_EVENTS = ("FailedMount", "FailedAttachVolume", "FailedCreatePodSandBox", "Failed", "BackOff", "FailedBinding")


def explain_pods(pods: Sequence[Object], events: Sequence[Object], owner: Object | None = None) -> tuple[str, ...]:
    """One line a distinct reason, with the pods it holds for.

    Args:
        pods: Pods of the workload; ready ones are left out.
        events: Warnings of the namespace.
        owner: The workload, to find events of controllers that could not even make a pod.
    """
    lines: dict[str, list[str]] = {}
    for pod in pods:
        if isinstance(pod_rule(Seen(pod)), Ready) or (pod.get("metadata") or {}).get("deletionTimestamp"):
            continue
        for reason in _of_pod(pod, events):
            lines.setdefault(reason, []).append(str(pod["metadata"]["name"]))
    found = [f"{_named(names)}: {reason}" for reason, names in lines.items()]
    found += [] if owner is None else _of_owner(owner, events)
    if len(found) > _MOST_LINES:
        found = [*found[:_MOST_LINES], f"and {len(found) - _MOST_LINES} more reasons"]
    return tuple(found)


def _named(names: Sequence[str]) -> str:
    return f"pod {names[0]}" if len(names) == 1 else f"pod {names[0]} and {len(names) - 1} more"


def _of_pod(pod: Object, events: Sequence[Object]) -> list[str]:
    unscheduled = condition(pod, "PodScheduled")
    if unscheduled is not None and unscheduled.get("status") == "False":
        return [words(unscheduled)]
    own = [event for event in events if _about(event, pod)]
    reasons = [*_of_containers(pod, own), *(_event_words(event) for event in own if event.get("reason") in _POD_EVENTS)]
    if not reasons:
        reasons = [
            f"{item.get('type')} is {item.get('status')}: {words(item)}"
            for item in (pod.get("status") or {}).get("conditions") or ()
            if item.get("status") != "True" and (item.get("reason") or item.get("message"))
        ]
    return list(dict.fromkeys(reasons)) or [f"phase {(pod.get('status') or {}).get('phase', 'Pending')}, not ready"]


def _of_containers(pod: Object, events: Sequence[Object]) -> Iterator[str]:
    status = pod.get("status") or {}
    for item in [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]:
        name, state = item.get("name"), item.get("state") or {}
        if state.get("waiting"):
            if state["waiting"].get("reason") in {"PodInitializing", "ContainerCreating"}:
                continue  # says only that something else is to blame
            yield f"container {name} is waiting: {words(state['waiting'])}{_last_exit(item)}"
        elif state.get("terminated") and state["terminated"].get("exitCode"):
            ended = state["terminated"]
            yield f"container {name} ended with exit code {ended['exitCode']}: {words(ended)}"
        elif state.get("running") is not None and not item.get("ready"):
            probes = [event for event in events if event.get("reason") in _PROBE_EVENTS]
            said = {_message(event) for event in probes if _of_container(event, str(name))}
            yield from (f"container {name}: {line}" for line in sorted(said))
            if not said:
                yield f"container {name} runs but is not ready"


def _last_exit(item: Object) -> str:
    ended = (item.get("lastState") or {}).get("terminated")
    return f" (last exit code {ended.get('exitCode')}, {item.get('restartCount', 0)} restarts)" if ended else ""


def _of_owner(owner: Object, events: Iterable[Object]) -> list[str]:
    # A ReplicaSet is named after its Deployment; its events are the only place that names a quota or a webhook.
    name = str((owner.get("metadata") or {}).get("name"))
    said = [
        _event_words(event)
        for event in events
        if event.get("reason") in _OWNER_EVENTS and str(_target(event).get("name", "")).startswith(name)
    ]
    return list(dict.fromkeys(said))


def _about(event: Object, pod: Object) -> bool:
    target = _target(event)
    return target.get("kind") == "Pod" and target.get("name") == pod["metadata"]["name"]


def _of_container(event: Object, name: str) -> bool:
    path = str(_target(event).get("fieldPath", ""))
    return not path or f"{{{name}}}" in path


def _target(event: Object) -> Object:
    return event.get("involvedObject") or event.get("regarding") or {}


def _event_words(event: Object) -> str:
    return f"{event.get('reason')}: {_message(event)}"


def _message(event: Object) -> str:
    return str(event.get("message") or event.get("note") or "").strip()
