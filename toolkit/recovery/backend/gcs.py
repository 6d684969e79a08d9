"""The files of a `gs://` backend.

Credentials are found as Pulumi finds them: `GOOGLE_CREDENTIALS` (a key as text), `GOOGLE_OAUTH_ACCESS_TOKEN`, then
Google's own order. With `STORAGE_EMULATOR_HOST` set there are none.
"""

import json
import os
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import SplitResult

import google.auth
from google.api_core.exceptions import GoogleAPIError, NotFound
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import GoogleAuthError
from google.cloud import storage  # type: ignore[import-untyped]
from google.oauth2.credentials import Credentials
from requests.exceptions import RequestException

from toolkit.recovery.backend.bucket import below, worded

__all__ = ["Gcs", "open_gcs"]

EMULATOR: Final = "STORAGE_EMULATOR_HOST"
_ERRORS: Final = (GoogleAPIError, GoogleAuthError, RequestException, ValueError)
_SCOPE: Final = "https://www.googleapis.com/auth/devstorage.read_write"
_TIMEOUT_SECONDS: Final = 30


@dataclass(frozen=True, slots=True)
class Gcs:
    """A part of a bucket as `Bucket`."""

    bucket: Any
    """`google.cloud.storage.Bucket`."""
    prefix: str

    def keys(self, prefix: str) -> list[str]:
        """Keys that begin so, sorted."""
        with worded(_ERRORS, f"gs://{self.bucket.name}"):
            rows = self.bucket.client.list_blobs(self.bucket, prefix=self.prefix + prefix, timeout=_TIMEOUT_SECONDS)
            return sorted(row.name[len(self.prefix) :] for row in rows)

    def read(self, key: str) -> bytes | None:
        """What a file holds; None if there is none."""
        with worded(_ERRORS, f"gs://{self.bucket.name}"):
            try:
                content: bytes = self.bucket.blob(self.prefix + key).download_as_bytes(timeout=_TIMEOUT_SECONDS)
            except NotFound:
                return None
            return content

    def write(self, key: str, content: bytes) -> None:
        """Put a file in place of the one of that key, whole or not at all."""
        with worded(_ERRORS, f"gs://{self.bucket.name}"):
            self.bucket.blob(self.prefix + key).upload_from_string(
                content, content_type="application/octet-stream", timeout=_TIMEOUT_SECONDS
            )

    def remove(self, key: str) -> None:
        """Take a file away; nothing happens where it is gone already."""
        with worded(_ERRORS, f"gs://{self.bucket.name}"):
            try:
                self.bucket.blob(self.prefix + key).delete(timeout=_TIMEOUT_SECONDS)
            except NotFound:
                return


def open_gcs(address: SplitResult) -> Gcs:
    """The bucket of an address; asks nobody yet.

    Args:
        address: E.g. `gs://bucket/team`.

    Raises:
        BucketError: There are no credentials.
    """
    with worded(_ERRORS, f"gs://{address.netloc}"):
        # A project is needed to make buckets only.
        client = storage.Client(project="none", credentials=_credentials(), client_options=_emulator())
        return Gcs(client.bucket(address.netloc), below(address))


def _emulator() -> dict[str, str] | None:
    """Address of an emulator, which Pulumi wants without a scheme and Google's client with one."""
    host = os.environ.get(EMULATOR)
    return {"api_endpoint": host if "://" in host else f"http://{host}"} if host else None


def _credentials() -> Any:
    if os.environ.get(EMULATOR):
        return AnonymousCredentials()  # type: ignore[no-untyped-call]
    if key := os.environ.get("GOOGLE_CREDENTIALS"):
        return google.auth.load_credentials_from_dict(json.loads(key), scopes=[_SCOPE])[0]  # type: ignore[no-untyped-call]
    if token := os.environ.get("GOOGLE_OAUTH_ACCESS_TOKEN"):
        return Credentials(token)  # type: ignore[no-untyped-call]
    return google.auth.default(scopes=[_SCOPE])[0]
