"""Lines of a stand-in in the engine's own output.

Owns the connection to the engine's log; leaves alone what is worth saying.
"""

import contextlib
from typing import Any, Final

import grpc  # type: ignore[import-untyped]  # no stubs are published with it
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from sandbox.providers.base.provider import Severity

_SEVERITIES: Final[dict[Severity, engine_pb2.LogSeverity.ValueType]] = {
    "debug": engine_pb2.DEBUG,
    "info": engine_pb2.INFO,
    "warning": engine_pb2.WARNING,
    "error": engine_pb2.ERROR,
}


class EngineLog:
    """Sends lines to the engine; silent when there is none, as in unit tests."""

    def __init__(self) -> None:
        self._stub: Any = None

    def attach(self, address: str) -> None:
        """Use the engine at `address` from now on."""
        if address and self._stub is None:
            self._stub = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address))

    def __call__(self, severity: Severity, message: str, urn: str = "", *, ephemeral: bool = False) -> None:
        """Show `message` beside the resource `urn`, or beside the stack; ephemeral ones only until the next."""
        if self._stub is not None:
            # A lost line must not fail the operation that wrote it.
            with contextlib.suppress(grpc.RpcError):
                self._stub.Log(
                    engine_pb2.LogRequest(severity=_SEVERITIES[severity], message=message, urn=urn, ephemeral=ephemeral)
                )
