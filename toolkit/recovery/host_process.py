"""Does a process of this machine still live, and is it the one that somebody wrote down?

A process id alone proves nothing: it is given again. So its name and the moment it started are looked at too; where
the machine does not tell, the answer is that it lives, because the caller would harm it otherwise.
"""

import datetime as dt
import os
import re
import subprocess
from pathlib import Path

__all__ = ["lives"]

_SLACK = dt.timedelta(seconds=5)
"""A clock is set, and the kernel counts from a boot time that it rounds to whole seconds."""
_START_FIELD = 19
"""Index of `starttime` among the fields of /proc/<pid>/stat that follow the name (source: man 5 proc, field 22)."""
_PS_SECONDS = 10


def lives(pid: int, program: str, since: dt.datetime | None) -> bool:
    """Whether a process of this machine runs that can have written something down.

    Args:
        pid: Its id.
        program: How its program's name begins, e.g. `pulumi`.
        since: When it wrote; a process that started later only has its id. With a time zone; None if not known.
    """
    if not _exists(pid):
        return False
    name, started = _told_by_proc(pid) if Path("/proc/self/stat").exists() else _told_by_ps(pid)
    if name is not None and not name.startswith(program):
        return False
    return since is None or started is None or started <= since + _SLACK


def _exists(pid: int) -> bool:
    """Whether the id is in use, other people's processes and hidden ones included."""
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return not pid >> 31
    return True


def _told_by_proc(pid: int) -> tuple[str | None, dt.datetime | None]:
    """Name and start as Linux tells them; a process that ended and is not waited for counts as one without a name."""
    try:
        head, _, tail = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")
        boot = re.search(r"^btime (\d+)$", Path("/proc/stat").read_text(), re.MULTILINE)
    except OSError:
        return None, None
    fields = tail.split()
    if fields[0] in "ZX":
        return "", None
    if boot is None:
        return head.partition("(")[2], None
    seconds = int(boot[1]) + int(fields[_START_FIELD]) / os.sysconf("SC_CLK_TCK")
    return head.partition("(")[2], dt.datetime.fromtimestamp(seconds, dt.UTC)


def _told_by_ps(pid: int) -> tuple[str | None, dt.datetime | None]:
    """The same by `ps`, for systems without /proc."""
    command = ["ps", "-o", "etime=", "-o", "comm=", "-p", str(pid)]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=_PS_SECONDS, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None, None
    age, _, name = said.strip().partition(" ")
    found = re.fullmatch(r"(?:(?:(\d+)-)?(\d+):)?(\d+):(\d+)", age)
    if found is None:
        return None, None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    spent = dt.timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    return Path(name.strip()).name, dt.datetime.now(dt.UTC) - spent
