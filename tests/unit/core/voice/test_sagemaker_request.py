"""Every rule of a speech request is told at once, with the field's path; a good request is sent as it was given."""

import copy
import json

import pytest

from catalog.speech import ENCODINGS, LANGUAGES, LOCALES, SAMPLE_RATES
from core.input.problems import InvalidInput
from core.voice.sagemaker_request import resolve_speech_request

GOOD = {
    "context_id": "ctx-1",
    "transcript": "Guten Tag, 日本 🎙️ <speed ratio='1.5'/>",
    "language": "de",
    "output_format": {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 44100},
    "voice": {"mode": "id", "id": "a0e99841-438c-4a64-b679-ae501e7d6091"},
}
ABSENT = object()
HALF = "\ud83c"


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


BAD = [
    ("context_id", ABSENT, "required"),
    ("context_id", "", "non-empty string"),
    ("context_id", 7, "non-empty string"),
    ("context_id", "a\nb", "printable"),
    ("context_id", HALF, "valid Unicode"),
    ("transcript", ABSENT, "required"),
    ("transcript", None, "required"),
    ("transcript", "  \n", "must say something"),
    ("transcript", ["hello"], "non-empty string"),
    ("transcript", "hello " + HALF, "lone surrogates"),
    ("language", "xx", "must be a language of sonic-3.5"),
    ("language", "en-GB", 'use "en"'),
    ("language", "EN", 'use "en"'),
    ("language", "", "non-empty string"),
    ("language", 3, "non-empty string"),
    ("output_format", ABSENT, "required"),
    ("output_format", "pcm_s16le", "must be an object"),
    ("output_format.container", "wav", "must be one of raw"),
    ("output_format.container", ABSENT, "required"),
    ("output_format.encoding", "pcm", "must be one of"),
    ("output_format.encoding", "mp3", "must be one of"),
    ("output_format.encoding", ABSENT, "required"),
    ("output_format.encoding", 16, "non-empty string"),
    ("output_format.sample_rate", 44000, "use 44100"),
    ("output_format.sample_rate", 96000, "lower it to 48000"),
    ("output_format.sample_rate", "44100", "whole number"),
    ("output_format.sample_rate", True, "whole number"),
    ("output_format.sample_rate", ABSENT, "required"),
    ("output_format.bit_rate", 128000, "unknown key"),
    ("voice", ABSENT, "required"),
    ("voice", "a0e99841", "must be an object"),
    ("voice.mode", "embedding", "must be one of id"),
    ("voice.mode", ABSENT, "required"),
    ("voice.id", ABSENT, "required"),
    ("voice.id", " a0e99841 ", "without blanks"),
    ("voice.id", 12, "non-empty string"),
    ("voice.embedding", [0.1], "unknown key"),
    ("voice_id", "a0e99841", 'write `voice: {"mode": "id", "id": ...}`'),
    ("model_id", "sonic-3.5", "the endpoint runs one model"),
    ("transcipt", "x", 'did you mean "transcript"?'),
    ("generation_config", 1.5, "must be a map"),
    ("generation_config.volume", 0.4, "raise it to 0.5"),
    ("generation_config.volume", 2.01, "lower it to 2.0"),
    ("generation_config.volume", "loud", "must be a number"),
    ("generation_config.volume", True, "must be a number"),
    ("generation_config.speed", 1.6, "lower it to 1.5"),
    ("generation_config.speed", float("nan"), "must be a number"),
    ("generation_config.emotion", "", "non-empty string"),
    ("generation_config.pitch", 1, "unknown key"),
    ("add_timestamps", "true", "true or false"),
    ("add_phoneme_timestamps", 1, "true or false"),
    ("use_normalized_timestamps", "no", "true or false"),
    ("pronunciation_map", ["a"], "must be a map"),
    ("pronunciation_map", {"Cartesia": 7}, "must be a string"),
    ("pronunciation_map", {"Cartesia": " "}, "must map a word"),
    ("pronunciation_map", {"": "x"}, "must map a word"),
    ("pronunciation_map", {"x": HALF}, "valid Unicode"),
    ("pronunciation_map", {"é" * 4096: "ü" * 4097}, "at most 16384 bytes"),
]


