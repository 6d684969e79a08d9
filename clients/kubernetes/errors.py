"""What the API server (or the way to it) says when it refuses, as one typed error."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

HTTP_NOT_FOUND = 404
HTTP_CONFLICT = 409
HTTP_INVALID = 422


@dataclass(frozen=True, slots=True)
class Cause:
    """One detail of a refusal: the field it is about, a machine-readable reason, and the server's words."""

    field: str
    reason: str
    message: str


class KubeError(Exception):
    """A refusal of the API server; `status` 0 means that no answer came at all.

    Attributes:
        status: HTTP status code.
        reason: The server's reason word, e.g. `NotFound`, `Invalid`, `Conflict`, `Forbidden`.
        message: The server's own sentence.
        causes: Its details, one a field.
    """

    def __init__(self, status: int, reason: str, message: str, causes: tuple[Cause, ...] = ()) -> None:
        self.status = status
        self.reason = reason
        self.message = message
        self.causes = causes
        super().__init__(message)

    @property
    def not_found(self) -> bool:
        """True if the object (or its whole kind) does not exist."""
        return self.status == HTTP_NOT_FOUND

    @property
    def is_conflict(self) -> bool:
        """True if another field manager owns a field, or the object changed in between."""
        return self.status == HTTP_CONFLICT

    @property
    def field_conflicts(self) -> tuple[Cause, ...]:
        """Fields that another manager owns; empty unless server-side apply was refused for that."""
        return tuple(cause for cause in self.causes if cause.reason == "FieldManagerConflict")

    @property
    def immutable(self) -> bool:
        """True if the server refuses to change a field of an existing object, so only replacing it helps.

        Kubernetes has no reason word for it; these are the sentences its validation uses.
        source: k8s.io/apimachinery pkg/api/validation, k8s.io/kubernetes pkg/apis/{core,apps,storage}/validation, 1.36
        """
        texts = [self.message, *(cause.message for cause in self.causes)]
        return self.status == HTTP_INVALID and any(sign in text for text in texts for sign in _IMMUTABLE_SIGNS)


class KubeUnreachable(KubeError):  # noqa: N818 - reads as what it says at the raise site
    """The API server gave no answer: wrong address, refused connection, failed TLS or no credentials."""

    def __init__(self, message: str) -> None:
        super().__init__(0, "Unreachable", message)


_IMMUTABLE_SIGNS = (
    "field is immutable",
    "is immutable after creation",
    "may not change once set",
    "cannot change roleRef",
    "updates to statefulset spec for fields other than",
    "pod updates may not change fields other than",
    "updates to parameters are forbidden",
    "updates to provisioner are forbidden",
    "updates to reclaimPolicy are forbidden",
)


def error_of(status: int, body: object) -> KubeError:
    """The typed error of a `Status` object (or of whatever else came back with that HTTP status)."""
    if not isinstance(body, Mapping) or body.get("kind") != "Status":
        text = str(body).strip() or f"HTTP status {status} without an explanation"
        return KubeError(status, "Unknown", text[:2000])
    details: Mapping[str, Any] = body.get("details") or {}
    causes = tuple(
        Cause(str(cause.get("field", "")), str(cause.get("reason", "")), str(cause.get("message", "")))
        for cause in details.get("causes") or ()
    )
    return KubeError(status, str(body.get("reason") or "Unknown"), str(body.get("message") or "no message"), causes)
