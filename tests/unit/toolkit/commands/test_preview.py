"""The verb on saved events and reports: what it prints, writes and refuses, without an engine."""

import json
from pathlib import Path

import pytest

from tests.support.previews.golden import pages, recorded, report_of_cases
from tests.support.previews.record import FOLDER
from toolkit.main import Exit, main
from toolkit.preview.model import VERSION
from toolkit.preview.render import as_html, as_json, as_markdown
from toolkit.preview.render.reading import ReportError, read_report
from toolkit.preview.verdict import report_of


def log(name: str) -> str:
    return str(FOLDER / f"{name}.jsonl")


def test_the_exit_code_says_whether_it_is_blocked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preview", "--from-events", log("nothing")]) == Exit.FINE
    assert "✅ Safe" in capsys.readouterr().out
    with pytest.raises(SystemExit) as stopped:
        main(["preview", "--from-events", log("policy-block")])
    assert stopped.value.code == Exit.FINDINGS
    with pytest.raises(SystemExit):
        main(["preview", "--from-events", log("gpu-type"), "--fail-on", "attention"])
    assert main(["preview", "--from-events", log("gpu-type")]) == Exit.FINE


def test_every_format_is_written_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = {name: tmp_path / name for name in ("markdown", "html", "sarif")}
    words = [word for name, path in files.items() for word in (f"--{name}", str(path))]
    assert main(["preview", "--from-events", log("gpu-type"), "--json", *words]) == Exit.FINE
    data = json.loads(capsys.readouterr().out)
    assert (data["version"], data["verdict"]) == (VERSION, "needs attention")
    assert "⚠️ Needs attention" in files["markdown"].read_text()
    assert files["html"].read_text().startswith("<!doctype html>")
    assert {each["ruleId"] for each in json.loads(files["sarif"].read_text())["runs"][0]["results"]} == {
        "eks-addon-pinned",
        "node-ami-pinned",
    }


@pytest.mark.parametrize("name", ["gpu-type", "secret-rotation", "every-environment", "vanished", "values-one-line"])
def test_a_report_read_back_says_the_same(name: str) -> None:
    report = report_of_cases(pages()[name], recorded())
    again = read_report(as_json(report))
    for render in (as_markdown, as_html, as_json):
        assert render(again) == render(report)
    assert report_of(again.stacks) == again


@pytest.mark.parametrize(
    "change",
    [
        {"version": 99},
        {"verdict": "perfect"},
        {"stacks": "none"},
        {"stacks": [{"name": 1}]},
        {"reasons": [{"level": "blocks", "text": "x", "stacks": [], "names": [], "html": "<b>"}]},
    ],
)
def test_what_is_no_report_is_refused(change: dict[str, object]) -> None:
    data = json.loads(as_json(report_of_cases(("nothing",), recorded()))) | change
    with pytest.raises(ReportError):
        read_report(json.dumps(data))


def test_a_saved_report_is_shown_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["preview", "--from-events", log("gpu-type"), "--json"])
    (tmp_path / "report.json").write_text(capsys.readouterr().out)
    assert main(["preview", "--from-report", str(tmp_path / "report.json")]) == Exit.FINE
    shown = capsys.readouterr().out
    main(["preview", "--from-events", log("gpu-type")])
    assert shown == capsys.readouterr().out


def test_only_the_approved_plan_is_let_through(capsys: pytest.CaptureFixture[str]) -> None:
    main(["preview", "--from-events", log("gpu-type"), "--json"])
    (stack,) = json.loads(capsys.readouterr().out)["stacks"]
    assert main(["preview", "--from-events", log("gpu-type"), "--expect", stack["digest"]]) == Exit.FINE
    with pytest.raises(SystemExit) as stopped:
        main(["preview", "--from-events", log("gpu-type"), "--expect", "0" * 64])
    assert stopped.value.code == Exit.FINDINGS
    assert "differs from the approved one" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--all", "--stack", "eks-dev"], "one of them only"),
        (["--from-events", log("nothing"), "--all"], "one of them only"),
        (["--from-events", log("nothing"), "--without-secrets"], "have no effect"),
        (["--stack", "eks-dev", "--states", "x"], "needs --without-secrets"),
        (["--all", "--expect", "0"], "name one --stack"),
        (["--without-secrets", "--stack", "eks-dve"], "did you mean eks-dev?"),
    ],
)
def test_options_that_contradict_each_other_are_refused(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["preview", *words]) == Exit.WRONG
    assert said in capsys.readouterr().err


def test_a_file_that_is_no_log_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(SystemExit):
        main(["preview", "--from-events", str(tmp_path / "notes.txt")])
    assert "notes.txt is no event log" in capsys.readouterr().out


def test_a_known_secret_is_hidden_and_a_drawn_word_on_request(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "key").write_text("g6e.2xlarge")
    main(["preview", "--from-events", log("gpu-type"), "--secret-file", str(tmp_path / "key")])
    assert "g6e.2xlarge" not in capsys.readouterr().out
    token = "Zk3vQ9xT7bLp2RwYc8NdHs5MgJf4"
    line = {"diagnosticEvent": {"severity": "warning", "message": f"token {token} was used"}}
    lines = [json.dumps(line), (FOLDER / "nothing.jsonl").read_text()]
    (tmp_path / "log").write_text("\n".join(lines))
    main(["preview", "--from-events", str(tmp_path / "log")])
    assert token in capsys.readouterr().out
    main(["preview", "--from-events", str(tmp_path / "log"), "--hide-tokens"])
    assert token not in capsys.readouterr().out


def test_posting_without_a_forge_is_wrong_use(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GITHUB_TOKEN", "GITHUB_REPOSITORY"):
        monkeypatch.delenv(name, raising=False)
    assert main(["preview", "--from-events", log("nothing"), "--post", "github"]) == Exit.WRONG
    assert "GITHUB_TOKEN and GITHUB_REPOSITORY must be set" in capsys.readouterr().err
