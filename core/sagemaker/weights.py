"""Weights of the variants of an endpoint on the way to a share of traffic, and which of them would overload one."""

from collections.abc import Mapping

from core.sagemaker.live_endpoint import LiveEndpoint

__all__ = ["overload", "steps_to", "weights_for"]

SLACK = 1.05
"""How much more than its share of the instances a variant may take, so that counts need not divide evenly."""


def weights_for(percent: float, canary: str, declared: Mapping[str, float]) -> dict[str, float]:
    """The weights by which `canary` gets a share of traffic and the others split the rest as declared.

    Args:
        percent: Share for the canary, 0 to 100.
        canary: Its name.
        declared: Weights of all variants as their configuration declares them.

    Raises:
        ValueError: There is no such variant, or nobody to share with.
    """
    others = {name: weight for name, weight in declared.items() if name != canary}
    if canary not in declared or not others:
        raise ValueError(f"a canary is one of several variants; got {canary!r} of {', '.join(declared) or 'none'}")
    total = sum(others.values())
    shares = {name: weight / total if total else 1.0 / len(others) for name, weight in others.items()}
    return {canary: percent / 100.0, **{name: share * (1.0 - percent / 100.0) for name, share in shares.items()}}


def steps_to(percent: float, now: float, count: int) -> list[float]:
    """Equal steps from the share that is to the one that shall be; the last is that one exactly."""
    return [round(now + (percent - now) * step / count, 4) for step in range(1, count)] + [percent]


def overload(live: LiveEndpoint, weights: Mapping[str, float]) -> dict[str, int]:
    """Variants that would get more traffic than they have instances for: how many each needs.

    Traffic is measured by the instances that serve it now, so that the fleet as a whole must be large enough already.
    """
    total = sum(weights.values()) or 1.0
    serving = sum(variant.instances for variant in live.variants if variant.weight > 0) or 1
    needed = {name: serving * weight / total for name, weight in weights.items()}
    running = {variant.name: variant.instances for variant in live.variants}
    return {
        name: max(1, round(count + 0.499))
        for name, count in needed.items()
        if count > SLACK * running.get(name, 0) and count > 0
    }
