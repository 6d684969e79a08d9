"""What is looked up in a cluster before anything is made in it, if the program says how.

A component looks nothing up by itself. A program that may ask API servers says once how that is done (`surveying`);
without it nothing is checked. What the surveyor finds missing ends the program, with everything that is missing.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from core.input.problems import Problem

__all__ = ["Requirements", "Surveyor", "surveying", "surveyor"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirements:
    """What must be in the cluster."""

    storage_classes: tuple[str, ...]
    ingress_classes: tuple[str, ...]
    custom_resources: tuple[str, ...]
    gpus: int
    """`nvidia.com/gpu` of all nodes that must be there already."""


Surveyor = Callable[[str, Requirements], Iterable[Problem]]
"""From a kubeconfig and what must be in its cluster to what is not."""


def _nothing(_kubeconfig: str, _requires: Requirements) -> Iterable[Problem]:
    return ()


_surveyor: ContextVar[Surveyor] = ContextVar("surveyor", default=_nothing)


@contextmanager
def surveying(survey: Surveyor) -> Iterator[None]:
    """Have every cluster that is named within it surveyed."""
    token = _surveyor.set(survey)
    try:
        yield
    finally:
        _surveyor.reset(token)


def surveyor() -> Surveyor:
    """Who surveys the cluster that is being named."""
    return _surveyor.get()
