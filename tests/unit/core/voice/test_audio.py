"""Audio is measured right in every encoding, WAV files are what their headers say, and bad audio is found out."""

import array
import io
import math
import random
import struct
import wave

import pytest

from catalog.speech import ENCODINGS, SAMPLE_RATES
from core.voice.audio import duration_seconds, measure, pitch_hz, samples, wav
from core.voice.audio_checks import AudioLimits, check_audio
from core.voice.audio_format import AudioFormat
from sandbox.voice.signal import encode, pitch_of, speak

S16 = AudioFormat(encoding="pcm_s16le", sample_rate=16000)
TEXT = "The quick brown fox jumps over the lazy dog."


def checks_of(audio: bytes, form: AudioFormat = S16, text: str = TEXT, rates=()) -> set[str]:
    return {finding.check for finding in check_audio(audio, form, text, rates)[1]}


@pytest.mark.parametrize("encoding", [*ENCODINGS, "pcm"])
@pytest.mark.parametrize("rate", SAMPLE_RATES)
def test_the_stand_ins_audio_passes_every_check_in_every_format(encoding: str, rate: int) -> None:
    form = AudioFormat(encoding=encoding, sample_rate=rate)
    audio = speak(TEXT, form)
    facts, findings = check_audio(audio, form, TEXT, [rate, None])
    assert findings == []
    assert facts.seconds == pytest.approx(len(TEXT) / 15, abs=0.1)
    assert -20 < facts.level_dbfs < -6
    found = pitch_hz(audio, form)
    assert found == pytest.approx(pitch_of(TEXT), rel=0.02)


def test_pitch_tells_transcripts_apart() -> None:
    for text in ("one", "two", "drei", "日本語のテキスト"):
        assert pitch_hz(speak(text, S16, seconds=1.0), S16) == pytest.approx(pitch_of(text), rel=0.02)
    noise = encode([random.Random(i).uniform(-0.5, 0.5) for i in range(16000)], S16)
    assert pitch_hz(noise, S16) is None
    assert pitch_hz(b"\0" * 32000, S16) is None
    assert pitch_hz(b"", S16) is None


def test_speed_and_volume_are_audible() -> None:
    plain, fast, loud = speak(TEXT, S16), speak(TEXT, S16, speed=1.5), speak(TEXT, S16, volume=2.0)
    assert len(fast) == pytest.approx(len(plain) / 1.5, rel=0.01)
    assert measure(loud, S16).level_dbfs == pytest.approx(measure(plain, S16).level_dbfs + 6.02, abs=0.1)


def test_g711_tables_equal_the_standard() -> None:
    mulaw = samples(bytes([0x00, 0x80, 0x7F, 0xFF]), AudioFormat(encoding="pcm_mulaw", sample_rate=8000))
    assert [v * 32768 for v in mulaw] == [-32124, 32124, 0, 0]
    alaw = samples(bytes([0x2A, 0xAA, 0x55, 0xD5]), AudioFormat(encoding="pcm_alaw", sample_rate=8000))
    assert [v * 32768 for v in alaw] == [-32256, 32256, -8, 8]


def test_levels_are_against_full_scale() -> None:
    sine = encode([0.5 * math.sin(2 * math.pi * 100 * n / 16000) for n in range(16000)], S16)
    facts = measure(sine, S16)
    assert facts.level_dbfs == pytest.approx(20 * math.log10(0.5 / math.sqrt(2)), abs=0.01)
    assert facts.peak == pytest.approx(0.5, abs=0.001)
    assert (facts.silent_share, facts.seconds, facts.whole_samples) == (0.0, 1.0, True)


def test_silence_is_measured_where_it_is() -> None:
    tone = encode([0.3 * math.sin(n / 10) for n in range(8000)], S16)
    facts = measure(b"\0" * 16000 + tone + b"\0" * 9600 + tone, S16)
    assert facts.leading_silence_seconds == pytest.approx(0.5)
    assert facts.longest_silence_seconds == pytest.approx(0.5)
    assert facts.silent_share == pytest.approx(0.8 / 1.8, abs=0.02)


