"""How an update of a worker goes, depending on the GPUs there are: frames of a Deployment, computed."""

from collections.abc import Iterator
from dataclasses import dataclass

from catalog.chart import WORKER_MAX_SURGE
from core.capacity.rollout import RolloutVerdict, WorkerReplicas, rollout_budget
from docs.pictures.drawing import Drawing

__all__ = ["Frame", "draw", "frames"]

_OLD, _LOADING, _NEW, _FREE = "old", "loading", "new", "free"
_KINDS = {_OLD: "real", _LOADING: "stand-in", _NEW: "yours", _FREE: "empty"}
_REPLICAS = 2
_CELL = 24
_STEP = 146
_LEFT = 250

_WORDS = {
    RolloutVerdict.FITS: "room for the surge: one step",
    RolloutVerdict.SLOW: "one spare: pod by pod",
    RolloutVerdict.STALLS: "no spare: waits for ever",
}


@dataclass(frozen=True, slots=True)
class Frame:
    """One moment of an update."""

    gpus: tuple[str, ...]
    """What each GPU runs: `old`, `loading` (new, not ready), `new`, `free`."""
    waiting: int
    """New pods without a GPU."""

    @property
    def serving(self) -> int:
        """Pods that take streams."""
        return self.gpus.count(_OLD) + self.gpus.count(_NEW)


def frames(replicas: int, gpus: int, max_unavailable: int) -> Iterator[Frame]:
    """The moments of an update of one Deployment until it is done or nothing moves any more.

    Args:
        replicas: Pods of the Deployment, one GPU each.
        gpus: GPUs of the pool, no fewer than `replicas`.
        max_unavailable: Pods that may go before their successors are ready.
    """
    running = [_OLD] * replicas + [_FREE] * (gpus - replicas)
    yield Frame(tuple(running), 0)
    wanted = min(replicas, WORKER_MAX_SURGE)
    _retire(running, max_unavailable)
    while True:
        # The surge is above the replicas, and a pod that went makes room for one more.
        asked = min(replicas, wanted + replicas - running.count(_OLD))
        waiting = asked - running.count(_LOADING) - running.count(_NEW)
        for index, state in enumerate(running):
            if state == _FREE and waiting:
                running[index], waiting = _LOADING, waiting - 1
        frame = Frame(tuple(running), waiting)
        yield frame
        if _LOADING not in running:
            return
        ready = running.count(_LOADING)
        running = [_NEW if state == _LOADING else state for state in running]
        _retire(running, ready)
        if running.count(_NEW) == replicas:
            yield Frame(tuple(running), 0)
            return


def _retire(running: list[str], count: int) -> None:
    for index, state in enumerate(running):
        if state == _OLD and count:
            running[index], count = _FREE, count - 1


def draw() -> str:
    """Four updates of a worker with two pods."""
    cases = [(4, 0), (3, 0), (2, 0), (2, 1)]
    drawing = Drawing(
        860,
        406,
        "An update of one worker with two pods, by GPUs of the pool",
        "With four GPUs both new pods start at once, with three one after the other, with two never, unless "
        "maxUnavailable is 1 and one pod goes first.",
    )
    drawing.text(24, 30, "An update of one worker with 2 pods, one GPU each; time goes to the right", bold=True)
    for row, (gpus, unavailable) in enumerate(cases):
        _draw_case(drawing, 58 + row * 78, gpus, unavailable)
    drawing.legend(
        24,
        390,
        {"real": "old pod, serving", "stand-in": "new pod, loading", "yours": "new pod, serving", "empty": "free"},
    )
    return drawing.render()


def _draw_case(drawing: Drawing, y: float, gpus: int, unavailable: int) -> None:
    verdict = rollout_budget([WorkerReplicas("worker", _REPLICAS, _REPLICAS)], gpus, unavailable).verdict
    words = "one pod goes first: fewer streams" if unavailable else _WORDS[verdict]
    drawing.text(24, y + 12, f"{gpus} GPUs, maxUnavailable {unavailable}", bold=True)
    drawing.text(24, y + 30, words)
    shown = list(frames(_REPLICAS, gpus, unavailable))
    for column, frame in enumerate(shown):
        x = _LEFT + column * _STEP
        for index, state in enumerate(frame.gpus):
            drawing.box(x + index * _CELL, y, _CELL - 4, _CELL - 4, kind=_KINDS[state])
        waiting = f", {frame.waiting} waiting" if frame.waiting else ""
        drawing.text(x, y + 38, f"{frame.serving} serving{waiting}", muted=not frame.waiting)
        if column + 1 < len(shown):
            drawing.line((x + len(frame.gpus) * _CELL + 3, y + 10), (x + _STEP - 8, y + 10))
    if verdict is RolloutVerdict.STALLS:
        x = _LEFT + len(shown) * _STEP
        drawing.text(x - 10, y + 14, "and so on: Insufficient nvidia.com/gpu", bold=True)
