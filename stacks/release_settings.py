"""The `release` section of any cluster: secrets and the verified chart are put in, neither is taken from a stack file.

Owns which secrets a release takes, and the way from the lock file to the chart. Leaves alone where secrets come
from (`stacks.file.secret_settings`), where they go (`core.secrets.table`) and the rules of a release.
"""

import copy
import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NotRequired, TypedDict, cast

import pulumi

from catalog.releases import REGISTRY_HOST
from components.release.args import CartesiaReleaseArgs
from core.bundle.lock import DEFAULT_LOCK, DEFAULT_STORE, parse_lock, verified_chart
from core.input.problems import BROKEN, InvalidInput, Problems, holds_broken, meant_keys
from core.input.shapes import camel, fields, read
from core.kube.docker_config import registry_host
from core.secrets.table import SecretArgument, arguments
from stacks.target import Sources

__all__ = ["BundleSettings", "prepare_release"]


class BundleSettings(TypedDict):
    """Which vendor archive is deployed. Written by `cartesia-infra release fetch`."""

    lock: NotRequired[str]
    """Lock file, from the root of the checkout. Default `cartesia.lock`."""
    store: NotRequired[str]
    """Folder of unpacked archives, from the root of the checkout. Default `.cartesia/bundles`."""


SECRET_PATHS: Mapping[tuple[str, ...], str] = MappingProxyType(
    {tuple(map(camel, argument.path)): secret.key for secret, argument in arguments()}
)
"""Arguments of the release that hold a secret, as a stack file spells them, and the setting each comes from."""


def prepare_release(raw: dict[str, Any], secrets: Mapping[str, Any], sources: Sources, problems: Problems) -> None:
    """Complete the `release` section of `raw`, if it has one; refuse what must not be written there.

    Args:
        raw: The sections as written, in camelCase.
        secrets: Given secrets by key.
        sources: Lock and store are looked for there.
        problems: Collects every violation.
    """
    if isinstance(raw.get("release"), dict):
        raw["release"] = copy.deepcopy(raw["release"])
        # A block that is there under a misspelt name must not be made again around a secret.
        raw["release"] |= dict.fromkeys(meant_keys(raw["release"], map(camel, fields(CartesiaReleaseArgs))), BROKEN)
        _put_secrets(raw["release"], secrets, problems)
        _put_chart(raw["release"], raw.get("bundle"), sources, problems)


def _put_secrets(release: dict[str, Any], secrets: Mapping[str, Any], problems: Problems) -> None:
    """Refuse secrets written into the release, then put the given ones where the release takes them."""
    for path, key in SECRET_PATHS.items():
        if _lookup(release, path) is not None:
            problems.add(
                f"cartesia:release.{'.'.join(path)}",
                "must not be in a stack file",
                got="",
                secret=True,
                fix=f"remove it and use `pulumi config set --secret cartesia:{key}`",
            )
            _assign(release, path, BROKEN)
    for secret, argument in arguments():
        if secret.key in secrets and _takes(release, argument):
            given = secrets[secret.key]
            value = BROKEN if given is BROKEN else pulumi.Output.secret(given)
            _assign(release, tuple(map(camel, argument.path)), value)


def _takes(release: Mapping[str, Any], argument: SecretArgument) -> bool:
    """Whether this release takes a secret there: it may have an existing one for it, or no use for it."""
    air_gapped = release.get("airGapped") is True
    if argument.air_gapped not in (None, air_gapped):
        return False
    block = tuple(map(camel, argument.block.split(".")))
    if _lookup(release, (*block, "existingSecret")) is not None:
        return False
    mirrored = _lookup(release, ("pullSecret", "mirror")) is not None
    if argument.path[:2] == ("pull_secret", "mirror"):
        return mirrored
    return argument.path[0] != "pull_secret" or not (mirrored or _has_own_registry(release))


def _has_own_registry(release: Mapping[str, Any]) -> bool:
    """Whether the images come from another registry than the vendor's, to which nodes may need no login (ECR)."""
    registry = release.get("imageRegistry")
    return isinstance(registry, str) and registry != "" and registry_host(registry) != REGISTRY_HOST


def _lookup(tree: Any, path: tuple[str, ...]) -> object:
    for segment in path:
        tree = tree.get(segment) if isinstance(tree, dict) else None
    return cast(object, tree)


def _assign(tree: dict[str, Any], path: tuple[str, ...], value: object) -> None:
    """Set a value, making the maps on the way. What stands there and is not a map is left for the shape to refuse."""
    *parents, last = path
    for segment in parents:
        inner = tree.setdefault(segment, {})
        if not isinstance(inner, dict):
            return
        tree = inner
    tree[last] = value


def _put_chart(release: dict[str, Any], bundle: object, sources: Sources, problems: Problems) -> None:
    """Point the release at the chart of the locked and verified archive."""
    if "chartPath" in release:
        problems.add(
            "cartesia:release.chartPath",
            "must not be set, since only the locked archive is deployed",
            got=release["chartPath"],
            fix="remove it and run `cartesia-infra release fetch`",
        )
    release["chartPath"] = BROKEN  # until the archive is verified; whatever is wrong with it is told below
    if bundle is not None and holds_broken(read(bundle, BundleSettings, "", Problems())):
        return  # the shape of the section is told with that of all others
    lock_file, store = _bundle_paths(bundle, sources)
    try:
        lock = parse_lock(lock_file.read_text(encoding="utf-8"), path=lock_file.name)
        chart = verified_chart(store, lock)
    except FileNotFoundError:
        problems.add(
            "cartesia:bundle.lock",
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
