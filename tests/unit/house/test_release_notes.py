"""Release notes from recorded states: every difference is named, and nothing else."""

import copy
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.recorded_world import STACKS, read_state
from tests.support.release_notes import HEAD, RECORDED, TABLE, changes, groups_of, main, missing, section

NONE = f"{HEAD}\n\nNone: no object is created, changed, replaced or deleted.\n"
GROUPS = {"both": frozenset({"one", "two"})}
BUCKET, ROLE = "aws:s3/bucket:Bucket", "aws:iam/role:Role"

names = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)
values = st.recursive(
    st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)


def resource(name: str, kind: str = BUCKET, **more: Any) -> dict[str, Any]:
    return {"urn": f"urn:pulumi:one::project::{kind}::{name}", "type": kind, "custom": True, "inputs": {}} | more


states = st.lists(names, unique=True, min_size=1, max_size=5).flatmap(
    lambda drawn: st.tuples(
        *(
            st.builds(
                lambda inputs, protect, name=name: resource(name, inputs=inputs, protect=protect),
                st.dictionaries(names, values, max_size=3),
                st.booleans(),
            )
            for name in drawn
        )
    ).map(list)
)


def told(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> list[tuple[str, str, bool]]:
    return sorted((each.name, each.what, each.state_alone) for each in changes(old, new))


@given(states)
def test_a_state_compared_with_itself_says_none(state: list[dict[str, Any]]) -> None:
    assert section({"one": state}, {"one": copy.deepcopy(state)}, GROUPS) == NONE


@pytest.mark.parametrize("stack", STACKS)
def test_a_recorded_state_compared_with_itself_says_none(stack: str) -> None:
    assert section({stack: read_state(stack)}, {stack: read_state(stack)[::-1]}, GROUPS) == NONE


@given(states, st.data())
def test_what_is_planted_is_named_and_nothing_else(state: list[dict[str, Any]], data: st.DataObject) -> None:
    new = copy.deepcopy(state)
    chosen = data.draw(st.sampled_from(new))
    name = chosen["urn"].rpartition("::")[2]
    match data.draw(st.sampled_from(["lost", "made", "input", "protect", "option"])):
        case "lost":
            new.remove(chosen)
            expected = (name, "deleted", False)
        case "made":
            new.append(resource("brand-new", ROLE))
            expected = ("brand-new", "created", False)
        case "input":
            chosen["inputs"]["planted"] = data.draw(values)
            expected = (name, "changed: `planted`", False)
        case "protect":
            chosen["protect"] = not chosen["protect"]
            expected = (name, "protected" if chosen["protect"] else "no longer protected", True)
        case _:
            chosen["retainOnDelete"] = True
            expected = (name, "other option `retainOnDelete`", True)
    assert told(state, new) == [expected]


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ({}, {"dependencies": ["urn:b"]}, "depends on more resources"),
        ({"dependencies": ["urn:b"]}, {}, "depends on fewer resources"),
        ({"dependencies": ["urn:b"]}, {"dependencies": ["urn:c"]}, "depends on other resources"),
        (
            {"propertyDependencies": {"x": ["urn:b"], "y": []}},
            {"propertyDependencies": {"x": [], "y": []}},
            "other dependencies of `x`",
        ),
        ({}, {"replaceWith": ["urn:x::y::space"]}, "replaced together with `space`"),
        ({"replaceWith": ["urn:x::y::space"]}, {}, "no longer replaced together with `space`"),
        ({"provider": "urn:p::1"}, {"provider": "urn:q::1"}, "other option `provider`"),
    ],
)
def test_an_option_changes_the_state_alone(old: dict[str, Any], new: dict[str, Any], what: str) -> None:
    assert told([resource("a", **old)], [resource("a", **new)]) == [("a", what, True)]


def test_another_trigger_may_replace() -> None:
    old, new = (resource("a", replacementTrigger=each) for each in ("1", "2"))
    assert told([old], [new]) == [("a", "may be replaced: other `replacementTrigger`", False)]


def test_a_path_goes_down_to_what_differs() -> None:
    old = resource("a", inputs={"rules": [{"from": 1}, {"from": 2}], "tags": {"x": "1", "y": "2"}, "list": [1]})
    new = resource("a", inputs={"rules": [{"from": 1}, {"from": 3}], "tags": {"x": "1"}, "list": [1, 2]})
    assert told([old], [new]) == [("a", "changed: `list`, `rules[1].from`, `tags.y`", False)]


