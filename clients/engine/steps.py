"""One step of the engine as its events tell it: the operation, the resource before and after, and what differs.

Owns the engine's marks for secrets and unknown values. The shapes are those of the engine's published event types
(`sdk/go/common/apitype/events.go`, of which 3.100, 3.150, 3.200 and 3.259 were compared). Newer engines add members,
and older ones leave some out, so each member has a default and what is not known is passed over.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

__all__ = ["Op", "PropertyDiff", "State", "Step", "is_asset", "is_secret", "is_unknown", "read_step", "urn_name"]

_MARK: Final = "4dabf18193072939515e22adb298388d"
"""The key by which the engine's JSON marks a value that is more than JSON. source: sdk/go/common/resource/sig."""
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a published constant that says what a value is
_ASSETS: Final = frozenset({"c44067f5952c0a294b673a41bacd8c17", "0def7320c3a5731c473e5ecbe6d01bc7"})
_HIDDEN: Final = "[secret]"
"""What the engine prints for a secret that is told as a text."""
_UNKNOWN: Final = frozenset(
    {
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
"""What stands for a value that only the update tells, by type. source: sdk/go/common/resource/plugin/rpc.go, 3.259."""
_EMPTY: Final[Mapping[str, Any]] = MappingProxyType({})


def _empty() -> Mapping[str, Any]:
    return _EMPTY


class Op(StrEnum):
    """What a step does. source: sdk/go/common/display/operations, 3.259."""

    SAME = "same"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    REPLACE = "replace"
    CREATE_REPLACEMENT = "create-replacement"
    DELETE_REPLACED = "delete-replaced"
    READ = "read"
    READ_REPLACEMENT = "read-replacement"
    REFRESH = "refresh"
    DISCARD = "discard"
    DISCARD_REPLACED = "discard-replaced"
    REMOVE_PENDING_REPLACE = "remove-pending-replace"
    IMPORT = "import"
    IMPORT_REPLACEMENT = "import-replacement"


@dataclass(frozen=True, slots=True)
class PropertyDiff:
    """How one property differs."""

    kind: str
    """`add`, `update` or `delete`, with `-replace` behind it where it forces a replacement."""
    input_diff: bool = False
    """Between old and new inputs; else between the old state and new inputs."""

    @property
    def forces_replacement(self) -> bool:
        """Whether this property makes the resource a new one."""
        return self.kind.endswith("-replace")


@dataclass(frozen=True, slots=True)
class State:
    """A resource before or after a step. Secrets in it are hidden by the engine."""

    type: str
    urn: str
    id: str = ""
    parent: str = ""
    provider: str = ""
    custom: bool = False
    """Made by a provider; a component is not."""
    protect: bool = False
    retain_on_delete: bool = False
    """Stays in the cloud when the engine deletes it."""
    external: bool = False
    """Read, and not the stack's own."""
    delete: bool = False
    """Waits to be deleted after its replacement."""
    inputs: Mapping[str, Any] = field(default_factory=_empty, repr=False)
    outputs: Mapping[str, Any] = field(default_factory=_empty, repr=False)

    @property
    def name(self) -> str:
        """Its logical name."""
        return urn_name(self.urn)


@dataclass(frozen=True, slots=True)
class Step:
    """What the engine does, or would do, to one resource."""

    op: str
    """One of `Op`; a newer engine may know more."""
    urn: str
    type: str
    old: State | None = None
    new: State | None = None
    keys: tuple[str, ...] = ()
    """Properties that force a replacement."""
    diffs: tuple[str, ...] = ()
    """Properties that differ, at the first level."""
    detailed: Mapping[str, PropertyDiff] = field(default_factory=_empty)
    """Paths of what differs."""
    logical: bool = False
    """A step of the program, not of the replacement's inner work."""
    provider: str = ""

    @property
    def name(self) -> str:
        """Logical name of the resource."""
        return urn_name(self.urn)

    @property
    def state(self) -> State | None:
        """The resource after the step, else before it."""
        return self.new or self.old


def urn_name(urn: str) -> str:
    """Logical name in a URN, which may hold colons itself: it is what follows stack, project and type."""
    return urn.split("::", 3)[-1]


def is_secret(value: object) -> bool:
    """Whether the engine hid a value."""
    if isinstance(value, str):
        return value == _HIDDEN
    return isinstance(value, dict) and value.get(_MARK) == _SECRET


def is_unknown(value: object) -> bool:
    """Whether only the update will tell a value."""
    return isinstance(value, str) and value in _UNKNOWN


def is_asset(value: object) -> bool:
    """Whether a value is a file or an archive; it has a `hash`."""
    return isinstance(value, dict) and value.get(_MARK) in _ASSETS


def read_step(data: Mapping[str, Any]) -> Step:
    """A step from the `metadata` of an event."""
    detailed = data.get("detailedDiff")
    return Step(
        op=_text(data, "op"),
        urn=_text(data, "urn"),
        type=_text(data, "type"),
        old=_state(data.get("old")),
        new=_state(data.get("new")),
        keys=_texts(data.get("keys")),
        diffs=_texts(data.get("diffs")),
        detailed=_detailed(detailed) if isinstance(detailed, Mapping) else _EMPTY,
        logical=bool(data.get("logical")),
        provider=_text(data, "provider"),
    )


def _state(data: object) -> State | None:
    if not isinstance(data, Mapping):
        return None
    return State(
        type=_text(data, "type"),
        urn=_text(data, "urn"),
        id=_text(data, "id"),
        parent=_text(data, "parent"),
        provider=_text(data, "provider"),
        custom=bool(data.get("custom")),
        protect=bool(data.get("protect")),
        retain_on_delete=bool(data.get("retainOnDelete")),
        external=bool(data.get("external")),
        delete=bool(data.get("delete")),
        inputs=_mapping(data.get("inputs")),
        outputs=_mapping(data.get("outputs")),
    )


def _detailed(data: Mapping[str, Any]) -> Mapping[str, PropertyDiff]:
    return MappingProxyType(
        {
            str(path): PropertyDiff(_text(diff, "diffKind"), bool(diff.get("inputDiff")))
            for path, diff in data.items()
            if isinstance(diff, Mapping)
        }
    )


def _text(data: Mapping[str, Any], key: str) -> str:
    value = data.get(key)
    return value if isinstance(value, str) else ""


def _texts(value: object) -> tuple[str, ...]:
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def _mapping(value: object) -> Mapping[str, Any]:
    return MappingProxyType(value) if isinstance(value, dict) else _EMPTY
