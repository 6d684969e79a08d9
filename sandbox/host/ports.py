"""Loopback ports.

Owns choosing and asking; a port is only ours once a process listens on it, so a start must be able to lose it.
"""

import random
import socket

HOST = "127.0.0.1"

_RANGE = range(20_000, 32_000)
"""Below the ports that Linux hands to outgoing connections (32768 up), so that none of those takes a chosen one."""


def free_ports(count: int) -> list[int]:
    """Distinct ports on which nobody listens right now, chosen at random so that two worlds seldom meet."""
    found: list[int] = []
    for port in random.SystemRandom().sample(_RANGE, len(_RANGE)):
        if len(found) == count:
            return found
        if is_free(port):
            found.append(port)
    raise OSError(f"no {count} free ports between {_RANGE.start} and {_RANGE.stop}")


def is_free(port: int) -> bool:
    """Whether a server could listen on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def answers(port: int, *, timeout: float = 0.5) -> bool:
    """Whether somebody listens on the port."""
    try:
        with socket.create_connection((HOST, port), timeout=timeout):
            return True
    except OSError:
        return False
