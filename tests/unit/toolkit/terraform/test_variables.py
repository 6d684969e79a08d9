"""`.tfvars` files: values as Terraform reads them, comments where they belong, and every mistake by line and column."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.input.problems import InvalidInput
from toolkit.terraform.variables import read_variables


def read(folder: Path, text: str, name: str = "a.tfvars") -> dict[str, Any]:
    file = folder / name
    file.write_text(text)
    return {key: each.value for key, each in read_variables([file]).items()}


def refused(folder: Path, text: str, name: str = "a.tfvars") -> list[str]:
    with pytest.raises(InvalidInput) as raised:
        read(folder, text, name)
    return [str(problem) for problem in raised.value.problems]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"plain"', "plain"),
        (r'"a \"q\" \\d \n \t é \U0001F600"', 'a "q" \\d \n \t é 😀'),
        ('"$${kept} %%{kept}"', "${kept} %{kept}"),
        ('""', ""),
        ("true", True),
        ("null", None),
        ("-3", -3),
        ("1.5", 1.5),
        ("-1.5e3", -1500),
        ("[]", []),
        ("{}", {}),
        ('[1, "a", [true],]', [1, "a", [True]]),
        ('{ a = 1, "b c" : 2\n d = 3 }', {"a": 1, "b c": 2, "d": 3}),
        ("(1)", 1),
        ("<<E\n  two\n lines\nE\n", "  two\n lines\n"),
        ("<<-E\n    two\n     lines\n    E\n", "two\n lines\n"),
        ('<<E\n{"a": "b\\n"}\nE\n', '{"a": "b\\n"}\n'),
    ],
)
def test_literals_have_terraforms_meaning(tmp_path: Path, text: str, value: object) -> None:
    assert read(tmp_path, f"a = {text}\n") == {"a": value}


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("a = ", "a.tfvars:1:5: must be HCL"),
        ("a = 1\nb = [1,", "a.tfvars:2:8: must be HCL; ] is missing"),
        ("\n\n  x = }", "a.tfvars:3:7: must be HCL"),
        ('a = "x', "a.tfvars:1:7: must be HCL"),
        ("a b = 1", "a.tfvars:1:4: must be HCL"),
        ("a = foo.bar", "a.tfvars:1:5: a: must be a value that is written out"),
        ('a = file("x")', "a.tfvars:1:5: a: must be"),
        ("a = 1 + 2", "a.tfvars:1:5: a: must be"),
        ("a = -x", "a.tfvars:1:6: a: must be"),
        ("a = true ? 1 : 2", "a.tfvars:1:5: a: must be"),
        ("a = [for x in [1] : x]", "a.tfvars:1:5: a: must be"),
        ('a = "x ${var.y}"', "a.tfvars:1:8: a: must be"),
        ("a = <<E\n${x}\nE\n", "a.tfvars:1:5: a: must be"),
        (r'a = "\d"', r"a.tfvars:1:6: a: holds \d, which HCL does not have"),
        ('resource "x" {}', "a.tfvars:1:1: resource: must be a variable with a value"),
        ("a = 1\na = 2", "a.tfvars:2:1: a: stands twice, first in a.tfvars:1"),
        ("a = {\n b = 1\n b = 2\n}", "a.tfvars:3:2: a.b: stands twice"),
        ("a = { (x.y) = 1 }", "a.tfvars:1:8: a: must have a key that is written out"),
    ],
)
def test_what_terraform_would_not_take_is_refused_by_line_and_column(tmp_path: Path, text: str, where: str) -> None:
    assert refused(tmp_path, text)[0].startswith(where)


def test_all_mistakes_of_all_files_are_told_at_once_and_no_value_is_shown(tmp_path: Path) -> None:
    (tmp_path / "a.tfvars").write_text('a = "${sk_car_canary}"\nb = 1\nb = 2\n')
    (tmp_path / "b.tfvars.json").write_text('{"a": 1, "a": 2}')
    (tmp_path / "c.tfvars").write_bytes(b"\xff")
    with pytest.raises(InvalidInput) as raised:
        read_variables([tmp_path / name for name in ("a.tfvars", "b.tfvars.json", "c.tfvars", "gone.tfvars")], ["x"])
    assert len(list(raised.value.problems)) == 6
    assert "canary" not in str(raised.value)


@pytest.mark.parametrize("text", ["[]", "{", '{"a": 1,}', "null", "\x00"])
def test_json_that_is_no_object_of_variables_is_refused(tmp_path: Path, text: str) -> None:
    assert refused(tmp_path, text, "a.tfvars.json")


def test_a_later_file_replaces_a_value_as_a_whole_in_terraforms_order(tmp_path: Path) -> None:
    texts = {
        "own.tfvars": 'order = "own"\nm = { own = 1 }\n',
        "b.auto.tfvars": 'order = "b"\nb = 1\n',
        "a.auto.tfvars.json": '{"order": "a", "a": 1, "//": "a comment"}',
        "terraform.tfvars.json": '{"order": "json", "m": {"json": 1}}',
        "terraform.tfvars": 'order = "first"\nfirst = 1\n',
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    found = read_variables([tmp_path / name for name in texts], ['list=["x"]', "text=1"])
    assert {key: each.value for key, each in found.items()} == {
        "order": "own",
        "m": {"own": 1},
        "b": 1,
        "a": 1,
        "first": 1,
        "list": ["x"],
        "text": "1",
    }
    assert (found["order"].place, found["list"].place) == ("own.tfvars:1", "--var")


def test_comments_stay_with_what_they_speak_of(tmp_path: Path) -> None:
    file = tmp_path / "a.tfvars"
    file.write_text(
        "# above\na = 1 // behind\n/* two\n * lines */\nb = { # first\n  c = 1 # of c\n  # of d\n  d = 2\n}\n# last\n"
    )
    found = read_variables([file])
    assert dict(found["a"].comments) == {(): ("above", "behind")}
    assert dict(found["b"].comments) == {(): ("two", "lines"), ("c",): ("first", "of c"), ("d",): ("of d",)}
    assert found["b"].places["d",] == "a.tfvars:8"


NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True).filter(
    lambda name: name not in {"for", "if", "in", "else", "endif", "endfor", "true", "false", "null", "for_each"}
)
TEXTS = st.text(max_size=8).filter(lambda text: "%{" not in text and "${" not in text)
"""Templates have their own tests. The grammar reads an escaped template only where its brace is closed."""
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


def hcl(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{hcl(key)} = {hcl(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(hcl, value)) + "]"
    if isinstance(value, str):
        escaped = "".join(_escape(letter) for letter in value)
        return f'"{escaped}"'
    return json.dumps(value)


def _escape(letter: str) -> str:
    if letter in '"\\':
        return "\\" + letter
    return letter if letter.isprintable() else f"\\U{ord(letter):08x}"


@given(st.dictionaries(NAMES, VALUES, max_size=4))
def test_any_value_written_as_hcl_and_as_json_reads_back_alike(
    tmp_path_factory: pytest.TempPathFactory, values: dict[str, Any]
) -> None:
    folder = tmp_path_factory.getbasetemp()
    assert read(folder, "".join(f"{key} = {hcl(value)}\n" for key, value in values.items()), "p.tfvars") == values
    assert read(folder, json.dumps(values), "p.tfvars.json") == values
