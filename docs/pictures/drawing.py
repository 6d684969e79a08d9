"""Boxes, arrows and text as SVG.

Owns the look of every picture: a card of its own colour, so that it reads the same on a light and a dark page, and text
that scales with the picture. Coordinates are pixels from the top left corner of the card.
"""

from html import escape

__all__ = ["FILLS", "INK", "MUTED", "Drawing"]

INK = "#1f2933"
MUTED = "#52606d"
_CARD = "#fbfcfd"
_EDGE = "#c3ccd5"
_FONT = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', Arial, sans-serif"
_LINE_HEIGHT = 17

FILLS = {
    "real": ("#dcebfa", "#2f6fab"),
    "stand-in": ("#fdebc8", "#b7791f"),
    "yours": ("#def3e2", "#2f855a"),
    "plain": ("#eef1f4", "#7b8794"),
    "alert": ("#fbdcdc", "#c53030"),
    "empty": ("#ffffff", "#9aa5b1"),
}
"""Fill and stroke by what a box stands for."""


class Drawing:
    """One picture, built up by calls; `render` gives the text."""

    def __init__(self, width: int, height: int, title: str, description: str) -> None:
        self._size = (width, height)
        self._title = title
        self._description = description
        self._parts: list[str] = []

    def box(self, x: float, y: float, width: float, height: float, *lines: str, kind: str = "plain") -> None:
        """A rounded box with centred lines, the first of them bold."""
        fill, stroke = FILLS[kind]
        self._parts.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="6" fill="{fill}" stroke="{stroke}"/>'
        )
        top = y + height / 2 - (len(lines) - 1) * _LINE_HEIGHT / 2 + 4.5
        for index, line in enumerate(lines):
            self.text(x + width / 2, top + index * _LINE_HEIGHT, line, anchor="middle", bold=index == 0)

    def frame(self, x: float, y: float, width: float, height: float, label: str) -> None:
        """A dashed frame around things that belong together, with its name inside at the top."""
        self._parts.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="8" fill="none" stroke="{MUTED}" '
            'stroke-dasharray="5 4"/>'
        )
        self.text(x + width / 2, y + 19, label, anchor="middle", bold=True)

    def text(
        self, x: float, y: float, words: str, *, anchor: str = "start", bold: bool = False, muted: bool = False
    ) -> None:
        """One line; `anchor` is `start`, `middle` or `end`."""
        size, colour = (13, INK) if bold else (12, MUTED if muted else INK)
        weight = ' font-weight="600"' if bold else ""
        self._parts.append(
            f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" font-size="{size}" fill="{colour}"{weight}>'
            f"{escape(words, quote=False)}</text>"
        )

    def line(self, *points: tuple[float, float], arrow: bool = True, dashed: bool = False, colour: str = INK) -> None:
        """A line through points, with a head at its end unless told otherwise."""
        path = " ".join(f"{x:g},{y:g}" for x, y in points)
        style = (' stroke-dasharray="4 3"' if dashed else "") + (' marker-end="url(#head)"' if arrow else "")
        self._parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.4"{style}/>')

    def legend(self, x: float, y: float, entries: dict[str, str]) -> None:
        """Small squares with what their colour means, by kind."""
        for kind, words in entries.items():
            fill, stroke = FILLS[kind]
            self._parts.append(
                f'<rect x="{x:g}" y="{y - 10:g}" width="13" height="13" rx="3" fill="{fill}" stroke="{stroke}"/>'
            )
            self.text(x + 19, y + 1, words)
            x += 34 + 7 * len(words)

    def render(self) -> str:
        """The SVG."""
        width, height = self._size
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
                f'height="{height}" role="img" font-family="{_FONT}">',
                f"<title>{escape(self._title, quote=False)}</title>",
                f"<desc>{escape(self._description, quote=False)}</desc>",
                '<defs><marker id="head" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="8" markerHeight="8" '
                f'orient="auto-start-reverse"><path d="M0 0.5 L8 4 L0 7.5 z" fill="{INK}"/></marker></defs>',
                f'<rect x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="10" fill="{_CARD}" '
                f'stroke="{_EDGE}"/>',
                *self._parts,
                "</svg>\n",
            ]
        )
