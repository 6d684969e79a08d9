"""`policy check`: events to findings, findings to formats, and how the verb ends."""

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.engine import EngineError, Events, events_in
from toolkit.main import main
from toolkit.policy.findings import Finding, Report, Unjudged, read_report
from toolkit.policy.formats import FORMATS, as_json, as_junit, as_sarif, as_text

URN = "urn:pulumi:eks-prod::voice::aws:eks/cluster:Cluster::cluster"
SECRET = "canary-of-a-debug-line"


def policy_event(rule: str, text: str, level: str = "mandatory", urn: str = URN) -> dict[str, object]:
    event = {"resourceUrn": urn, "message": f"A reason.\n{text}\n", "policyName": rule, "enforcementLevel": level}
    return {"policyEvent": event}


FOUND = policy_event("eks-version-pinned", "version is not set. Set version.")
ADVISED = policy_event("eks-addon-pinned", "addonVersion is not set. Set it.", "advisory")
UNSURE = policy_event("unjudged", "eks-two-subnets: not known before the update: vpcConfig, name", "advisory")
FAILED = {"diagnosticEvent": {"message": "error: preview failed\n", "severity": "info#err"}}
PREVIEW_FAILED = {"diagnosticEvent": {"message": "preview failed\n", "severity": "error"}}
BROKEN = {"diagnosticEvent": {"message": "ImportError: nothing\n", "severity": "info#err"}}
REPORT = Report(
    (
        Finding(URN, "eks-addon-pinned", "advisory", "A reason.", "addonVersion is not set. Set it."),
        Finding(URN, "eks-version-pinned", "mandatory", "A reason.", "version is not set. Set version."),
    ),
    (Unjudged(URN, "eks-two-subnets", "vpcConfig, name"),),
)


def test_events_become_a_report() -> None:
    assert read_report(Events((FOUND, ADVISED, UNSURE, PREVIEW_FAILED), True, "")) == REPORT
    assert not REPORT.fine
    assert REPORT.not_judged == {"eks-two-subnets": 1}


def test_a_finding_said_twice_counts_once() -> None:
    assert read_report(Events((FOUND, FOUND), True, "")).findings == REPORT.findings[1:]


def test_reports_add_up() -> None:
    other = Report((REPORT.findings[0],), (Unjudged("b", "r", "p"),))
    assert (REPORT + other).findings == REPORT.findings
    assert len((REPORT + other).unjudged) == 2


def test_a_run_that_failed_otherwise_is_no_report() -> None:
    with pytest.raises(EngineError, match="ImportError: nothing"):
        read_report(Events((BROKEN,), True, ""))
    with pytest.raises(EngineError, match="ImportError: nothing"):
        read_report(Events((FOUND, BROKEN), True, ""))
    with pytest.raises(EngineError, match="no such stack"):
        read_report(Events((), True, "error: no such stack"))
    with pytest.raises(EngineError, match="did not say why"):
        read_report(Events((ADVISED,), True, ""))


def test_a_run_that_went_well_may_have_said_things() -> None:
    assert read_report(Events((ADVISED, BROKEN), False, "warning")).fine


def test_lines_for_debugging_are_left_out() -> None:
    debug = {"diagnosticEvent": {"message": SECRET, "severity": "debug"}}
    lines = [json.dumps(debug), "no event", "3", json.dumps(FOUND)]
    assert list(events_in(lines)) == [FOUND]


# --- formats


def _suite(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)[0]  # noqa: S314 - our own text


def test_text_groups_by_resource_and_counts() -> None:
    lines = as_text(REPORT).splitlines()
    assert lines.count(URN) == 1
    assert "  mandatory  eks-version-pinned: version is not set. Set version." in lines
    assert lines[-4:] == ["not judged at preview: 1", "  eks-two-subnets: 1", "", "1 mandatory and 1 advisory findings"]


def test_json_has_its_keys() -> None:
    data = json.loads(as_json(REPORT))
    assert data["fine"] is False
    assert [each["rule"] for each in data["findings"]] == ["eks-addon-pinned", "eks-version-pinned"]
    assert data["notJudged"] == [{"urn": URN, "rule": "eks-two-subnets", "properties": ["vpcConfig", "name"]}]


def test_sarif_points_at_rules_and_resources() -> None:
    data = json.loads(as_sarif(REPORT))
    (run,) = data["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert data["version"] == "2.1.0"
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == URN
    assert [each["level"] for each in run["results"]] == ["warning", "error"]
    assert len(run["invocations"][0]["toolExecutionNotifications"]) == 1


def test_junit_counts_what_it_holds() -> None:
    suite = _suite(as_junit(REPORT))
    assert {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "3",
        "failures": "1",
        "errors": "0",
        "skipped": "2",
    }
    assert [case.get("name") for case in suite.findall("testcase[failure]")] == ["eks-version-pinned"]


@given(
    st.lists(st.builds(Finding, st.text(), st.text(), st.sampled_from(["mandatory", "advisory"]), st.text(), st.text()))
)
def test_any_finding_can_be_written(findings: list[Finding]) -> None:
    report = Report(tuple(sorted(findings)), ())
    written = {name: write(report) for name, write in FORMATS.items()}
    assert len(_suite(written["junit"])) == len(findings)
    assert len(json.loads(written["sarif"])["runs"][0]["results"]) == len(findings)
    assert len(json.loads(written["json"])["findings"]) == len(findings)


# --- the verb


def test_there_must_be_something_to_judge(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "check"]) == 2
    assert "name --stack, --file or --event-log" in capsys.readouterr().err


def _run(*words: str) -> int:
    try:
        return main(["policy", "check", *words])
    except SystemExit as end:
        return int(end.code or 0)


def test_a_saved_log_is_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "events"
    end = {"summaryEvent": {"result": "succeeded"}}
    log.write_text("\n".join(map(json.dumps, [ADVISED, UNSURE, end])))
    assert _run("--event-log", str(log), "--json") == 0
    assert json.loads(capsys.readouterr().out)["fine"] is True
    log.write_text("\n".join(map(json.dumps, [FOUND, {"summaryEvent": {"result": "failed"}}])))
    assert _run("--event-log", str(log), "--format", "junit", "--output", str(tmp_path / "out.xml")) == 1
    assert _suite((tmp_path / "out.xml").read_text()).get("failures") == "1"
    assert not capsys.readouterr().out


def test_a_log_without_a_pack_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "events"
    log.write_text(json.dumps({"summaryEvent": {"result": "succeeded"}}))
    assert _run("--event-log", str(log)) == 2
    assert "holds no event of a policy pack" in capsys.readouterr().err


def test_a_log_that_ends_early_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "events"
    log.write_text(json.dumps(ADVISED))
    assert _run("--event-log", str(log)) == 2
    assert "did not say why" in capsys.readouterr().err


def test_a_misspelt_rule_in_the_configuration_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "config.json"
    config.write_text('{\n"gpu-bugdet": "advisory"}')
    assert _run("--stack", "eks-dev", "--config", str(config)) == 2
    assert 'line 2: names no rule of the pack: gpu-bugdet; did you mean "gpu-budget"' in capsys.readouterr().err
