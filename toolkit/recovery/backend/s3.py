"""The files of an `s3://` backend, AWS's or another store's that speaks its protocol.

Credentials are found as every AWS tool finds them; a profile, role, region or endpoint in the address is obeyed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import SplitResult, parse_qs

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from toolkit.recovery.backend.bucket import below, worded

__all__ = ["S3", "open_s3"]

_ERRORS: Final = (BotoCoreError, ClientError, ValueError)
_GONE: Final = frozenset({"NoSuchKey", "404", "NotFound"})
_SESSION: Final = "cartesia-infra-recover"


@dataclass(frozen=True, slots=True)
class S3:
    """A part of a bucket as `Bucket`."""

    client: Any
    """`boto3.client("s3")`."""
    name: str
    prefix: str

    def keys(self, prefix: str) -> list[str]:
        """Keys that begin so, sorted."""
        with worded(_ERRORS, f"s3://{self.name}"):
            pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=self.prefix + prefix)
            return sorted(row["Key"][len(self.prefix) :] for page in pages for row in page.get("Contents", ()))

    def read(self, key: str) -> bytes | None:
        """What a file holds; None if there is none."""
        with worded(_ERRORS, f"s3://{self.name}"):
            try:
                content: bytes = self.client.get_object(Bucket=self.name, Key=self.prefix + key)["Body"].read()
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") in _GONE:
                    return None
                raise
            return content

    def write(self, key: str, content: bytes) -> None:
        """Put a file in place of the one of that key, whole or not at all."""
        with worded(_ERRORS, f"s3://{self.name}"):
            self.client.put_object(Bucket=self.name, Key=self.prefix + key, Body=content)

    def remove(self, key: str) -> None:
        """Take a file away; nothing happens where it is gone already."""
        with worded(_ERRORS, f"s3://{self.name}"):
            self.client.delete_object(Bucket=self.name, Key=self.prefix + key)


def open_s3(address: SplitResult) -> S3:
    """The bucket of an address; asks nobody yet.

    Args:
        address: E.g. `s3://bucket/team?region=us-west-2&profile=state`.

    Raises:
        BucketError: There is no such profile, or no region.
    """
    query = {key: values[-1] for key, values in parse_qs(address.query).items()}
    with worded(_ERRORS, f"s3://{address.netloc}"):
        return S3(_client(query), address.netloc, below(address))


def _client(query: Mapping[str, str]) -> Any:
    session = boto3.Session(profile_name=query.get("profile"), region_name=query.get("region"))
    given: dict[str, Any] = _assumed(session, query["role"]) if "role" in query else {}
    return session.client("s3", endpoint_url=_endpoint(query), config=_config(query), **given)


def _assumed(session: boto3.Session, role: str) -> dict[str, str]:
    """Credentials of a role that the address names."""
    found = session.client("sts").assume_role(RoleArn=role, RoleSessionName=_SESSION)["Credentials"]
    return {
        "aws_access_key_id": found["AccessKeyId"],
        "aws_secret_access_key": found["SecretAccessKey"],
        "aws_session_token": found["SessionToken"],
    }


def _endpoint(query: Mapping[str, str]) -> str | None:
    """Another store's address; without a scheme it is https, unless the query says that it is not."""
    given = query.get("endpoint")
    if not given or "://" in given:
        return given or None
    return f"{'http' if _is_true(query, 'disable_https', 'disableSSL') else 'https'}://{given}"


def _config(query: Mapping[str, str]) -> Config:
    path_style = _is_true(query, "use_path_style", "s3ForcePathStyle")
    return Config(
        s3={
            "addressing_style": "path" if path_style else "auto",
            "use_accelerate_endpoint": _is_true(query, "accelerate"),
        },
        use_dualstack_endpoint=_is_true(query, "dualstack"),
        use_fips_endpoint=_is_true(query, "fips"),
        # Stores that are not AWS's refuse the checksums that AWS's SDKs send by default.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        retries={"mode": "standard", "max_attempts": 3},
        connect_timeout=10,
        read_timeout=30,
        **({"signature_version": UNSIGNED} if _is_true(query, "anonymous") else {}),
    )


def _is_true(query: Mapping[str, str], *keys: str) -> bool:
    return any(query.get(key, "").lower() in ("1", "t", "true") for key in keys)
