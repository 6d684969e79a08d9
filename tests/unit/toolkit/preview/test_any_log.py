"""Whatever an event log holds: the comment fits, says what must be said, and no foreign text acts in it."""

import base64
import html
import json
import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.support.previews.logs_of import INPUTS, Made, logs
from toolkit.preview.hiding import Hiding
from toolkit.preview.model import Report
from toolkit.preview.render import GITHUB_LIMIT, as_html, as_json, as_markdown
from toolkit.preview.render.lines import clip, visible
from toolkit.preview.run.previews import report_lines
from toolkit.preview.verdict import report_of

OURS = re.compile(
    r"\A(?:<!-- cartesia-infra (?:preview|plan) .* -->|<details><summary>[\w :()]+</summary>|</details>)\s*\Z"
)
INLINE = {"text", "strong_open", "strong_close", "code_inline", "softbreak"}
SPECIAL = re.compile(r"[@<>`|\\\[\]#]")


def report(made: Made, *secrets: str) -> Report:
    return report_of([report_lines("s", made.lines, Hiding(secrets), None)])


def tokens(text: str) -> list[Token]:
    """Blocks and what is inside them, as CommonMark with GitHub's tables reads it."""
    found = list[Token]()
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        found += [token, *(token.children or [])]
    return found


def spans(text: str) -> list[str]:
    return [token.content.strip() for token in tokens(text) if token.type == "code_inline"]


def told(name: str) -> str:
    return clip(re.sub(r"\s+", " ", visible(name)).strip(), 300).strip()


FEW = settings(deadline=None, max_examples=40)


@given(logs())
@FEW
def test_foreign_text_stands_in_code_alone(made: Made) -> None:
    read = tokens(as_markdown(report(made)))
    assert read
    for token in read:
        if token.type in ("html_block", "html_inline"):
            assert OURS.match(token.content), token.content
        assert token.type not in ("link_open", "image", "hr", "blockquote_open", "code_block")
        if token.type == "text":
            assert not SPECIAL.search(token.content), token.content
        if token.type == "heading_open":
            assert token.tag in ("h2", "h3")


@given(logs(), st.sampled_from([1_000, 4_000, 20_000, GITHUB_LIMIT]))
@FEW
def test_a_comment_is_never_too_long(made: Made, limit: int) -> None:
    text = as_markdown(report(made), limit=limit)
    assert len(text.encode("utf-8", "surrogatepass")) <= max(limit, 2_500)


@given(logs(most=12))
@FEW
def test_what_is_lost_or_refused_is_always_told(made: Made) -> None:
    for limit in (GITHUB_LIMIT, 12_000):
        shown = spans(as_markdown(report(made), limit=limit))
        for name in (*made.at_stake, *made.refused, *made.advised):
            assert told(name) in shown


@given(logs())
@settings(deadline=None, max_examples=15)
def test_every_format_is_a_function_of_the_events(made: Made) -> None:
    first, second = report(made), report(made)
    assert as_markdown(first) == as_markdown(second)
    assert as_html(first) == as_html(second)
    assert as_json(first) == as_json(second)
    json.loads(as_json(first))


@given(logs())
@settings(deadline=None, max_examples=20)
def test_no_foreign_tag_is_in_the_page(made: Made) -> None:
    page = as_html(report(made))
    assert "<script" not in page
    assert not re.search(r"(?:src|href)=", page)
    assert page.count("<article>") == page.count("</article>")
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b]", page)


WORDS = st.text(alphabet="ABCDEFGHJKMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789", min_size=14, max_size=30)
SECRETS = WORDS | st.lists(WORDS, min_size=2, max_size=3).map("\n".join)


def forms(secret: str) -> st.SearchStrategy[str]:
    """Texts in which a secret stands in some form."""
    encoded = base64.b64encode(secret.encode()).decode()
    nested = json.dumps({"a": json.dumps({"b": secret})})
    docker = json.dumps({"auths": {"r.example": {"auth": base64.b64encode(f"_json_key:{secret}".encode()).decode()}}})
    wrapped = "\n".join(encoded[start : start + 8] for start in range(0, len(encoded), 8))
    return st.sampled_from(
        [
            *(secret, f"key={secret}", json.dumps(secret), nested, docker, encoded, f"data: {encoded}"),
            *(wrapped, f"first\n{secret}\nlast", base64.b64encode(f"x{secret}y".encode()).decode()),
        ]
    )


@st.composite
def planted(draw: st.DrawFn) -> tuple[str, Made]:
    secret = draw(SECRETS)
    text = st.one_of(forms(secret), st.just("plain"))
    values: st.SearchStrategy[Any] = st.one_of(
        INPUTS, st.dictionaries(st.sampled_from(["a", "b"]), text, min_size=1), st.dictionaries(text, st.just(1))
    )
    made = draw(logs(values=values))
    error = {"diagnosticEvent": {"severity": "error", "message": draw(forms(secret))}}
    return secret, Made((*made.lines, json.dumps(error)), (), (), ())


@given(planted())
@settings(max_examples=60, deadline=None)
def test_a_known_secret_is_never_shown_in_any_form(case: tuple[str, Made]) -> None:
    secret, made = case
    found = report(made, secret)
    assert found.stacks[0].errors
    for page in (as_markdown(found), html.unescape(as_html(found)), as_json(found)):
        compact = re.sub(r"[\s+!@-]|\\n", "", page)
        for part in secret.splitlines():
            assert part not in compact
            whole = base64.b64encode(part.encode()).decode().rstrip("=")
            assert whole[:-2] not in compact
