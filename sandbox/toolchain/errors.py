"""Why a program could not be had, as one sentence with its remedy.

Owns the reading of Go's own messages; knows nothing of how a build is run.
"""

import errno
import re
from enum import StrEnum
from pathlib import Path


class Reason(StrEnum):
    """Cause of a `ToolError`, for callers that act on it."""

    UNKNOWN_TOOL = "unknown-tool"
    NO_MODULE = "no-module"
    NO_GO = "no-go"
    OLD_GO = "old-go"
    NO_NETWORK = "no-network"
    CHECKSUM = "checksum"
    DISK_FULL = "disk-full"
    OUT_OF_MEMORY = "out-of-memory"
    CACHE = "cache"
    BUILD = "build"


class ToolError(Exception):
    """A program could not be found or built.

    `str()` is one sentence that says what is wrong and what to do, and stands alone.
    """

    def __init__(self, reason: Reason, message: str, *, log: Path | None = None) -> None:
        super().__init__(message if log is None else f"{message} Log: {log}")
        self.reason = reason
        """What kind of failure it is."""
        self.log = log
        """File with the output of the build, where there was a build."""


# First match wins. A full disk and a killed compiler come before the network: their messages may quote a URL too.
_SIGNS: tuple[tuple[Reason, re.Pattern[str]], ...] = (
    (Reason.DISK_FULL, re.compile(r"no space left on device|disk quota exceeded", re.I)),
    (Reason.OUT_OF_MEMORY, re.compile(r"signal: killed|cannot allocate memory|out of memory", re.I)),
    (Reason.CHECKSUM, re.compile(r"checksum mismatch|SECURITY ERROR|missing go\.sum entry|updates to go\.mod needed")),
    (Reason.OLD_GO, re.compile(r"requires go >= \S+ \(running go|requires a newer Go version", re.I)),
    (
        Reason.NO_NETWORK,
        re.compile(
            r"dial tcp|no such host|connection refused|connection reset|network is unreachable|i/o timeout"
            r"|TLS handshake|x509:|proxyconnect|module lookup disabled|server misbehaving"
            r"|reading https?://\S+: (?:4|5)\d\d|unexpected EOF",
            re.I,
        ),
    ),
)

_REMEDIES = {
    Reason.DISK_FULL: "the disk is full; building everything takes up to 12 GiB, so free some where the cache and Go's "
    "own caches lie (`go clean -cache` frees Go's), or point CARTESIA_INFRA_CACHE, GOCACHE and GOMODCACHE elsewhere.",
    Reason.OUT_OF_MEMORY: "the compiler was killed, most likely for want of memory; free about 4 GiB, "
    "or set GOMAXPROCS=1 and try again.",
    Reason.CHECKSUM: "the modules are not the ones that go.sum pins; restore go.mod and go.sum from git, "
    "and if they are unchanged do not trust the module proxy in use (`go env GOPROXY`).",
    Reason.OLD_GO: "the Go in use is too old; install the version that go.mod asks for.",
    Reason.NO_NETWORK: "the Go module proxy does not answer; check the network and `go env GOPROXY`, "
    "and set GOPROXY (and HTTPS_PROXY) to a proxy that this machine can reach.",
}


def read_failure(output: str) -> Reason:
    """Tell from the output of `go build` why it failed; `Reason.BUILD` where nothing known is in it."""
    return next((reason for reason, sign in _SIGNS if sign.search(output)), Reason.BUILD)


def build_error(program: str, version: str, output: str, log: Path) -> ToolError:
    """Make the error of a failed build.

    Args:
        program: Name of the program.
        version: Version that was to be built.
        output: What `go build` wrote.
        log: File that keeps this output.
    """
    reason = read_failure(output)
    remedy = _REMEDIES.get(reason)
    if remedy is None:
        lines = [line.strip() for line in output.splitlines() if line.strip()]
        last = lines[-1] if lines else "no output"
        remedy = f"`go build` failed ({last}); read the log, and run `go clean -cache` if the compiler itself broke."
    return ToolError(reason, f"Cannot build {program} {version}: {remedy}", log=log)


def cache_error(action: str, path: Path, cause: OSError) -> ToolError:
    """Make the error of a cache folder that cannot be used; `action` completes "Cannot ..."."""
    if cause.errno in (errno.ENOSPC, errno.EDQUOT):
        return ToolError(Reason.DISK_FULL, f"Cannot {action} in {path}: {_REMEDIES[Reason.DISK_FULL]}")
    why = cause.strerror or str(cause)
    return ToolError(
        Reason.CACHE,
        f"Cannot {action} in {path}: {why}; make the folder writable or set CARTESIA_INFRA_CACHE to one that is.",
    )
