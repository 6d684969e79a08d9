"""What the voice server is told of an endpoint, checked as a whole.

Owns the settings of `PUT /_control/endpoints/{name}` and of faults. Leaves alone acting on them.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from catalog.speech import SPEECH_MODELS
from core.input.problems import InvalidInput, Problems
from core.input.reader import Reader
from sandbox.voice.fleet import ROUTINGS

__all__ = [
    "ANSWERING",
    "FAULTS",
    "LAWS",
    "SILENT",
    "EndpointSpec",
    "Fault",
    "VariantSpec",
    "read_endpoint",
    "read_faults",
]

_ONLY_VARIANT = "AllTraffic"
"""Name of the variant where none is given, as in SageMaker's own examples."""

ANSWERING = ("InService", "Updating", "SystemUpdating", "RollingBack", "UpdateRollbackFailed")
SILENT = ("OutOfService", "Creating", "Deleting", "Failed")
"""States of endpoints, by whether calls are answered. source: SageMaker API reference, EndpointSummary, 2026-11-25."""

LAWS = ("instant", "realtime", "fixed", "exponential")
"""How long a request holds its slot: not at all, as long as its audio plays, or `service_seconds` (mean)."""

FAULTS: Mapping[str, str] = {
    # before the response
    "slow_start": "wait `seconds` before the response starts",
    "drop": "close the connection instead of answering",
    "model_error": "the container answers `status`",
    "throttle": "ThrottlingException",
    "unavailable": "ServiceUnavailable, 503",
    "internal_failure": "InternalFailure, 500",
    # other cuts of the same bytes: the right client does not notice
    "coalesce": "`count` events in one part",
    "split": "parts of `count` bytes",
    "split_utf8": "cut inside every character of more than one byte; needs some, e.g. word timestamps of Japanese",
    "split_base64": "cut every chunk inside a group of four base64 characters",
    "no_final_newline": "leave out the last newline",
    "extra_event": "an event of an unknown type in the middle",
    "trickle": "one byte at a time, `seconds` apart",
    "odd_metadata": "numbers as text or decimals, timestamps in a list, and a last chunk of `data: null`",
    # broken streams, after `after` events
    "stall": "send nothing more and keep the connection",
    "cut": "break the connection",
    "end_early": "end the response properly, without `done`",
    "error_event": "an `error` event, then the end",
    "bad_status": "an event of type `code` (chunk, timestamps, done...) that carries `status`, then the rest",
    "no_audio": "`done`, and nothing before it",
    "garbage": "a line that is not JSON, then the rest",
    "long_line": "a line of `count` bytes without a newline",
    "corrupt_frame": "a frame with a wrong checksum",
    "model_stream_error": "ModelStreamError with `code`",
    "internal_stream_failure": "InternalStreamFailure",
}
"""Every fault that can be started, with what it does."""


_SIXTEEN_BIT = ("pcm", "pcm_s16le")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault of an endpoint."""

    kind: str
    times: int = 0
    """How many requests it hits before it stops; 0 for all."""
    every: int = 1
    """It hits each n-th request only."""
    after: int = 2
    """Events sent before a stream breaks."""
    seconds: float = 1.0
    count: int = 3
    status: int = 500
    code: str = "StreamBroken"
    """Of a `model_stream_error`; the type of a `bad_status` event, for which it is `chunk` where it names no type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantSpec:
    """One production variant: instances of its own, which take no request of another variant."""

    instances: int = 1
    routing: str = "RANDOM"
    """As SageMaker does where nothing is set."""
    weight: float = 1.0
    """Share of the requests that name no variant, by ratio of weights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointSpec:
    """One endpoint."""

    variants: Mapping[str, VariantSpec] = field(default_factory=lambda: {_ONLY_VARIANT: VariantSpec()})
    """Variants by name."""
    slots: int = 4
    """Requests an instance serves at once."""
    region: str | None = None
    """Region whose signatures find it; None for any."""
    model: str = "sonic-3.5"
    law: str = "instant"
    service_seconds: float = 0.0
    """Mean time a slot is held under `fixed` and `exponential`."""
    audio_seconds: float = 0.0
    """Duration of the audio; 0 for what the transcript takes."""
    seed: int = 0
    """Of routing and service times."""
    sixteen_bit: str | None = None
    """The one name of 16-bit audio that the package takes; None for those its model is documented with."""
    api_key: str | None = None
    """Key that the HTTP API takes; None for any."""
    gateway_key: str | None = None
    """Key or token that the gateways before the HTTP API take; None for any."""
    account: str | None = None
    """Name of the one account that the TrueFoundry gateway knows."""
    model_id: str | None = None
    """The one id that the HTTP API takes for its model; None for the model's own."""
    config: str | None = None
    """Name of the endpoint configuration that `DescribeEndpoint` tells; None for the endpoint's own name."""
    status: str = "InService"
    """What `DescribeEndpoint` says of it. Calls are answered in some states only."""
    faults: tuple[Fault, ...] = ()

    def fields(self) -> dict[str, Any]:
        """The settings as JSON."""
        return dataclasses.asdict(self) | {"faults": [dataclasses.asdict(fault) for fault in self.faults]}