@pytest.mark.parametrize(
    ("audio", "found"),
    [
        (b"", {"bytes"}),
        (speak(TEXT, S16)[:-1], {"bytes"}),
        (b"\0" * 96000, {"level", "silence"}),
        (speak(TEXT, S16, seconds=0.5), {"duration"}),
        (speak(TEXT, S16, seconds=20.0), {"duration"}),
        (b"\0" * 80000 + speak(TEXT, S16), {"silence"}),
        (speak(TEXT, S16)[:32000] + b"\0" * 320000, {"silence"}),
    ],
)
def test_bad_audio_is_found_out(audio: bytes, found: set[str]) -> None:
    assert checks_of(audio) == found


def test_audio_of_another_rate_is_found_out() -> None:
    assert checks_of(speak(TEXT, S16), rates=[16000, 44100, None]) == {"rate"}
    other = AudioFormat(encoding="pcm_s16le", sample_rate=48000)
    assert checks_of(speak(TEXT, S16), other, TEXT * 2) == {"duration"}


def test_float_audio_may_clip_or_hold_no_numbers() -> None:
    form = AudioFormat(encoding="pcm_f32le", sample_rate=16000)
    good = speak(TEXT, form)
    assert checks_of(struct.pack("<f", 1.5) + good, form) == {"clipping"}
    assert checks_of(struct.pack("<f", math.nan) + good, form) == {"level"}
    assert checks_of(struct.pack("<f", math.inf) + good, form) == {"level"}


def test_inline_tags_are_not_counted_as_spoken() -> None:
    text = "<emotion value='calm'/><speed ratio='1.5'/>Hi."
    assert checks_of(speak("Hi.", S16), text=text) == set()


def test_limits_can_be_set() -> None:
    strict = AudioLimits(min_level_dbfs=-3.0)
    assert [f.check for f in check_audio(speak(TEXT, S16), S16, TEXT, (), strict)[1]] == ["level"]


def test_a_pcm_wav_opens_with_the_standard_library() -> None:
    audio = speak(TEXT, S16)
    with wave.open(io.BytesIO(wav(audio, S16))) as opened:
        assert (opened.getnchannels(), opened.getsampwidth(), opened.getframerate()) == (1, 2, 16000)
        assert opened.readframes(opened.getnframes()) == audio


@pytest.mark.parametrize(("encoding", "tag"), [("pcm_f32le", 3), ("pcm_alaw", 6), ("pcm_mulaw", 7)])
def test_other_wavs_carry_their_tag_a_fact_chunk_and_even_chunks(encoding: str, tag: int) -> None:
    form = AudioFormat(encoding=encoding, sample_rate=8000)
    audio = speak("odd", form, seconds=0.100125)
    data = wav(audio, form)
    assert data[:4] == b"RIFF"
    assert struct.unpack("<I", data[4:8])[0] == len(data) - 8
    chunks, at = {}, 12
    while at < len(data):
        name, size = data[at : at + 4], struct.unpack("<I", data[at + 4 : at + 8])[0]
        chunks[name] = data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    assert struct.unpack("<HHIIHH", chunks[b"fmt "][:16])[:3] == (tag, 1, 8000)
    assert struct.unpack("<I", chunks[b"fact"])[0] == len(audio) // form.bytes_per_sample == 801
    assert chunks[b"data"] == audio


def test_a_wav_is_not_made_of_cut_samples() -> None:
    with pytest.raises(ValueError, match="not a whole number of 2-byte samples"):
        wav(b"abc", S16)
    assert duration_seconds(array.array("h", [1] * 8000).tobytes(), S16) == 0.5


@pytest.mark.parametrize("hertz", [101.3, 147.7, 211.9, 283.1, 333.3])
def test_pitch_lies_between_whole_periods_of_samples(hertz: float) -> None:
    rate = 8000
    form = AudioFormat(encoding="pcm_s16le", sample_rate=rate)
    tone = [0.5 * math.sin(2 * math.pi * hertz * n / rate) for n in range(rate // 2)]
    # The nearest whole period is off by up to hertz / rate / 2, 2 % at 333 Hz; the vertex brings it near.
    assert pitch_hz(encode(tone, form), form) == pytest.approx(hertz, rel=0.002)
