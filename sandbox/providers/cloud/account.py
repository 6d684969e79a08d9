"""The pretended account: what the rows of `services` may ask about it while one object is made, changed or removed."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Protocol

from sandbox.providers.aws.errors import AwsError
from sandbox.providers.cloud.store import GLOBAL, Record, Store

ACCOUNT_ID: Final = "123456789012"
"""The account number AWS's own documentation uses as an example."""
PARTITION: Final = "aws"


class Plane(Protocol):
    """A local control plane, see `sandbox.planes.claims`."""

    server: str
    kubeconfig: Path
    ca_pem: str


class Planes(Protocol):
    """Where clusters get their control planes; the module `sandbox.planes.claims` fits."""

    claim_plane: Callable[[Path, str], Plane]
    plane_of: Callable[[Path, str], Plane | None]
    release_plane: Callable[[Path, str], None]


class Nodes(Protocol):
    """Turns a node group into nodes of its cluster, see `nodes`."""

    def reconcile(self, group: "CloudObject", plane: Plane) -> None:
        """Make the cluster's nodes what the group says."""

    def remove(self, group: "CloudObject", plane: Plane) -> None:
        """Remove all nodes of the group."""


class Voices(Protocol):
    """Who speaks for SageMaker endpoints; the module `sandbox.voice.service` fits."""

    serve_endpoint: Callable[[Path, str, Mapping[str, Any]], None]
    withdraw_endpoint: Callable[[Path, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One region of the pretended account."""

    world_dir: Path
    store: Store
    region: str
    planes: Planes
    nodes: Nodes
    voices: Voices
    default_tags: Mapping[str, str] = field(default_factory=dict)

    def at(self, region: str) -> "Account":
        """The same account in another region."""
        return replace(self, region=region)

    def find(self, type_: str, object_id: object) -> Record | None:
        """An object of this region (or a global one) by id."""
        return next((record for record in self.all(type_) if record.id == object_id), None)

    def all(self, type_: str) -> list[Record]:
        """All objects of a type that this region can see."""
        return [record for record in self.store.list(type_) if record.region in (self.region, GLOBAL)]

    def where(self, type_: str, path: str, value: object) -> list[Record]:
        """Objects of a type in whose inputs or outputs `path` is, or lists, `value`."""
        return [
            record
            for record in self.all(type_)
            if value in [*values_at(record.inputs, path), *values_at(record.outputs, path)]
        ]

    def one(self, type_: str, object_id: object, error: AwsError) -> Record:
        """An object by id; `error` if there is none."""
        found = self.find(type_, object_id)
        if found is None:
            raise error
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudObject:
    """One object, as the functions of a row see it: plain inputs (secrets opened), id, and what it learnt."""

    account: Account
    id: str
    inputs: Mapping[str, Any]
    created: str
    name: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, key: str) -> Any:
        return self.inputs.get(key)

    def at(self, path: str) -> Any:
        """The value at a dotted path of the inputs, or None."""
        return next(iter(values_at(self.inputs, path)), None)

    def derived(self, what: str, digits: int = 17) -> str:
        """Hex digits that belong to this object for good, e.g. for the id of a part AWS makes along with it."""
        return hashlib.sha256(f"{self.id}/{self.created}/{what}".encode()).hexdigest()[:digits]


def values_at(value: Any, path: str) -> list[Any]:
    """Every value at a dotted path, going into lists."""
    parts: Iterable[str] = path.split(".")
    values = [value]
    for part in parts:
        values = [item.get(part) for item in _flat(values) if isinstance(item, Mapping)]
    return [item for item in _flat(values) if item is not None]


def _flat(values: Iterable[Any]) -> Iterable[Any]:
    for value in values:
        if isinstance(value, list):
            yield from value
        else:
            yield value
