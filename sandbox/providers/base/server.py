"""Serving a `Provider` as a Pulumi plugin: port on stdout, gRPC on loopback, gone when its engine is gone.

Owns the translation between protobuf and the plain requests of `provider`, and the two typed errors of the protocol.
"""

import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

import grpc  # type: ignore[import-untyped]  # no stubs are published with it
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from sandbox.host.parent import orphaned, starting_process
from sandbox.providers.base.log import EngineLog
from sandbox.providers.base.provider import (
    CheckRequest,
    CheckResult,
    ConfigureRequest,
    CreateRequest,
    DeleteRequest,
    DiffRequest,
    DiffResult,
    EngineKilled,
    Failure,
    InitFailed,
    Provider,
    ProviderError,
    ReadRequest,
    UpdateRequest,
    parse_urn,
)
from sandbox.providers.base.values import decode, encode

_THREADS: Final = 64  # the engine's default parallelism is unbounded; waiting calls hold a thread each
_MESSAGE_BYTES: Final = 400 * 1024 * 1024  # as the SDK's own servers
_ORPHAN_POLL_SECONDS: Final = 0.5
_GRACE_SECONDS: Final = 10.0

_KINDS: Final = {
    "add": provider_pb2.PropertyDiff.ADD,
    "add-replace": provider_pb2.PropertyDiff.ADD_REPLACE,
    "delete": provider_pb2.PropertyDiff.DELETE,
    "delete-replace": provider_pb2.PropertyDiff.DELETE_REPLACE,
    "update": provider_pb2.PropertyDiff.UPDATE,
    "update-replace": provider_pb2.PropertyDiff.UPDATE_REPLACE,
}
Answer = TypeVar("Answer")


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """The gRPC face of one `Provider`."""

    def __init__(self, provider: Provider, log: EngineLog | None = None, engine: int | None = None) -> None:
        self._provider = provider
        self._engine = engine
        self._log = log or EngineLog()
        provider.log = self._log

    def Handshake(self, request: Any, context: Any) -> Any:  # noqa: N802 - named by the protocol, as all below
        """Learn where the engine listens."""
        self._log.attach(request.engine_address)
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    def Attach(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Learn where the engine listens, when it did not start this process."""
        self._log.attach(request.address)
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Version of the SDK this stand-in follows."""
        return plugin_pb2.PluginInfo(version=self._provider.version)

    def GetSchema(self, request: Any, context: Any) -> Any:  # noqa: N802
        """The package schema."""
        return self._guard(context, lambda: provider_pb2.GetSchemaResponse(schema=self._provider.schema()))

    def CheckConfig(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Validate provider inputs."""
        return self._guard(context, lambda: _checked(self._provider.check_config(_check_request(request))))

    def DiffConfig(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Compare provider inputs."""
        return self._guard(context, lambda: _differences(self._provider.diff_config(_diff_request(request))))

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Take over provider inputs."""

        def run() -> Any:
            self._provider.configure(ConfigureRequest(inputs=decode(request.args), urn=request.urn))
            return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

        return self._guard(context, run)

    def Check(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Validate inputs."""
        return self._guard(context, lambda: _checked(self._provider.check(_check_request(request))))

    def Diff(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Compare inputs."""
        return self._guard(context, lambda: _differences(self._provider.diff(_diff_request(request))))

    def Create(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Make an object."""

        def run() -> Any:
            made = self._provider.create(
                CreateRequest(
                    inputs=decode(request.properties),
                    preview=request.preview,
                    timeout=request.timeout,
                    **_identity(request),
                )
            )
            return provider_pb2.CreateResponse(id=made.id, properties=encode(made.outputs))

        return self._guard(context, run)

    def Read(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Find an object."""

        def run() -> Any:
            found = self._provider.read(
                ReadRequest(
                    id=request.id,
                    inputs=decode(request.inputs),
                    state=decode(request.properties),
                    **_identity(request),
                )
            )
            if not found.id:
                return provider_pb2.ReadResponse()
            return provider_pb2.ReadResponse(id=found.id, properties=encode(found.outputs), inputs=encode(found.inputs))

        return self._guard(context, run)

    def Update(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Change an object."""

        def run() -> Any:
            outputs = self._provider.update(
                UpdateRequest(
                    id=request.id,
                    old_inputs=decode(request.old_inputs),
                    state=decode(request.olds),
                    inputs=decode(request.news),
                    preview=request.preview,
                    timeout=request.timeout,
                    **_identity(request),
                )
            )
            return provider_pb2.UpdateResponse(properties=encode(outputs))

        return self._guard(context, run)

    def Delete(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Remove an object."""

        def run() -> Any:
            self._provider.delete(
                DeleteRequest(
                    id=request.id,
                    old_inputs=decode(request.old_inputs),
                    state=decode(request.properties),
                    timeout=request.timeout,
                    **_identity(request),
                )
            )
            return empty_pb2.Empty()

        return self._guard(context, run)

    def Invoke(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Answer a function."""

        def run() -> Any:
            answer = provider_pb2.InvokeResponse()
            getattr(answer, "return").CopyFrom(encode(self._provider.invoke(request.tok, decode(request.args))))
            return answer

        return self._guard(context, run)

    def Cancel(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Ask running operations to end early."""
        self._provider.cancel()
        return empty_pb2.Empty()

    def _guard(self, context: grpc.ServicerContext, run: Callable[[], Answer]) -> Answer:
        try:
            return run()
        except InitFailed as error:
            detail = provider_pb2.ErrorResourceInitFailed(
                id=error.id, properties=encode(error.outputs), inputs=encode(error.inputs), reasons=list(error.reasons)
            )
            _abort(context, str(error), detail)
        except EngineKilled as error:
            if self._engine is not None:
                os.kill(self._engine, signal.SIGKILL)
            context.abort(grpc.StatusCode.UNKNOWN, str(error))
        except ProviderError as error:
            context.abort(grpc.StatusCode.UNKNOWN, str(error))
        except Exception as error:  # noqa: BLE001 - a bug must reach the user with its place, not as a lost connection
            context.abort(grpc.StatusCode.INTERNAL, f"{error}\n{traceback.format_exc()}")
        raise AssertionError("abort always raises")


def serve(provider: Provider, argv: Sequence[str]) -> int:
    """Serve until SIGTERM or until the engine that started this process is gone; `argv[0]`, if any, is its address."""
    server = grpc.server(
        ThreadPoolExecutor(_THREADS),
        options=[("grpc.max_receive_message_length", _MESSAGE_BYTES), ("grpc.max_send_message_length", _MESSAGE_BYTES)],
    )
    log = EngineLog()
    log.attach(next((word for word in argv if not word.startswith("-")), ""))
    parent = starting_process()
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Servicer(provider, log, parent), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    done = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: done.set())
    signal.signal(signal.SIGINT, lambda *_: done.set())
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    # A killed engine cannot stop its plugins. Calls under way may finish, as they would in a cloud.
    while not done.wait(_ORPHAN_POLL_SECONDS) and not orphaned(parent):
        pass
    provider.cancel()
    server.stop(_GRACE_SECONDS).wait()
    return 0


def _abort(context: grpc.ServicerContext, message: str, detail: Any) -> None:
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=message)
    status.details.add().Pack(detail)
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(grpc.StatusCode.UNKNOWN, message)


def _identity(request: Any) -> dict[str, str]:
    kind, name = parse_urn(request.urn)
    return {"urn": request.urn, "type": kind, "name": name}


def _check_request(request: Any) -> CheckRequest:
    olds: struct_pb2.Struct = request.olds
    return CheckRequest(
        olds=decode(olds), news=decode(request.news), seed=bytes(request.randomSeed), **_identity(request)
    )


def _checked(result: CheckResult) -> provider_pb2.CheckResponse:
    failures = [_failure(failure) for failure in result.failures]
    return provider_pb2.CheckResponse(inputs=encode(result.inputs), failures=failures)


def _failure(failure: Failure) -> provider_pb2.CheckFailure:
    return provider_pb2.CheckFailure(property=failure.path, reason=failure.reason)


def _diff_request(request: Any) -> DiffRequest:
    return DiffRequest(
        id=request.id,
        old_inputs=decode(request.old_inputs),
        state=decode(request.olds),
        news=decode(request.news),
        ignore_changes=list(request.ignoreChanges),
        **_identity(request),
    )


def _differences(result: DiffResult) -> provider_pb2.DiffResponse:
    changes = provider_pb2.DiffResponse.DIFF_SOME if result.changes else provider_pb2.DiffResponse.DIFF_NONE
    return provider_pb2.DiffResponse(
        changes=changes,
        diffs=sorted({_top(path) for path in result.changes}),
        replaces=sorted({_top(path) for path, kind in result.changes.items() if kind.endswith("-replace")}),
        detailedDiff={
            path: provider_pb2.PropertyDiff(kind=_KINDS[kind], inputDiff=True) for path, kind in result.changes.items()
        },
        hasDetailedDiff=True,
        deleteBeforeReplace=result.delete_before_replace,
    )


def _top(path: str) -> str:
    return path.split(".", 1)[0].split("[", 1)[0]