def test_an_alias_renames() -> None:
    old = resource("a")
    assert told([old], [resource("b", aliases=[old["urn"]])]) == [("b", "renamed from `a`", True)]
    assert told([old], [old, resource("b", aliases=[old["urn"]])]) == [("b", "created", False)]


def test_outputs_count_where_the_program_gives_them() -> None:
    for kind, custom, expected in (
        (BUCKET, True, []),
        ("cartesia:index:VoiceStack", False, [("a", "other outputs: `url`", True)]),
        ("pulumi:pulumi:Stack", False, [("a", "other outputs: `url`", False)]),
    ):
        old, new = (resource("a", kind, custom=custom, outputs={"url": each}) for each in ("1", "2"))
        assert told([old], [new]) == expected


def test_values_are_never_printed() -> None:
    old, new = (resource("a", inputs={"password": each}) for each in ("c4n4ry-1", "c4n4ry-2"))
    assert "c4n4ry" not in section({"one": [old]}, {"one": [new]}, GROUPS)


def test_what_is_alike_is_told_once() -> None:
    old = [resource("a"), resource("b"), resource("c")]
    new = [resource("a", inputs={"x": 1}), resource("b", inputs={"x": 1}), resource("c")]
    text = section({"one": old, "two": old, "gone": old}, {"one": new, "two": new, "fresh": new}, GROUPS)
    assert f"| both | `{BUCKET}` `a`, `b` | changed: `x` |" in text
    assert "No longer recorded, so not compared: `gone`." in text
    assert "fresh" not in text
    alone = section({"one": old, "two": old}, {"one": old, "two": new}, GROUPS)
    assert f"| `two` | `{BUCKET}` `a`, `b` | changed: `x` |" in alone


def test_sets_of_stacks_have_names() -> None:
    eks, sagemaker = {"cartesia:eks": {}}, {"cartesia:sagemaker": {}}
    files = {"a": eks, "b": eks | {"cartesia:production": True}, "c": sagemaker}
    groups = groups_of(files)
    assert groups["every stack"] == {"a", "b", "c"}
    assert (groups["EKS"], groups["EKS in production"]) == ({"a", "b"}, {"b"})
    assert groups["SageMaker"] == {"c"}


def test_the_changelog_is_compared_by_its_tables_in_its_newest_section() -> None:
    row = "| EKS | `a` | created |"
    wanted = "\n".join([HEAD, "", *TABLE, row, ""])
    older = f"\n## 0.1\n\n{HEAD}\n\nNone.\n"
    assert missing(f"# Changelog\n\n{wanted}\nSome prose.\n{older}", wanted) == []
    assert missing(f"{HEAD}\n\nNone.\n\n## 0.1\n\n{wanted}", wanted) == [f"+{line}" for line in (*TABLE, row)]
    assert missing(wanted, NONE) == [f"-{line}" for line in (*TABLE, row)]
    assert missing("# Changelog\n", wanted) == [f"+{HEAD}"]


def test_the_command_compares_a_revision_with_the_working_tree(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state, stack = tmp_path / RECORDED / "one.state.json", tmp_path / "stacks" / "Pulumi.one.yaml"
    for path in (state, stack):
        path.parent.mkdir(parents=True)
    stack.write_text("config: {'cartesia:eks': {}}")
    state.write_text(json.dumps([resource("a")]))
    author = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    for words in (("init", "-q"), ("add", "."), (*author, "commit", "-qm", "first")):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    changelog = tmp_path / "CHANGELOG.md"
    changelog.write_text(NONE)
    assert main(["HEAD", "--check"], tmp_path) == 0
    state.write_text(json.dumps([resource("a", inputs={"x": 1})]))
    assert main(["HEAD", "--check"], tmp_path) == 1
    assert f"+| every stack | `{BUCKET}` `a` | changed: `x` |" in capsys.readouterr().err
    assert main(["HEAD"], tmp_path) == 0
    changelog.write_text(capsys.readouterr().out)
    assert main(["HEAD", "--check"], tmp_path) == 0
    assert main(["no-such-revision"], tmp_path) == 2
    assert "no-such-revision" in capsys.readouterr().err
