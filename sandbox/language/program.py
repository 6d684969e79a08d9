"""One run of a Python program for the engine.

Owns how a program is found, what it sees as `sys.path`, `sys.argv` and working directory, and what the engine is told
when it fails. The rules are those of the released host (`pulumi-language-python-exec` of the same SDK version).
"""

import asyncio
import contextlib
import contextvars
import logging
import os
import runpy
import sys
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

import grpc  # type: ignore[import-untyped]
import pulumi
from pulumi.runtime import reset_options, run_in_stack, set_all_config
from pulumi.runtime.proto import language_pb2

_CALLS_PER_RESOURCE = 4
"""Threads of the pool for each resource in flight, as the released host has it."""


def run_program(request: language_pb2.RunRequest, engine_address: str) -> language_pb2.RunResponse:
    """Run the program of a request to its end, on the main thread as the program's own `python` would.

    Args:
        request: What the engine asked for.
        engine_address: Where the engine listens for log messages.

    Returns:
        Empty after success; `bail` after a failure the user was already told of, `error` after any other one.
    """
    return contextvars.copy_context().run(_run, request, engine_address)


def find_program(info: language_pb2.ProgramInfo) -> Path | None:
    """The program as `python` would take it, a folder with `__main__.py` or a file; None where there is neither."""
    path = Path(info.program_directory, info.entry_point or ".")
    if path.is_file() or (path / "__main__.py").is_file():
        return path
    with_suffix = path.with_name(path.name + ".py")
    return with_suffix if with_suffix.is_file() else None


def user_traceback(error: BaseException, program: Path) -> str:
    """The traceback from the program's first line on, without the frames that led there.

    An exception in a callback may have lost the program's frames when several tasks waited for it; then it begins with
    the first frame that is neither ours nor of the event loop.
    """
    entry = program / "__main__.py" if program.is_dir() else program
    frames = list(_frames(error.__traceback__))
    files = [Path(frame.tb_frame.f_code.co_filename) for frame in frames]
    ours = (Path(__file__).parent, Path(asyncio.__file__).parent)
    begin = next((index for index, file in enumerate(files) if file == entry), None)
    if begin is None:
        begin = next((index for index, file in enumerate(files) if file.parent not in ours), 0)
    shown = frames[begin] if frames else None
    return "".join(traceback.TracebackException(type(error), error, shown).format())


def _frames(frame: TracebackType | None) -> Iterator[TracebackType]:
    """A traceback, outermost frame first."""
    while frame is not None:
        yield frame
        frame = frame.tb_next


def _run(request: language_pb2.RunRequest, engine_address: str) -> language_pb2.RunResponse:
    """Body of `run_program`, in a context of its own since the SDK keeps its settings in context variables."""
    # Unfinished tasks are normal after a failure, and asyncio would complain of each.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    reset_options(
        project=request.project,
        stack=request.stack,
        root_directory=request.info.root_directory,
        parallel=request.parallel,
        engine_address=engine_address,
        monitor_address=request.monitor_address,
        preview=request.dryRun,
        organization=request.organization or "organization",
    )
    set_all_config(dict(request.config), list(request.configSecretKeys))
    program = find_program(request.info)
    if program is None:
        where = os.path.normpath(Path(request.info.program_directory, request.info.entry_point))
        pulumi.log.error(f"unable to find main python program `__main__.py` in `{where}`")
        return language_pb2.RunResponse(bail=True)
    with _as_main_program(request, program):
        return _run_on_loop(program, request.parallel)


def _run_on_loop(program: Path, parallel: int) -> language_pb2.RunResponse:
    """Run the file under the SDK's stack and turn what it raises into the answer."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.set_default_executor(ThreadPoolExecutor(max_workers=max(parallel, 1) * _CALLS_PER_RESOURCE))

    def run_file() -> None:
        runpy.run_path(str(program), run_name="__main__")

    try:
        loop.run_until_complete(run_in_stack(run_file))
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
        return language_pb2.RunResponse(bail=True)
    except grpc.RpcError as error:
        # The monitor goes away when the update is cancelled; that is not an error of the program.
        if isinstance(error, grpc.Call) and error.code() == grpc.StatusCode.UNAVAILABLE:
            return language_pb2.RunResponse(bail=True)
        pulumi.log.error(f"Program failed with an unhandled exception:\n{user_traceback(error, program)}")
        return language_pb2.RunResponse(bail=True)
    except SystemExit as stop:
        return _exit_response(stop)
    except Exception as error:  # noqa: BLE001 - a program may raise anything, and all of it is the user's to read
        pulumi.log.error(f"Program failed with an unhandled exception:\n{user_traceback(error, program)}")
        return language_pb2.RunResponse(bail=True)
    finally:
        _drain(loop)
        sys.stdout.flush()
        sys.stderr.flush()
    return language_pb2.RunResponse()


def _exit_response(stop: SystemExit) -> language_pb2.RunResponse:
    """What `sys.exit` in a program means: a code of zero is success, a text is shown as Python would show it."""
    if stop.code is None or stop.code == 0:
        return language_pb2.RunResponse()
    if isinstance(stop.code, int):
        return language_pb2.RunResponse(error=f"Program exited with non-zero exit code: {stop.code}")
    return language_pb2.RunResponse(error=str(stop.code))


def _drain(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel what is unfinished, so that nothing of a failed run acts in the next one."""
    pending = asyncio.all_tasks(loop)
    for task in pending:
        task.cancel()
    if pending:
        loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
    asyncio.set_event_loop(None)
    loop.close()


@contextlib.contextmanager
def _as_main_program(request: language_pb2.RunRequest, program: Path) -> Iterator[None]:
    """Give the program the surroundings of `python <program>` and put everything back, modules included.

    One host may run a program twice (preview, then update); the second run must read the files as they are then.
    """
    path, argv, modules, folder = list(sys.path), sys.argv, set(sys.modules), Path.cwd()
    own = program if program.is_dir() else program.parent
    # runpy adds a folder too, and takes it away while the program's callbacks may still import from it.
    sys.path[:] = [str(own), *(entry for entry in path if entry != str(own))]
    sys.argv = [str(program), *request.args]
    os.chdir(request.pwd or folder)
    try:
        yield
    finally:
        os.chdir(folder)
        sys.path[:], sys.argv = path, argv
        root = Path(request.info.root_directory or own)
        for name in set(sys.modules) - modules:
            file = getattr(sys.modules[name], "__file__", None)
            if file and Path(file).is_relative_to(root) and "site-packages" not in Path(file).parts:
                del sys.modules[name]
