"""The voice client against the voice server, over boto3 and real sockets: every fault ends, and ends rightly."""

import contextlib
import datetime
import http.client
import ipaddress
import json
import os
import random
import socket
import ssl
import threading
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from catalog.speech import ENCODINGS, MAX_BODY_BYTES
from core.voice.audio import pitch_hz
from core.voice.events import Chunk, Done, PhonemeTimestamps, Timestamps, Unknown
from core.voice.sagemaker_request import resolve_speech_request
from sandbox.host.errors import SandboxError
from sandbox.voice.control import VoiceControl
from sandbox.voice.server import VoiceServer
from sandbox.voice.signal import pitch_of, speak
from sandbox.voice.spec import FAULTS
from toolkit.voice import errors
from toolkit.voice.client import VoiceClient
from toolkit.voice.retry import RetryBudget, RetryPolicy
from toolkit.voice.routes.sagemaker.pool import ConnectionSettings
from toolkit.voice.routes.sagemaker.route import SageMakerRoute

ENDPOINT = "sonic-test"
TEXT = "Grüße aus 東京, 🎙️ läuft."
ONCE = RetryPolicy(max_attempts=1)


def session() -> boto3.session.Session:
    return boto3.session.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-2")


def request(text: str = TEXT, model: str = "sonic-3.5", encoding: str = "pcm_s16le", rate: int = 16000, **more):
    return resolve_speech_request(
        {
            "context_id": "ctx-é",
            "transcript": text,
            "language": "de",
            "output_format": {"container": "raw", "encoding": encoding, "sample_rate": rate},
            "voice": {"mode": "id", "id": "v"},
            **more,
        },
        model,
    )


def connect(server: VoiceControl, retry: RetryPolicy = ONCE, **connections) -> VoiceClient:
    settings = ConnectionSettings(**connections)
    route = SageMakerRoute.connect(ENDPOINT, session=session(), endpoint_url=server.url, connections=settings)
    return VoiceClient(route, retry=retry)


@pytest.fixture(scope="module")
def server():
    with VoiceServer() as running:
        yield running


@pytest.fixture(autouse=True)
def endpoint(server: VoiceServer):
    server.put_endpoint(ENDPOINT)
    yield
    deadline = time.monotonic() + 5
    while server.stats()["connections"]["open"] > 1:  # the one that asks
        assert time.monotonic() < deadline, "a client left a connection open"
        time.sleep(0.01)
    assert server.stats()["endpoints"][ENDPOINT]["in_flight"] == 0


def test_a_whole_speech_arrives_unchanged(server: VoiceServer) -> None:
    wanted = request(add_timestamps=True, add_phoneme_timestamps=True)
    with connect(server) as client:
        speech = client.speak(wanted)
    assert speech.audio == speak(TEXT, wanted.output_format)
    assert [type(e) for e in speech.events if not isinstance(e, Chunk)] == [PhonemeTimestamps, Timestamps, Done]
    words = next(e for e in speech.events if isinstance(e, Timestamps))
    assert words.word_timestamps["words"] == TEXT.split()
    assert {e.context_id for e in speech.events} == {"ctx-é"}
    assert max(len(e.audio) for e in speech.events if isinstance(e, Chunk)) == 640  # 20 ms
    figures = speech.metrics
    assert (figures.attempts, figures.chunks, figures.audio_bytes) == (1, len(speech.events) - 3, len(speech.audio))
    assert 0 < figures.attempt_ttfa_seconds <= figures.audio_end_seconds <= figures.total_seconds
    assert figures.attempt_ttfa_seconds <= figures.ttfa_seconds <= figures.total_seconds
    assert figures.wire_bytes > figures.audio_bytes * 4 / 3
    assert figures.real_time_factor == figures.audio_end_seconds / figures.audio_seconds


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding_sounds_right(server: VoiceServer, encoding: str) -> None:
    wanted = request("Ein längerer Satz mit genug Klang.", encoding=encoding)
    with connect(server) as client:
        speech = client.speak(wanted)
    assert pitch_hz(speech.audio, wanted.output_format) == pytest.approx(pitch_of(wanted.transcript), rel=0.02)
    assert speech.wav().startswith(b"RIFF")


