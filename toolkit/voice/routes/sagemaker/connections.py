"""Connections of a boto3 client that a guard can shut down.

Owns the classes that tell the guard of the calling thread which socket serves it. They go into botocore's pools by
attributes that botocore does not document (`guard_connections`); tests hold them in place.
"""

from typing import Any

from botocore.awsrequest import (
    AWSHTTPConnection,
    AWSHTTPConnectionPool,
    AWSHTTPSConnection,
    AWSHTTPSConnectionPool,
)

from toolkit.voice.deadline import Guard, current_guard

__all__ = ["close_connections", "guard_connections"]


class _Guarded:
    """Mixed into a connection: tells the guard of the calling thread that this connection is its own."""

    guard: Guard | None = None
    timeout: Any
    sock: Any

    def connect(self) -> None:
        guard = current_guard()
        if guard is not None:
            guard.take(self)
            self.timeout = guard.limit(self.timeout)
        super().connect()  # type: ignore[misc]

    def request(self, *args: Any, **kwargs: Any) -> None:
        guard = current_guard()
        if guard is not None:
            guard.take(self)
        super().request(*args, **kwargs)  # type: ignore[misc]

    def getresponse(self) -> Any:
        guard = current_guard()
        if guard is not None:
            self.timeout = guard.limit(self.timeout)
        return super().getresponse()  # type: ignore[misc]


class _GuardedHTTPConnection(_Guarded, AWSHTTPConnection):  # type: ignore[misc] # botocore mixes its own the same way
    pass


class _GuardedHTTPSConnection(_Guarded, AWSHTTPSConnection):  # type: ignore[misc] # as above
    pass


class _GuardedHTTPPool(AWSHTTPConnectionPool):
    ConnectionCls = _GuardedHTTPConnection


class _GuardedHTTPSPool(AWSHTTPSConnectionPool):
    ConnectionCls = _GuardedHTTPSConnection


def guard_connections(client: Any) -> None:
    """Make a fresh boto3 client use connections that guards can shut down."""
    session = client._endpoint.http_session
    classes = {"http": _GuardedHTTPPool, "https": _GuardedHTTPSPool}
    session._pool_classes_by_scheme = classes  # for pools through a proxy, which are made later
    session._manager.pool_classes_by_scheme = classes


def close_connections(client: Any) -> None:
    """Close every idle connection of a client now.

    boto3's own `close` only lets go of its pools, and a pool that an exception's traceback still names stays open.
    """
    session = client._endpoint.http_session
    for manager in (session._manager, *session._proxy_managers.values()):
        for key in manager.pools.keys():  # noqa: SIM118 - not a mapping one can iterate
            pool = manager.pools.get(key)
            if pool is not None:
                pool.close()
    client.close()
