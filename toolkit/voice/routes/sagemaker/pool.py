"""The boto3 client under the voice client: its pool, its timeouts, and no retries of its own.

Owns connection settings. Credentials, proxies and CA bundles come from the session, as boto3 finds them.
"""

from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

from toolkit.voice.routes.sagemaker.connections import guard_connections
from toolkit.voice.routes.sagemaker.wire import make_refusals_readable

__all__ = ["ConnectionSettings", "connect_runtime"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionSettings:
    """How connections are made and kept."""

    concurrency: int = 10
    """Requests in flight at once; as many connections are kept open. boto3's own default is 10 whatever the load."""
    connect_seconds: float = 3.0
    """Longest wait for a connection."""
    silence_seconds: float = 15.0
    """Longest wait for the next byte."""


def connect_runtime(
    session: boto3.session.Session,
    settings: ConnectionSettings,
    *,
    region: str | None = None,
    endpoint_url: str | None = None,
) -> Any:
    """A `sagemaker-runtime` client whose calls a `Watch` can end.

    Args:
        session: Where credentials come from.
        settings: Pool and timeouts.
        region: Region of the endpoint, where the session's is another.
        endpoint_url: Another address than AWS's, e.g. a VPC endpoint or the sandbox.
    """
    config = Config(
        # Twice: a connection that broke comes back, closed, when its error is forgotten, which may be after the next
        # one was made; a full pool would then log a warning for it.
        max_pool_connections=2 * settings.concurrency,
        connect_timeout=settings.connect_seconds,
        read_timeout=settings.silence_seconds,
        # Only the voice client knows whether audio was handed out, so only it may retry.
        retries={"total_max_attempts": 1, "mode": "standard"},
        tcp_keepalive=True,
    )
    client = session.client("sagemaker-runtime", region_name=region, endpoint_url=endpoint_url, config=config)
    guard_connections(client)
    make_refusals_readable(client)
    return client