CUTS = {
    "coalesce",
    "split",
    "split_utf8",
    "split_base64",
    "no_final_newline",
    "extra_event",
    "slow_start",
    "odd_metadata",
}


@pytest.mark.parametrize("count", [1, 7, 1000])
@pytest.mark.parametrize("kind", sorted(CUTS))
def test_other_cuts_of_the_same_bytes_change_nothing(server: VoiceServer, kind: str, count: int) -> None:
    server.faults(ENDPOINT, {"kind": kind, "count": count, "seconds": 0.05})
    wanted = request("Ja 東京!", rate=8000, add_timestamps=True)
    with connect(server) as client:
        speech = client.speak(wanted)
    assert speech.audio == speak("Ja 東京!", wanted.output_format)
    extra = [e for e in speech.events if isinstance(e, Unknown)]
    assert len(extra) == (kind == "extra_event")
    assert bool(speech.metrics.odd_metadata) == (kind == "odd_metadata")


def test_odd_metadata_is_counted_and_kept_as_sent(server: VoiceServer) -> None:
    server.faults(ENDPOINT, {"kind": "odd_metadata"})
    wanted = request("Ja!", rate=8000, add_timestamps=True)
    with connect(server) as client:
        speech = client.speak(wanted)
    chunks = len(speak("Ja!", wanted.output_format)) // 320
    figures = speech.metrics.odd_metadata
    assert figures["data"] == figures["word_timestamps"] == 1
    assert figures["sampling_rate"] == figures["step_time"] >= chunks
    assert figures["status_code"] == figures["step_time"] + 2
    stamps = next(e for e in speech.events if isinstance(e, Timestamps))
    assert stamps.odd["word_timestamps"][0] == ["words", ["Ja!"]]
    assert speech.sampling_rates == {8000, None}


BROKEN = {
    "drop": errors.ConnectionFailedError,
    "model_error": errors.ModelFailedError,
    "throttle": errors.ThrottledError,
    "unavailable": errors.UnavailableError,
    "internal_failure": errors.UnavailableError,
    "trickle": errors.DeadlineExceededError,
    "stall": errors.DeadlineExceededError,
    "cut": errors.ConnectionFailedError,
    "end_early": errors.TruncatedSpeechError,
    "error_event": errors.SpeechFailedError,
    "bad_status": errors.SpeechFailedError,
    "no_audio": errors.EmptySpeechError,
    "garbage": errors.MalformedStreamError,
    "long_line": errors.MalformedStreamError,
    "corrupt_frame": errors.MalformedStreamError,
    "model_stream_error": errors.StreamBrokenError,
    "internal_stream_failure": errors.StreamBrokenError,
}


def test_every_fault_has_its_test() -> None:
    assert CUTS | BROKEN.keys() == FAULTS.keys()


@pytest.mark.parametrize("after", [0, 1, 5])
@pytest.mark.parametrize("kind", BROKEN)
def test_every_broken_answer_ends_in_its_error_and_in_time(server: VoiceServer, kind: str, after: int) -> None:
    fault = {"kind": kind, "after": after, "count": 3_000_000, "seconds": 0.02}
    server.faults(ENDPOINT, fault)
    with connect(server) as client:
        began = time.monotonic()
        with pytest.raises(errors.VoiceError) as caught:
            client.speak(request(rate=8000), deadline_seconds=0.7)
        assert time.monotonic() - began < 1.7
        assert type(caught.value) is BROKEN[kind]
        if kind in ("stall", "cut", "end_early", "garbage", "corrupt_frame", "model_stream_error", "bad_status"):
            assert caught.value.audio_seconds == pytest.approx(after * 0.02)
        server.faults(ENDPOINT)
        assert client.speak(request(rate=8000)).audio  # and the client still works


@pytest.mark.parametrize("law", ["stall", "slow_start", "trickle"])
def test_the_deadline_holds_whatever_the_server_does(server: VoiceServer, law: str) -> None:
    server.faults(ENDPOINT, {"kind": law, "seconds": 1.5 if law == "slow_start" else 0.01})
    with connect(server) as client:
        for deadline in (0.2, 0.5):
            began = time.monotonic()
            with pytest.raises(errors.DeadlineExceededError):
                client.speak(request(), deadline)
            assert deadline - 0.01 <= time.monotonic() - began < deadline + 0.3


