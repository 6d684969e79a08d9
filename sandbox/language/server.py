"""The gRPC server the engine talks to.

Owns the protocol and the life of the host: it serves on loopback, runs programs on the main thread (so that they may
set signal handlers, as under `python`), and ends with the engine even when that is killed.
"""

import importlib.metadata
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from types import FrameType

import grpc  # type: ignore[import-untyped]
from pulumi.automation._server import LanguageServer
from pulumi.runtime.proto import language_pb2, plugin_pb2
from pulumi.runtime.proto.language_pb2_grpc import add_LanguageRuntimeServicer_to_server

from sandbox.host.parent import orphaned, starting_process
from sandbox.language.plugin import run_plugin, stop_all_plugins
from sandbox.language.program import run_program

_LARGEST_MESSAGE = 400 * 1024 * 1024
"""Bytes; the limit of the SDK's own channels."""
_THREADS = 64
"""Every plugin holds one for as long as it runs; threads are made as they are needed."""
_PARENT_CHECK_SECONDS = 0.5

Job = Callable[[], None]


class Host(LanguageServer):
    """The language protocol for the Python that runs this."""

    def __init__(self, engine_address: str, jobs: "SimpleQueue[Job | None]") -> None:
        super().__init__(lambda: None)
        self._engine_address = engine_address
        self._jobs = jobs

    def Handshake(  # noqa: N802 - names of the protocol, here and below
        self, request: language_pb2.LanguageHandshakeRequest, context: grpc.ServicerContext
    ) -> language_pb2.LanguageHandshakeResponse:
        """Learn where the engine listens, when the engine attaches instead of starting us."""
        self._engine_address = request.engine_address or self._engine_address
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(  # noqa: N802
        self, request: object, context: grpc.ServicerContext
    ) -> plugin_pb2.PluginInfo:
        """The version of the SDK that runs the programs."""
        return plugin_pb2.PluginInfo(version=importlib.metadata.version("pulumi"))

    def GetProgramDependencies(  # noqa: N802
        self, request: language_pb2.GetProgramDependenciesRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetProgramDependenciesResponse:
        """What is installed, for `pulumi about`."""
        found = sorted({(each.name, each.version) for each in importlib.metadata.distributions()})
        entries = [language_pb2.DependencyInfo(name=name, version=version) for name, version in found]
        return language_pb2.GetProgramDependenciesResponse(dependencies=entries)

    def InstallDependencies(  # noqa: N802
        self, request: language_pb2.InstallDependenciesRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.InstallDependenciesResponse]:
        """Nothing to do: programs run in the environment of the checkout, which `make setup` fills."""
        yield language_pb2.InstallDependenciesResponse(
            stdout=f"The sandbox runs programs with {sys.executable}; install packages there.\n".encode()
        )

    def Run(  # noqa: N802
        self, request: language_pb2.RunRequest, context: grpc.ServicerContext
    ) -> language_pb2.RunResponse:
        """Run a program on the main thread and wait for it."""
        answer: Future[language_pb2.RunResponse] = Future()

        def job() -> None:
            try:
                answer.set_result(run_program(request, self._engine_address))
            except BaseException as error:  # noqa: BLE001 - handed to the caller, whatever it is
                answer.set_exception(error)

        self._jobs.put(job)
        return answer.result()

    def RunPlugin(  # noqa: N802
        self, request: language_pb2.RunPluginRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.RunPluginResponse]:
        """Run a policy pack or a component package."""
        return run_plugin(request, context)


def main(args: Sequence[str]) -> int:
    """Serve until the engine ends us.

    Args:
        args: Command line of the engine: flags this host has no use for, and last the address of the engine.

    Returns:
        Exit code: 2 where there is no engine address.
    """
    if not args or args[-1].startswith("-"):
        print("pulumi-language-python: started by hand; the Pulumi engine starts it with its address", file=sys.stderr)  # noqa: T201
        return 2
    jobs: SimpleQueue[Job | None] = SimpleQueue()
    server = grpc.server(
        ThreadPoolExecutor(max_workers=_THREADS),
        options=[("grpc.max_receive_message_length", _LARGEST_MESSAGE), ("grpc.so_reuseport", 0)],
    )
    add_LanguageRuntimeServicer_to_server(Host(args[-1], jobs), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, _end)
    threading.Thread(target=_end_with_parent, args=(starting_process(),), daemon=True).start()
    print(port, flush=True)  # noqa: T201 - the line the engine waits for
    while (job := jobs.get()) is not None:
        job()
    return 0


def _end(_signal: int = 0, _frame: FrameType | None = None) -> None:
    """Leave at once: the engine has what it wanted, and waiting for its open calls would keep it waiting for us."""
    stop_all_plugins()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _end_with_parent(parent: int) -> None:
    """Watch for the engine being killed, which closes no connection we would notice."""
    while not orphaned(parent):
        time.sleep(_PARENT_CHECK_SECONDS)
    _end()
