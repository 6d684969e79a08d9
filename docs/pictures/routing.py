"""Refusals of a SageMaker endpoint over its load, under both routing strategies: Erlang's formula, drawn."""

from catalog.aws.sagemaker import DEFAULT_SLOTS
from core.capacity.routing import Routing, max_load_ratio, refusal
from docs.pictures.drawing import FILLS, Drawing

__all__ = ["draw"]

_INSTANCES = 4
_BUDGET = 0.01
_TOP = 0.20
_PLOT = (80.0, 60.0, 560.0, 260.0)
_COLOURS = {Routing.RANDOM: FILLS["alert"][1], Routing.LEAST_OUTSTANDING_REQUESTS: FILLS["real"][1]}


def draw() -> str:
    """Both curves for four instances, with the highest load that each carries within a budget of 1 %."""
    loads = {routing: _most(routing) for routing in _COLOURS}
    words = ", ".join(f"{routing} up to {100 * load:.1f} % load" for routing, load in loads.items())
    title = f"Requests refused by {_INSTANCES} instances of {DEFAULT_SLOTS} slots"
    drawing = Drawing(740, 400, title, f"At most 1 % of requests are refused with {words}.")
    drawing.text(24, 30, f"{title}, over the load", bold=True)
    _axes(drawing)
    drawing.line(_at(0, _BUDGET), _at(1, _BUDGET), arrow=False, dashed=True)
    for routing, colour in _COLOURS.items():
        points = [_at(step / 100, _refused(routing, step / 100)) for step in range(1, 101)]
        inside = [point for point in points if point[1] >= _PLOT[1]]
        drawing.line(*inside, arrow=False, colour=colour)
        load = loads[routing]
        drawing.line(_at(load, _BUDGET), _at(load, 0), arrow=False, dashed=True, colour=colour)
    drawing.text(_at(0.5, 0)[0], _at(0, 0.15)[1], "RANDOM", anchor="end", bold=True)
    for line, words in enumerate(("LEAST_", "OUTSTANDING_", "REQUESTS")):
        drawing.text(_at(0.75, 0)[0], _at(0, 0.1)[1] + 16 * line, words, anchor="end", bold=True)
    for load in loads.values():
        x, y = _at(load, 0)
        drawing.text(x, y + 34, f"{100 * load:.1f} %", anchor="middle", bold=True)
        drawing.text(x, y + 50, "carried within 1 %", anchor="middle", muted=True)
    return drawing.render()


def _refused(routing: Routing, load: float) -> float:
    return refusal(routing, instances=_INSTANCES, slots=DEFAULT_SLOTS, load_ratio=load)


def _most(routing: Routing) -> float:
    return max_load_ratio(routing, instances=_INSTANCES, slots=DEFAULT_SLOTS, refusal_budget=_BUDGET)


def _axes(drawing: Drawing) -> None:
    x, y, width, height = _PLOT
    drawing.line((x, y), (x, y + height), (x + width, y + height), arrow=False)
    for share in (0, 0.05, 0.10, 0.15, 0.20):
        drawing.text(x - 8, _at(0, share)[1] + 4, f"{100 * share:.0f} %", anchor="end")
    for load in (0, 0.4, 0.8, 1):
        drawing.text(_at(load, 0)[0], y + height + 18, f"{100 * load:.0f} %", anchor="middle", muted=True)
    drawing.text(x + width + 6, _at(0, _BUDGET)[1] + 4, "1 % budget")


def _at(load: float, share: float) -> tuple[float, float]:
    x, y, width, height = _PLOT
    return (round(x + load * width, 1), round(y + height - share / _TOP * height, 1))
