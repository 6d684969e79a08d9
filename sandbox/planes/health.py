"""Whether the parts of a control plane answer.

Owns one question a part. A listening port is not enough: the kernel answers for a process that hangs.
"""

import http.client
import ssl
from collections.abc import Callable

from sandbox.host.health import TIMEOUT_SECONDS, is_answered, serves
from sandbox.host.ports import HOST
from sandbox.planes.kwok import API_SERVER, CONTROLLER_MANAGER, ETCD, KWOK, SCHEDULER
from sandbox.planes.record import PlaneRecord


def part_answers(record: PlaneRecord, part: str) -> bool:
    """Whether a part of a control plane does its work.

    The controller manager is asked by its work, the service account that each namespace gets: pods cannot be made
    before.

    Args:
        record: The plane.
        part: One of `sandbox.planes.kwok.PARTS`.
    """
    port = record.ports[part]
    questions: dict[str, Callable[[], bool]] = {
        ETCD: lambda: serves(port, "/health"),
        API_SERVER: lambda: is_answered(as_admin(record), "/readyz"),
        CONTROLLER_MANAGER: lambda: (
            is_answered(_unverified(port), "/healthz")
            and is_answered(as_admin(record), "/api/v1/namespaces/default/serviceaccounts/default")
        ),
        SCHEDULER: lambda: is_answered(_unverified(port), "/readyz"),
        KWOK: lambda: serves(port, "/healthz"),
    }
    return questions[part]()


def as_admin(record: PlaneRecord) -> http.client.HTTPSConnection:
    """A connection to the API server, with the administrator's certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(record.kwok.ca)
        context.load_cert_chain(record.kwok.client_cert, record.kwok.client_key)
    except (OSError, ssl.SSLError):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # without certificates it fails, which is the answer
    return http.client.HTTPSConnection(HOST, record.ports[API_SERVER], timeout=TIMEOUT_SECONDS, context=context)


def _unverified(port: int) -> http.client.HTTPSConnection:
    """To a part that signs its own certificate; nothing secret is said."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection(HOST, port, timeout=TIMEOUT_SECONDS, context=context)
