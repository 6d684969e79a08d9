"""A stack file, read once and checked as a whole: every error at once, before anything is changed.

Owns the way from configuration, secrets and lock file to the arguments of the stack's component. Leaves alone the rules
of the parts: their `resolve` functions report, and this module rewords paths and names for somebody who wrote YAML.
"""

import copy
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pulumi

from components.args import ArgsError
from components.voice_stack import VoiceStackArgs, resolve_voice_stack
from core.lock import DEFAULT_LOCK, DEFAULT_STORE, parse_lock, verified_chart
from core.problems import InvalidInput, Problem, Problems, nearest
from core.shape import camel, fields, read, respell
from stacks.secret_settings import SECRETS, read_secrets
from stacks.settings_shape import AwsSettings, StackSettings

__all__ = ["Settings", "SettingsError", "Sources", "read_settings"]

NAMESPACE = "cartesia"
"""Prefix of every key in a stack file."""

_SECRET_PATHS: Mapping[tuple[str, ...], str] = {
    ("apiKey", "value"): "apiKey",
    ("pullSecret", "serviceAccountJson"): "serviceAccountJson",
    ("pullSecret", "mirror", "password"): "mirrorPassword",
    ("gcsAccess", "value"): "serviceAccountJson",
    ("license", "seed", "value"): "license",
}
"""Arguments of the release that hold a secret, and the setting each comes from."""


class SettingsError(InvalidInput, pulumi.RunError):
    """A stack file that cannot be used; the engine prints the text without a traceback."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Everything a stack's settings are read from; nothing else is looked at."""

    stack: str
    """Name of the stack."""
    config: Mapping[str, str]
    """Configuration by full key (`cartesia:eks`), decrypted; structured values as JSON text."""
    is_secret: Callable[[str], bool]
    """Whether a full key was encrypted."""
    environment: Mapping[str, str]
    """Environment variables: files with secrets, lock and store of the vendor bundle."""
    root: Path
    """Root of the checkout."""
    program: Path
    """Folder the engine runs providers in; chart paths are relative to it, so they are alike on every machine."""


@dataclass(frozen=True, slots=True)
class Settings:
    """A checked stack file."""

    stack: str
    region: str
    aws: AwsSettings
    args: VoiceStackArgs


def read_settings(sources: Sources) -> Settings:
    """Check a stack's settings.

    Raises:
        SettingsError: With every problem found: path in the stack file, value (secrets hidden) and fix.
    """
    problems = Problems()
    config = {
        key.removeprefix(f"{NAMESPACE}:"): value
        for key, value in sources.config.items()
        if key.startswith(f"{NAMESPACE}:")
    }
    secrets = read_secrets(config, lambda key: sources.is_secret(f"{NAMESPACE}:{key}"), sources.environment, problems)
    raw = _structured(config, sources, problems)
    _put_secrets(raw, secrets, problems)
    _put_chart(raw, sources, problems)
    settings = cast(StackSettings, read(raw, StackSettings, "", shaped := Problems()))
    problems.extend(Problem(f"{NAMESPACE}:{p.path}", p.rule, p.got, p.fix) for p in shaped)
    if not shaped:
        args = _arguments(settings, sources.stack)
        _check_rules(args, problems)
        if not problems:
            return Settings(sources.stack, settings["eks"]["region"], settings.get("aws", {}), args)
    raise SettingsError(f"stack {sources.stack}", problems)


def _structured(config: Mapping[str, str], sources: Sources, problems: Problems) -> dict[str, Any]:
    """The keys that are no secrets, as plain data."""
    known = {camel(name) for name in fields(StackSettings)}
    raw = {}
    for key, value in config.items():
        if key in SECRETS:
            continue
        if key not in known:
            problems.add(f"{NAMESPACE}:{key}", "unknown key", fix=nearest(key, {*known, *SECRETS}))
        elif sources.is_secret(f"{NAMESPACE}:{key}"):
            problems.add(
                f"{NAMESPACE}:{key}",
                "must not be or hold an encrypted value, since all of it would turn secret",
                fix=f"keep secrets in their own keys: {', '.join(sorted(SECRETS))}",
            )
        else:
            raw[key] = _decoded(value)
    return raw


def _decoded(value: str) -> object:
    try:
        return cast(object, json.loads(value))
    except ValueError:
        return value


