"""What every recorded kind of change reads like; `python -m tests.support.previews.golden` writes the pages again."""

import re
from collections.abc import Iterator

import pytest
from markdown_it import MarkdownIt

from tests.support.previews.golden import GOLDEN, pages, recorded, report_of_cases
from toolkit.preview.model import Verdict
from toolkit.preview.render import as_html, as_json, as_markdown

PAGES = pages()
BLOCKED = {
    *("tag-too-old", "misspelt-setting", "chart-refuses", "license-volume", "open-endpoint", "policy-block"),
    *("protected-cluster", "release-removed", "storage-class", "fleet-grows"),
}
SAFE = {
    *("nothing", "first-up", "first-up-cluster", "tag-bump", "values-one-line", "worker-replicas", "worker-added"),
    *("ingress-host", "ingress-annotation", "schedule", "alarm-threshold", "nat-per-zone"),
}


def test_there_is_a_page_for_each_of_many_kinds() -> None:
    assert len(PAGES) >= 40
    assert {path.stem for path in GOLDEN.glob("*.md")} == set(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_reads_as_it_was_reviewed(name: str) -> None:
    report = report_of_cases(PAGES[name], recorded())
    text = as_markdown(report, key="golden", link="https://ci.example.com/preview.html")
    assert text == (GOLDEN / f"{name}.md").read_text(), "python -m tests.support.previews.golden writes it again"


@pytest.mark.parametrize("name", PAGES)
def test_every_format_says_the_same_again(name: str) -> None:
    first, second = (report_of_cases(PAGES[name], recorded()) for _ in range(2))
    assert first == second
    for render in (as_markdown, as_html, as_json):
        assert render(first) == render(second)


@pytest.mark.parametrize("name", [name for name, cases in PAGES.items() if len(cases) == 1])
def test_the_verdict_of_a_kind(name: str) -> None:
    verdict = report_of_cases(PAGES[name], recorded()).verdict
    wanted = Verdict.BLOCKED if name in BLOCKED else Verdict.SAFE if name in SAFE else Verdict.ATTENTION
    assert verdict is wanted


def fences(text: str) -> Iterator[list[str]]:
    yield from (token.content.splitlines() for token in MarkdownIt("commonmark").parse(text) if token.type == "fence")


def test_one_line_of_values_gives_a_few_lines_of_helm() -> None:
    page = (GOLDEN / "values-one-line.md").read_text()
    section = page.partition("### Helm releases")[2].partition("<details>")[0]
    assert sum(map(len, fences(section))) <= 12
    assert "StatefulSet/cartesia-nats" in section


def test_a_new_tag_names_every_image() -> None:
    page = (GOLDEN / "tag-bump.md").read_text()
    for image in ("cartesia-api", "cartesia-license-proxy", "cartesia-sonic-azure-disco"):
        assert re.search(rf"^\+ \S+/{image}:sonic-20260601$", page, re.MULTILINE)


def test_what_stacks_have_alike_is_told_once() -> None:
    report = report_of_cases(("gpu-type", "gpu-type"), recorded())
    assert [len(change.stacks) for change in report.changes] == [2] * len(report.changes)
    assert report.changes