def read_endpoint(given: object) -> EndpointSpec:
    """The settings of an endpoint; `instances`, `routing` and `variant` may stand for `variants` with a single one.

    Raises:
        InvalidInput: At least one is wrong; it names them all.
    """
    problems = Problems()
    reader = Reader(given, [*(f.name for f in dataclasses.fields(EndpointSpec)), *_SHORT], "", problems)
    default = EndpointSpec()
    spec = EndpointSpec(
        slots=reader.whole("slots", default.slots, low=1, high=10_000),
        variants=_variants(reader),
        region=reader.text("region") or None,
        model=reader.choice("model", SPEECH_MODELS, default.model),
        law=reader.choice("law", LAWS, default.law),
        service_seconds=_seconds(reader, "service_seconds", default.service_seconds),
        audio_seconds=_seconds(reader, "audio_seconds", default.audio_seconds),
        seed=reader.whole("seed", default.seed, low=0, high=2**63),
        sixteen_bit=reader.choice("sixteen_bit", _SIXTEEN_BIT, "pcm") if reader.has("sixteen_bit") else None,
        api_key=reader.text("api_key") or None,
        gateway_key=reader.text("gateway_key") or None,
        account=reader.text("account") or None,
        model_id=reader.text("model_id") or None,
        config=reader.text("config") or None,
        status=reader.choice("status", (*ANSWERING, *SILENT), default.status),
        faults=_faults(reader.items("faults"), problems),
    )
    if spec.law in ("fixed", "exponential") and not spec.service_seconds:
        problems.add("service_seconds", f"must be above 0 under law {spec.law}", fix="set it")
    if problems:
        raise InvalidInput("VoiceEndpoint", problems)
    return spec


_SHORT = ("instances", "routing", "variant")


def _variants(reader: Reader) -> dict[str, VariantSpec]:
    if not reader.has("variants"):
        return {reader.text("variant", _ONLY_VARIANT): _variant(reader)}
    for key in filter(reader.has, _SHORT):
        reader.problems.add(key, "has no meaning beside variants", got=reader.value(key), fix="write it into a variant")
    names = [f.name for f in dataclasses.fields(VariantSpec)]
    found = {}
    for name, item in reader.mapping("variants").items():
        inner = Reader(item, names, f"variants.{name}", reader.problems)
        found[name] = dataclasses.replace(_variant(inner), weight=inner.number("weight", 1.0, low=0.0, high=1e9))
    if not any(variant.weight for variant in found.values()):
        reader.problems.add("variants", "must hold one with a weight above 0", fix="set one weight to 1")
    return found


def _variant(reader: Reader) -> VariantSpec:
    default = VariantSpec()
    return VariantSpec(
        instances=reader.whole("instances", default.instances, low=1, high=10_000),
        routing=reader.choice("routing", ROUTINGS, default.routing),
    )


def read_faults(given: object) -> tuple[Fault, ...]:
    """A list of faults.

    Raises:
        InvalidInput: At least one is wrong; it names them all.
    """
    problems = Problems()
    faults = _faults(Reader({"faults": given}, ["faults"], "", problems).items("faults"), problems)
    if problems:
        raise InvalidInput("VoiceFaults", problems)
    return faults


def _faults(items: list[Any], problems: Problems) -> tuple[Fault, ...]:
    found = []
    names = [f.name for f in dataclasses.fields(Fault)]
    for index, item in enumerate(items):
        reader = Reader(item, names, f"faults[{index}]", problems)
        reader.required("kind", "name a fault")
        default = Fault(kind="stall")
        found.append(
            Fault(
                kind=reader.choice("kind", FAULTS, default.kind),
                times=reader.whole("times", default.times, low=0, high=10**9),
                every=reader.whole("every", default.every, low=1, high=10**9),
                after=reader.whole("after", default.after, low=0, high=10**9),
                seconds=_seconds(reader, "seconds", default.seconds),
                count=reader.whole("count", default.count, low=1, high=2**31),
                status=reader.whole("status", default.status, low=0, high=599),
                code=reader.text("code", default.code),
            )
        )
    return tuple(found)


def _seconds(reader: Reader, key: str, default: float) -> float:
    if not reader.has(key):
        return default
    value = reader.value(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 3600:
        reader.problems.add(reader.at(key), "must be 0 to 3600", got=value, fix="give a number of seconds")
        return default
    return float(value)
