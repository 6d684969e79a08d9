"""Measure how well imperfect routing pools instances, and write `core/capacity/pooling_figures.py`.

`python -m tests.support.pooling_figures` plays a fleet as a chain of arrivals and departures and notes, for each number
of busy slots, which share of arrivals met a full instance. From that profile the share refused at any nearby load
follows exactly (a birth-death chain), so one play at about the right load gives the load of a whole budget. It takes
half an hour on one core. Tests compare the figures with `core.capacity.simulation`, which counts requests one by one.
"""

import math
import random
import sys
from pathlib import Path

from core.capacity.erlang import max_load_for_budget

INSTANCES = (2, 3, 4, 6, 8, 12, 16, 32)
SLOTS = (1, 2, 4, 8, 16, 32)
BUDGETS = (0.001, 0.01, 0.1)
ROUTERS = {"power_of_two": 0, "three_routers": 3, "eight_routers": 8}
ARRIVALS = 1_000_000
TARGET = Path(__file__).resolve().parents[2] / "core" / "capacity" / "pooling_figures.py"


def profile(instances: int, slots: int, routers: int, load: float, seed: int) -> list[float]:
    """Share of arrivals that met a full instance, by slots busy; `routers` of 0 takes the emptier of two."""
    rng = random.Random(seed)
    rand = rng.random
    busy = [0] * instances
    seen = [[0] * instances for _ in range(max(routers, 1))]
    jobs: list[tuple[int, int]] = []
    total = instances * slots
    met, refused = [0] * (total + 1), [0] * (total + 1)
    left = ARRIVALS + 20 * total
    everyone = range(instances)
    while left:
        count = len(jobs)
        if rand() * (load + count) >= load:
            at = int(rand() * count)
            instance, router = jobs[at]
            jobs[at] = jobs[-1]
            jobs.pop()
            busy[instance] -= 1
            seen[router][instance] -= 1
            continue
        left -= 1
        router = int(rand() * routers) if routers else 0
        counts = seen[router]
        if routers:
            fewest = min(counts)
            ties = [i for i in everyone if counts[i] == fewest]
            instance = ties[int(rand() * len(ties))]
        else:
            instance = int(rand() * instances)
            other = int(rand() * (instances - 1))
            other += other >= instance
            if counts[other] < counts[instance]:
                instance = other
        met[count] += 1
        if busy[instance] >= slots:
            refused[count] += 1
        else:
            busy[instance] += 1
            counts[instance] += 1
            jobs.append((instance, router))
    shares, last = [], 0.0
    for k in range(total + 1):
        last = refused[k] / met[k] if met[k] > 200 else (last if k < total else 1.0)
        shares.append(last)
    shares[total] = 1.0
    return shares


def refusal(shares: list[float], load: float) -> float:
    """Share refused at `load`, from a profile."""
    weight = logged = 0.0
    weights = [0.0]
    for k, share in enumerate(shares[:-1]):
        if share >= 1.0:
            weights += [-math.inf] * (len(shares) - len(weights))
            break
        logged += math.log(load * (1.0 - share) / (k + 1))
        weights.append(logged)
    top = max(weights)
    scaled = [math.exp(each - top) for each in weights]
    weight = sum(scaled)
    return sum(each * share for each, share in zip(scaled, shares, strict=True)) / weight


def load_for(shares: list[float], budget: float, most: float) -> float:
    """The load at which a profile refuses `budget`."""
    low, high = 0.0, most
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if refusal(shares, middle) <= budget else (low, middle)
    return low


def efficiencies(instances: int, slots: int, routers: int) -> list[float]:
    """Load within each budget, over what perfect pooling takes."""
    found = {}
    for budget, wanted in ((0.01, (0.001, 0.01)), (0.1, (0.1,))):
        perfect = max_load_for_budget(instances * slots, budget)
        alone = instances * max_load_for_budget(slots, budget)
        load = math.sqrt(perfect * alone)
        shares = profile(instances, slots, routers, load, 1)
        load = load_for(shares, budget, perfect)
        shares = profile(instances, slots, routers, load, 2)
        for each in wanted:
            found[each] = load_for(shares, each, perfect) / max_load_for_budget(instances * slots, each)
    return [found[budget] for budget in BUDGETS]


def main() -> None:
    """Measure all figures and write them."""
    lines = []
    for name, routers in ROUTERS.items():
        lines.append(f'    "{name}": (')
        for instances in INSTANCES:
            rows = [efficiencies(instances, slots, routers) for slots in SLOTS]
            cells = ["(" + ", ".join(f"{each:.4f}" for each in row) + ")" for row in rows]
            half = len(cells) // 2
            lines += [f"        ({', '.join(cells[:half])},", f"         {', '.join(cells[half:])}),"]
            sys.stderr.write(f"{name} {instances}\n")
        lines.append("    ),")
    head, _, rest = TARGET.read_text().partition("# -- figures\n")
    tail = rest.partition("# -- end\n")[2]
    TARGET.write_text(f"{head}# -- figures\n" + "\n".join(lines) + f"\n    # -- end\n{tail}")


if __name__ == "__main__":
    main()
