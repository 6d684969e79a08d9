"""Golden previews: what every recorded case reads like. `python -m tests.support.previews.golden` writes them again.

Objects of releases are rendered by the real Helm when goldens are written, and kept in `manifests.json`, so that the
tests need no program.
"""

import hashlib
import json
import shutil
from collections.abc import Iterable
from pathlib import Path

from clients.helm import HelmError, Renderer
from sandbox.toolchain import ensure
from tests.support.previews.cases import CASES
from tests.support.previews.record import FOLDER
from tests.support.recorded_world import ROOT
from toolkit.preview.hiding import Hiding
from toolkit.preview.model import Report
from toolkit.preview.releases import Render, RenderError, Rendering
from toolkit.preview.render import as_markdown
from toolkit.preview.run.previews import report_lines
from toolkit.preview.verdict import report_of

GOLDEN = ROOT / "tests" / "unit" / "toolkit" / "preview" / "golden"
MANIFESTS = FOLDER.parent / "manifests.json"
TOGETHER = {
    "two-stacks-one-change": ("tags", "nothing"),
    "every-environment": ("tag-bump", "worker-replicas", "package-update", "stack-removed"),
}
"""Pages of several stacks, by the cases that they show."""


def _key(wanted: Rendering) -> str:
    row = [wanted.checksum, wanted.name, wanted.namespace, json.dumps(wanted.values, sort_keys=True)]
    return hashlib.sha256("\n".join(row).encode()).hexdigest()[:24]


def recorded() -> Render:
    """Renders from what was recorded."""
    known: dict[str, str] = json.loads(MANIFESTS.read_text()) if MANIFESTS.exists() else {}

    def render(wanted: Rendering) -> str:
        text = known[_key(wanted)]
        if text.startswith("error: "):
            raise RenderError(text.removeprefix("error: "))
        return text

    return render


def with_helm(known: dict[str, str], search: str) -> Render:
    """Renders the reference chart, and remembers."""
    renderer = Renderer(ROOT / "sandbox" / "chart" / "cartesia", search=search)

    def render(wanted: Rendering) -> str:
        try:
            text = renderer(wanted.values, name=wanted.name, namespace=wanted.namespace)
        except HelmError as error:
            text = f"error: {error}"
        known[_key(wanted)] = text
        if text.startswith("error: "):
            raise RenderError(text.removeprefix("error: "))
        return text

    return render


def report_of_cases(names: Iterable[str], render: Render) -> Report:
    """The report of cases, as if they were one change."""
    lines = ((name, (FOLDER / f"{name}.jsonl").read_text().splitlines()) for name in names)
    return report_of([report_lines(name, each, Hiding(), render) for name, each in lines])


def pages() -> dict[str, tuple[str, ...]]:
    """Every golden page and the cases on it."""
    return {case.name: (case.name,) for case in CASES} | TOGETHER


def main() -> None:
    """Write all."""
    shutil.rmtree(GOLDEN, ignore_errors=True)
    GOLDEN.mkdir(parents=True)
    known: dict[str, str] = {}
    render = with_helm(known, str(Path(ensure(["helm"])["helm"]).parent))
    for name, cases in pages().items():
        text = as_markdown(report_of_cases(cases, render), key="golden", link="https://ci.example.com/preview.html")
        (GOLDEN / f"{name}.md").write_text(text)
    MANIFESTS.write_text(json.dumps(known, indent=0, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
