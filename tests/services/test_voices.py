"""The voice server of a world: there with the first endpoint, gone with the last, repaired after a kill."""

import contextlib
import os
import socket
from pathlib import Path

import pytest

from sandbox.environment import environment
from sandbox.host import processes
from sandbox.host.errors import SandboxDown, SandboxError
from sandbox.host.layout import Layout
from sandbox.host.ports import HOST
from sandbox.host.records import write_json
from sandbox.status import look, require_sound
from sandbox.voice.control import VoiceControl
from sandbox.voice.record import needed_voice, recorded_voice
from sandbox.voice.service import end_voice, endpoint_of, ensure_voice, serve_endpoint, withdraw_endpoint

FLEET = {"variants": {"AllTraffic": {"instances": 2, "routing": "LEAST_OUTSTANDING_REQUESTS"}}, "region": "eu-west-1"}


@pytest.fixture
def layout(tmp_path: Path):
    """A world as `up` leaves it, as far as the voice server is concerned; its fake GCS is this test."""
    made = Layout(tmp_path / "world")
    me = processes.Process.of(os.getpid())
    services = [{"name": "fake-gcs-server", "pid": me.pid, "started": me.started}]
    write_json(made.record, {"version": 1, "gcs": {"url": "http://127.0.0.1:1", "port": 1}, "services": services})
    ensure_voice(made)
    yield made
    end_voice(made)
    assert running(made) == []


def running(layout: Layout) -> list[processes.Process]:
    return processes.find_with(("--state", str(layout.voice_endpoints)))


def shown(layout: Layout) -> list[str]:
    return [each.state for each in look(layout).services if each.name == "voice-server"]


def test_until_an_endpoint_is_there_only_the_port_is(layout: Layout) -> None:
    assert running(layout) == []
    assert (shown(layout), needed_voice(layout)) == ([], None)
    inside = environment(layout.root, {})
    assert inside["AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME"] == inside["AWS_ENDPOINT_URL"] == recorded_voice(layout).url
    assert endpoint_of(layout.root, "voice") is None
    require_sound(layout)


def test_endpoints_come_and_go_and_the_server_with_them(layout: Layout) -> None:
    before = recorded_voice(layout)
    serve_endpoint(layout.root, "one", FLEET)
    (process,) = running(layout)
    assert recorded_voice(layout).port == before.port
    assert environment(layout.root, {})["AWS_DEFAULT_REGION"] == "eu-west-1"
    serve_endpoint(layout.root, "two", {"slots": 8})
    assert running(layout) == [process]
    assert shown(layout) == ["running"]
    assert endpoint_of(layout.root, "two")["slots"] == 8
    withdraw_endpoint(layout.root, "one")
    withdraw_endpoint(layout.root, "one")
    assert endpoint_of(layout.root, "one") is None
    assert running(layout) == [process]
    withdraw_endpoint(layout.root, "two")
    assert running(layout) == []
    assert (shown(layout), recorded_voice(layout).port) == ([], before.port)


def test_what_the_cloud_does_not_know_stays_over_an_update_and_equal_settings_change_nothing(layout: Layout) -> None:
    serve_endpoint(layout.root, "voice", FLEET)
    control = VoiceControl(recorded_voice(layout).url)
    control.faults("voice", {"kind": "drop", "every": 1000})
    serve_endpoint(layout.root, "voice", FLEET | {"slots": 5})
    after = control.endpoints()["voice"]
    assert (after["slots"], after["faults"][0]["kind"]) == (5, "drop")
    serve_endpoint(layout.root, "voice", after)
    assert control.endpoints()["voice"] == after


def test_a_killed_server_is_seen_and_mended_with_its_endpoints_on_its_port(layout: Layout) -> None:
    serve_endpoint(layout.root, "voice", FLEET)
    port = recorded_voice(layout).port
    processes.kill(running(layout))
    assert shown(layout) == ["ended"]
    assert look(layout).state == "broken"
    with pytest.raises(SandboxDown, match="voice-server ended"):
        require_sound(layout)
    ensure_voice(layout)
    require_sound(layout)
    assert recorded_voice(layout).port == port
    assert endpoint_of(layout.root, "voice")["variants"]["AllTraffic"]["instances"] == 2
    assert shown(layout) == ["running"]


def test_a_port_that_was_lost_is_replaced(layout: Layout) -> None:
    port = recorded_voice(layout).port
    with contextlib.closing(socket.create_server((HOST, port))):
        serve_endpoint(layout.root, "voice", FLEET)
        assert recorded_voice(layout).port != port
        assert endpoint_of(layout.root, "voice") is not None


def test_settings_the_server_refuses_are_told(layout: Layout) -> None:
    with pytest.raises(SandboxError, match="slots: must be 1 to 10000"):
        serve_endpoint(layout.root, "voice", {"slots": 0})


def test_a_world_that_was_never_up_has_no_voice(tmp_path: Path) -> None:
    serve_endpoint(tmp_path / "store-only", "voice", FLEET)
    withdraw_endpoint(tmp_path / "store-only", "voice")
    assert not (tmp_path / "store-only").exists()
