"""What can go wrong with the vendor's archive, in the wording of every other complaint."""

from core.input.problems import Problem, render


class BundleError(Exception):
    """An archive that cannot be fetched or must not be used; `problem` has place, rule, value found and fix."""

    def __init__(self, path: str, rule: str, got: str = "", *, fix: str) -> None:
        self.problem = Problem(path, rule, got, fix)
        super().__init__(render("vendor archive", [self.problem]))


class RemoteError(BundleError):
    """The bucket could not be read as it should: the archive is not to blame, and nothing is known against it."""


class MovedError(RemoteError):
    """An object was replaced while it was being read; starting over may help."""


class MissingError(RemoteError):
    """An object or bucket that does not exist."""
