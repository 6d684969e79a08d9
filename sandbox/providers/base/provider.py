"""What a stand-in provider implements: requests and results as plain values, and the errors it may raise.

Owns the contract between a stand-in and `server`; leaves alone how it travels. Every method may be called from several
threads at once.
"""

import abc
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from sandbox.providers.base.values import Properties

Severity = Literal["debug", "info", "warning", "error"]


class Log(Protocol):
    """Sends one line to the engine, to be shown beside the resource `urn` (or the stack if empty)."""

    def __call__(  # noqa: D102 - see the class
        self, severity: Severity, message: str, urn: str = "", *, ephemeral: bool = False
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Failure:
    """One wrong input: its property path (`""` for the whole) and the reason, as the engine prints them."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceRequest:
    """What every resource request names: the URN and, taken from it, type token and logical name."""

    urn: str
    type: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRequest(ResourceRequest):
    """`olds` are the inputs of the last run (empty for a new resource); `seed` makes auto-names repeatable."""

    olds: Properties
    news: Properties
    seed: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """The inputs with defaults filled in, and what is wrong with them."""

    inputs: Properties
    failures: Sequence[Failure] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffRequest(ResourceRequest):
    """Old inputs and old state against new inputs; secrets and unknowns are still marked."""

    id: str
    old_inputs: Properties
    state: Properties
    news: Properties
    ignore_changes: Sequence[str] = ()


ChangeKind = Literal["add", "add-replace", "delete", "delete-replace", "update", "update-replace"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffResult:
    """Changed property paths and their kind; no entry means no change."""

    changes: Mapping[str, ChangeKind] = field(default_factory=dict)
    delete_before_replace: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateRequest(ResourceRequest):
    """Checked inputs; `timeout` in seconds, 0 for the provider's own default."""

    inputs: Properties
    preview: bool
    timeout: float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateResult:
    """Id (empty in a preview) and outputs; unknown outputs of a preview are `UNKNOWN`."""

    id: str
    outputs: Properties


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRequest(ResourceRequest):
    """`inputs` and `state` are empty for an import or a `get`."""

    id: str
    inputs: Properties
    state: Properties


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadResult:
    """An empty `id` says that the object does not exist."""

    id: str
    outputs: Properties = field(default_factory=dict)
    inputs: Properties = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateRequest(ResourceRequest):
    """An in-place change."""

    id: str
    old_inputs: Properties
    state: Properties
    inputs: Properties
    preview: bool
    timeout: float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteRequest(ResourceRequest):
    """Deleting what is already gone must succeed."""

    id: str
    old_inputs: Properties
    state: Properties
    timeout: float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigureRequest:
    """The provider's own inputs; `urn` is empty for engines that do not send it."""

    inputs: Properties
    urn: str = ""


class ProviderError(Exception):
    """A failed operation; nothing was made. The text is shown to the user as it stands."""


class InitFailed(ProviderError):  # noqa: N818 - named as the wire error is
    """The object exists but is not as asked for; the engine records it and marks it for another try."""

    def __init__(self, object_id: str, outputs: Properties, inputs: Properties, reasons: Sequence[str]) -> None:
        self.id, self.outputs, self.inputs, self.reasons = object_id, outputs, inputs, tuple(reasons)
        super().__init__("; ".join(self.reasons))


class EngineKilled(ProviderError):  # noqa: N818 - says what shall happen
    """The call has done its work, and the engine that made it is to be killed before it hears so.

    The server does it to the process that started the plug-in. Where nobody did, the call fails with this text.
    """


class Provider(abc.ABC):
    """Base of a stand-in. `log` is set by the server before the first request."""

    name: str
    version: str
    log: Log

    def check_config(self, request: CheckRequest) -> CheckResult:
        """Validate the provider's inputs."""
        return CheckResult(inputs=request.news)

    def diff_config(self, request: DiffRequest) -> DiffResult:
        """Changes of the provider's inputs; the default never replaces the provider."""
        return DiffResult(
            changes={
                key: "update"
                for key in sorted(request.news.keys() | request.old_inputs.keys())
                if request.news.get(key) != request.old_inputs.get(key)
            }
        )

    def configure(self, request: ConfigureRequest) -> None:  # noqa: B027 - nothing to take over is common
        """Take over the provider's inputs."""

    @abc.abstractmethod
    def check(self, request: CheckRequest) -> CheckResult:
        """Validate inputs and fill in defaults and names."""

    @abc.abstractmethod
    def diff(self, request: DiffRequest) -> DiffResult:
        """Compare."""

    @abc.abstractmethod
    def create(self, request: CreateRequest) -> CreateResult:
        """Make the object, or say in a preview what it would look like."""

    @abc.abstractmethod
    def read(self, request: ReadRequest) -> ReadResult:
        """Find the object as it is now."""

    @abc.abstractmethod
    def update(self, request: UpdateRequest) -> Properties:
        """Change the object in place and return its outputs."""

    @abc.abstractmethod
    def delete(self, request: DeleteRequest) -> None:
        """Remove the object."""

    def invoke(self, token: str, args: Properties) -> Properties:
        """Answer a function call of the program."""
        raise ProviderError(f"{self.name} stand-in: function {token} is not available in the sandbox")

    def schema(self) -> str:
        """The package schema as JSON."""
        return json.dumps({"name": self.name, "version": self.version})

    def cancel(self) -> None:  # noqa: B027 - most operations are over in a moment
        """The engine wants running operations to end early."""


def parse_urn(urn: str) -> tuple[str, str]:
    """Type token and logical name of a URN."""
    parts = urn.split("::", 3)
    return parts[2].rsplit("$", 1)[-1], parts[3]
