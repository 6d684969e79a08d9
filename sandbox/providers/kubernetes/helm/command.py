"""Runs the real `helm` for one release.

Owns its environment, its private files, and ending it when the engine wants to stop; leaves alone which command runs.
"""

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from sandbox.providers.base import ProviderError, Special
from sandbox.providers.kubernetes.cluster import kubeconfig_for
from sandbox.providers.kubernetes.helm.files import Folder, private_folder, sweep
from sandbox.providers.kubernetes.inputs import without_nulls
from sandbox.providers.kubernetes.settings import Settings

_TICK_SECONDS: Final = 0.2
_GRACE_SECONDS: Final = 5.0
_REPOSITORY: Final = "given"
_DROPPED: Final = ("KUBECONFIG", "HELM_KUBE", "HELM_NAMESPACE", "HELM_DRIVER", "HELM_DEBUG")
_LOCATIONS: Final = {
    "pluginsPath": "HELM_PLUGINS",
    "registryConfigPath": "HELM_REGISTRY_CONFIG",
    "repositoryCache": "HELM_REPOSITORY_CACHE",
    "repositoryConfigPath": "HELM_REPOSITORY_CONFIG",
}


@dataclass(frozen=True, slots=True)
class Done:
    """How a run ended; the output may hold secrets and stays out of `repr`."""

    code: int
    stdout: str = field(repr=False)
    stderr: str = field(repr=False)
    cancelled: bool = False

    @property
    def error(self) -> str:
        """Helm's own words about a failure, without its warnings about file modes and the like."""
        lines = [line for line in self.stderr.splitlines() if line and not line.startswith(("WARNING:", "level="))]
        return "\n".join(lines).removeprefix("Error: ") or f"helm ended with code {self.code} and no message"


class Helm:
    """The `helm` command for one cluster; several runs at once are fine."""

    def __init__(self, settings: Settings, cancelled: threading.Event) -> None:
        self._settings = settings
        self._cancelled = cancelled
        self._swept = False

    def run(self, arguments: Sequence[str], inputs: dict[str, Any], tick: Callable[[], None] | None = None) -> Done:
        """Run to the end.

        Args:
            arguments: Everything but the files this class adds; `{chart}` stands for the chart.
            inputs: Plain inputs of the release: chart, values, repository.
            tick: Called five times a second meanwhile.

        Raises:
            ProviderError: There is no helm, or it cannot be started.
        """
        binary = shutil.which("helm")
        if binary is None:
            raise ProviderError("the helm program is not on PATH; run inside `cartesia-infra sandbox run`")
        if not self._swept:
            sweep()
            self._swept = True
        with private_folder() as folder:
            environment = self._environment(folder)
            chart, repository = _repository(inputs, folder, environment)
            if repository:
                added = self._wait([binary, "repo", "update", _REPOSITORY], environment, folder, None)
                if added.code:
                    return added
            words = [chart if word == "{chart}" else word for word in arguments]
            if "{chart}" in arguments:
                words += [*_values(inputs, folder), *_plain_repository(inputs, authenticated=repository)]
            return self._wait([binary, *words], environment, folder, tick)

    def _environment(self, folder: Folder) -> dict[str, str]:
        environment = {key: value for key, value in os.environ.items() if not key.startswith(_DROPPED)}
        environment |= {
            variable: str(self._settings.helm[key])
            for key, variable in _LOCATIONS.items()
            if self._settings.helm.get(key)
        }
        # Never the user's own kubeconfig: without one, the empty file makes helm fail instead of guessing.
        text = kubeconfig_for(self._settings)
        environment["KUBECONFIG"] = str(folder.write("kubeconfig", text))
        if self._settings.context:
            environment["HELM_KUBECONTEXT"] = self._settings.context
        return environment

    def _wait(
        self, words: Sequence[str], environment: dict[str, str], folder: Folder, tick: Callable[[], None] | None
    ) -> Done:
        number = len(list(folder.path.glob("out*")))
        out, err = folder.write(f"out{number}", ""), folder.write(f"err{number}", "")
        with out.open("wb") as stdout, err.open("wb") as stderr:
            try:
                # A session of its own: Ctrl-C reaches the engine, and the engine decides when helm has to end.
                process = subprocess.Popen(
                    words,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=stdout,
                    stderr=stderr,
                    start_new_session=True,
                )
            except OSError as error:
                raise ProviderError(f"helm did not start: {error.strerror}") from None
            cancelled = self._watch(process, tick)
        return Done(process.returncode, _text(out), _text(err), cancelled)

    def _watch(self, process: subprocess.Popen[bytes], tick: Callable[[], None] | None) -> bool:
        while True:
            try:
                process.wait(_TICK_SECONDS)
            except subprocess.TimeoutExpired:
                if self._cancelled.is_set():
                    _end(process)
                    return True
                if tick is not None:
                    tick()
            else:
                return False


def _end(process: subprocess.Popen[bytes]) -> None:
    """Helm marks the release as failed on SIGTERM, so it gets a moment before it is killed."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _values(inputs: dict[str, Any], folder: Folder) -> list[str]:
    words: list[str] = []
    for index, asset in enumerate(inputs.get("valueYamlFiles") or ()):
        text = asset_text(asset)
        if not inputs.get("allowNullValues"):
            text = yaml.safe_dump(without_nulls(yaml.safe_load(text) or {}))
        words += ["--values", str(folder.write(f"asset{index}.yaml", text))]
    return [*words, "--values", str(folder.write("values.yaml", yaml.safe_dump(inputs.get("values") or {})))]


def asset_text(asset: Any) -> str:
    """Content of a text or file asset.

    Raises:
        ProviderError: It is another kind of asset, or cannot be read.
    """
    fields = asset.fields if isinstance(asset, Special) else {}
    if isinstance(fields.get("text"), str):
        return str(fields["text"])
    path = fields.get("path")
    if not isinstance(path, str):
        raise ProviderError("valueYamlFiles: the stand-in takes file and string assets only")
    try:
        return Path(path).read_text()
    except OSError as error:
        raise ProviderError(f"valueYamlFiles: cannot read {path}: {error.strerror}") from None


def _repository(inputs: dict[str, Any], folder: Folder, environment: dict[str, str]) -> tuple[str, bool]:
    """The chart's reference, and whether a repository with a login had to be declared for it in a private file."""
    options, chart = inputs.get("repositoryOpts") or {}, str(inputs.get("chart", ""))
    if not options.get("username"):
        return chart, False
    entry = {"name": _REPOSITORY, "url": options.get("repo"), **{k: v for k, v in options.items() if k != "repo"}}
    text = yaml.safe_dump({"apiVersion": "", "repositories": [entry]})
    environment["HELM_REPOSITORY_CONFIG"] = str(folder.write("repositories.yaml", text))
    environment["HELM_REPOSITORY_CACHE"] = str(folder.path / "repository-cache")
    return f"{_REPOSITORY}/{chart}", True


def _plain_repository(inputs: dict[str, Any], *, authenticated: bool) -> list[str]:
    if authenticated:
        return []
    flags = {"repo": "--repo", "caFile": "--ca-file", "certFile": "--cert-file", "keyFile": "--key-file"}
    options = inputs.get("repositoryOpts") or {}
    return [word for key, flag in flags.items() if options.get(key) for word in (flag, str(options[key]))]


def _text(path: Path) -> str:
    return path.read_text(errors="replace")
