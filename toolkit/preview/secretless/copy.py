"""A copy of one stack in a backend of its own: project, configuration and state, with placeholders for secrets.

Owns everything that is written, all of it in a folder that goes away. The stack's own backend is only read.
"""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from clients.engine import Engine, EngineError, urn_name
from core.input.stack_names import PREFIX, SUFFIX
from core.secrets.table import SECRETS
from toolkit.preview.secretless.placeholders import (
    WORD,
    api_placeholders,
    planned_secrets,
    secret_settings,
    state_secrets,
    with_placeholders,
)

__all__ = ["StackCopy"]

_KEYS: Final = ("encryptionsalt", "secretsprovider", "encryptedkey")
"""What of a stack file belongs to the real key."""
_PREFIX: Final = "cartesia:"
_STORE: Final = {"CARTESIA_BUNDLE_STORE": ".cartesia/bundles", "CARTESIA_LOCK_FILE": "cartesia.lock"}


@dataclass(slots=True)
class StackCopy:
    """One stack, copied into a folder."""

    stack: str
    root: Path
    """The checkout whose program is previewed."""
    folder: Path
    """Private, and gone afterwards."""
    state: Mapping[str, Any]
    """As `pulumi stack export` wrote it."""
    variables: dict[str, str | None] = field(default_factory=dict)
    """For every call of the engine; None takes one away."""

    def prepare(self, base: Path | None) -> None:
        """Make project and backend, and give the copy a state whose placeholders have the right shapes.

        Args:
            base: Checkout that the state is from; None takes the one that is previewed.

        Raises:
            EngineError: The engine refuses; nothing outside the folder was touched.
        """
        (self.folder / "backend").mkdir()
        self.variables = self._variables()
        self._project("head", self.root)
        self._engine("head", "stack", "init", self.stack, "--no-select")
        self._settings("head")
        resources = (self.state.get("deployment") or {}).get("resources") or []
        if not resources:
            return
        self._import(with_placeholders(resources))
        if not state_secrets(resources):
            return
        name = "head"
        if base is not None:
            name = "base"
            self._project(name, base)
            self._copy_settings(name)
        planned = self._planned(name)
        if planned:
            self._import(with_placeholders(resources, planned))

    def lines(self, options: Sequence[str]) -> Iterator[str]:
        """Lines of the events of the copy's preview."""
        return Engine(self.stack).preview_lines(options, folder=self.folder / "head", variables=self.variables)

    # -- parts

    def _variables(self) -> dict[str, str | None]:
        """A throwaway key and backend, and files with placeholders for the secrets that the stack has."""
        found: dict[str, str | None] = {
            "PULUMI_BACKEND_URL": (self.folder / "backend").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": secrets.token_hex(16),
            "PULUMI_CONFIG_PASSPHRASE_FILE": None,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        for name, default in _STORE.items():
            found[name] = os.environ.get(name) or str(self.root / default)
        texts, taken = api_placeholders(), self._taken()
        for key, secret in SECRETS.items():
            path = self.folder / f"{key}.{WORD}"
            path.write_text(texts[key], encoding="utf-8")
            found[secret.variable] = str(path) if key in taken else None
        return found

    def _taken(self) -> set[str]:
        """Secrets that the stack is given: by what it made of them, or all where it made nothing yet."""
        resources = (self.state.get("deployment") or {}).get("resources") or []
        mirror = "mirror:" in self._file(self.root).read_text(encoding="utf-8")
        fitting = {key for key in SECRETS if mirror or key != "mirrorPassword"}
        if not resources:
            return fitting - self._encrypted()
        names = [urn_name(str(each.get("urn", ""))) for each in resources]
        made = {
            key
            for key, secret in SECRETS.items()
            for argument in secret.arguments
            if any(name.endswith((argument.child, f"{argument.child}-secret")) for name in names)
        }
        return (made & fitting) - self._encrypted()

    def _encrypted(self) -> set[str]:
        """Keys of secrets that the stack file holds."""
        return {str(path[0]).removeprefix(_PREFIX) for path in secret_settings(self._config(self.root))}

    def _file(self, root: Path) -> Path:
        return root / "stacks" / f"{PREFIX}{self.stack}{SUFFIX}"

    def _config(self, root: Path) -> dict[str, Any]:
        try:
            content = yaml.safe_load(self._file(root).read_text(encoding="utf-8")) or {}
        except FileNotFoundError as error:
            raise EngineError(f"there is no stack file {self._file(root).name}") from error
        config: dict[str, Any] = content.get("config") or {}
        return config

    def _project(self, name: str, root: Path) -> None:
        """A project folder whose program is a checkout's, and whose stack file is a copy without secrets."""
        stacks = self.folder / name / "stacks"
        stacks.mkdir(parents=True)
        project = yaml.safe_load((root / "Pulumi.yaml").read_text(encoding="utf-8"))
        project["main"], project["stackConfigDir"] = str(root / "stacks"), "stacks"
        project["runtime"] = {"name": "python", "options": {"toolchain": "pip", "virtualenv": sys.prefix}}
        (self.folder / name / "Pulumi.yaml").write_text(yaml.safe_dump(project), encoding="utf-8")
        config = _without_secrets(self._config(root))
        self._own(name).write_text(yaml.safe_dump({"config": config}, sort_keys=False), encoding="utf-8")

    def _own(self, name: str) -> Path:
        return self.folder / name / "stacks" / f"{PREFIX}{self.stack}{SUFFIX}"

    def _settings(self, name: str) -> None:
        """Encrypt a placeholder for each secret of the configuration."""
        texts = api_placeholders()
        for path in secret_settings(self._config(self.root)):
            key = str(path[0])
            value = texts.get(key.removeprefix(_PREFIX), WORD) if len(path) == 1 else WORD
            self._engine(name, "config", "set", "--secret", "--path", _dotted(path), "--stack", self.stack, given=value)

    def _copy_settings(self, name: str) -> None:
        """The base's own settings, with the copy's key and its encrypted placeholders."""
        head = yaml.safe_load(self._own("head").read_text(encoding="utf-8"))
        base = yaml.safe_load(self._own(name).read_text(encoding="utf-8"))
        encrypted = {key: value for key, value in (head.get("config") or {}).items() if secret_settings({key: value})}
        base["encryptionsalt"] = head["encryptionsalt"]
        base["config"] = encrypted | (base.get("config") or {})
        self._own(name).write_text(yaml.safe_dump(base, sort_keys=False), encoding="utf-8")

    def _import(self, resources: list[dict[str, Any]]) -> None:
        salt = yaml.safe_load(self._own("head").read_text(encoding="utf-8"))["encryptionsalt"]
        deployment = dict(self.state["deployment"]) | {
            "resources": resources,
            "secrets_providers": {"type": "passphrase", "state": {"salt": salt}},
        }
        deployment.pop("pending_operations", None)
        text = json.dumps({**self.state, "deployment": deployment})
        self._engine("head", "stack", "import", "--stack", self.stack, given=text)

    def _planned(self, name: str) -> dict[Any, Any]:
        """What the program puts in place of the placeholders; nothing where it cannot be previewed."""
        file = self.folder / "plan.json"
        try:
            self._engine(name, "preview", "--stack", self.stack, "--save-plan", str(file), "--show-secrets", "--json")
        except EngineError:
            return {}
        return planned_secrets(json.loads(file.read_text(encoding="utf-8")))

    def _engine(self, name: str, *words: str, given: str | None = None) -> str:
        command = ["pulumi", "--cwd", str(self.folder / name), *words, "--non-interactive"]
        merged = {**os.environ, **self.variables}
        environment = {key: value for key, value in merged.items() if value is not None}
        done = subprocess.run(command, input=given, capture_output=True, text=True, check=False, env=environment)
        if done.returncode:
            said = (done.stderr or done.stdout).strip().removeprefix("error: ")
            raise EngineError(f"the copy of {self.stack} cannot be made: {said[-2000:]}")
        return done.stdout


def _without_secrets(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_secrets(item) for key, item in value.items() if not _is_secret(item)}
    return [_without_secrets(item) for item in value if not _is_secret(item)] if isinstance(value, list) else value


def _is_secret(value: Any) -> bool:
    return isinstance(value, Mapping) and set(value) == {"secure"}


def _dotted(path: Sequence[str | int]) -> str:
    """A path as `pulumi config set --path` reads it."""
    first, *rest = path
    return str(first) + "".join(f"[{each}]" if isinstance(each, int) else f'["{each}"]' for each in rest)
