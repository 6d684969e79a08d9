"""`python -m sandbox.voice`: the voice server as a program of its own; prints one line of JSON when it listens."""

import argparse
import asyncio
import contextlib
import json
import signal
from pathlib import Path

from sandbox.host.ports import HOST
from sandbox.voice.server import VoiceApp


async def _serve(port: int, state: Path | None, store: Path | None) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    app = VoiceApp(state, store)
    bound = await app.start(HOST, port)
    print(json.dumps({"url": f"http://{HOST}:{bound}", "port": bound}), flush=True)  # noqa: T201 - the result
    await stop.wait()
    await app.stop()


def main() -> None:
    """Serve until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.voice", description="Stand-in for a SageMaker runtime.")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 lets the system choose (default)")
    parser.add_argument("--state", type=Path, help="file that keeps the endpoints over a restart")
    parser.add_argument("--store", type=Path, help="folder of the stand-in of AWS, to answer questions about endpoints")
    options = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(options.port, options.state, options.store))


if __name__ == "__main__":
    main()
