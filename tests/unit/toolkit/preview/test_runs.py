"""Several previews at once: order, progress, saved events, and stacks that cannot be previewed."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from clients.engine import EngineError
from tests.support.previews.record import FOLDER
from toolkit.preview.hiding import Hiding
from toolkit.preview.model import Verdict
from toolkit.preview.run.previews import Plan, preview_stacks
from toolkit.preview.secretless import runs
from toolkit.preview.secretless.runs import Secretless
from toolkit.preview.verdict import report_of

LOG = (FOLDER / "gpu-type.jsonl").read_text().splitlines(keepends=True)
DEBUG = json.dumps({"diagnosticEvent": {"severity": "debug", "message": "export-canary"}}) + "\n"


def plan(**more: object) -> Plan:
    return Plan(**({"parallel": 2, "hiding": Hiding(), "render": None, "say": lambda _line: None} | more))  # type: ignore[arg-type]


def test_stacks_run_side_by_side_and_come_back_in_order() -> None:
    both = threading.Barrier(2, timeout=10)

    def lines(stack: str) -> Iterator[str]:
        both.wait()
        yield from (line.replace(":eks-dev::", f":{stack}::") for line in LOG)

    reports = preview_stacks(["b", "a", "b"], lines, plan())
    assert [each.name for each in reports] == ["a", "b"]


def test_a_stack_that_cannot_be_previewed_blocks_and_the_others_are_told() -> None:
    def lines(stack: str) -> Iterator[str]:
        if stack == "bad":
            raise EngineError("passphrase hunter2-secret is wrong")
        yield from LOG

    reports = preview_stacks(["bad", "eks-dev"], lines, plan(hiding=Hiding(["hunter2-secret"])))
    report = report_of(reports)
    assert report.verdict is Verdict.BLOCKED
    assert reports[0].errors == ("passphrase (secret) is wrong",)
    assert reports[1].result == "succeeded"


def test_events_are_saved_without_what_debugging_shows(tmp_path: Path) -> None:
    said: list[str] = []
    preview_stacks(["eks-dev"], lambda _name: [DEBUG, *LOG, "panic: text\n"], plan(save=tmp_path, say=said.append))
    (file,) = tmp_path.iterdir()
    assert file.read_text() == "".join(LOG)
    assert file.stat().st_mode & 0o777 == 0o600
    assert said[0] == "eks-dev: begins" and said[-1] == "eks-dev: succeeded"


def test_an_event_stream_that_ends_early_is_no_success() -> None:
    (report,) = preview_stacks(["eks-dev"], lambda _name: LOG[:8], plan())
    assert report.result == "incomplete"
    assert report_of([report]).verdict is Verdict.BLOCKED


def test_a_stack_that_is_new_is_previewed_on_a_copy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class NewStack:
        def __init__(self, stack: str) -> None: ...

        def preview_lines(self, _options: object) -> Iterator[str]:
            raise EngineError("no stack named 'new' found")
            yield ""

    monkeypatch.setattr(runs, "Engine", NewStack)
    (tmp_path / "stacks").mkdir()
    copies = Secretless(tmp_path, "", None, [])
    monkeypatch.setattr(Secretless, "lines", lambda _self, stack: iter([f"copy of {stack}"]))
    with pytest.raises(EngineError):
        list(copies.lines_of_any("new"))
    (tmp_path / "stacks" / "Pulumi.new.yaml").write_text("config: {}\n")
    assert list(copies.lines_of_any("new")) == ["copy of new"]
