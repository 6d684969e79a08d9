"""What a checked release asks of its chart, for whoever has the chart at hand to hold against it."""

from collections.abc import Iterator, Mapping

import pulumi

from components.release.helm_values import wishes_of
from components.release.spec import CartesiaReleaseSpec
from core.chart.judge import Asked, Wish
from core.kube.helm_values import merge, tree

__all__ = ["asked_of", "plain_values"]


def asked_of(spec: CartesiaReleaseSpec) -> Asked:
    """What must show in a rendering of the chart. What only an update brings to light (outputs) is left out."""
    return Asked(
        wishes=tuple(_plain(spec)),
        workers=tuple(worker.deployment for worker in spec.parts.workers),
        tag=spec.parts.tag,
        image_registry=spec.parts.image_registry,
        max_unavailable=spec.parts.rollout.max_unavailable,
    )


def _plain(spec: CartesiaReleaseSpec) -> Iterator[Wish]:
    return (wish for wish in wishes_of(spec.parts) if wish.path and not isinstance(wish.value, pulumi.Output))


def plain_values(spec: CartesiaReleaseSpec) -> dict[str, object] | None:
    """The values that Helm is given, if all of them are known."""
    values: dict[str, object] = merge(tree(spec.settings), spec.values)
    return None if _holds_output(values) else values


def _holds_output(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(map(_holds_output, value.values()))
    return any(map(_holds_output, value)) if isinstance(value, list) else isinstance(value, pulumi.Output)
