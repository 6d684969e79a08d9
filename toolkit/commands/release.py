"""`cartesia-infra release`: the vendor's archive, from the bucket to a locked, verified directory.

Parses and prints; the work is done in `toolkit.bundle`. Results go to stdout, progress to stderr and only on a
terminal.
"""

import functools
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec

import click

from core.bundle.lock import DEFAULT_LOCK, DEFAULT_STORE, DamagedBundle, Lock, verify_tree
from core.input.plain import plain
from core.input.problems import InvalidInput, Problem
from core.input.shapes import snake
from core.secrets.table import SECRETS
from toolkit.bundle.errors import BundleError, RemoteError
from toolkit.bundle.fetch import DEFAULT_BUCKET, fetch_bundle
from toolkit.bundle.lockfile import read_lock
from toolkit.bundle.plan import plan_fetch
from toolkit.bundle.progress import Progress, Step
from toolkit.commands.chart.inspect import inspect
from toolkit.plain_errors import plain_errors

_P = ParamSpec("_P")
_FOUND = 1
_KEY_VARIABLES = (SECRETS["serviceAccountJson"].variable, "GOOGLE_APPLICATION_CREDENTIALS")


def _told_plainly(command: Callable[_P, int]) -> Callable[_P, int]:
    """End a refused archive with exit code 1, an unreadable bucket with 2; the entry point tells wrong input."""

    @functools.wraps(command)
    def wrapped(*args: _P.args, **kwargs: _P.kwargs) -> int:
        with plain_errors(RemoteError, OSError):
            try:
                return command(*args, **kwargs)
            except RemoteError:
                _end_progress()
                raise
            except (BundleError, DamagedBundle) as error:
                _end_progress()
                click.echo(str(error), err=True)
                return _FOUND

    return wrapped


_store = click.option(
    "--store",
    type=click.Path(path_type=Path),
    default=DEFAULT_STORE,
    show_default=True,
    envvar="CARTESIA_BUNDLE_STORE",
    help="Where archives are kept.",
)
_lock_file = click.option(
    "--lock-file",
    type=click.Path(path_type=Path),
    default=DEFAULT_LOCK,
    show_default=True,
    envvar="CARTESIA_LOCK_FILE",
    help="The lock file.",
)
_bucket = click.option("--bucket", help=f"The vendor's bucket.  [default: the lock's, else {DEFAULT_BUCKET}]")
_key_file = click.option(
    "--key-file",
    type=click.Path(path_type=Path),
    envvar=_KEY_VARIABLES,
    show_envvar=True,
    help="Service-account JSON key; needed only when something has to be fetched.",
)
_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


@click.group(
    epilog="""\
\b
Examples:
  cartesia-infra release fetch --key-file service-account.json
  cartesia-infra release verify
  cartesia-infra release inspect
  cartesia-infra release lock --check --key-file service-account.json
"""
)
def release() -> None:
    """The vendor's archive: fetch it, verify it, pin it by digest.

    `cartesia.lock` says which archive this checkout deploys; commit it. Stacks deploy the chart of that archive from
    .cartesia/bundles, after checking it against the lock.
    """


