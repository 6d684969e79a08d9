"""What a verb expects is told as one text; what nobody expects stays what it was."""

import click
import pytest

from toolkit.plain_errors import plain_errors


class ExpectedError(Exception):
    """An error that a verb knows."""


@pytest.mark.parametrize(
    ("error", "fix", "said"),
    [
        (ExpectedError("the bucket is gone"), "", "the bucket is gone"),
        (ExpectedError("no region"), "check --region", "no region; check --region"),
        (PermissionError(13, "Permission denied", "/a/b"), "", "/a/b: Permission denied"),
        (OSError("no words of the system"), "", "no words of the system"),
    ],
)
def test_an_expected_error_is_one_text(error: Exception, fix: str, said: str) -> None:
    with pytest.raises(click.ClickException) as caught, plain_errors(ExpectedError, OSError, fix=fix):
        raise error
    assert caught.value.message == said
    assert caught.value.__cause__ is error


@pytest.mark.parametrize("error", [BrokenPipeError(32, "Broken pipe"), KeyError("a bug")])
def test_anything_else_passes(error: Exception) -> None:
    with pytest.raises(type(error)) as caught, plain_errors(ExpectedError, OSError):
        raise error
    assert caught.value is error
