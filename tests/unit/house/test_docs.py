"""The documentation says what is there: code, links, commands, settings, paths and generated files."""

import ast
import re
import shlex
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, is_typeddict

import click
import pytest
import yaml

from core.input.shapes import camel, fields
from core.secrets.table import SECRETS
from docs import generate
from docs.pictures import rollout, rooms
from docs.reference.settings import _plain
from stacks.targets import TARGETS
from tests.support.recorded_world import STACKS
from tests.unit.house.test_rooms import ALLOWED
from toolkit.main import VERBS, cli

ROOT = Path(__file__).resolve().parents[3]
PAGES = [
    ROOT / "README.md",
    *(ROOT / f"{name}.md" for name in ("CHANGELOG", "CONTRIBUTING", "SECURITY")),
    *sorted((ROOT / "docs").rglob("*.md")),
    ROOT / "benchmarks/README.md",
    ROOT / "sandbox/providers/aws/DIFFERENCES.md",
    ROOT / "sandbox/providers/gcp/DIFFERENCES.md",
]
EACH = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
EXCERPT = re.compile(r"^<!-- from: (\S+?)(?:#(\S+))? -->\n```(\w+)\n(.*?)^```$", re.M | re.S)

SKIPPED = "# ..."
"""Stands in an excerpt for lines that are left out."""


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return FENCE.sub("", page.read_text())


# --- generated files


@pytest.mark.parametrize("name", generate.FILES)
def test_a_generated_file_is_current(name: str) -> None:
    assert (ROOT / name).read_text() == generate.FILES[name](), "run `python -m docs.generate`"