@pytest.mark.parametrize(("path", "value", "said"), BAD, ids=[f"{p}-{i}" for i, (p, _, _) in enumerate(BAD)])
def test_bad_input_is_refused_with_its_path(path: str, value: object, said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        resolve_speech_request(changed(path, value))
    assert len(caught.value.problems) == 1
    [problem] = caught.value.problems
    assert problem.path.startswith(path)
    assert said in str(problem)
    str(caught.value).encode()  # printable anywhere


@pytest.mark.parametrize("given", [None, "text", [], 7])
def test_a_request_that_is_no_object_is_refused(given: object) -> None:
    with pytest.raises(InvalidInput):
        resolve_speech_request(given)


def test_all_problems_are_told_at_once() -> None:
    args = {"voice_id": "x", "output_format": {"encoding": "mp3"}, "generation_config": {"speed": 9}, "nope": 1}
    with pytest.raises(InvalidInput) as caught:
        resolve_speech_request(args)
    assert {p.path for p in caught.value.problems} == {
        "voice_id",
        "nope",
        "context_id",
        "transcript",
        "voice",
        "output_format.container",
        "output_format.encoding",
        "output_format.sample_rate",
        "generation_config.speed",
    }
    assert str(caught.value).startswith("SpeechRequest: 9 problems\n")


def test_the_body_is_the_request_in_utf8() -> None:
    args = GOOD | {
        "generation_config": {"volume": 1, "speed": 0.6, "emotion": "calm"},
        "add_timestamps": True,
        "add_phoneme_timestamps": False,
        "pronunciation_map": {"Cartesia": "car-TEE-zhuh"},
    }
    body = resolve_speech_request(args).body()
    assert json.loads(body) == args
    assert "日本".encode() in body


def test_what_was_not_given_is_not_sent() -> None:
    assert json.loads(resolve_speech_request(GOOD).body()) == GOOD


def test_the_pronunciation_limit_counts_bytes_and_is_inclusive() -> None:
    resolve_speech_request(GOOD | {"pronunciation_map": {"é" * 4096: "ü" * 4096}})


def test_models_differ_as_documented() -> None:
    three = "sonic-3"
    with pytest.raises(InvalidInput, match="pronunciation_map: is not a field of sonic-3"):
        resolve_speech_request(GOOD | {"pronunciation_map": {"a": "b"}}, three)
    with pytest.raises(InvalidInput, match="language: is required"):
        resolve_speech_request(changed("language", ABSENT), three)
    assert resolve_speech_request(changed("language", ABSENT)).language is None
    assert resolve_speech_request(changed("output_format.encoding", "pcm"), three).output_format.bytes_per_sample == 2
    for locale in LOCALES:
        assert resolve_speech_request(GOOD | {"language": locale}).language == locale
        with pytest.raises(InvalidInput, match=f'use "{locale[:2]}"'):
            resolve_speech_request(GOOD | {"language": locale}, three)
    for language in LANGUAGES:
        assert resolve_speech_request(GOOD | {"language": language}, three).language == language
    with pytest.raises(InvalidInput, match=r'did you mean "sonic-3\.5"'):
        resolve_speech_request(GOOD, "sonic-3-5")


def test_every_documented_format_is_taken() -> None:
    for encoding in ENCODINGS:
        for rate in SAMPLE_RATES:
            form = {"container": "raw", "encoding": encoding, "sample_rate": rate}
            found = resolve_speech_request(GOOD | {"output_format": form}).output_format
            assert (found.encoding, found.sample_rate) == (encoding, rate)


def test_another_encoding_changes_nothing_else() -> None:
    request = resolve_speech_request(GOOD, "sonic-3")
    other = request.with_encoding("pcm")
    assert other.fields() | {"output_format": GOOD["output_format"]} == request.fields()
    assert other.output_format.encoding == "pcm"


def test_fields_of_a_newer_package_pass_where_the_caller_says_so() -> None:
    more = {"accent": ["x"], "generation_config": {"speed": 1.0, "pitch": 2}, "voice": GOOD["voice"] | {"seed": 7}}
    with pytest.raises(InvalidInput, match="accent"):
        resolve_speech_request(GOOD | more)
    request = resolve_speech_request(GOOD | more, passthrough=True)
    assert request.unchecked == ("accent", "generation_config.pitch", "voice.seed")
    assert json.loads(request.body()) == GOOD | more
    assert resolve_speech_request(GOOD, passthrough=True).unchecked == ()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"voice_id": "v"}, "voice_id"),
        ({"model_id": "sonic-3"}, "model_id"),
        ({"later": {1, 2}}, "must be JSON"),
        ({"later": float("nan")}, "must be JSON"),
        ({"later": HALF}, "must be JSON"),
        ({"later": 1, "language": "xx"}, "language"),
    ],
)
def test_passing_through_relaxes_no_rule_that_is_known(more: dict, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        resolve_speech_request(GOOD | more, passthrough=True)
