"""What one call of a cloud's API answered when it failed; each stand-in words it as its provider does."""


class CloudError(Exception):
    """An error code of the API and its message."""

    def __init__(self, code: str, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(f"{code}: {message}")
