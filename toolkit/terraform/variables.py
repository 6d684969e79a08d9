"""Variables of Terraform, read from its files in its order of precedence, with places and comments.

Owns the forms of files and which value wins. Terraform reads `terraform.tfvars`, `terraform.tfvars.json`, files named
`*.auto.tfvars` or `*.auto.tfvars.json` by name, then what the command line gives in its order; a later value replaces
an earlier one as a whole (developer.hashicorp.com/terraform/language/values/variables, read 2026-11-25). It also reads
`TF_VAR_` variables of the environment; here nothing comes from there.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import hcl2
from lark import Tree
from lark.exceptions import UnexpectedInput

from core.input.problems import InvalidInput, Problem, Problems
from toolkit.terraform.values import ValueReader, first_token, solid

__all__ = ["Variable", "read_variables"]

_NOTHING: Mapping[tuple[str, ...], Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable and where its value comes from."""

    name: str
    value: Any
    """Plain data; never shown by itself, since it may be a secret."""
    place: str
    """`file:line`, a file alone for JSON, or `--var`."""
    comments: Mapping[tuple[str, ...], tuple[str, ...]]
    """Lines of comment by the keys below the variable; the empty path is the variable's own."""
    places: Mapping[tuple[str, ...], str]
    """`file:line` by the keys below it, for the forms of files that have lines."""


def read_variables(files: Sequence[Path], given: Sequence[str] = ()) -> dict[str, Variable]:
    """Read files and single values; the winner of each name.

    Args:
        files: `.tfvars` and `.tfvars.json`, in the order of the command line.
        given: `NAME=VALUE` as Terraform's `-var` takes it; they win over all files.

    Raises:
        InvalidInput: With everything that is not valid, by file, line and column.
    """
    problems = Problems()
    found: dict[str, Variable] = {}
    for file in sorted(files, key=_precedence):
        found |= _read_file(file, problems)
    for each in given:
        found |= _read_given(each, problems)
    if problems:
        raise InvalidInput("Terraform variables", problems)
    return found


def _precedence(file: Path) -> tuple[int, str]:
    """Files that Terraform loads by itself come first, in its order; the others keep the order of the command line."""
    automatic = file.name.endswith((".auto.tfvars", ".auto.tfvars.json"))
    fixed = {"terraform.tfvars": 0, "terraform.tfvars.json": 1}
    return (2, file.name) if automatic else (fixed.get(file.name, 3), "")


def _read_file(file: Path, problems: Problems) -> dict[str, Variable]:
    try:
        text = file.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        problems.add(str(file), f"must be a file that can be read ({error.strerror})", fix="correct the path")
    except UnicodeDecodeError as error:
        problems.add(str(file), "must be UTF-8", got=f"byte {error.start}", fix="save it as UTF-8")
    else:
        read = _read_json if file.suffix == ".json" else _read_hcl
        return read(text, file.name, problems)
    return {}


def _read_given(given: str, problems: Problems) -> dict[str, Variable]:
    name, equals, text = given.partition("=")
    if not equals or not name.strip():
        problems.add("--var", "must be NAME=VALUE", fix="write for example --var release_tag=sonic-20260503")
        return {}
    return {name.strip(): Variable(name.strip(), _literal(text), "--var", _NOTHING, _NOTHING)}


def _literal(text: str) -> Any:
    """A value as Terraform takes it from the command line: HCL where it is a list or a map, else the text itself."""
    if text.strip()[:1] not in ("[", "{"):
        return {"true": True, "false": False}.get(text, text)
    inner = Problems()
    found = _read_hcl(f"given = {text}\n", "--var", inner)
    return found["given"].value if found and not inner else text


def _read_json(text: str, name: str, problems: Problems) -> dict[str, Variable]:
    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        for key in {key for key, _ in items if [other for other, _ in items].count(key) > 1}:
            problems.add(f"{name}: {key}", "stands twice", fix="keep one of them")
        return dict(items)

    try:
        data = json.loads(text, object_pairs_hook=pairs)
    except json.JSONDecodeError as error:
        problems.add(f"{name}:{error.lineno}:{error.colno}", f"must be JSON ({error.msg})", fix="repair it")
        return {}
    if not isinstance(data, dict):
        problems.add(name, "must be a JSON object of variables", fix="write { ... } around them")
        return {}
    plain = {key: value for key, value in data.items() if key != "//"}  # where Terraform's JSON keeps comments
    return {key: Variable(key, value, name, _NOTHING, _NOTHING) for key, value in plain.items()}


def _read_hcl(text: str, name: str, problems: Problems) -> dict[str, Variable]:
    try:
        body = solid(hcl2.parses_to_tree(f"{text}\n"))[0]
    except UnexpectedInput as error:
        problems.extend([_syntax(error, text, name)])
        return {}
    reader = ValueReader(name, problems)
    found: dict[str, Variable] = {}
    before: tuple[str, ...] | None = None
    waiting: list[str] = []
    for child in body.children:
        if not isinstance(child, Tree):
            continue
        if child.data == "new_line_or_comment":
            waiting += reader.between(child, before)
            continue
        token = first_token(child)
        key = str(token).strip()
        before = (key,)
        reader.above(before, waiting)
        waiting = []
        if child.data != "attribute":
            reader.refuse(
                token, before, "must be a variable with a value", f"write {key} = ... ; blocks belong in .tf files"
            )
            continue
        if key in found:
            reader.refuse(token, before, f"stands twice, first in {found[key].place}", "keep one of them")
        value = reader.value(solid(child)[-1], before)
        found[key] = Variable(key, value, f"{name}:{token.line}", _NOTHING, _NOTHING)
    return {key: _whole(variable, reader) for key, variable in found.items()}


def _whole(variable: Variable, reader: ValueReader) -> Variable:
    comments = {path[1:]: tuple(lines) for path, lines in reader.comments.items() if path[0] == variable.name}
    places = {path[1:]: f"{reader.place}:{line}" for path, line in reader.lines.items() if path[0] == variable.name}
    return replace(variable, comments=MappingProxyType(comments), places=MappingProxyType(places))


def _syntax(error: UnexpectedInput, text: str, name: str) -> Problem:
    at_end = getattr(getattr(error, "token", None), "type", "") == "$END"
    body = text.rstrip()
    line = body.count("\n") + 1 if at_end else error.line
    column = len(body) - body.rfind("\n") if at_end else error.column
    wanted = _wanted(getattr(error, "expected", None) or getattr(error, "accepts", None) or ())
    place = f"{name}:{line}:{column}"
    return Problem(place, f"must be HCL{wanted}", "", "repair it; `terraform fmt` names the same place")


def _wanted(expected: Iterable[str]) -> str:
    """What the grammar would have taken, where that is one thing alone."""
    words = {"RSQB": "]", "RBRACE": "}", "DBLQUOTE": 'a closing "', "EQ": "="}
    closing = sorted({words[each] for each in expected if each in words and each != "DBLQUOTE"})
    return f"; {' or '.join(closing)} is missing" if len(closing) == 1 else ""
