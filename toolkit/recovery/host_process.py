"""Does a process of this machine still live, and is it the one that somebody wrote down?

A process id alone proves nothing: it is given again. So its name and the moment it started are looked at too; where
the machine does not tell, the answer is that it lives, because the caller would harm it otherwise.
"""

import datetime as dt

import psutil

__all__ = ["lives"]

_SLACK = dt.timedelta(seconds=5)
"""A clock is set, and the kernel counts from a boot time that it rounds to whole seconds."""
_FIRST_IMPOSSIBLE = 1 << 31
"""Process ids are positive 32-bit numbers with a sign (POSIX `pid_t`); a lock file may hold any number."""


def lives(pid: int, program: str, since: dt.datetime | None) -> bool:
    """Whether a process of this machine runs that can have written something down.

    Args:
        pid: Its id.
        program: How its program's name begins, e.g. `pulumi`.
        since: When it wrote; a process that started later only has its id. With a time zone; None if not known.
    """
    if not _exists(pid):
        return False
    name, started = _told(pid)
    if name is not None and not name.startswith(program):
        return False
    return since is None or started is None or started <= since + _SLACK


def _exists(pid: int) -> bool:
    """Whether the id is in use, other people's processes and hidden ones included."""
    return 0 < pid < _FIRST_IMPOSSIBLE and psutil.pid_exists(pid)


def _told(pid: int) -> tuple[str | None, dt.datetime | None]:
    """Name and start of a process; one that ended and is not waited for counts as one without a name."""
    try:
        found = psutil.Process(pid)
        if found.status() == psutil.STATUS_ZOMBIE:
            return "", None
        return found.name(), dt.datetime.fromtimestamp(found.create_time(), dt.UTC)
    except psutil.NoSuchProcess:
        return "", None
    except psutil.Error:  # another user's, on a system that hides those
        return None, None
