"""Plugins written in Python: policy packs and component packages, each in a process of its own.

Owns their command line, their output streams and their end: no plugin outlives the host.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from queue import SimpleQueue
from typing import IO

import grpc  # type: ignore[import-untyped]
from pulumi.runtime.proto import language_pb2

from sandbox.language.program import find_program

_running: set[subprocess.Popen[bytes]] = set()
_lock = threading.Lock()


def plugin_command(request: language_pb2.RunPluginRequest) -> list[str]:
    """The command line of a plugin: the policy runner of the SDK for an analyzer, else the program itself."""
    program, folder = find_program(request.info), request.info.program_directory
    if program is None:
        raise FileNotFoundError(f"unable to find main python program `__main__.py` in `{folder}`")
    if request.kind == "analyzer":
        return [sys.executable, "-u", "-m", "pulumi.policy", *request.args, str(program)]
    return [sys.executable, "-u", str(program), *request.args]


def run_plugin(
    request: language_pb2.RunPluginRequest, context: grpc.ServicerContext
) -> Iterator[language_pb2.RunPluginResponse]:
    """Run a plugin until it ends or the engine lets go of it, passing on what it writes.

    Args:
        request: What the engine asked for.
        context: The call; when the engine cancels it the plugin is stopped.

    Yields:
        Output as it comes, and last the exit code.
    """
    try:
        command = plugin_command(request)
    except FileNotFoundError as missing:
        context.abort(grpc.StatusCode.NOT_FOUND, str(missing))
        raise  # not reached: abort raises
    environment = os.environ | dict(entry.split("=", 1) for entry in request.env if "=" in entry)
    process = subprocess.Popen(
        command,
        cwd=request.pwd or None,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,  # so that what the plugin starts can be stopped with it
    )
    with _lock:
        _running.add(process)
    context.add_callback(lambda: stop_plugin(process))
    try:
        yield from _outputs(process)
        yield language_pb2.RunPluginResponse(exitcode=process.wait())
    finally:
        stop_plugin(process)


def stop_plugin(process: subprocess.Popen[bytes]) -> None:
    """End a plugin and all it started; harmless when it has ended."""
    with _lock:
        if process not in _running:
            return
        _running.discard(process)
    # Until it is waited for, the process group cannot become another's.
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def stop_all_plugins() -> None:
    """End every plugin, for the host is about to end."""
    with _lock:
        processes = list(_running)
    for process in processes:
        stop_plugin(process)


def _outputs(process: subprocess.Popen[bytes]) -> Iterator[language_pb2.RunPluginResponse]:
    """Both streams in the order their pieces come."""
    pieces: SimpleQueue[language_pb2.RunPluginResponse | None] = SimpleQueue()

    def pump(stream: IO[bytes], is_error: bool) -> None:
        with stream:
            for line in iter(stream.readline, b""):
                answer = language_pb2.RunPluginResponse
                pieces.put(answer(stderr=line) if is_error else answer(stdout=line))
        pieces.put(None)

    if process.stdout is None or process.stderr is None:  # they are pipes; this tells the type checker
        raise RuntimeError("a plugin was started without pipes")
    for stream, is_error in ((process.stdout, False), (process.stderr, True)):
        threading.Thread(target=pump, args=(stream, is_error), daemon=True).start()
    open_streams = 2
    while open_streams:
        piece = pieces.get()
        if piece is None:
            open_streams -= 1
        else:
            yield piece
