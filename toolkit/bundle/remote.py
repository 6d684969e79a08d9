"""Reads objects of one Cloud Storage bucket.

Owns the translation of what Google's client raises into our words, and pinning reads to one generation of an object, so
that one replaced in the middle never yields a mixture. Leaves what the objects mean to the callers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from toolkit.bundle.errors import BundleError, MissingError, MovedError, RemoteError

_T = TypeVar("_T")

RETRY_SECONDS: Final = 60.0
"""How long one request is tried again on connection errors, 408, 429 and 5xx (backoff 1 s, doubling)."""
REQUEST_SECONDS: Final = 30.0
"""How long one try may be silent."""


@dataclass(frozen=True, slots=True)
class RemoteObject:
    """One generation of an object: its bytes never change."""

    name: str
    size_bytes: int
    generation: int


class Remote:
    """One bucket, through a `google.cloud.storage.Client` (or anything that has its `bucket`)."""

    def __init__(self, client: Any, bucket: str, *, reader: str, retry_seconds: float = RETRY_SECONDS) -> None:
        """`reader` is who reads, for messages: the account's e-mail address."""
        # Imported here: Google's client takes 0.3 s to load, which only a fetch should pay.
        from google.cloud.storage.retry import DEFAULT_RETRY  # type: ignore[import-untyped]

        self.bucket = bucket
        self._reader = reader
        self._bucket = client.bucket(bucket)
        self._options = {"timeout": REQUEST_SECONDS, "retry": DEFAULT_RETRY.with_timeout(retry_seconds)}

    def url(self, name: str) -> str:
        """`gs://` address of an object."""
        return f"gs://{self.bucket}/{name}"

    def stat(self, name: str) -> RemoteObject:
        """The current generation of an object.

        Raises:
            BundleError: When it does not exist, may not be read or the bucket cannot be reached.
        """
        blob = self._bucket.blob(name)
        self._call(name, lambda: blob.reload(**self._options))
        return RemoteObject(name, int(blob.size), int(blob.generation))

    def read(self, obj: RemoteObject, start: int, end: int) -> bytes:
        """The bytes from `start` up to and without `end`.

        Raises:
            MovedError: When the object has another generation by now.
            BundleError: As `stat`.
        """
        if end <= start:
            return b""
        blob = self._bucket.blob(obj.name)
        # Raw: an object stored with `Content-Encoding: gzip` would otherwise be unpacked on the way, its digest lost.
        # No checksum here: the server's is of the whole object, and ours, of the whole archive, follows.
        data: bytes = self._call(
            obj.name,
            lambda: blob.download_as_bytes(
                start=start,
                end=end - 1,
                raw_download=True,
                checksum=None,
                if_generation_match=obj.generation,
                **self._options,
            ),
        )
        return data

    def text(self, name: str, *, limit_bytes: int) -> str:
        """A small text object.

        Raises:
            BundleError: As `small`, or when it is not UTF-8.
        """
        try:
            return self.small(name, limit_bytes=limit_bytes).decode()
        except UnicodeDecodeError:
            raise BundleError(self.url(name), "must be UTF-8 text", fix="ask the vendor's support") from None

    def small(self, name: str, *, limit_bytes: int) -> bytes:
        """A small object.

        Raises:
            BundleError: As `stat`, or when it is larger than `limit_bytes`.
        """
        obj = self.stat(name)
        if obj.size_bytes > limit_bytes:
            fix = "ask the vendor's support"
            raise BundleError(self.url(name), f"must be at most {limit_bytes} bytes", str(obj.size_bytes), fix=fix)
        return self.read(obj, 0, obj.size_bytes)

    def _call(self, name: str, request: Callable[[], _T]) -> _T:
        import requests
        from google.api_core import exceptions as api
        from google.auth import exceptions as auth

        url = self.url(name)
        try:
            return request()
        except api.NotFound:
            fix = "check the bucket's name with the vendor"
            raise MissingError(url, "must exist", "no such object or bucket", fix=fix) from None
        except (api.Forbidden, api.Unauthorized):
            fix = "ask the vendor to let it read the bucket, or use the key of the account that may"
            raise RemoteError(url, f"must be readable by {self._reader}", "access denied", fix=fix) from None
        except api.PreconditionFailed:
            raise MovedError(url, "must stay the same while it is fetched", "replaced", fix="try again") from None
        except auth.RefreshError:  # its text quotes Google's reply, which may quote the request
            fix = "download the key again from https://play.cartesia.ai/on-prem; a deleted or rotated key gives this"
            raise RemoteError(url, f"needs a key of {self._reader} that Google accepts", "refused", fix=fix) from None
        except (api.GoogleAPIError, auth.GoogleAuthError, requests.RequestException, ConnectionError) as error:
            fix = "check the network and run the command again; it goes on where it stopped"
            raise RemoteError(url, "must be reachable", type(error).__name__, fix=fix) from None
