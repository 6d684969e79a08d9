"""Event streams give the same data under any cut and with any line end, and errors are read in each of their forms."""

import itertools
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.input.problems import InvalidInput
from core.voice.api_error import read_api_error
from core.voice.direct_request import direct_body, resolve_direct_request
from core.voice.sse import SseReader
from tests.unit.core.voice.test_sagemaker_request import GOOD

VALUES = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), min_size=1, max_size=20)
ENDS = st.sampled_from(["\n", "\r\n", "\r"])


def read(parts: list[bytes]) -> list[bytes]:
    reader = SseReader()
    found = [data for part in parts for data in reader.feed(part)] + reader.close()
    assert reader.failure is None
    return found


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[a:b] for a, b in itertools.pairwise(edges)]


@given(st.lists(VALUES, max_size=6), ENDS, st.booleans(), st.booleans(), st.lists(st.integers(0, 500), max_size=12))
@example(["a", "b"], "\r\n", True, False, [7, 8, 9])
def test_any_cut_and_any_line_end_give_the_same_data(values, end, named, bom, places) -> None:
    event = "event: chunk" + end if named else ""
    text = "".join(f": a comment{end}{event}id: 1{end}data: {value}{end}{end}" for value in values)
    data = (b"\xef\xbb\xbf" if bom else b"") + text.encode()
    expected = [value.encode() + b"\n" for value in values]
    assert read(cut(data, places)) == expected
    assert read([data[i : i + 1] for i in range(len(data))]) == expected


@pytest.mark.parametrize(
    ("text", "data"),
    [
        (b"data:x\n\n", [b"x\n"]),
        (b"data:  x\n\n", [b" x\n"]),
        (b'data: {"a":\ndata: 1}\n\n', [b'{"a": 1}\n']),
        (b"data: x\n", [b"x\n"]),
        (b"data: x", [b"x\n"]),
        (b"\n\n\n", []),
        (b": ping\n\n: ping\n\ndata: x\n\n", [b"x\n"]),
        (b"retry: 5\n\n", []),
        (b"data\n\n", [b"\n"]),
        (b"DATA: x\n\n", []),
    ],
)
def test_the_format_is_read_as_its_standard_says(text: bytes, data: list[bytes]) -> None:
    assert read([text]) == data


@pytest.mark.parametrize("line", [b"data: " + b"x" * 200, b"data: xxxxx\n" * 40, b"x" * 200])
def test_an_event_without_end_is_refused_without_being_collected(line: bytes) -> None:
    reader = SseReader(max_bytes=100)
    for i in range(0, len(line), 7):
        reader.feed(line[i : i + 7])
    assert reader.failure is not None
    assert reader.feed(b"\n\ndata: y\n\n") == reader.close() == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"error_code": "e", "title": "T", "message": "m", "request_id": "r"}', "T: m (request r)"),
        (b'{"title": "same", "message": "same"}', "same"),
        (b'{"error": "old form"}', "old form"),
        (b'{"detail": [1]}', '{"detail": [1]}'),
        (b"Bad Request: no voice", "Bad Request: no voice"),
        (b"<html>\n502</html>", "<html> 502</html>"),
        (b"", "no reason was given"),
        (b"null", "null"),
        (b"[1]", "[1]"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"\x1b[2J", " [2J"),
        (b'{"message": 7, "request_id": []}', '{"message": 7, "request_id": []}'),
    ],
)
def test_an_error_is_read_in_each_of_its_forms(body: bytes, said: str) -> None:
    assert str(read_api_error(body)) == said


def test_a_long_error_is_kept_short() -> None:
    assert len(str(read_api_error(b"x" * 10_000))) == 500


def test_the_body_names_the_model_and_carries_the_fields_of_this_api() -> None:
    request = resolve_direct_request({**GOOD, "pronunciation_dict_id": "d"}, "sonic-3-2026-01-12")
    assert json.loads(direct_body(request)) == {**GOOD, "model_id": "sonic-3-2026-01-12", "pronunciation_dict_id": "d"}


@pytest.mark.parametrize(
    ("more", "model", "said"),
    [
        ({"pronunciation_map": {"a": "b"}}, "sonic-3.5", "pronunciation_dict_id"),
        ({"language": "xx"}, "sonic-3.5", "language"),
        ({"later": 1}, "sonic-3.5", "later"),
        ({}, "  ", "id of a model"),
        ({}, "a\nb", "id of a model"),
    ],
)
def test_a_request_that_breaks_a_rule_is_told(more: dict, model: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        resolve_direct_request(GOOD | more, model)
