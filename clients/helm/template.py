"""Renders a chart on disk with the real `helm`, without a cluster.

Owns a clean environment for it: nothing of the user's Helm (repositories, plugins, post-renderers) takes part, and no
value stands on a command line.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from clients.helm.command import HelmError, HelmMissingError
from clients.helm.files import private_folder

__all__ = ["Renderer"]

RENDER_SECONDS: Final = 60
"""For one rendering. A large chart takes one."""


class Renderer:
    """`helm template` of one chart."""

    def __init__(self, chart: Path, *, search: str | None = None) -> None:
        """Look for helm.

        Args:
            chart: Folder of the chart.
            search: Folders to find it in, as in PATH. Default: the process's own.

        Raises:
            HelmMissingError: There is no helm.
        """
        binary = shutil.which("helm", path=search)
        if binary is None:
            raise HelmMissingError("helm is not on PATH")
        self._binary, self._chart = binary, chart.absolute()

    def __call__(self, values: Mapping[str, Any], *, name: str, namespace: str) -> str:
        """The objects as YAML.

        Args:
            values: Laid over the chart's own. Null drops a default.
            name: Name of the release.
            namespace: Namespace of the release.

        Raises:
            HelmError: The chart refuses the values, or is none; the text holds what Helm said.
        """
        with private_folder() as folder:
            file = folder.write("values.json", json.dumps(values))  # JSON is YAML
            home = {f"HELM_{kind}_HOME": str(folder.path / kind.lower()) for kind in ("CACHE", "CONFIG", "DATA")}
            words = ["template", name, str(self._chart), "--namespace", namespace, "--values", str(file)]
            try:
                done = subprocess.run(
                    [self._binary, *words],
                    env={"PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder.path), **home},
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    text=True,
                    timeout=RENDER_SECONDS,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                raise HelmError(f"helm template did not end within {RENDER_SECONDS} s") from None
            except OSError as error:
                raise HelmError(f"helm did not start: {error.strerror}") from None
        if done.returncode:
            raise HelmError(_said(done.stderr))
        return done.stdout


def _said(text: str) -> str:
    """Helm's words in one line, without hints and names of temporary files."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    kept = [line for line in lines if not line.startswith(("WARNING:", "level=", "Use --debug"))]
    return " ".join(kept).removeprefix("Error: ") or "helm said nothing"
