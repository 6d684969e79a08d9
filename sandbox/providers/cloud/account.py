"""The pretended account: what rows may ask about it while one object is made, changed or removed."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from sandbox.providers.cloud.errors import CloudError
from sandbox.providers.cloud.nodes.pool import NodePool
from sandbox.providers.cloud.store import GLOBAL, Record, Store
from sandbox.providers.cloud.walk import values_at


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
    """Turns a pool into nodes of its cluster; the module `nodes.kwok` fits."""

    reconcile: Callable[[NodePool, Plane], None]
    remove: Callable[[Mapping[str, str], Plane], None]
    """Takes the labels that all nodes of the pool carry."""


class Voices(Protocol):
    """Who speaks for voice endpoints that the cloud runs itself; the module `sandbox.voice.service` fits."""

    serve_endpoint: Callable[[Path, str, Mapping[str, Any]], None]
    withdraw_endpoint: Callable[[Path, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The pretended account, seen from one location of it."""

    world_dir: Path
    store: Store
    id: str
    """Number or name of the account or project."""
    location: str
    """Where objects are made: a region, or whatever the cloud keeps apart."""
    planes: Planes
    nodes: Nodes
    voices: Voices
    default_labels: Mapping[str, str] = field(default_factory=dict)
    """Labels that the provider puts on everything."""

    def at(self, location: str) -> "Account":
        """The same account in another location."""
        return replace(self, location=location)

    def find(self, type_: str, object_id: object) -> Record | None:
        """An object of this location (or a global one) by id."""
        return next((record for record in self.all(type_) if record.id == object_id), None)

    def all(self, type_: str) -> list[Record]:
        """All objects of a type that this location can see."""
        return [record for record in self.store.list(type_) if record.location in (self.location, GLOBAL)]

    def where(self, type_: str, path: str, value: object) -> list[Record]:
        """Objects of a type in whose inputs or outputs `path` is, or lists, `value`."""
        return [
            record
            for record in self.all(type_)
            if value in [*values_at(record.inputs, path), *values_at(record.outputs, path)]
        ]

    def one(self, type_: str, object_id: object, error: CloudError) -> Record:
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
        """Hex digits that belong to this object for good, e.g. for the id of a part that is made along with it."""
        return hashlib.sha256(f"{self.id}/{self.created}/{what}".encode()).hexdigest()[:digits]
