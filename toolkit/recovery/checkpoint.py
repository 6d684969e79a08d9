"""Put a recovered state in place of the one that was read, with no moment in which an update could come in between.

`pulumi stack import` locks the stack only while it writes, so an update that begins and ends just before would be
overwritten. Where the files of a backend are read here, a lock in the engine's own form is held from the comparison to
the end of the writing: an update that comes meanwhile is refused by the engine, which names this process.

source: pulumi/pkg backend/diy lock.go and state.go, apitype.VersionedCheckpoint (3.259); 2026-11-25.
"""

import contextlib
import datetime as dt
import getpass
import gzip
import json
import os
import socket
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from clients.engine import Engine, EngineError
from toolkit.recovery.backend import Bucket, BucketError
from toolkit.recovery.owner import RECOVERY, lock_folders, owners

__all__ = ["locked", "replace_state"]

_STACKS = ".pulumi/stacks/"
_UPDATED = "the stack was updated while this ran, and its state was left alone; run this again"


def replace_state(
    engine: Engine, bucket: Bucket | None, project: str, read: Mapping[str, Any], state: Mapping[str, Any]
) -> None:
    """Write a state if the backend still holds the one that it was made from.

    Args:
        engine: The stack's; it writes where the files are not read here.
        bucket: Files of the backend; None where they are not read here.
        project: Name of the project.
        read: What `pulumi stack export` printed.
        state: What it shall print afterwards.

    Raises:
        EngineError: Another update holds the stack or has written since, and nothing was changed.
        BucketError: The backend does not answer.
    """
    key = _state_key(bucket, project, engine.stack) if bucket else None
    if bucket is None or key is None:
        if _stamp(engine.export()) != _stamp(read):
            raise EngineError(_UPDATED)
        engine.replace_state(state)
        return
    with locked(bucket, project, engine.stack):
        _write(bucket, key, read, state)


@contextlib.contextmanager
def locked(bucket: Bucket, project: str, stack: str) -> Iterator[None]:
    """Hold a stack as the engine does: write a lock, and go back if somebody else has one.

    Raises:
        EngineError: Somebody else holds it; the text names them.
    """
    key = f"{lock_folders(project, stack)[_is_legacy(bucket, project, stack)]}{uuid.uuid4()}.json"
    bucket.write(key, json.dumps(_me()).encode())
    try:
        others = [owner for owner in owners(bucket, project, stack) if owner.key != key]
        if others:
            raise EngineError(f"{', '.join(map(str, others))} took the stack while this ran; nothing was changed")
        yield
    finally:
        bucket.remove(key)


def _me() -> dict[str, object]:
    now = dt.datetime.now(dt.UTC).isoformat()
    return {
        "pid": os.getpid(),
        "username": _user(),
        "hostname": socket.gethostname(),
        "timestamp": now,
        "program": RECOVERY,
    }


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _write(bucket: Bucket, key: str, read: Mapping[str, Any], state: Mapping[str, Any]) -> None:
    before = bucket.read(key)
    checkpoint = _parsed(key, before)
    latest = checkpoint["checkpoint"].get("latest")
    if before is None or _stamp({"deployment": latest}) != _stamp(read):
        raise EngineError(_UPDATED)
    changed = {**checkpoint, "checkpoint": {**checkpoint["checkpoint"], "latest": state["deployment"]}}
    text = json.dumps(changed, indent=4).encode()
    bucket.write(f"{key}.bak", before)  # as the engine does
    bucket.write(key, gzip.compress(text) if key.endswith(".gz") else text)


def _parsed(key: str, content: bytes | None) -> dict[str, Any]:
    """The checkpoint in a state file. A `BucketError` says that it is none."""
    try:
        text = gzip.decompress(content or b"") if key.endswith(".gz") else content or b""
        found = json.loads(text)
        if isinstance(found["checkpoint"], dict):
            return dict(found)
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise BucketError(f"{key}: is not a state file ({error})") from error
    raise BucketError(f"{key}: is not a state file")


def _state_key(bucket: Bucket, project: str, stack: str) -> str | None:
    """Key of a stack's state; None where it is in a form that is not written here (zstd)."""
    names = _state_names(project, stack)
    found = {key for name in names for key in bucket.keys(name)}
    return next((name + end for name in names for end in (".json", ".json.gz") if name + end in found), None)


def _is_legacy(bucket: Bucket, project: str, stack: str) -> bool:
    """Whether the backend is older than projects."""
    today, _ = _state_names(project, stack)
    key = _state_key(bucket, project, stack)
    return key is not None and not key.startswith(f"{today}.")


def _state_names(project: str, stack: str) -> tuple[str, str]:
    short = stack.rsplit("/", 1)[-1]
    return f"{_STACKS}{project}/{short}", f"{_STACKS}{short}"


def _stamp(state: Mapping[str, Any]) -> object:
    """What changes with every write of a state."""
    return (state.get("deployment") or {}).get("manifest")
