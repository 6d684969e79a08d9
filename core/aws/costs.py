"""What of a stack on AWS costs money by the hour or the month: counts and types, and sums where somebody gives prices.

Pure. No price is known here: AWS's differ by region, contract and day. Counted are resources that cost for being there;
traffic, logs, volumes and load balancers cost by use and are not.
source: pricing pages of EKS, EC2, VPC (NAT gateways, public IPv4 addresses), KMS and SageMaker, 2026-11-25.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from core.input.problems import Problems

__all__ = ["Driver", "Prices", "Sum", "cost_drivers", "read_prices", "total"]

_HOURS: Final = 730
"""Hours of a month, 365 * 24 / 12."""
_ONE_EACH: Final = {
    "aws:eks/cluster:Cluster": "eks-cluster",
    "aws:ec2/natGateway:NatGateway": "nat-gateway",
    "aws:ec2/eip:Eip": "public-ipv4",
    "aws:kms/key:Key": "kms-key",
}
"""Types of which each resource costs the same, with the names that prices go by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """Something that costs, how often."""

    items: tuple[str, ...]
    """Names that prices go by; several where AWS takes whichever it has."""
    always: int
    """How many run without load."""
    most: int
    """How many run at most."""

    def __str__(self) -> str:
        return " or ".join(self.items)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """Somebody's prices."""

    currency: str
    hours: float
    """Hours of a month."""
    hourly: Mapping[str, float]
    monthly: Mapping[str, float]

    def month(self, item: str) -> float | None:
        """What one costs in a month; None if no price is given."""
        if item in self.monthly:
            return self.monthly[item]
        return self.hourly[item] * self.hours if item in self.hourly else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """Money for a month. Of a driver with several types the dearest counts."""

    always: float
    most: float
    missing: tuple[str, ...]
    """Items without a price, which the sums leave out."""


def cost_drivers(resources: Iterable[Mapping[str, Any]]) -> tuple[Driver, ...]:
    """What costs, of the resources of a stack, sorted; equal ones in one row.

    Args:
        resources: Rows of a state or of a preview, with `type` and `inputs`.
    """
    rows = list(resources)
    found: dict[tuple[str, ...], list[int]] = {}
    for driver in _drivers(rows):
        counts = found.setdefault(driver.items, [0, 0])
        counts[0] += driver.always
        counts[1] += driver.most
    return tuple(Driver(items=items, always=counts[0], most=counts[1]) for items, counts in sorted(found.items()))


def _drivers(rows: list[Mapping[str, Any]]) -> Iterator[Driver]:
    targets = {
        str(row["inputs"].get("resourceId")).rpartition("/")[2]: row["inputs"]
        for row in rows
        if row.get("type") == "aws:appautoscaling/target:Target"
    }
    for row in rows:
        kind, inputs = str(row.get("type")), row.get("inputs") or {}
        if kind in _ONE_EACH:
            yield Driver(items=(_ONE_EACH[kind],), always=1, most=1)
        elif kind == "aws:eks/nodeGroup:NodeGroup":
            yield _node_group(inputs)
        elif kind == "aws:sagemaker/endpointConfiguration:EndpointConfiguration":
            for variant in inputs.get("productionVariants") or ():
                yield _variant(variant, targets.get(str(variant.get("variantName")), {}))


def _node_group(inputs: Mapping[str, Any]) -> Driver:
    scaling = inputs.get("scalingConfig") or {}
    kinds = tuple(str(each) for each in inputs.get("instanceTypes") or ()) or ("nodes of the launch template",)
    desired = _count(scaling.get("desiredSize"))
    return Driver(items=kinds, always=desired, most=max(desired, _count(scaling.get("maxSize"))))


def _variant(variant: Mapping[str, Any], target: Mapping[str, Any]) -> Driver:
    fixed = _count(variant.get("initialInstanceCount"))
    low, high = (_count(target.get(key, fixed)) for key in ("minCapacity", "maxCapacity"))
    return Driver(items=(str(variant.get("instanceType")),), always=low, most=max(low, high))


def _count(value: object) -> int:
    return int(value) if isinstance(value, int | float) else 0


def read_prices(content: object, problems: Problems) -> Prices:
    """Prices as somebody wrote them down: `currency`, `hourly`, `monthly` and `hours`.

    Args:
        content: The parsed file.
        problems: Gets what is wrong with it.
    """
    rows = content if isinstance(content, Mapping) else {}
    if not isinstance(content, Mapping):
        problems.add("", "must be a map", got=content, fix=_FORM)
    for key in sorted(map(str, rows.keys() - {"currency", "hours", "hourly", "monthly"})):
        problems.add(key, "is no key of a price file", fix=_FORM)
    hours = rows.get("hours", _HOURS)
    if not _is_number(hours) or not 0 < hours <= 744:
        problems.add("hours", "must be the hours of a month, up to 744", got=hours, fix="leave it out for 730")
        hours = _HOURS
    return Prices(
        currency=str(rows.get("currency", "")),
        hours=float(hours),
        hourly=_amounts(rows, "hourly", problems),
        monthly=_amounts(rows, "monthly", problems),
    )


_FORM: Final = "write e.g. `currency: USD` and `hourly: {eks-cluster: 0.1, m7a.4xlarge: 0.93}`"


def _amounts(rows: Mapping[Any, Any], key: str, problems: Problems) -> dict[str, float]:
    given = rows.get(key) or {}
    if not isinstance(given, Mapping):
        problems.add(key, "must be a map of prices", got=given, fix=_FORM)
        return {}
    for item, amount in given.items():
        if not _is_number(amount) or amount < 0:
            problems.add(f"{key}.{item}", "must be a number, 0 or more", got=amount, fix="write e.g. 0.93")
    return {str(item): float(amount) for item, amount in given.items() if _is_number(amount) and amount >= 0}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value  # not NaN


def total(drivers: Iterable[Driver], prices: Prices) -> Sum:
    """What a month costs, without load and at most.

    Args:
        drivers: As `cost_drivers` gives them.
        prices: Somebody's.
    """
    always = most = 0.0
    missing: list[str] = []
    for driver in drivers:
        known = [price for price in map(prices.month, driver.items) if price is not None]
        missing += [item for item in driver.items if prices.month(item) is None]
        always += driver.always * max(known, default=0.0)
        most += driver.most * max(known, default=0.0)
    return Sum(always=always, most=most, missing=tuple(missing))
