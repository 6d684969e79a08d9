"""Why the workloads and hooks of a release are not ready, looked at while helm waits for them.

After a failed atomic run they are gone again, so what they said has to be collected before.
"""

import time
from collections.abc import Callable, Iterator
from typing import Final

from clients.kubernetes import KubeClient, KubeError, Object
from sandbox.providers.cloud.nodes import devices
from sandbox.providers.kubernetes import waiting as looking
from sandbox.providers.kubernetes.helm.record import Record, latest, objects
from sandbox.providers.kubernetes.readiness import Ready, rule_for

_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 5.0
_MOST_WORKLOADS: Final = 12
_WORD_EVERY_SECONDS: Final = 15.0
"""Between two words of the same content, each with another time in it: without a terminal, only what changed shows."""


class Observer:
    """Remembers the last reasons seen. Call it often; it decides itself when to look."""

    def __init__(
        self, client: KubeClient, namespace: str, name: str, seconds: float, tell: Callable[[str], None]
    ) -> None:
        """`seconds` is how long helm will wait; `tell` shows a line to whoever waits."""
        self._client, self._namespace, self._name, self._tell = client, namespace, name, tell
        self._begin, self._seconds = time.monotonic(), seconds
        self._told, self._next_word = "", 0.0
        self._pause = _FIRST_PAUSE
        self._next = self._begin + _FIRST_PAUSE
        self._revision: int | None = None
        self.reasons: tuple[str, ...] = ()

    def __call__(self) -> None:
        """Look, if it is time."""
        if time.monotonic() < self._next:
            return
        try:
            devices.follow(self._client)  # a chart may bring the plugin itself
            self._look()
        except KubeError:
            return  # the next look may succeed, and helm will report a server that stays away
        finally:
            self._pause = min(self._pause * 1.3, _LONGEST_PAUSE)
            self._next = time.monotonic() + self._pause

    def _look(self) -> None:
        record = latest(self._client, self._namespace, self._name)
        if record is None or record.status not in {"pending-install", "pending-upgrade"}:
            return  # not begun, or already rolling back: what is said now is not about this run
        self._revision = self._revision or record.revision
        if record.revision == self._revision:
            self.look_at(record)
            self._say(self.reasons[0] if self.reasons else f"helm works on revision {record.revision}")

    def _say(self, word: str) -> None:
        now = time.monotonic()
        if word != self._told or now >= self._next_word:
            self._tell(f"{word} ({now - self._begin:.0f} s of {self._seconds:g} s)")
            self._told, self._next_word = word, now + _WORD_EVERY_SECONDS

    def look_at(self, record: Record) -> None:
        """Take over what the workloads of this revision say now."""
        self.reasons = not_ready(self._client, record)


def not_ready(client: KubeClient, record: Record) -> tuple[str, ...]:
    """A line for each reason of each workload and each hook of a release that is there and not ready."""
    lines: list[str] = []
    for what, item in _awaited(record):
        metadata = item["metadata"]
        live = client.get(
            item["apiVersion"], item["kind"], metadata["name"], metadata.get("namespace") or record.namespace
        )
        rule = rule_for(item)
        if live is None or rule is None:
            continue
        verdict = looking.look(client, live, rule)
        if not isinstance(verdict, Ready):
            lines += [
                f"{what}{item['kind']} {metadata['name']}: {line}"
                for line in looking.explain(client, live, rule, verdict)
            ]
    return tuple(lines)


def _awaited(record: Record) -> Iterator[tuple[str, Object]]:
    """What helm waits for, and what to call it. Hooks first: before one ends, nothing after it is there."""
    for manifest in record.hooks:
        yield from (("hook ", item) for item in objects(manifest) if rule_for(item) is not None)
    # Services last: their words ("no ready pod") repeat what the workloads say better. Helm does not await ingresses.
    found = [item for item in objects(record.manifest) if rule_for(item) is not None and item["kind"] != "Ingress"]
    yield from (("", item) for item in sorted(found, key=lambda item: item["kind"] == "Service")[:_MOST_WORKLOADS])
