"""A preview and what was judged beside it become one report; charts are looked for where a program would."""

from pathlib import Path

import pytest

from toolkit.policy.findings import Finding, Report, Unjudged
from toolkit.policy.judged import _joined
from toolkit.policy.rendered import program_folders, render

IDLE, ALSO_IDLE = "waivers.yaml, line 3 (a) waives nothing.", "waivers.yaml, line 9 (b) waives nothing."


def waiver(text: str, urn: str = "") -> Finding:
    return Finding(urn, "waiver-unmatched", "advisory", "reason", text)


def broken(urn: str) -> Finding:
    return Finding(urn, "rule", "mandatory", "reason", "text")


def test_a_waiver_that_one_run_used_is_not_idle() -> None:
    both = _joined(Report((waiver(IDLE, "stack"), waiver(ALSO_IDLE)), ()), Report((waiver(IDLE),), ()))
    assert [each.text for each in both.findings] == [IDLE]


def test_findings_and_what_is_not_judged_are_those_of_both() -> None:
    one, other = Unjudged("u", "r", "p"), Unjudged("v", "r", "p")
    both = _joined(Report((broken("a"), broken("b")), (one,)), Report((broken("b"), broken("c")), (one, other)))
    assert [each.urn for each in both.findings] == ["a", "b", "c"]
    assert both.unjudged == (one, other)


# --- where charts are


def release(**inputs: object) -> dict[str, object]:
    return {
        "urn": "urn:pulumi:prod::voice::kubernetes:helm.sh/v3:Release::it",
        "type": "kubernetes:helm.sh/v3:Release",
        "inputs": inputs,
    }


@pytest.mark.parametrize(
    ("text", "folders"),
    [("main: stacks/\n", ["stacks", "."]), ("name: x\n", ["."]), ("[", ["."]), ("main: 3\n", ["."]), (None, ["."])],
)
def test_a_path_may_begin_at_the_program_or_the_project(tmp_path: Path, text: str | None, folders: list[str]) -> None:
    if text is not None:
        (tmp_path / "Pulumi.yaml").write_text(text)
    assert [str(each.relative_to(tmp_path)) for each in program_folders(tmp_path)] == folders


@pytest.mark.parametrize(
    "inputs",
    [
        {"chart": "keda", "repositoryOpts": {"repo": "https://kedacore.github.io/charts"}},
        {"chart": "oci://registry.example.com/chart"},
        {"chart": None},
        {},
        {"chart": "keda", "repositoryOpts": "04da6b54-80e4-46f7-96ec-b56ff0331ba9"},
    ],
)
def test_a_chart_from_elsewhere_is_passed_over(tmp_path: Path, inputs: dict[str, object]) -> None:
    rendered = render([release(**inputs), {"urn": "u", "type": "t", "inputs": {}}], [tmp_path])
    assert not rendered.resources
    assert not rendered.unjudged


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"chart": "nowhere"}, "chart (it is not on this machine)"),
        ({"chart": "here", "valueYamlFiles": ["values.yaml"]}, "chart (valueYamlFiles are not read)"),
        ({"chart": "here", "values": "[secret]"}, "chart (its values are not known)"),
        ({"chart": "here", "values": {"a": 1}}, "chart (helm is not on PATH)"),
    ],
)
def test_a_local_chart_that_is_not_rendered_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inputs: dict[str, object], said: str
) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "Chart.yaml").write_text("name: here\nversion: 1.0.0\napiVersion: v2\n")
    monkeypatch.setenv("PATH", str(tmp_path))
    (missed,) = render([release(**inputs)], [tmp_path]).unjudged
    assert (missed.rule, missed.properties) == ("chart-rendered", said)
