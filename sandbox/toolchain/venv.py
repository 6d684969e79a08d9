"""`python -m sandbox.toolchain.venv`: the checkout's virtual environment, from the hashed requirements.

uv installs them in seconds where pip takes most of a minute. It is itself one of the requirements, so pip gets it
first, by its hash; where that or uv itself fails, pip does the whole work. It needs the standard library only.
"""

import ast
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from sandbox.toolchain.progress import Progress

CHECKOUT = Path(__file__).resolve().parents[2]
REQUIREMENTS = CHECKOUT / "requirements-dev.txt"
OLDEST, NEWEST = (3, 11), (3, 14)
"""Versions of Python that the requirements are resolved for."""

_BEAT_SECONDS = 4
"""Without a terminal a line is written this often, so that no wait looks like a hang."""

_UV_NAMES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "no-index": "UV_NO_INDEX",
    "timeout": "UV_HTTP_TIMEOUT",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
}
"""Settings of pip that say where packages come from, and uv's variable for each."""

_SECTIONS = ("global", "install", ":env:")
"""Sections of pip's configuration, the stronger one later (source: pip's user guide, "Configuration")."""


class SetupError(Exception):
    """The environment cannot be made; the text says why."""


def requirement(text: str, name: str) -> str:
    """The lines of one requirement with its hashes.

    Args:
        text: A requirements file, as `make lock` writes it.
        name: The package.

    Raises:
        SetupError: It is not in the file.
    """
    found = re.search(rf"^{re.escape(name)}==(?:.*\\\n)*.*$", text, re.M)
    if found is None:
        raise SetupError(f"{REQUIREMENTS.name} does not name {name}; write it again with `make lock`")
    return found.group() + "\n"


def uv_settings(listed: str, given: Mapping[str, str]) -> dict[str, str]:
    """The variables that have uv take packages from where pip takes them; uv does not read pip's configuration.

    Args:
        listed: What `pip config list` prints.
        given: The environment; what is set for uv in it is left alone.
    """
    found: dict[str, str] = {}
    for section in _SECTIONS:
        for line in listed.splitlines():
            key, _, value = line.partition("=")
            if key.startswith(f"{section}."):
                found[key.removeprefix(f"{section}.")] = _plain(value)
    wanted = {_UV_NAMES[key]: _for_uv(key, value) for key, value in found.items() if key in _UV_NAMES}
    # As pip does: the best version of all indexes, and the hashes decide whether it is the right file.
    wanted |= {"UV_INDEX_STRATEGY": "unsafe-best-match", "UV_PYTHON_DOWNLOADS": "never", "UV_NO_CONFIG": "1"}
    return {name: value for name, value in wanted.items() if name not in given}


def _plain(value: str) -> str:
    try:
        return str(ast.literal_eval(value))
    except (SyntaxError, ValueError):
        return value


def _for_uv(key: str, value: str) -> str:
    words = value.split()
    return ",".join(words) if key == "find-links" else " ".join(words)


def make(folder: Path, *, progress: Progress | None = None) -> str:
    """Make the virtual environment, or bring it up to date.

    Args:
        folder: Where it lies.
        progress: Where to tell how it goes.

    Returns:
        What installed the packages: `uv`, or `pip` where uv could not.

    Raises:
        SetupError: This Python does not fit, or the packages cannot be installed.
    """
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        have, want = ".".join(map(str, sys.version_info[:2])), f"{OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]}"
        raise SetupError(f"Python {have} does not fit; install Python {want} or name one: make setup PYTHON=<name>")
    out = progress or Progress(enabled=True)
    python = folder / "bin" / "python"
    if not _fits(python):
        _run([sys.executable, "-m", "venv", "--clear", folder], "making the virtual environment", out)
    pip: list[str | Path] = [python, "-m", "pip", "--disable-pip-version-check"]
    packages: list[str | Path] = ["--require-hashes", "--requirement", REQUIREMENTS]
    itself: list[str | Path] = ["--no-deps", "--no-build-isolation", "--editable", CHECKOUT]
    try:
        _bootstrap(pip, out)
        variables = uv_settings(_output([*pip, "config", "list"]), os.environ)
        uv: list[str | Path] = [folder / "bin" / "uv", "pip", "install", "--python", python]
        # Compiled now, on all cores: the cloud SDKs are so large that compiling takes longer than all else they do.
        for words in (["--compile-bytecode", *packages], itself):
            _run([*uv, *words], "installing the packages with uv", out, variables)
    except SetupError as error:
        out.say(f"uv could not do it, so pip does: {error}")
        for words in (packages, itself):
            _run([*pip, "install", *words], "installing the packages with pip, about a minute", out)
        return "pip"
    return "uv"


def _fits(python: Path) -> bool:
    """Whether an environment has a working Python of the version that runs this."""
    try:
        done = subprocess.run(
            [python, "-c", "import sys, pip; print(sys.version_info[:2])"], capture_output=True, text=True, check=False
        )
    except OSError:
        return False
    return done.stdout.strip() == str(tuple(sys.version_info[:2]))


def _bootstrap(pip: Sequence[str | Path], out: Progress) -> None:
    """Have the pinned uv."""
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "uv.txt"
        file.write_text(requirement(REQUIREMENTS.read_text(), "uv"))
        _run([*pip, "install", "--require-hashes", "--no-deps", "--requirement", file], "fetching uv", out)


def _output(command: Iterable[str | Path]) -> str:
    return subprocess.run([*command], capture_output=True, text=True, check=False).stdout


def _run(command: Sequence[str | Path], what: str, out: Progress, variables: Mapping[str, str] | None = None) -> None:
    """Run a command while telling that it runs; its own words are shown only if it fails."""
    out.start(f"setup: {what}")
    began = said = time.monotonic()
    with tempfile.TemporaryFile("w+") as log:
        try:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=os.environ | dict(variables or {})
            )
        except OSError as error:
            raise SetupError(f"{command[0]}: {error.strerror}") from error
        while process.poll() is None:
            time.sleep(0.05)
            now = time.monotonic()
            out.update(f"setup: {what}: {now - began:.0f} s")
            if now - said > _BEAT_SECONDS and not out.live:
                said = now
                out.say(f"setup: {what}: {now - began:.0f} s")
        out.clear()
        if process.returncode:
            log.seek(0)
            raise SetupError(f"{what} failed:\n{log.read()[-3000:].strip()}")


def main(argv: Sequence[str]) -> int:
    """Make the environment in the folder that the one argument names; 1 where that fails."""
    try:
        make(Path(argv[0]).absolute())
    except SetupError as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or [str(CHECKOUT / ".venv")]))
