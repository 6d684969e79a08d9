"""What one call of a cloud's API answered when it failed; each stand-in words it as its provider does."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.providers.cloud.store import Record


class CloudError(Exception):
    """An error code of the API and its message."""

    def __init__(self, code: str, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(f"{code}: {message}")


class UnfulfillableError(CloudError):
    """The API takes the call, and what is to be made will never be in service.

    Args:
        code: Code of what the object says about itself.
        message: Its words.
        status: Its status then; None for the one its row names.
    """

    def __init__(self, code: str, message: str, status: str | None = None) -> None:
        self.status = status
        super().__init__(code, message)


class HalfMadeError(CloudError):
    """The API took the call, and what came of it is there and not as asked for."""

    def __init__(self, record: "Record", error: CloudError) -> None:
        self.record = record
        super().__init__(error.code, error.message)
