"""Stack files as text: what the engine and we read alike is kept as written, the rest is refused by path and line."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from core.input.problems import InvalidInput
from core.input.stack_file import read_stack_file


def refusals(content: bytes) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        read_stack_file(content, "stacks/Pulumi.dev.yaml")
    return [f"{problem.path}: {problem.rule}; got {problem.got}; {problem.fix}" for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("4711", "number"),
        ("-1", "number"),
        ("0x10", "number"),
        ("1.5", "number"),
        ("1e3", "number"),
        ("010", "number"),
        ("true", "truth value"),
        ("~", "null"),
        ("null", "null"),
        ("2024-01-01", "date"),
        ("[a]", "list"),
        ("{a: b}", "mapping"),
    ],
)
def test_a_key_that_is_not_text_is_named_with_path_and_line(key: str, kind: str) -> None:
    text = f"config:\n  cartesia:eks:\n    tags:\n      team: y\n      ? {key}\n      : x\n"
    word = "..." if key[0] in "[{" else key
    assert refusals(text.encode()) == [
        f'cartesia:eks.tags.{word} (line 5): must have a key that is text; got a {kind}; quote it: "{word}"'
    ]


@pytest.mark.parametrize("key", ["yes", "no", "On", "off", "y", "12:30:45", '"4711"', "'true'", "a b", "<<"])
def test_a_key_that_is_text_to_the_engine_is_kept(key: str) -> None:
    text = f"config:\n  p:a:\n    {key}: {{}}\n"
    assert read_stack_file(text.encode(), "x").kept(()).text == text


def test_every_problem_is_named_at_once() -> None:
    text = b"config:\n  p:a: {1: x, 2: y}\n  p:b: 1\n  p:b: 2\n4: x\n"
    assert [line.partition(";")[0] for line in refusals(text)] == [
        "p:a.1 (line 2): must have a key that is text",
        "p:a.2 (line 2): must have a key that is text",
        "p:b (line 4): must stand once",
        "4 (line 5): must have a key that is text",
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"config:\n  p:a: caf\xe9\n", "file: must be UTF-8; got byte 0xe9 in line 2; save it as UTF-8"),
        (b"config:\n\tp:a: x\n", "line 2: must be indented with blanks; got a tab; replace it by blanks"),
        (b"config: {}\n---\nconfig: {}\n", "line 2: must be one YAML document; got a second one"),
        (b"config:\n  p:a: [1\n  p:b: 2\n", "line 3: must be YAML"),
        (b"config:\n  p:a: &x [*x]\n", "p:a[0] (line 2): must not hold itself"),
        (b"config:\n  p:a: *x\n", "line 2: must be YAML; got found undefined alias 'x'"),
        (b"config: 3\n", "config (line 1): must be a mapping; got a number"),
        (b"- a\n", "file: must be a mapping with the key config; got list"),
        (b"a: " + b"[" * 3000, "file: must not be nested so deep"),
        (b'config:\n  p:a: "x\x00y"\n', "file: must be YAML; got unacceptable character"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(content: bytes, said: str) -> None:
    (refusal,) = refusals(content)
    assert refusal.startswith(said)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("text", ["", "config:\n", "# only a comment\n", "config:\r\n  p:a: ü\r\n"])
def test_a_file_that_the_engine_reads_is_read(encoding: str, text: str) -> None:
    assert read_stack_file(text.encode(encoding), "x").text == text


def test_values_are_kept_as_written_where_something_beside_them_is_left_out() -> None:
    text = (
        "config:\n  p:s: {secure: v1:x}\n  p:a: {a: yes, b: 010, c: 12:30:45, d: 1e3, e: 2024-01-01, f: 'no', g: ~}\n"
    )
    kept = read_stack_file(text.encode(), "x").kept(()).text
    assert kept == "config:\n  p:a: {a: yes, b: 010, c: '12:30:45', d: 1e3, e: 2024-01-01, f: 'no', g: ~}\n"


def test_an_anchor_whose_first_mention_is_left_out_keeps_its_meaning() -> None:
    text = "x: &a {k: v, s: {secure: q}}\nconfig:\n  p:a: *a\n  p:b: *a\n"
    kept = read_stack_file(text.encode(), "x").kept(("x",)).text
    assert yaml.safe_load(kept) == {"config": {"p:a": {"k": "v"}, "p:b": {"k": "v"}}}


def test_many_aliases_cost_no_more_than_their_lines() -> None:
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60)), "config: {p:a: *a59}"]
    file = read_stack_file("\n".join(lines).encode(), "x")
    assert file.kept(()) is file
    assert len(file.config_digest) == 64


WORDS = st.from_regex(r"[a-df-mp-z][a-z _.:-]{0,6}[a-z]", fullmatch=True)
TREES = st.recursive(
    WORDS | st.integers() | st.booleans() | st.none() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=40)
@given(st.dictionaries(WORDS, TREES, max_size=3), st.booleans())
def test_the_digest_follows_the_meaning_and_not_the_layout(config: dict[str, object], flow: bool) -> None:
    one = yaml.safe_dump({"config": config}, sort_keys=False, default_flow_style=flow, allow_unicode=True)
    other = yaml.safe_dump({"z": 1, "config": config}, sort_keys=True)
    changed = yaml.safe_dump({"config": config | {"added": 1}})
    digests = [read_stack_file(text.encode(), "x").config_digest for text in (one, other, changed)]
    assert digests[0] == digests[1]
    assert (digests[0] == digests[2]) == (config.get("added") is not True and config.get("added") == 1)


@settings(max_examples=40)
@given(st.dictionaries(WORDS, TREES, max_size=3))
def test_nothing_encrypted_is_kept_and_everything_else_is(config: dict[str, object]) -> None:
    text = yaml.safe_dump({"config": {"wrapped": [{"secure": "v1:x"}, config]}, "encryptionsalt": "v1"})
    kept = read_stack_file(text.encode(), "x").kept(("encryptionsalt",)).text
    if "secure" not in text.replace("secure: v1:x", ""):
        assert yaml.safe_load(kept) == {"config": {"wrapped": [config]}}


@given(st.text(max_size=60) | st.text("config: {}[]&*a\n\t-?'\"1~", max_size=60))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    try:
        content = text.encode()
    except UnicodeEncodeError:
        return
    try:
        file = read_stack_file(content, "x")
    except InvalidInput as error:
        assert error.problems
        return
    assert len(file.config_digest) == 64
    assert file.kept(("a",)).text is not None
