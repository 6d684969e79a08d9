"""SARIF against the schema of the standard, whatever was found."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.policy.findings import Finding, Report, Unjudged
from toolkit.policy.formats import as_sarif

SCHEMA = json.loads((Path(__file__).parent / "sarif" / "schema-2.1.0.json").read_text())
VALIDATOR = jsonschema.Draft4Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
URN = "urn:pulumi:prod::voice::aws:eks/cluster:Cluster::cluster"
LEVELS = st.sampled_from(["mandatory", "advisory"])
FINDINGS = st.lists(st.builds(Finding, st.text(), st.text(), LEVELS, st.text(), st.text()), max_size=5)
UNJUDGED = st.lists(st.builds(Unjudged, st.text(), st.text(), st.text()), max_size=3)


def problems(document: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(document)]


@given(FINDINGS, UNJUDGED)
def test_any_report_is_valid(findings: list[Finding], unjudged: list[Unjudged]) -> None:
    assert not problems(json.loads(as_sarif(Report(tuple(sorted(findings)), tuple(unjudged)))))


@pytest.mark.parametrize(
    "damage",
    [
        lambda run: run.pop("tool"),
        lambda run: run["results"][0].pop("message"),
        lambda run: run["results"][0].update(level="mandatory"),
        lambda run: run["results"][0].update(urn=URN),
        lambda run: run["tool"]["driver"]["rules"][0].pop("id"),
        lambda run: run["invocations"][0].pop("executionSuccessful"),
    ],
)
def test_the_schema_would_miss_none_of_it(damage: Any) -> None:
    report = Report((Finding(URN, "rule", "mandatory", "reason", "text"),), (Unjudged(URN, "rule", "p"),))
    document = json.loads(as_sarif(report))
    damage(document["runs"][0])
    assert problems(document)


def test_the_document_names_the_schema_it_is_checked_against() -> None:
    assert json.loads(as_sarif(Report((), ())))["$schema"] == SCHEMA["id"]
