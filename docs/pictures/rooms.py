"""The rooms of this checkout and which imports which, read from the code."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docs.pictures.drawing import Drawing

__all__ = ["draw", "room_imports"]

_ROOT = Path(__file__).resolve().parents[2]

_PLACES: dict[str, tuple[Any, ...]] = {
    "stacks": ((30, 30, 280, 58), "settings of each environment,", "and the program Pulumi runs"),
    "policies": ((325, 30, 150, 58), "rules that every", "change has to pass"),
    "components": ((100, 150, 210, 58), "what becomes resources:", "Args, Spec, resolve, class"),
    "toolkit": ((490, 30, 280, 58), "the cartesia-infra command,", "one module a verb"),
    "sandbox": ((510, 150, 190, 58), "the local world: programs,", "stand-ins, planes"),
    "clients": ((560, 262, 165, 58), "what both call: the engine,", "Helm, Kubernetes"),
    "core": ((305, 262, 190, 58), "pure functions: plain data", "to plain data, no Pulumi"),
    "catalog": ((30, 382, 740, 44), "facts as plain data, each with its source"),
}
"""Where a room is drawn (x, y, width, height), and lines on what is in it."""

_ROUTES: dict[tuple[str, str], tuple[tuple[float, float], ...]] = {
    ("stacks", "catalog"): ((65, 106), (65, 380)),
    ("stacks", "components"): ((205, 106), (205, 148)),
    ("stacks", "clients"): ((310, 98), (470, 138), (490, 215), (580, 260)),
    ("stacks", "core"): ((302, 106), (322, 150), (360, 260)),
    ("components", "core"): ((280, 226), (320, 260)),
    ("components", "catalog"): ((205, 226), (205, 380)),
    ("policies", "core"): ((400, 106), (400, 260)),
    ("core", "catalog"): ((400, 338), (400, 380)),
    ("toolkit", "sandbox"): ((595, 106), (595, 148)),
    ("toolkit", "core"): ((498, 106), (478, 150), (440, 260)),
    ("toolkit", "clients"): ((712, 106), (712, 260)),
    ("sandbox", "clients"): ((640, 226), (640, 260)),
    ("sandbox", "core"): ((520, 226), (480, 260)),
    ("sandbox", "catalog"): ((545, 226), (545, 380)),
    ("toolkit", "catalog"): ((752, 106), (752, 380)),
}
"""The way of each arrow; an import that has none is drawn straight."""

_HEIGHT_OF_TITLE = 18


def room_imports(root: Path = _ROOT) -> set[tuple[str, str]]:
    """Pairs of rooms of which the first imports the second."""
    rooms = [room for room in _PLACES if (root / room).is_dir()]
    return {(room, used) for room in rooms for used in _used(root / room) if used in rooms and used != room}


def _used(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from (alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module.split(".")[0]


def draw() -> str:
    """The picture of the code as it is."""
    pairs = sorted(room_imports())
    drawing = Drawing(
        800,
        490,
        "Rooms of the repository",
        "Arrows go from a room to what it imports: " + ", ".join(f"{one} imports {other}" for one, other in pairs),
    )
    for pair in pairs:
        drawing.line(*_ROUTES.get(pair, _straight(*pair)), dashed=pair == ("toolkit", "sandbox"))
    for room, ((x, y, width, height), *words) in _PLACES.items():
        if (_ROOT / room).is_dir():
            kind = {"catalog": "plain", "core": "plain", "sandbox": "stand-in", "toolkit": "yours"}.get(room, "real")
            drawing.box(x, y, width, height + _HEIGHT_OF_TITLE, f"{room}/", *words, kind=kind)
    if ("toolkit", "sandbox") in pairs:
        drawing.text(604, 130, "its sandbox verb", muted=True)
    note = "An arrow is an import. tests/ and benchmarks/ may import everything; nothing imports them."
    drawing.text(30, 470, note, muted=True)
    return drawing.render()


def _straight(one: str, other: str) -> tuple[tuple[float, float], ...]:
    """From the middle of a room's lower edge to the middle of the other's upper edge."""
    (x, y, width, height), *_ = _PLACES[one]
    (to_x, to_y, to_width, _), *_ = _PLACES[other]
    return ((x + width / 2, y + height + _HEIGHT_OF_TITLE), (to_x + to_width / 2, to_y - 2))
