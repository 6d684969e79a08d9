"""What a route to a voice model is: a request and a guard go in, typed events come out.

Owns the interface between the client (retries, deadline, figures, files), which knows no provider, and the routes in
`toolkit/voice/routes/`, each of which knows one.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from core.voice.events import Event
from core.voice.speech_request import SpeechRequest
from toolkit.voice.async_guard import AsyncGuard
from toolkit.voice.deadline import Guard

__all__ = ["AsyncAttempt", "AsyncRoute", "Attempt", "Destination", "Live", "Route", "RouteError", "RouteKind"]


class RouteError(Exception):
    """No connection can be made ready for this destination; the text says what to change."""


class Attempt(Protocol):
    """One attempt at one request: use `events()` once, then `close()`, whatever happened."""

    @property
    def began(self) -> float:
        """When it was made, of `time.monotonic()`."""

    @property
    def wire_bytes(self) -> int:
        """Bytes of the model's response so far, base64 and JSON included."""

    @property
    def variant(self) -> str | None:
        """Which part of the endpoint answers, where the provider says so; None before the answer."""

    def events(self) -> Iterator[Event]:
        """Events up to and with `done`.

        Raises:
            VoiceError: It did not get there.
        """

    def close(self) -> None:
        """Give the connection up, or back for reuse where the response was read to its end."""


class Route(Protocol):
    """One way to one model; may be used by many threads at once."""

    def attempt(self, request: SpeechRequest, guard: Guard) -> Attempt:
        """A new attempt, which sends nothing before its events are asked for.

        Args:
            request: What to speak.
            guard: The call's deadline; the attempt's connection is given to it, so that it can be shut down.
        """

    def rephrase(self, request: SpeechRequest) -> SpeechRequest | None:
        """Another spelling of a request that was refused as malformed; None where there is none.

        The client asks in it once, and remembers which spelling got audio.
        """

    def close(self) -> None:
        """Close every connection."""


class AsyncAttempt(Protocol):
    """One attempt in an event loop: `start()` once, `read()` until it gives nothing, `close()` whatever happened."""

    @property
    def began(self) -> float:
        """As `Attempt.began`."""

    @property
    def wire_bytes(self) -> int:
        """As `Attempt.wire_bytes`."""

    @property
    def variant(self) -> str | None:
        """As `Attempt.variant`."""

    async def start(self) -> None:
        """Send the request; returns with the head of the answer.

        Raises:
            VoiceError: It was refused, or nobody answered.
        """

    async def read(self) -> Sequence[Event]:
        """The next events, at least one; none after `done`.

        Raises:
            VoiceError: The stream broke off.
        """

    def close(self) -> None:
        """Close the connection at once, or leave it for reuse where the response was read to its end."""


class AsyncRoute(Protocol):
    """One way to one model from one event loop."""

    def attempt(self, request: SpeechRequest, guard: AsyncGuard) -> AsyncAttempt:
        """A new attempt, which sends nothing before it is started.

        Args:
            request: What to speak.
            guard: The call's deadline; the attempt tells it how it is closed.
        """

    def rephrase(self, request: SpeechRequest) -> SpeechRequest | None:
        """As `Route.rephrase`."""

    async def close(self) -> None:
        """Close every connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where a route leads, as the user or a stack's outputs name it."""

    endpoint: str
    """Name of what is called, or its URL where it has no other name."""
    region: str | None = None
    """Its region; None for that of the user's profile."""
    url: str | None = None
    """Another address than the provider's own."""
    model: str | None = None
    """Model it runs; None where nobody said."""
    variant: str | None = None
    """Part of the endpoint that must answer; None for whichever the provider chooses."""
    profile: str | None = None
    """Profile of the AWS configuration whose credentials call it; None for the standard chain."""
    role_arn: str | None = None
    """Role to assume for the call; None for the credentials as they are."""
    account: str | None = None
    """Name of the provider's account within a gateway, where the gateway wants one."""
    api_key: str | None = field(default=None, repr=False)
    """Key of the API or the gateway, where it takes one."""
    deployment: str | None = None
    """What should answer, by the name that its stack gave it; None where nobody said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """What runs at a destination, as its provider says."""

    deployment: str | None
    """Name of what answers, as the provider has it; None where it has none."""
    status: str
    """The provider's word for its state."""
    settled: bool
    """Whether it is in service and nothing is on the way to replace it."""
    reason: str
    """The provider's words on the last failure; empty for none."""
    variants: Mapping[str, int]
    """Parts that can be asked one by one -> instances that run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteKind:
    """How routes of one kind are made."""

    models: Collection[str]
    """Models it leads to; the first is assumed where nobody says which one runs."""
    check: Callable[[Mapping[str, Any], str, bool], SpeechRequest]
    """Makes a request for a model, or raises `InvalidInput` with every rule that is broken. The last argument says
    whether fields that no table names are sent as they are."""
    of_outputs: Callable[[Mapping[str, Any], str], Destination]
    """Finds the destination in the outputs of the stack of that name, or raises `InvalidInput`."""
    connect: Callable[[Destination, int], Route]
    """Makes a route for that many requests at once, or raises `RouteError`."""
    connect_async: Callable[[Destination, int], AsyncRoute]
    """The same for the running event loop."""
    describe: Callable[[Destination], Live] | None = None
    """Asks the provider what runs there, or raises `VoiceError`; None where it does not tell."""
    takes_key: bool = False
    """Whether it is called with a key of its own, rather than with credentials found elsewhere."""
