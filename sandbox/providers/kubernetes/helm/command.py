"""The real `helm` for one release: its chart, values and repository as private files.

Leaves running it to `clients.helm`, and which command runs to `release`.
"""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from clients import helm
from clients.helm import Done, Folder, HelmError, HelmMissingError, Run
from sandbox.providers.base import ProviderError, Special
from sandbox.providers.kubernetes.cluster import kubeconfig_for
from sandbox.providers.kubernetes.inputs import without_nulls
from sandbox.providers.kubernetes.settings import Settings

_REPOSITORY: Final = "given"
_LOCATIONS: Final = {
    "pluginsPath": "HELM_PLUGINS",
    "registryConfigPath": "HELM_REGISTRY_CONFIG",
    "repositoryCache": "HELM_REPOSITORY_CACHE",
    "repositoryConfigPath": "HELM_REPOSITORY_CONFIG",
}


class ReleaseHelm:
    """The `helm` command for the releases of one provider instance; several runs at once are fine."""

    def __init__(self, settings: Settings, cancelled: threading.Event) -> None:
        variables = {name: str(settings.helm[key]) for key, name in _LOCATIONS.items() if settings.helm.get(key)}
        if settings.context:
            variables["HELM_KUBECONTEXT"] = settings.context
        # Never the user's own kubeconfig: without one, the empty file makes helm fail instead of guessing.
        self._helm = helm.Helm(kubeconfig_for(settings), variables=variables, cancelled=cancelled)

    def run(self, arguments: Sequence[str], inputs: dict[str, Any], tick: Callable[[], None] | None = None) -> Done:
        """Run to the end.

        Args:
            arguments: Everything but the files this class adds; `{chart}` stands for the chart.
            inputs: Plain inputs of the release: chart, values, repository.
            tick: Called five times a second meanwhile.

        Raises:
            ProviderError: There is no helm, or it cannot be started.
        """
        try:
            with self._helm.session() as run:
                return _run(run, arguments, inputs, tick)
        except HelmMissingError:
            raise ProviderError("the helm program is not on PATH; run inside `cartesia-infra sandbox run`") from None
        except HelmError as error:
            raise ProviderError(str(error)) from None


def _run(run: Run, arguments: Sequence[str], inputs: dict[str, Any], tick: Callable[[], None] | None) -> Done:
    chart, repository = _repository(inputs, run.folder, run.environment)
    if repository:
        added = run(["repo", "update", _REPOSITORY])
        if added.code:
            return added
    words = [chart if word == "{chart}" else word for word in arguments]
    if "{chart}" in arguments:
        values = _values(inputs, run.folder) if arguments[0] != "show" else []
        words += [*values, *_plain_repository(inputs, authenticated=repository)]
    return run(words, tick=tick)


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
