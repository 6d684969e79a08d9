"""The container of the stand-in judges by its own table: the vendor's samples, and each documented rule broken once."""

import copy
import json

import pytest

from catalog.speech import ENCODINGS, LANGUAGES, LOCALES, MAX_PRONUNCIATION_BYTES, SAMPLE_RATES
from core.voice.sagemaker_request import resolve_speech_request
from core.voice.speech_request import (
    GenerationConfigArgs,
    OutputFormatArgs,
    SpeechRequest,
    SpeechRequestArgs,
    VoiceArgs,
)
from sandbox.voice.container import FIELDS, Malformed, read_request
from tests.support import vendor_requests as vendor

GOOD = json.loads(vendor.SONIC_3_5_PRONUNCIATION)
ABSENT = object()


def judged(given: object, model: str = "sonic-3.5", content_type: str = "application/json") -> SpeechRequest:
    body = given if isinstance(given, bytes) else json.dumps(given).encode()
    return read_request(content_type, body, model)


def changed(path: str, value: object) -> dict:
    args = copy.deepcopy(GOOD)
    *parents, last = path.split(".")
    inner = args
    for key in parents:
        inner = inner.setdefault(key, {})
    if value is ABSENT:
        del inner[last]
    else:
        inner[last] = value
    return args


@pytest.mark.parametrize(
    ("body", "model"),
    [
        (vendor.SONIC_3_NOTEBOOK, "sonic-3"),
        (vendor.SONIC_3_5_NOTEBOOK, "sonic-3.5"),
        (vendor.SONIC_3_5_NOTEBOOK, "sonic-3"),
        (vendor.SONIC_3_5_PRONUNCIATION, "sonic-3.5"),
    ],
)
def test_the_vendors_own_requests_are_taken_and_understood(body: bytes, model: str) -> None:
    given = json.loads(body)
    assert judged(body, model).fields() == given
    assert resolve_speech_request(given, model).fields() == given  # and the client can say the same


def test_what_the_vendor_prints_wrongly_is_refused() -> None:
    with pytest.raises(Malformed, match="not JSON"):
        judged(vendor.README_SAMPLE)
    repaired = vendor.README_SAMPLE.replace(b'}\n    "voice_id"', b'},\n    "voice_id"').replace(b"},\n}", b"}\n}")
    with pytest.raises(Malformed, match=r"^voice_id: not a field of this model; voice: field required$"):
        judged(repaired)


def test_models_differ_as_documented() -> None:
    with pytest.raises(Malformed, match="pronunciation_map: not a field"):
        judged(vendor.SONIC_3_5_PRONUNCIATION, "sonic-3")
    with pytest.raises(Malformed, match=r"output_format\.encoding"):
        judged(vendor.SONIC_3_NOTEBOOK, "sonic-3.5")
    without = json.loads(vendor.SONIC_3_NOTEBOOK) | {"language": None}
    with pytest.raises(Malformed, match="language: field required"):
        judged(without, "sonic-3")
    for locale in LOCALES:
        assert judged(GOOD | {"language": locale}).language == locale
        with pytest.raises(Malformed, match="language"):
            judged(json.loads(vendor.SONIC_3_NOTEBOOK) | {"language": locale}, "sonic-3")
    for language in LANGUAGES:
        assert judged(GOOD | {"language": language}).language == language


BAD = [
    ("context_id", [ABSENT, None, "", 7, "\ud83c"]),
    ("transcript", [ABSENT, None, "", " \n", ["a"], "a\ud83c"]),
    ("language", ["xx", "EN", "en-GB", 3, ["en"]]),
    ("output_format", [ABSENT, "pcm_s16le", []]),
    ("output_format.container", [ABSENT, "wav", 1]),
    ("output_format.encoding", [ABSENT, "pcm", "mp3", 16]),
    ("output_format.sample_rate", [ABSENT, 44000, "44100", True, 44100.5]),
    ("output_format.bit_rate", [1]),
    ("voice", [ABSENT, "v", None]),
    ("voice.mode", [ABSENT, "embedding"]),
    ("voice.id", [ABSENT, "", 12]),
    ("voice.embedding", [[0.1]]),
    ("generation_config", [1.5, []]),
    ("generation_config.volume", [0.49, 2.01, "1", True, float("nan")]),
    ("generation_config.speed", [0.59, 1.51, [1]]),
    ("generation_config.emotion", ["", 1]),
    ("generation_config.pitch", [1]),
    ("add_timestamps", ["true", 1]),
    ("add_phoneme_timestamps", ["true", 0]),
    ("use_normalized_timestamps", ["no"]),
    ("pronunciation_map", [["a"], {"a": 1}, {"a": " "}, {"": "a"}, {"é" * 4096: "ü" * 4097}]),
    ("model_id", ["sonic-3.5"]),
]


@pytest.mark.parametrize(("path", "value"), [(path, value) for path, values in BAD for value in values])
def test_each_rule_is_judged_by_itself(path: str, value: object) -> None:
    with pytest.raises(Malformed) as caught:
        judged(changed(path, value))
    assert str(caught.value).startswith(f"{path}: ")
    assert ";" not in str(caught.value)


def test_every_field_of_the_table_is_broken_above() -> None:
    assert FIELDS.keys() <= {path for path, _ in BAD}


def test_a_path_written_as_a_key_stands_for_nothing() -> None:
    with pytest.raises(Malformed, match=r"^'voice\.id': not a field of this model; voice\.id: field required$"):
        judged(changed("voice.id", ABSENT) | {"voice.id": "v"})


def test_limits_are_inclusive() -> None:
    half = "é" * (MAX_PRONUNCIATION_BYTES // 4)
    assert judged(GOOD | {"pronunciation_map": {half: half}})
    for factors in ({"volume": 0.5, "speed": 0.6}, {"volume": 2, "speed": 1.5}, {"speed": None}):
        given = {name: factor for name, factor in factors.items() if factor is not None}
        assert judged(GOOD | {"generation_config": factors}).generation_config == given
    for encoding in ENCODINGS:
        for rate in SAMPLE_RATES:
            form = {"container": "raw", "encoding": encoding, "sample_rate": rate}
            assert judged(GOOD | {"output_format": form}).output_format.sample_rate == rate


@pytest.mark.parametrize("body", [b"", b"[]", b"7", b"\xff", b"{", b"[" * 100_000])
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed, match="JSON"):
        judged(body)


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_another_content_type_is_refused(content_type: str) -> None:
    with pytest.raises(Malformed, match="Content-Type"):
        judged(GOOD, content_type=content_type)
    assert judged(GOOD, content_type="application/json; charset=utf-8")


def test_table_and_client_know_the_same_fields() -> None:
    """Each keeps its own rules; a field that only one of them knows would be a mistake in one of them."""
    inner = {"output_format": OutputFormatArgs, "voice": VoiceArgs, "generation_config": GenerationConfigArgs}
    paths = {f"{parent}.{key}" for parent, shape in inner.items() for key in shape.__annotations__}
    assert FIELDS.keys() == SpeechRequestArgs.__annotations__.keys() | paths
