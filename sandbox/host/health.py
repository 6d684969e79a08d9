"""Whether a service answers a GET. A listening port is not enough: the kernel answers for a process that hangs."""

import http.client

from sandbox.host.ports import HOST

TIMEOUT_SECONDS = 2.0
"""How long a service may take; one that works answers in milliseconds."""
_OK = 200


def serves(port: int, path: str) -> bool:
    """Whether a GET in plain HTTP is answered with 200."""
    return is_answered(http.client.HTTPConnection(HOST, port, timeout=TIMEOUT_SECONDS), path)


def is_answered(connection: http.client.HTTPConnection, path: str) -> bool:
    """Whether a GET over this connection, which is closed then, is answered with 200."""
    try:
        connection.request("GET", path)
        return connection.getresponse().status == _OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
