"""Renders the chart of a release from its folder on this machine, each pair of chart and values once."""

import threading
from pathlib import Path

from clients.helm import HelmError, Renderer
from toolkit.preview.releases import Render, RenderError, Rendering

__all__ = ["local_charts"]


def local_charts(program: Path) -> Render:
    """Renders charts whose folders are named from the program's folder.

    Args:
        program: Folder of the program, from which the engine runs it.
    """
    known: dict[str, str] = {}
    lock = threading.Lock()

    def render(wanted: Rendering) -> str:
        key = repr(wanted)
        with lock:
            if key in known:
                return known[key]
        folder = program / wanted.chart
        if not (folder / "Chart.yaml").is_file():
            raise RenderError(f"the chart {wanted.chart} is not on this machine; run `cartesia-infra release fetch`")
        try:
            text = Renderer(folder)(wanted.values, name=wanted.name, namespace=wanted.namespace)
        except HelmError as error:
            raise RenderError(str(error)) from None
        with lock:
            known[key] = text
        return text

    return render