def test_silence_has_a_bound_of_its_own(server: VoiceServer) -> None:
    server.faults(ENDPOINT, {"kind": "stall", "after": 3})
    with connect(server, silence_seconds=0.2) as client:
        began = time.monotonic()
        with pytest.raises(errors.ConnectionFailedError, match=r"(?i)timed out"):
            client.speak(request())
        assert time.monotonic() - began < 1.5


def test_headers_that_never_end_do_not_outlast_the_deadline() -> None:
    def drip(listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            peer, _ = listener.accept()
            with peer:
                for byte in b"HTTP/1.1 200 OK\r\nX: " + b"a" * 10_000:
                    peer.send(bytes([byte]))
                    time.sleep(0.02)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip, args=(listener,))
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with VoiceClient(SageMakerRoute.connect(ENDPOINT, session=session(), endpoint_url=url)) as client:
            began = time.monotonic()
            with pytest.raises(errors.DeadlineExceededError):
                client.speak(request(), 0.4)
            assert time.monotonic() - began < 0.8
        thread.join(10)


@pytest.mark.parametrize("handshake", [True, False], ids=["after the handshake", "before it"])
def test_the_deadline_holds_over_tls_too(monkeypatch, tmp_path: Path, handshake: bool) -> None:
    certificate = self_signed(tmp_path)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)

    def say_nothing(listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            peer, _ = listener.accept()
            with context.wrap_socket(peer, server_side=True) if handshake else peer as talk:
                while talk.recv(65536):
                    pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=say_nothing, args=(listener,))
        thread.start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        with VoiceClient(SageMakerRoute.connect(ENDPOINT, session=session(), endpoint_url=url)) as client:
            began = time.monotonic()
            with pytest.raises(errors.DeadlineExceededError):
                client.speak(request(), 0.4)
            assert time.monotonic() - began < 0.9
        thread.join(10)
        assert not thread.is_alive()  # so the client closed its end