def _put_secrets(raw: dict[str, Any], secrets: Mapping[str, str], problems: Problems) -> None:
    """Refuse secrets written into the release, then put the given ones where the release takes them."""
    release = raw.get("release")
    if not isinstance(release, dict):
        return
    for path, key in _SECRET_PATHS.items():
        if _lookup(release, path) is not None:
            problems.add(
                f"{NAMESPACE}:release.{'.'.join(path)}",
                "must not be in a stack file",
                got="",
                secret=True,
                fix=f"remove it and use `pulumi config set --secret {NAMESPACE}:{key}`",
            )
    release = raw["release"] = copy.deepcopy(release)
    for path, key in _wanted(release).items():
        if key in secrets:
            _assign(release, path, pulumi.Output.secret(secrets[key]))


def _wanted(release: Mapping[str, Any]) -> dict[tuple[str, ...], str]:
    """The secret arguments this release takes: not those it has an existing secret for, or has no use for."""
    wanted = dict(_SECRET_PATHS)
    for part in ("apiKey", "pullSecret", "gcsAccess"):
        if _lookup(release, (part, "existingSecret")) is not None:
            wanted = {path: key for path, key in wanted.items() if path[0] != part}
    mirrored = isinstance(_lookup(release, ("pullSecret", "mirror")), dict)
    wanted.pop(("pullSecret", "serviceAccountJson") if mirrored else ("pullSecret", "mirror", "password"), None)
    if release.get("airGapped") is True:
        wanted.pop(("gcsAccess", "value"), None)
        wanted.pop(("apiKey", "value"), None)
    else:
        wanted.pop(("license", "seed", "value"), None)
    return wanted


def _lookup(tree: Any, path: tuple[str, ...]) -> object:
    for segment in path:
        tree = tree.get(segment) if isinstance(tree, dict) else None
    return cast(object, tree)


def _assign(tree: dict[str, Any], path: tuple[str, ...], value: object) -> None:
    """Set a value, making the maps on the way; what stands there and is no map is left for the shape to refuse."""
    *parents, last = path
    for segment in parents:
        inner = tree.setdefault(segment, {})
        if not isinstance(inner, dict):
            return
        tree = inner
    tree[last] = value


def _put_chart(raw: dict[str, Any], sources: Sources, problems: Problems) -> None:
    """Point the release at the chart of the locked and verified archive."""
    release = raw.get("release")
    if not isinstance(release, dict):
        return
    if "chartPath" in release:
        problems.add(
            f"{NAMESPACE}:release.chartPath",
            "must not be set, since only the locked archive is deployed",
            got=release["chartPath"],
            fix="remove it and run `cartesia-infra release fetch`",
        )
    release["chartPath"] = ""
    lock_file, store = _bundle_paths(raw.get("bundle"), sources)
    try:
        lock = parse_lock(lock_file.read_text(encoding="utf-8"), path=lock_file.name)
        chart = verified_chart(store, lock)
    except FileNotFoundError:
        problems.add(
            f"{NAMESPACE}:bundle.lock",
            "must name a lock file",
            got=_shown(lock_file, sources.root),
            fix="run `cartesia-infra release fetch`, which downloads, verifies and locks the vendor's archive",
        )
    except InvalidInput as error:
        problems.extend(error.problems)
    else:
        release["chartPath"] = os.path.relpath(chart, sources.program)
        release.setdefault("chartVersion", lock.version)


def _bundle_paths(bundle: object, sources: Sources) -> tuple[Path, Path]:
    """Lock file and store: the environment (as the sandbox sets it) before the stack file before the defaults."""
    given = bundle if isinstance(bundle, dict) else {}
    lock = sources.environment.get("CARTESIA_LOCK_FILE") or given.get("lock") or DEFAULT_LOCK
    store = sources.environment.get("CARTESIA_BUNDLE_STORE") or given.get("store") or DEFAULT_STORE
    return sources.root / str(lock), sources.root / str(store)


def _shown(path: Path, root: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


def _arguments(settings: StackSettings, stack: str) -> VoiceStackArgs:
    args = VoiceStackArgs(
        environment=stack,
        eks=settings["eks"],
        release=settings["release"],
        production=settings.get("production", False),
    )
    if "addons" in settings:
        args["addons"] = settings["addons"]
    return args


def _check_rules(args: VoiceStackArgs, problems: Problems) -> None:
    """Add what the component would refuse, in the spelling of the stack file."""
    try:
        resolve_voice_stack(args)
    except ArgsError as error:
        for problem in error.problems:
            worded = respell(problem, StackSettings, "")
            problems.extend([Problem(f"{NAMESPACE}:{worded.path.lstrip('.')}", worded.rule, worded.got, worded.fix)])
