"""The stand-in's memory: one JSON file an object under `<world>/<cloud>/<location or global>/<type>/`.

Owns file layout, atomic writes, the lock between processes and keeping secrets out of the files. Editing `inputs` of a
file changes the object as somebody in the console of the cloud would; `read` then sees it.
"""

import contextlib
import dataclasses
import fcntl
import hashlib
import hmac
import json
import os
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sandbox.providers.base import Secret

_LONGEST_FILE_NAME: Final = 180
_SEALED: Final = "[secret "
GLOBAL: Final = "global"
"""Location of what has none."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One object of the pretended account."""

    type: str
    """Pulumi type token."""
    id: str
    """Pulumi id."""
    location: str
    """Where it is, or `global`."""
    urn: str
    """URN it was created under; two stacks may make equal logical names."""
    created: str
    """Time of creation, RFC 3339 in UTC."""
    status: str
    """`creating` until the create call has done its work, then `active`."""
    inputs: Mapping[str, Any]
    """Inputs in force; secrets are digests."""
    outputs: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """Outputs at the last write, for people and inventories; `read` computes them again."""
    facts: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """What the object learnt when it was made and no input tells, e.g. the address of its control plane."""

    @property
    def name(self) -> str:
        """Logical name in the program."""
        return self.urn.rsplit("::", 1)[-1]


class Store:
    """All objects of one cloud in one world; safe for several threads and processes.

    Args:
        root: Folder of the cloud in the world.
        location_key: What a location is called in the files.
    """

    def __init__(self, root: Path, location_key: str) -> None:
        self.root, self._location_key = root, location_key

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold while looking at other objects and writing one, so that no other call comes between."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / "lock").open("a") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def get(self, type_: str, location: str, object_id: str) -> Record | None:
        """One object, or None."""
        return self._load(self._path(type_, location, object_id))

    def list(self, type_: str | None = None, location: str | None = None) -> list[Record]:
        """Objects, optionally of one type and location, in the order of their files."""
        pattern = f"{location or '*'}/{_folder(type_) if type_ else '*'}/*.json"
        found = (self._load(path) for path in sorted(self.root.glob(pattern)))
        return [record for record in found if record is not None]

    def put(self, record: Record) -> None:
        """Write an object whole or not at all."""
        path = self._path(record.type, record.location, record.id)
        write_atomic(path, json.dumps(self._seal(self.as_json(record)), indent=1, sort_keys=True))

    def as_json(self, record: Record) -> dict[str, Any]:
        """A record as its file and inventories show it."""
        content = {field.name: getattr(record, field.name) for field in dataclasses.fields(record)}
        content[self._location_key] = content.pop("location")
        return content

    def remove(self, record: Record) -> None:
        """Forget an object; one already gone is fine."""
        self._path(record.type, record.location, record.id).unlink(missing_ok=True)

    def unseal(self, value: Any, model: Any) -> Any:
        """Stored `value` with each digest replaced by the secret of `model` it stands for, if it is that one."""
        if isinstance(value, str) and value.startswith(_SEALED):
            if isinstance(model, Secret) and self._digest(model.value) == value:
                return model
            return Secret(value)
        if isinstance(value, Mapping):
            parts = model if isinstance(model, Mapping) else {}
            return {key: self.unseal(item, parts.get(key)) for key, item in value.items()}
        if isinstance(value, list):
            items = model if isinstance(model, list) and len(model) == len(value) else [None] * len(value)
            return [self.unseal(item, part) for item, part in zip(value, items, strict=True)]
        # Drift on a value the program holds secret is a secret too.
        return Secret(value) if isinstance(model, Secret) else value

    def _load(self, path: Path) -> Record | None:
        try:
            content = json.loads(path.read_text())
        except FileNotFoundError:
            return None
        return Record(**{"location" if key == self._location_key else key: item for key, item in content.items()})

    def _seal(self, value: Any) -> Any:
        if isinstance(value, Secret):
            return self._digest(value.value)
        if isinstance(value, Mapping):
            return {key: self._seal(item) for key, item in value.items()}
        return [self._seal(item) for item in value] if isinstance(value, list) else value

    def _digest(self, value: Any) -> str:
        text = json.dumps(value, sort_keys=True, default=repr).encode()
        # Keyed, so that a short secret cannot be guessed from a copied file.
        return f"{_SEALED}{hmac.new(self._key(), text, hashlib.sha256).hexdigest()[:32]}]"

    def _key(self) -> bytes:
        path = self.root / "digest.key"
        if not path.exists():
            self.root.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError):
                handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                os.write(handle, secrets.token_bytes(32))
                os.close(handle)
        return path.read_bytes()

    def _path(self, type_: str, location: str, object_id: str) -> Path:
        name = quote(object_id, safe="")
        if len(name) > _LONGEST_FILE_NAME:
            name = hashlib.sha256(object_id.encode()).hexdigest()
        return self.root / location / _folder(type_) / f"{name}.json"


def write_atomic(path: Path, text: str) -> None:
    """Replace a file so that no reader and no kill can see half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".", delete=False) as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    Path(handle.name).replace(path)


def _folder(type_: str) -> str:
    return type_.split(":")[1].replace("/", "_")
