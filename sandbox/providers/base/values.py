"""Property values as the engine sends them, and as plain Python.

Owns the wire form (struct with marked secrets and unknowns). Providers see only dicts, lists, strings, numbers,
booleans, `None`, `Secret` around a value, `UNKNOWN` in place of one, and `Special` for assets, archives and resource
references.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf import struct_pb2

Properties = dict[str, Any]
"""One resource's inputs or outputs."""

SIGNATURE_KEY: Final = "4dabf18193072939515e22adb298388d"
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a marker of the wire format, not a credential
_OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_UNKNOWNS: Final = frozenset(
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
_UNKNOWN_TEXT: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


class Unknown:
    """A value known only after an `up`; there is one instance, `UNKNOWN`."""

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __bool__(self) -> bool:
        return True  # an unknown string or list counts as given


UNKNOWN: Final = Unknown()


@dataclass(frozen=True, slots=True, eq=True)
class Secret:
    """A value the engine must keep encrypted and masked; `repr` never shows it."""

    value: Any

    def __repr__(self) -> str:
        return "Secret(...)"


@dataclass(frozen=True, slots=True)
class Special:
    """An asset, archive or resource reference, carried through untouched."""

    fields: Mapping[str, Any]


def decode(struct: struct_pb2.Struct) -> Properties:
    """The properties of a request as plain Python."""
    return {key: _decode_value(value) for key, value in struct.fields.items()}


def encode(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """Plain Python as the properties of a response."""
    return struct_pb2.Struct(fields={key: _encode_value(value) for key, value in properties.items()})


def plain(value: Any) -> Any:
    """The same value without `Secret` around any part; unknowns stay."""
    if isinstance(value, Secret):
        return plain(value.value)
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def has_unknown(value: Any) -> bool:
    """Whether any part is `UNKNOWN`."""
    return _any(value, lambda part: part is UNKNOWN)


def has_secret(value: Any) -> bool:
    """Whether any part is a `Secret`."""
    return _any(value, lambda part: isinstance(part, Secret))


def known(value: Any) -> Any:
    """The plain value with every unknown part left out (of mappings and lists); `None` for an unknown itself."""
    if isinstance(value, Secret):
        return known(value.value)
    if value is UNKNOWN:
        return None
    if isinstance(value, Mapping):
        return {key: known(item) for key, item in value.items() if not is_unknown(item)}
    if isinstance(value, list):
        return [known(item) for item in value if not is_unknown(item)]
    return value


def is_unknown(value: Any) -> bool:
    """Whether the value itself, secret or not, is `UNKNOWN`."""
    return value is UNKNOWN or (isinstance(value, Secret) and is_unknown(value.value))


def mark_like(value: Any, model: Any) -> Any:
    """`value` with a `Secret` at every path where `model` has one.

    A provider that accepts secrets must give them back as secrets, else the engine stores it in plain text.
    """
    if isinstance(model, Secret):
        return value if isinstance(value, Secret) or value is None else Secret(plain(value))
    if isinstance(model, Mapping) and isinstance(value, Mapping):
        return {key: mark_like(item, model.get(key)) for key, item in value.items()}
    if isinstance(model, list) and isinstance(value, list):
        if len(model) == len(value):
            return [mark_like(item, part) for item, part in zip(value, model, strict=True)]
        return Secret(plain(value)) if has_secret(model) else value
    return value


def _any(value: Any, test: Callable[[Any], bool]) -> bool:
    if test(value):
        return True
    if isinstance(value, Secret):
        return _any(value.value, test)
    if isinstance(value, Mapping):
        return any(_any(item, test) for item in value.values())
    return isinstance(value, list) and any(_any(item, test) for item in value)


def _decode_value(value: struct_pb2.Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return UNKNOWN if value.string_value in _UNKNOWNS else value.string_value
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "bool_value":
        return value.bool_value
    if kind == "list_value":
        return [_decode_value(item) for item in value.list_value.values]
    if kind == "struct_value":
        return _decode_struct(decode(value.struct_value))
    return None


def _decode_struct(fields: Properties) -> Any:
    signature = fields.get(SIGNATURE_KEY)
    if signature is None:
        return fields
    if signature == _SECRET:
        return Secret(fields.get("value"))
    if signature == _OUTPUT:
        inner = fields.get("value", UNKNOWN)
        return Secret(inner) if fields.get("secret") else inner
    return Special(fields)


def _encode_value(value: Any) -> struct_pb2.Value:
    if value is None:
        return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
    if value is UNKNOWN:
        return struct_pb2.Value(string_value=_UNKNOWN_TEXT)
    if isinstance(value, Secret):
        marked = {SIGNATURE_KEY: _SECRET, "value": value.value}
        return struct_pb2.Value(struct_value=encode(marked))
    if isinstance(value, Special):
        return struct_pb2.Value(struct_value=encode(value.fields))
    if isinstance(value, bool):
        return struct_pb2.Value(bool_value=value)
    if isinstance(value, int | float):
        return struct_pb2.Value(number_value=value)
    if isinstance(value, str):
        return struct_pb2.Value(string_value=value)
    if isinstance(value, Mapping):
        return struct_pb2.Value(struct_value=encode(value))
    if isinstance(value, list | tuple):
        return struct_pb2.Value(list_value=struct_pb2.ListValue(values=[_encode_value(item) for item in value]))
    raise TypeError(f"a {type(value).__name__} cannot be a property value")
