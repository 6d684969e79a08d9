"""The files of a backend that keeps state in a folder or a bucket: `file://`, `s3://`, `gs://`.

Pulumi writes the same files into each, below the path of its address: `.pulumi/locks/...` and `.pulumi/stacks/...`.
An address is read as Pulumi reads it, with its query (`?region=`, `?endpoint=`, `?profile=`). Pulumi Cloud has no
files, and `azblob://` is not read: that would take one more SDK.

source: pulumi/pkg backend/diy backend.go and store.go (3.259), gocloud.dev blob/s3blob and aws (0.46); 2026-11-25.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import SplitResult, urlsplit

from toolkit.recovery.backend.bucket import Bucket, BucketError
from toolkit.recovery.backend.folder import Folder, file_backend

__all__ = ["READ_SCHEMES", "Bucket", "BucketError", "Folder", "file_backend", "open_bucket"]


def _folder(address: SplitResult) -> Bucket:
    folder = file_backend(address.geturl())
    assert folder is not None  # noqa: S101 - the scheme was asked before
    return Folder(folder)


def _s3(address: SplitResult) -> Bucket:
    from toolkit.recovery.backend.s3 import open_s3  # boto3 takes a quarter of a second to load

    return open_s3(address)


def _gcs(address: SplitResult) -> Bucket:
    from toolkit.recovery.backend.gcs import open_gcs  # as above

    return open_gcs(address)


_OPENERS: Final[Mapping[str, Callable[[SplitResult], Bucket]]] = MappingProxyType(
    {"file": _folder, "s3": _s3, "gs": _gcs}
)
READ_SCHEMES: Final = frozenset(_OPENERS)
"""Schemes of addresses whose files are read here."""


def open_bucket(backend_url: str) -> Bucket | None:
    """The files of a backend; None where it has none that are read here.

    Args:
        backend_url: Its address, as in `PULUMI_BACKEND_URL`.

    Raises:
        BucketError: There are no credentials, or the address does not say what is needed.
    """
    address = urlsplit(backend_url)
    opener = _OPENERS.get(address.scheme)
    return opener(address) if opener else None