def self_signed(folder: Path) -> Path:
    """A certificate for 127.0.0.1 with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "voice test")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + secret)
    return file


def test_nobody_there_is_a_connection_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with (
        VoiceClient(SageMakerRoute.connect(ENDPOINT, session=session(), endpoint_url=url), retry=ONCE) as client,
        pytest.raises(errors.ConnectionFailedError),
    ):
        client.speak(request())


def test_an_endless_wait_after_done_costs_a_moment_and_no_audio(server: VoiceServer) -> None:
    wanted = request("kurz", rate=8000)
    lines = len(speak("kurz", wanted.output_format)) // 320 + 1
    server.faults(ENDPOINT, {"kind": "stall", "after": lines + 1})
    with connect(server) as client:
        began = time.monotonic()
        assert client.speak(wanted).audio == speak("kurz", wanted.output_format)
        assert time.monotonic() - began < 1.0


def test_retries_stop_at_the_first_audio(server: VoiceServer) -> None:
    server.faults(ENDPOINT, {"kind": "cut", "after": 1})
    retry = RetryPolicy(max_attempts=5, base_seconds=0.01)
    with connect(server, retry) as client, pytest.raises(errors.ConnectionFailedError) as caught:
        client.speak(request())
    assert caught.value.audio_seconds == pytest.approx(0.02)
    assert server.stats()["endpoints"][ENDPOINT]["arrivals"] == 1


@pytest.mark.parametrize(
    "kind", ["throttle", "drop", "unavailable", "end_early", "cut", "model_error", "internal_stream_failure"]
)
def test_before_audio_what_may_pass_is_tried_again(server: VoiceServer, kind: str) -> None:
    server.faults(ENDPOINT, {"kind": kind, "after": 0, "times": 2})
    with connect(server, RetryPolicy(max_attempts=3, base_seconds=0.01)) as client:
        speech = client.speak(request())
    assert speech.metrics.attempts == 3
    assert speech.metrics.failed_attempts == [BROKEN[kind].kind] * 2
    assert speech.metrics.ttfa_seconds > speech.metrics.attempt_ttfa_seconds


def test_an_empty_budget_ends_retries(server: VoiceServer) -> None:
    server.faults(ENDPOINT, {"kind": "throttle"})
    with connect(server) as template:
        policy = RetryPolicy(max_attempts=100, base_seconds=0.001, cap_seconds=0.001)
        client = VoiceClient(template._route, retry=policy, budget=RetryBudget(capacity=3))
        with client, pytest.raises(errors.ThrottledError):
            client.speak(request())
    assert server.stats()["endpoints"][ENDPOINT]["arrivals"] == 1 + 3


def test_waits_end_at_the_deadline(server: VoiceServer) -> None:
    server.faults(ENDPOINT, {"kind": "drop"})
    policy = RetryPolicy(max_attempts=50, base_seconds=30.0, cap_seconds=30.0)
    with connect(server, policy) as client:
        client._rng = random.Random(3)
        began = time.monotonic()
        with pytest.raises(errors.DeadlineExceededError, match="no time for another attempt"):
            client.speak(request(), 0.5)
        assert time.monotonic() - began < 0.6


def test_a_full_endpoint_refuses_and_a_retry_gets_the_freed_slot(server: VoiceServer) -> None:
    server.put_endpoint(ENDPOINT, slots=1, law="fixed", service_seconds=0.3)
    retry = RetryPolicy(max_attempts=20, base_seconds=0.1)
    with connect(server) as one, connect(server, retry) as patient, one.stream(request()) as stream:
        with pytest.raises(errors.RefusedError) as caught:
            one.speak(request())
        assert caught.value.status == 429
        speech = patient.speak(request())
        assert speech.metrics.failed_attempts[0] == "refused"
        assert isinstance(list(stream)[-1], Done)


def test_a_bad_request_tells_what_the_container_said(server: VoiceServer) -> None:
    server.put_endpoint(ENDPOINT, model="sonic-3")
    said = "pronunciation_map: not a field of this model"
    with connect(server) as client, pytest.raises(errors.BadRequestError, match=said):
        client.speak(request(pronunciation_map={"a": "b"}))


def test_sonic_3_is_asked_again_with_its_other_name_for_pcm(server: VoiceServer) -> None:
    server.faults(ENDPOINT, {"kind": "model_error", "status": 422, "times": 1})
    server.put_endpoint(ENDPOINT, model="sonic-3", faults=[{"kind": "model_error", "status": 422, "times": 1}])
    with connect(server) as client:
        speech = client.speak(request(model="sonic-3"))
    assert speech.request.output_format.encoding == "pcm"
    assert speech.metrics.attempts == 2
    assert speech.wav()


def test_an_encoding_is_negotiated_once_for_each_client(server: VoiceServer) -> None:
    server.put_endpoint(ENDPOINT, model="sonic-3", sixteen_bit="pcm")
    with connect(server) as client:
        speeches = [client.speak(request(model="sonic-3")) for _ in range(3)]
    assert server.stats()["endpoints"][ENDPOINT]["arrivals"] == 4
    assert [speech.metrics.failed_attempts for speech in speeches] == [["bad_request"], [], []]


def test_a_wrong_request_is_told_in_the_words_of_its_first_refusal(server: VoiceServer) -> None:
    server.put_endpoint(ENDPOINT, model="sonic-3", sixteen_bit="pcm_s16le")
    wanted = resolve_speech_request(request(model="sonic-3").fields() | {"later": 1}, "sonic-3", passthrough=True)
    with connect(server) as client, pytest.raises(errors.BadRequestError, match="later: not a field") as caught:
        client.speak(wanted)
    assert "encoding" not in str(caught.value)
    assert server.stats()["endpoints"][ENDPOINT]["arrivals"] == 2


@pytest.mark.parametrize("kind", ["timestamps", "phoneme_timestamps", "done", "later"])
@pytest.mark.parametrize("after", [0, 3])
def test_a_status_counts_on_every_event(server: VoiceServer, kind: str, after: int) -> None:
    server.faults(ENDPOINT, {"kind": "bad_status", "code": kind, "status": 503, "after": after})
    with connect(server) as client, pytest.raises(errors.SpeechFailedError) as caught:
        client.speak(request())
    assert caught.value.status == 503
    assert caught.value.audio_seconds == pytest.approx(after * 0.02)


@pytest.mark.parametrize("status", [0, 504])
def test_a_model_that_does_not_answer_in_time_is_asked_again(server: VoiceServer, status: int) -> None:
    server.faults(ENDPOINT, {"kind": "model_error", "status": status, "times": 1})
    with connect(server, RetryPolicy(max_attempts=2, base_seconds=0.01)) as client:
        assert client.speak(request()).metrics.failed_attempts == ["model_timeout"]


def test_a_reserve_variant_is_reached_by_name_and_told(server: VoiceServer) -> None:
    server.put_endpoint(ENDPOINT, variants={"main": {}, "reserve": {"weight": 0}})
    for variant, answers in ((None, "main"), ("reserve", "reserve")):
        route = SageMakerRoute.connect(ENDPOINT, session=session(), endpoint_url=server.url, variant=variant)
        with VoiceClient(route, retry=ONCE) as client:
            assert client.speak(request()).metrics.variant == answers
    unknown = SageMakerRoute.connect(ENDPOINT, session=session(), endpoint_url=server.url, variant="nobody")
    with VoiceClient(unknown) as client, pytest.raises(errors.EndpointError, match="Variant nobody"):
        client.speak(request())


@pytest.mark.parametrize("body", [b"null", b"[]", b'"x"', b"\xff\xfe", b"<html>", b'{"code": []}'])
def test_a_refusal_of_something_in_between_has_a_type(body: bytes) -> None:
    def answer(listener: socket.socket) -> None:
        peer, _ = listener.accept()
        with peer:
            peer.recv(65536)
            peer.sendall(
                b"HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body
            )

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer, args=(listener,))
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        route = SageMakerRoute.connect(ENDPOINT, session=session(), endpoint_url=url)
        with VoiceClient(route, retry=ONCE) as client, pytest.raises(errors.UnavailableError):
            client.speak(request())
        thread.join(10)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nobody", "Endpoint nobody of account 000000000000 not found"),
        ("-no name-", "Endpoint -no name- "),
        ("", "[Ee]ndpoint"),
    ],
)
def test_an_unknown_endpoint_has_its_type(server: VoiceServer, name: str, said: str) -> None:
    client = VoiceClient(SageMakerRoute.connect(name, session=session(), endpoint_url=server.url))
    with client, pytest.raises(errors.EndpointError, match=said):
        client.speak(request())


def test_missing_credentials_have_their_type(server: VoiceServer, monkeypatch) -> None:
    environment(monkeypatch)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    nobody = boto3.session.Session(region_name="us-east-2")
    client = VoiceClient(SageMakerRoute.connect(ENDPOINT, session=nobody, endpoint_url=server.url))
    with client, pytest.raises(errors.AccessError, match="credentials"):
        client.speak(request())


def test_a_stream_given_up_midway_frees_connection_and_slot(server: VoiceServer) -> None:
    server.put_endpoint(ENDPOINT, law="realtime", slots=1)
    with connect(server) as client:
        with client.stream(request()) as stream:
            for _ in zip(range(3), stream, strict=False):
                pass
        assert not stream.complete
        deadline = time.monotonic() + 5
        while server.stats()["endpoints"][ENDPOINT]["in_flight"]:
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_an_error_in_the_callers_own_code_frees_them_too(server: VoiceServer) -> None:
    with connect(server) as client, pytest.raises(ZeroDivisionError), client.stream(request()):
        raise ZeroDivisionError


def test_real_time_streams_are_paced(server: VoiceServer) -> None:
    server.put_endpoint(ENDPOINT, law="realtime", audio_seconds=0.6)
    with connect(server) as client:
        speech = client.speak(request())
    assert speech.metrics.ttfa_seconds < 0.3
    assert 0.55 < speech.metrics.audio_end_seconds < 1.0


def test_the_control_refuses_what_makes_no_sense(server: VoiceServer) -> None:
    with pytest.raises(SandboxError, match=r"slots: must be 1 to 10000.*\n.*faults\[0\].kind: must be one of"):
        server.put_endpoint("x", slots=0, faults=[{"kind": "explode"}])
    with pytest.raises(SandboxError, match="service_seconds: must be above 0"):
        server.put_endpoint("x", law="fixed")
    with pytest.raises(SandboxError, match="no endpoint x"):
        server.faults("x")
    server.delete_endpoint("x")


def test_a_call_without_signature_is_refused(server: VoiceServer) -> None:
    unsigned = session().client("sagemaker-runtime", endpoint_url=server.url)
    unsigned.meta.events.register("before-send", _strip_signature)
    with pytest.raises(unsigned.exceptions.ClientError, match="MissingAuthenticationToken"):
        unsigned.invoke_endpoint_with_response_stream(EndpointName=ENDPOINT, Body=b"{}")
    unsigned.close()


def _strip_signature(request, **_kwargs) -> None:
    del request.headers["Authorization"]


def signed(url: str, path: str, body: bytes, **headers: str) -> tuple[int, dict[str, str], dict]:
    """One call that only looks signed, without boto3's own checks; status, headers and JSON of the answer."""
    signature = (
        f"AWS4-HMAC-SHA256 Credential=k/20261125/us-east-2/sagemaker/aws4_request, "
        f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
    )
    where = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(where.hostname, where.port, timeout=10)
    with contextlib.closing(connection):
        more = {"Authorization": signature, "X-Amz-Date": "20261125T000000Z", "Connection": "close", **headers}
        connection.request("POST", path, body, more)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), json.loads(answer.read())


