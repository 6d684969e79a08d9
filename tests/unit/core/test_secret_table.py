"""The table of secrets: rows hang together, and every room that handles secrets says what it says."""

import re
from pathlib import Path
from typing import Any

import pytest

from components.release.args import CartesiaReleaseArgs
from components.release.roles import ROLES
from core.input.shapes import camel, fields
from core.secrets.table import SECRETS, Secret, SecretArgument, arguments
from sandbox.environment import environment
from sandbox.host.layout import Layout
from sandbox.host.records import write_json
from sandbox.secrets import secret_files, write_secrets
from sandbox.vendor import write_service_account
from stacks.release_settings import SECRET_PATHS

ROWS = pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
ARGUMENTS = pytest.mark.parametrize("argument", [argument for _, argument in arguments()], ids=lambda one: one.block)


def shape_at(path: tuple[str, ...]) -> Any:
    """What the release's Args declare there."""
    hint: Any = CartesiaReleaseArgs
    for key in path:
        hint = fields(hint)[key][0]
    return hint


@ARGUMENTS
def test_the_release_takes_it_where_the_table_says(argument: SecretArgument) -> None:
    assert "Awaitable" in str(shape_at(argument.path))  # an input, which may come from another resource
    assert "existing_secret" in fields(shape_at(tuple(argument.block.split("."))))
    assert tuple(map(camel, argument.path)) in SECRET_PATHS


@ARGUMENTS
def test_the_chart_learns_the_name_of_each_by_a_role(argument: SecretArgument) -> None:
    assert ROLES[argument.role].argument == argument.block
    assert argument.role in fields(fields(CartesiaReleaseArgs)["key_paths"][0])
    assert argument.readers
    assert argument.holds


@ROWS
def test_names_are_unlike_each_other(secret: Secret) -> None:
    assert re.fullmatch(r"CARTESIA_[A-Z_]+_FILE", secret.variable)
    others = [other for other in SECRETS.values() if other is not secret]
    assert secret.variable not in {other.variable for other in others}
    assert secret.file not in {other.file for other in others}
    assert secret.meaning
    assert secret.opens


def test_the_sandbox_makes_up_every_secret_and_names_it_to_what_runs_inside(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    write_json(layout.record, {"gcs": {"url": "http://127.0.0.1:1"}})
    write_secrets(layout)
    write_service_account(layout.vendor_key)
    inside = environment(tmp_path, {})
    assert secret_files(layout)
    for key, path in secret_files(layout).items():
        assert inside[SECRETS[key].variable] == str(path)
        assert SECRETS[key].check(path.read_text(), "here") == []


@ROWS
def test_no_check_shows_what_it_refuses(secret: Secret) -> None:
    for wrong in ("canary 7f3a\n", '{"type": "service_account", "canary": "canary 7f3a"}', "[canary", ""):
        assert "canary" not in " ".join(map(str, secret.check(wrong, "here")))
