"""How many machines and GPUs a stack asks for, before and after.

Reads pools of nodes (EKS, GKE) and variants of endpoints (SageMaker) off their resources. What a type of machine has is
the catalogue's; one that it does not list counts as having no GPU, and is named without a model.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from catalog.aws.instances import INSTANCES
from catalog.aws.sagemaker import INSTANCE_TYPES
from clients.engine import Op, State, Step
from toolkit.preview.model import Capacity

__all__ = ["CapacityFold"]

_NODE_GROUP: Final = "aws:eks/nodeGroup:NodeGroup"
_NODE_POOL: Final = "gcp:container/nodePool:NodePool"
_ENDPOINT_CONFIG: Final = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
_TARGET: Final = "aws:appautoscaling/target:Target"
_GONE: Final = frozenset({Op.DELETE, Op.DISCARD})
_INNER: Final = frozenset({Op.CREATE_REPLACEMENT, Op.DELETE_REPLACED, Op.REFRESH})


@dataclass(frozen=True, slots=True)
class _Pool:
    machine: str | None = None
    gpu: str | None = None
    gpus_each: int = 0
    nodes: int | None = None
    most: int | None = None

    @property
    def gpus(self) -> int:
        return self.gpus_each * (self.nodes or 0)

    @property
    def most_gpus(self) -> int:
        return self.gpus_each * (self.most or self.nodes or 0)


_NOTHING: Final = _Pool()


class CapacityFold:
    """Collects pools from steps, those that change nothing included."""

    def __init__(self) -> None:
        self._before: dict[str, _Pool] = {}
        self._after: dict[str, _Pool] = {}
        self._limits: tuple[dict[str, int], dict[str, int]] = ({}, {})

    def take(self, step: Step) -> None:
        """Count one step; others than pools are passed over."""
        if step.op in _INNER:
            return
        if step.type == _TARGET:
            for state, limits in zip(_sides(step), self._limits, strict=True):
                limits.update(_limit(state))
            return
        reader = _READERS.get(step.type)
        if reader is not None:
            for state, pools in zip(_sides(step), (self._before, self._after), strict=True):
                pools.update({f"{step.name}{suffix}": pool for suffix, pool in reader(state) if state})

    def pools(self) -> tuple[Capacity, ...]:
        """Every pool, by name."""
        names = sorted(self._before.keys() | self._after.keys())
        return tuple(self._capacity(name) for name in names)

    def _capacity(self, name: str) -> Capacity:
        old, new = (self._limited(index, name) for index in (0, 1))
        return Capacity(
            name=name,
            machine=(old.machine, new.machine),
            gpu=(old.gpu, new.gpu),
            nodes=(old.nodes, new.nodes),
            most=(old.most, new.most),
            gpus=(old.gpus, new.gpus),
            most_gpus=(old.most_gpus, new.most_gpus),
        )

    def _limited(self, index: int, name: str) -> _Pool:
        """A pool with the upper bound that autoscaling sets for it."""
        pool = (self._before, self._after)[index].get(name, _NOTHING)
        variant = name.partition(" variant ")[2]
        most = self._limits[index].get(variant)
        if not variant or most is None or pool is _NOTHING:
            return pool
        return _Pool(pool.machine, pool.gpu, pool.gpus_each, pool.nodes, most)


def _sides(step: Step) -> tuple[State | None, State | None]:
    new = None if step.op in _GONE else step.new
    return (None if step.op == Op.CREATE else step.old), new


def _limit(state: State | None) -> dict[str, int]:
    """Upper bound of a variant's instances."""
    inputs = state.inputs if state else {}
    most, resource = _whole(inputs.get("maxCapacity")), str(inputs.get("resourceId", ""))
    variant = resource.partition("/variant/")[2]
    return {variant: most} if variant and most is not None else {}


def _node_group(state: State | None) -> Iterator[tuple[str, _Pool]]:
    inputs = state.inputs if state else {}
    types = inputs.get("instanceTypes")
    machine = str(types[0]) if isinstance(types, list) and types else None
    row = INSTANCES.get(machine or "")
    scaling = inputs.get("scalingConfig")
    sizes = scaling if isinstance(scaling, Mapping) else {}
    yield (
        "",
        _Pool(
            machine,
            row.gpu if row else None,
            row.gpus if row else 0,
            _whole(sizes.get("desiredSize")),
            _whole(sizes.get("maxSize")),
        ),
    )


def _node_pool(state: State | None) -> Iterator[tuple[str, _Pool]]:
    inputs = state.inputs if state else {}
    config = inputs.get("nodeConfig")
    config = config if isinstance(config, Mapping) else {}
    accelerators = config.get("guestAccelerators")
    first = accelerators[0] if isinstance(accelerators, list) and accelerators else {}
    first = first if isinstance(first, Mapping) else {}
    scaling = inputs.get("autoscaling")
    sizes = scaling if isinstance(scaling, Mapping) else {}
    nodes = _first(inputs.get("nodeCount"), inputs.get("initialNodeCount"), sizes.get("minNodeCount"))
    most = _first(sizes.get("maxNodeCount"), sizes.get("totalMaxNodeCount"))
    gpus = _whole(first.get("count")) or 0
    yield "", _Pool(_text(config.get("machineType")), _text(first.get("type")), gpus, nodes, most)


def _variants(state: State | None) -> Iterator[tuple[str, _Pool]]:
    inputs = state.inputs if state else {}
    variants = inputs.get("productionVariants")
    for variant in variants if isinstance(variants, list) else ():
        if isinstance(variant, Mapping):
            machine = _text(variant.get("instanceType"))
            row = INSTANCE_TYPES.get(machine or "")
            gpu = row.gpu if row else None
            count = _whole(variant.get("initialInstanceCount"))
            yield f" variant {variant.get('variantName', '')}", _Pool(machine, gpu, 1 if gpu else 0, count, count)


def _whole(value: Any) -> int | None:
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _first(*values: Any) -> int | None:
    return next((found for value in values if (found := _whole(value)) is not None), None)


_READERS: Final = {_NODE_GROUP: _node_group, _NODE_POOL: _node_pool, _ENDPOINT_CONFIG: _variants}
