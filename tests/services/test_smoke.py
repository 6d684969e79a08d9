"""`smoke` against the voice server: fine, every finding, every variant, and wrong use refused."""

import json
import wave
from pathlib import Path

import pytest

from sandbox.voice.server import VoiceServer
from tests.services.test_voice import ENDPOINT, environment
from toolkit.main import main


@pytest.fixture(scope="module")
def server():
    with VoiceServer() as running:
        yield running


@pytest.fixture(autouse=True)
def endpoint(server: VoiceServer):
    server.put_endpoint(ENDPOINT)


def test_smoke_says_fine(server: VoiceServer, monkeypatch, capsys, tmp_path: Path) -> None:
    environment(monkeypatch)
    monkeypatch.setenv("CARTESIA_API_KEY_FILE", "/nonexistent")  # of other routes
    out = tmp_path / "x.wav"
    words = [
        "smoke",
        "--route",
        "sagemaker",
        "--endpoint",
        ENDPOINT,
        "--endpoint-url",
        server.url,
        "--region",
        "us-east-2",
    ]
    assert main([*words, "--out", str(out), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["fine"]
    assert report["findings"] == []
    assert report["timing"]["attempts"] == 1
    with wave.open(str(out)) as opened:
        assert opened.getframerate() == 44100
        assert opened.getnframes() * 2 == report["audio"]["bytes"]
    assert main(words) == 0
    assert f"{ENDPOINT}: fine" in capsys.readouterr().out


def test_smoke_finds_what_is_wrong_and_refuses_wrong_use(server: VoiceServer, monkeypatch, capsys) -> None:
    environment(monkeypatch)
    words = ["smoke", "--endpoint", ENDPOINT, "--endpoint-url", server.url, "--region", "us-east-2"]
    server.put_endpoint(ENDPOINT, audio_seconds=0.1)
    assert main([*words, "--json"]) == 1
    assert [f["check"] for f in json.loads(capsys.readouterr().out)["findings"]] == ["duration"]
    assert main([*words, "--max-ttfa", "0", "--text", "Hi."]) == 1
    assert "ttfa" in capsys.readouterr().out
    server.put_endpoint(ENDPOINT, faults=[{"kind": "error_event"}])
    assert main([*words, "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["error"]["kind"], report["audio"]) == ("speech_failed", None)
    assert report["error"]["audioSeconds"] == pytest.approx(0.04)
    assert main([*words, "--sample-rate", "44000", "--language", "xx"]) == 2
    said = capsys.readouterr().err
    assert "sample_rate" in said
    assert "language" in said
    assert main(["smoke"]) == 2
    assert main([*words, "--endpoint-url", "not a url"]) == 2
    assert main([*words, "--profile", "nobody"]) == 2


ASKED = ["smoke", "--endpoint", ENDPOINT, "--region", "us-east-2"]


def test_smoke_asks_every_variant_and_says_which_configuration_answers(
    server: VoiceServer, monkeypatch, capsys
) -> None:
    environment(monkeypatch)
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    server.put_endpoint(ENDPOINT, config="voice-config-7", variants={"main": {}, "reserve": {"weight": 0}})
    assert main([*ASKED, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(each["variant"], each["timing"]["variant"]) for each in found["answers"]] == [
        ("main", "main"),
        ("reserve", "reserve"),
    ]
    assert found["live"]["deployment"] == "voice-config-7"
    assert found["live"]["variants"] == {"main": 1, "reserve": 1}
    assert main([*ASKED, "--variant", "reserve"]) == 0
    assert "configuration voice-config-7, InService" in capsys.readouterr().out
    assert server.stats()["endpoints"][ENDPOINT]["variants"]["reserve"]["finished"] == 2


def test_smoke_finds_an_endpoint_that_is_not_in_service_and_one_that_is_not_there(
    server: VoiceServer, monkeypatch, capsys
) -> None:
    environment(monkeypatch)
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    server.put_endpoint(ENDPOINT, status="RollingBack")
    assert main([*ASKED, "--json"]) == 1
    assert [each["check"] for each in json.loads(capsys.readouterr().out)["findings"]] == ["status"]
    assert main(["smoke", "--endpoint", "nobody", "--region", "us-east-2", "--json"]) == 1
    assert [each["check"] for each in json.loads(capsys.readouterr().out)["findings"]] == ["endpoint", "endpoint"]
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert main([*ASKED, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert ([each["check"] for each in found["findings"]], len(found["notes"])) == (["access"], 1)


def test_smoke_sends_fields_of_a_newer_package_with_a_warning(server: VoiceServer, monkeypatch, capsys) -> None:
    environment(monkeypatch)
    words = [*ASKED, "--endpoint-url", server.url, "--extra", '{"accent": "x"}', "--json"]
    assert main(words) == 1
    said = capsys.readouterr()
    assert "warning: sent unchecked: accent" in said.err
    assert "accent: not a field of this model" in json.loads(said.out)["error"]["message"]
    for wrong in ("[1]", "{", '{"voice_id": "v"}'):
        assert main([*ASKED, "--extra", wrong]) == 2