def test_writing_is_reported_and_checking_writes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    monkeypatch.setattr(generate, "FILES", {"page.md": lambda: "words\n"})
    assert generate.main(["--check"]) == 1
    assert not (tmp_path / "page.md").exists()
    assert generate.main([]) == 0
    assert (tmp_path / "page.md").read_text() == "words\n"
    assert generate.main(["--check"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "page.md is outdated; run `python -m docs.generate`",
        "page.md written",
    ]


def test_the_picture_of_the_rooms_shows_no_import_that_is_forbidden() -> None:
    drawn = rooms.room_imports()
    assert ("components", "core") in drawn
    assert drawn - {("toolkit", "sandbox")} <= {(room, used) for room, all_ in ALLOWED.items() for used in all_}


def test_every_setting_is_in_the_reference_with_a_meaning() -> None:
    text = (ROOT / "docs/settings.md").read_text()
    rows = re.findall(r"^\| `([^`]+)` \| .+ \| .* \| (.*) \|$", text, re.M)
    assert len(rows) > 150
    assert not [key for key, meaning in rows if not meaning.strip()]
    keys = {key for key, _ in rows}
    assert not [word for _, meaning in rows for word in re.findall(r"`(\w+_\w+)`", meaning) if camel(word) in keys]


# --- the update that `rollout.svg` draws


@pytest.mark.parametrize("replicas", range(1, 6))
@pytest.mark.parametrize("spare", range(4))
@pytest.mark.parametrize("unavailable", range(3))
def test_an_update_ends_unless_no_gpu_is_spare_and_no_pod_may_go(replicas: int, spare: int, unavailable: int) -> None:
    shown = list(rollout.frames(replicas, replicas + spare, unavailable))
    assert min(frame.serving for frame in shown) >= replicas - unavailable
    ended = shown[-1].gpus.count("new") == replicas
    assert ended == (spare > 0 or unavailable > 0)
    assert shown[-1].waiting == (0 if ended else min(replicas, 3))


# --- pictures


@pytest.mark.parametrize("picture", sorted((ROOT / "docs/pictures").glob("*.svg")), ids=lambda path: path.name)
def test_a_picture_is_small_says_what_it_shows_and_is_shown(picture: Path) -> None:
    root = ElementTree.fromstring(picture.read_text())  # noqa: S314 - our own file
    space = "{http://www.w3.org/2000/svg}"
    assert root.findtext(f"{space}title")
    assert root.findtext(f"{space}desc")
    assert picture.stat().st_size < 20_000
    width, height = float(root.get("width", "0")), float(root.get("height", "0"))
    for text in root.iter(f"{space}text"):
        assert 0 < float(text.get("x", "0")) < width
        assert 0 < float(text.get("y", "0")) < height
    assert any(f"pictures/{picture.name})" in page.read_text() for page in PAGES)


# --- code


def excerpts() -> list[tuple[str, str, str, str]]:
    found = [(page.name, each) for page in PAGES for each in EXCERPT.findall(page.read_text())]
    return [(name, path, symbol, text) for name, (path, symbol, _, text) in found]


@pytest.mark.parametrize(("page", "path", "symbol", "text"), excerpts(), ids=lambda value: value[:50])
def test_code_on_a_page_is_the_code_in_the_source(page: str, path: str, symbol: str, text: str) -> None:
    source = source_of(ROOT / path, symbol)
    at = 0
    for part in parts(text):
        found = source.find(part, at)
        assert found >= 0, f"{page}: {path}#{symbol} has not, after line {source[:at].count(chr(10))}:\n{part}"
        at = found + len(part)


def parts(text: str) -> list[str]:
    """The pieces of an excerpt between lines that hold `# ...` only; each ends with a line end."""
    pieces: list[list[str]] = [[]]
    for line in text.splitlines(keepends=True):
        if line.strip() == SKIPPED:
            pieces.append([])
        else:
            pieces[-1].append(line)
    return ["".join(piece) for piece in pieces if piece]


def source_of(path: Path, symbol: str) -> str:
    """The lines of a top-level class, function or assignment; the whole file without a symbol."""
    lines = path.read_text().splitlines(keepends=True)
    if not symbol:
        return "".join(lines)
    for node in ast.parse("".join(lines)).body:
        if symbol in names(node):
            first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", []))])
            return "".join(lines[first - 1 : node.end_lineno])
    raise AssertionError(f"{path} has no {symbol}")


def names_in(path: Path) -> set[str]:
    """Classes, functions and assignments at the top level of a module."""
    return {name for node in ast.parse(path.read_text()).body for name in names(node)}


def names(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return {target.id for target in targets if isinstance(target, ast.Name)}


def test_an_excerpt_that_differs_or_is_out_of_order_is_seen() -> None:
    text = "one\n# ...\ntwo\n  # ...\nthree\n"
    assert parts(text) == ["one\n", "two\n", "three\n"]
    source = source_of(ROOT / "tests/unit/house/test_docs.py", "source_of")
    assert source.startswith("def source_of(")
    assert "def names(" not in source


@EACH
def test_python_on_a_page_comes_from_the_source(page: Path) -> None:
    marked = sum(language == "python" for _, _, language, _ in EXCERPT.findall(page.read_text()))
    assert sum(language == "python" for language, _ in FENCE.findall(page.read_text())) == marked


@EACH
def test_yaml_and_json_on_a_page_can_be_read(page: Path) -> None:
    for language, text in FENCE.findall(page.read_text()):
        if language in ("yaml", "json"):
            yaml.safe_load(text)


# --- links and paths


@EACH
def test_links_resolve(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if target.startswith(("https://", "http://")):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), target
        assert file.is_relative_to(ROOT), target
        if anchor:
            assert anchor in anchors(file), target


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to the headings of a page."""
    found: set[str] = set()
    for heading in re.findall(r"^#+ (.+)$", prose(page), re.M):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
        slug = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        found.add(slug if slug not in found else f"{slug}-1")
    return found


@EACH
def test_paths_that_a_page_names_exist(page: Path) -> None:
    rooms_ = "benchmarks|catalog|components|core|docs|policies|sandbox|stacks|tests|toolkit|tools"
    for path in re.findall(rf"`((?:{rooms_})/[\w./*-]+)`", prose(page)):
        matching = [*ROOT.glob(path), *page.parent.glob(path)]
        assert matching, path


@EACH
def test_no_page_names_a_place_of_one_machine(page: Path) -> None:
    assert not re.search(r"/(root|home|tmp|work|Users)/", page.read_text())


# --- commands


def commands(page: Path) -> Iterator[list[str]]:
    """Words after `cartesia-infra`, one list a command named on a page."""
    text = page.read_text()
    for line in [
        *re.findall(r"`([^`\n]+)`", prose(page)),
        *(line for _, t in FENCE.findall(text) for line in t.splitlines()),
    ]:
        line = line.split(" # ")[0].split("   #")[0]
        for found in re.split(r"(?=cartesia-infra )", line)[1:]:
            words = re.split(r"[`;]| > | < |\)\"", found)[0]
            yield shlex.split(words.replace("[...]", ""))[1:]


@EACH
def test_commands_on_a_page_have_the_verbs_and_options_they_name(page: Path) -> None:
    for words in commands(page):
        if not words or words[0] in ("VERB", "--help"):
            continue
        assert words[0] in VERBS, words
        check_words(cli, words)


def check_words(command: click.Command, words: list[str]) -> None:
    context = click.Context(cli)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        inner = command.get_command(context, words[0])
        assert inner is not None, words
        command, words = inner, words[1:]
    known = {name for option in command.params for name in option.opts} | {"--help", "-h"}
    own = words[: words.index("--")] if "--" in words else words
    assert {word.partition("=")[0] for word in own if word.startswith("-")} <= known, (command.name, words)


@EACH
def test_make_targets_on_a_page_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))
    spoken = {word for text in re.findall(r"`([^`\n]+)`", prose(page)) for word in re.findall(r"^make ([a-z]+)", text)}
    typed = {
        word
        for _, text in FENCE.findall(page.read_text())
        for word in re.findall(r"^(?:\$ )?make ([a-z]+)", text, re.M)
    }
    assert spoken | typed <= targets


# --- settings


@EACH
def test_settings_that_a_page_names_exist(page: Path) -> None:
    text = re.sub(r"error: stack .*\n(?:  .*\n)+", "", page.read_text())  # the mistakes that a message is about
    for path in set(re.findall(r"`cartesia:((?:\w+)(?:\.[\w<>]+)*)[`:]", text)):
        assert knows(path.split(".")), path


def knows(segments: list[str]) -> bool:
    if segments in ([key] for key in SECRETS) or segments in (["stack"], ["index"]):
        return True  # a secret, a tag, or the module of type tokens
    return any(leads_on(target.shape, segments) for target in TARGETS.values())


def leads_on(hint: Any, segments: list[str]) -> bool:
    if not segments:
        return True
    inner = _plain(hint)
    if is_typeddict(inner):
        known = {camel(name): item for name, (item, _) in fields(inner).items()}
        return segments[0] in known and leads_on(known[segments[0]], segments[1:])
    return bool(get_args(inner)) and leads_on(get_args(inner)[-1], segments[1:])


def test_the_example_environments_are_all_documented() -> None:
    text = "".join(page.read_text() for page in PAGES)
    assert [stack for stack in STACKS if stack not in text] == []
