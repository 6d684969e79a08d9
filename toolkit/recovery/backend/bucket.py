"""What a folder and a bucket have in common, as far as a recovery needs it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol
from urllib.parse import SplitResult

__all__ = ["Bucket", "BucketError", "below", "worded"]


class BucketError(RuntimeError):
    """The files of a backend could not be reached; the text says why."""


class Bucket(Protocol):
    """Files by key; a key has slashes and begins with `.pulumi/`. Every call may raise `BucketError`."""

    def keys(self, prefix: str) -> list[str]:
        """Keys that begin so, sorted."""

    def read(self, key: str) -> bytes | None:
        """What a file holds; None if there is none."""

    def write(self, key: str, content: bytes) -> None:
        """Put a file in place of the one of that key, whole or not at all."""

    def remove(self, key: str) -> None:
        """Take a file away; nothing happens where it is gone already."""


def below(address: SplitResult) -> str:
    """The part of a bucket that an address names, as the beginning of every key: `s3://b/team` has `team/`."""
    path = address.path.lstrip("/")
    return f"{path.rstrip('/')}/" if path else ""


@contextmanager
def worded(errors: tuple[type[Exception], ...], what: str) -> Iterator[None]:
    """Turn a library's errors into ours."""
    try:
        yield
    except errors as error:
        text = " ".join(str(error).split())
        raise BucketError(f"{what}: {text[:300] or type(error).__name__}") from error
