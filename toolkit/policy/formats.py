"""Writes a report as text, JSON, SARIF 2.1.0 or JUnit XML."""

import itertools
import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from toolkit.policy.findings import Finding, Report

__all__ = ["FORMATS"]

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_NOT_IN_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_text(report: Report) -> str:
    """For people: findings by resource, then what could not be judged."""
    return "\n".join([*_resources(report), *_not_judged(report), _summary(report)])


def _resources(report: Report) -> Iterator[str]:
    for urn, findings in itertools.groupby(report.findings, key=lambda finding: finding.urn):
        yield urn or "the stack"
        for finding in findings:
            yield f"  {finding.level}  {finding.rule}: {finding.text}"
            yield f"    {finding.reason}"
        yield ""


def _not_judged(report: Report) -> Iterator[str]:
    if report.unjudged:
        yield f"not judged at preview: {len(report.unjudged)}"
        yield from (f"  {rule}: {count}" for rule, count in report.not_judged.items())
        yield ""


def _summary(report: Report) -> str:
    mandatory = sum(finding.mandatory for finding in report.findings)
    return f"{mandatory} mandatory and {len(report.findings) - mandatory} advisory findings"


def as_json(report: Report) -> str:
    """The keys that docs/json-output.md names."""
    data = {
        "fine": report.fine,
        "findings": [
            {"urn": each.urn, "rule": each.rule, "level": each.level, "reason": each.reason, "text": each.text}
            for each in report.findings
        ],
        "notJudged": [
            {"urn": each.urn, "rule": each.rule, "properties": each.properties.split(", ")} for each in report.unjudged
        ],
    }
    return json.dumps(data, indent=2)


def as_sarif(report: Report) -> str:
    """For code scanning; a resource is a logical location, since state has no lines."""
    rules = {finding.rule: finding.reason for finding in report.findings}
    names = list(rules)
    unsure = [
        {"descriptor": {"id": each.rule}, "level": "note", "message": {"text": f"{each.urn}: {each.properties}"}}
        for each in report.unjudged
    ]
    run = {
        "tool": {
            "driver": {
                "name": "cartesia-infra policy check",
                "rules": [{"id": rule, "shortDescription": {"text": reason}} for rule, reason in rules.items()],
            }
        },
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": unsure}],
        "results": [_result(finding, names.index(finding.rule)) for finding in report.findings],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _result(finding: Finding, index: int) -> dict[str, Any]:
    name = finding.urn.rpartition("::")[2]
    return {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": "error" if finding.mandatory else "warning",
        "message": {"text": finding.text},
        "locations": [
            {"logicalLocations": [{"name": name, "fullyQualifiedName": finding.urn, "kind": "resource"}]},
        ],
        "partialFingerprints": {"resourceAndRule/v1": f"{finding.urn}|{finding.rule}"},
    }


def as_junit(report: Report) -> str:
    """For CI: a test case for each finding; advisory ones and what could not be judged are skipped."""
    suite = ElementTree.Element("testsuite", name="cartesia-infra policy check")
    for finding in report.findings:
        case = _case(suite, finding.urn, finding.rule)
        kind = "failure" if finding.mandatory else "skipped"
        element = ElementTree.SubElement(case, kind, message=_clean(finding.text))
        element.text = _clean(finding.reason) if finding.mandatory else None
    for each in report.unjudged:
        case = _case(suite, each.urn, each.rule)
        ElementTree.SubElement(case, "skipped", message=_clean(f"not judged at preview: {each.properties}"))
    failures, skipped = len(suite.findall("*/failure")), len(suite.findall("*/skipped"))
    suite.attrib |= {"tests": str(len(suite)), "failures": str(failures), "errors": "0", "skipped": str(skipped)}
    root = ElementTree.Element("testsuites")
    root.append(suite)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode")


def _case(suite: ElementTree.Element, urn: str, rule: str) -> ElementTree.Element:
    return ElementTree.SubElement(suite, "testcase", classname=_clean(urn) or "stack", name=_clean(rule))


def _clean(text: str) -> str:
    """The text without characters that XML cannot hold."""
    return _NOT_IN_XML.sub("�", text)


FORMATS: Mapping[str, Callable[[Report], str]] = MappingProxyType(
    {"text": as_text, "json": as_json, "sarif": as_sarif, "junit": as_junit}
)
"""Every format by its name."""