@release.command(
    short_help="Have the locked archive, verified and unpacked.",
    epilog="\b\nExample:\n  cartesia-infra release fetch --key-file service-account.json",
)
@_bucket
@_key_file
@_store
@_lock_file
@click.option("--update", is_flag=True, help="Take the vendor's newest archive, whatever the lock says.")
@click.option("--dry-run", is_flag=True, help="Say what would be fetched and change nothing.")
@_json
@_told_plainly
def fetch(
    bucket: str | None,
    key_file: Path | None,
    store: Path,
    lock_file: Path,
    update: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Have the locked archive, verified and unpacked; without a lock take the vendor's newest and write one.

    A bundle that is there undamaged is left alone and needs neither key nor network; a damaged one is repaired.
    """
    before = read_lock(lock_file)
    bucket = _bucket_of(bucket, before)
    if dry_run:
        plan = plan_fetch(bucket=bucket, key_file=key_file, store=store, before=before, update=update)
        _print(plain(plan), as_json=as_json)
        return 0
    after = fetch_bundle(
        bucket=bucket,
        key_file=key_file,
        store=store,
        lock_file=lock_file,
        progress=_progress(),
        update=update,
    )
    _end_progress()
    _print(_described(after, store) | {"lockChanged": after != before}, as_json=as_json)
    return 0


@release.command(
    short_help="Check the stored archive against the lock, offline.",
    epilog="\b\nExample:\n  cartesia-infra release verify --json",
)
@_store
@_lock_file
@_json
@_told_plainly
def verify(store: Path, lock_file: Path, as_json: bool) -> int:
    """Check every file of the stored archive against the lock, offline.

    Exit code 1 names the first file that was changed, is missing or does not belong, with both digests.
    """
    before = read_lock(lock_file)
    if before is None:
        fix = "run `cartesia-infra release fetch` first, or pass --lock-file"
        raise InvalidInput("release verify", [Problem(str(lock_file), "must be a lock file", "no such file", fix)])
    try:
        verify_tree(store, before)
    except DamagedBundle as damaged:
        if as_json:
            _print(_described(before, store) | {"whole": False, "damage": plain(damaged.problems[0])}, as_json=True)
            return _FOUND
        raise
    _print(_described(before, store) | {"whole": True}, as_json=as_json)
    return 0


@release.command(
    short_help="Pin the vendor's newest archive.",
    epilog="\b\nExample:\n  cartesia-infra release lock --check --key-file service-account.json",
)
@_bucket
@_key_file
@_store
@_lock_file
@click.option("--check", is_flag=True, help="Change nothing; exit code 1 if the lock is not the newest.")
@_json
@_told_plainly
def lock(bucket: str | None, key_file: Path | None, store: Path, lock_file: Path, check: bool, as_json: bool) -> int:
    """Pin the vendor's newest archive: fetch, verify and write it into the lock file.

    The same as `release fetch --update`; with --check only two small files are read.
    """
    before = read_lock(lock_file)
    bucket = _bucket_of(bucket, before)
    if check:
        plan = plan_fetch(bucket=bucket, key_file=key_file, store=store, before=before, update=True)
        _print(plain(plan), as_json=as_json)
        return _FOUND if plan.lock_changes else 0
    after = fetch_bundle(
        bucket=bucket,
        key_file=key_file,
        store=store,
        lock_file=lock_file,
        progress=_progress(),
        update=True,
    )
    _end_progress()
    shown = _described(after, store) | {"lockChanged": after != before, "versionBefore": before and before.version}
    _print(shown, as_json=as_json)
    return 0


release.add_command(inspect)


def _bucket_of(given: str | None, before: Lock | None) -> str:
    return given or (before.bucket if before is not None else DEFAULT_BUCKET)


def _described(lock: Lock, store: Path) -> dict[str, Any]:
    described: dict[str, Any] = plain(lock)
    return described | {"chart": str(store / lock.archive_sha256 / "tree" / lock.chart_path)}


def _print(result: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(result, indent=2))
        return
    words = {key: snake(key).replace("_", " ") for key in result}
    width = max(map(len, words.values()))
    for key, value in result.items():
        click.echo(f"{words[key]:<{width}}  {_word(value)}")


def _word(value: object) -> object:
    if value is None:
        return "-"
    return ("no", "yes")[value] if isinstance(value, bool) else value


def _progress() -> Progress | None:
    """One line on a terminal, written over by the next; nothing where a file or a pipe listens."""
    return _show if sys.stderr.isatty() else None


def _show(step: Step) -> None:
    share = f" {100 * step.done_bytes // step.total_bytes} % of {_mib(step.total_bytes)}" if step.total_bytes else ""
    click.echo(f"\r\x1b[2K{step.text}{share}", nl=False, err=True)


def _end_progress() -> None:
    if sys.stderr.isatty():
        click.echo("\r\x1b[2K", nl=False, err=True)


def _mib(size: int) -> str:
    return f"{size / (1 << 20):.1f} MiB"