def test_limits_and_unknown_operations_are_refused_as_by_aws(server: VoiceServer) -> None:
    invoke = f"/endpoints/{ENDPOINT}/invocations-response-stream"
    status, headers, said = signed(server.url, invoke, b" " * (MAX_BODY_BYTES + 1))
    assert (status, headers["x-amzn-ErrorType"]) == (413, "413")
    assert f"exceeded {MAX_BODY_BYTES} bytes" in said["message"]
    status, headers, said = signed(server.url, invoke, b" " * MAX_BODY_BYTES, **{"X-Amz-Security-Token": "t" * 20_000})
    assert (status, headers["x-amzn-ErrorType"], said["OriginalStatusCode"]) == (424, "ModelError", 422)
    for path in (f"/endpoints/{ENDPOINT}/invocations", "/", "/endpoints//invocations-response-stream"):
        status, headers, _ = signed(server.url, path, b"{}")
        assert (status, headers["x-amzn-ErrorType"]) == (404, "UnknownOperationException")


def test_the_controls_say_what_they_do_not_have(server: VoiceServer) -> None:
    with pytest.raises(SandboxError, match="Not Found"):
        server._call("GET", "nothing")
    with pytest.raises(SandboxError, match="Not Allowed"):
        server._call("DELETE", f"endpoints/{ENDPOINT}/faults")


@pytest.mark.parametrize("fault", ["stall", "slow_start"])
def test_a_server_stops_at_once_whatever_it_serves(fault: str) -> None:
    with contextlib.ExitStack() as serving:
        own = serving.enter_context(VoiceServer())
        own.put_endpoint(ENDPOINT, faults=[{"kind": fault, "seconds": 30}])
        with connect(own) as client, ThreadPoolExecutor(1) as pool:
            call = pool.submit(client.speak, request())
            while not own.stats()["endpoints"][ENDPOINT]["in_flight"]:
                time.sleep(0.01)
            began = time.monotonic()
            serving.close()
            assert time.monotonic() - began < 2
            assert isinstance(call.exception(5), errors.ConnectionFailedError)


def test_endpoints_survive_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "voice.json"
    with VoiceServer(state=state) as first:
        first.put_endpoint("kept", slots=7, faults=[{"kind": "stall"}])
        first.put_endpoint("gone")
        first.delete_endpoint("gone")
    with VoiceServer(state=state) as second:
        assert list(second.endpoints()) == ["kept"]
        assert second.endpoints()["kept"]["slots"] == 7
        assert second.endpoints()["kept"]["faults"][0]["kind"] == "stall"


def environment(monkeypatch) -> None:
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
