"""Which stacks a world holds, read from the files of its backend: asking the engine would take a second each.

Form of a state file, written by Pulumi 3.259: `.pulumi/stacks/<project>/<stack>.json`, or `.json.gz`, with
`checkpoint.latest.resources`.
"""

import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.host.layout import Layout

__all__ = ["PROJECT", "Deployed", "deployed", "recorded_names", "state_of"]

PROJECT = "cartesia"
"""Name of the checkout's project."""

_STACK = "pulumi:pulumi:Stack"
_ENDINGS = (".json", ".json.gz")

_CLUSTERS = ("aws:eks/cluster:Cluster", "gcp:container/cluster:Cluster")
_SCHEME = "https://"


@dataclass(frozen=True, slots=True)
class Deployed:
    """One stack that holds something, or whose state cannot be read."""

    project: str
    stack: str
    resources: int | None
    """How many, the stack itself not counted; None if its state cannot be read."""
    protected: tuple[str, ...] = ()
    """Logical names of the resources that must not be deleted."""

    def __str__(self) -> str:
        count = "of unknown content" if self.resources is None else f"{self.resources} resources"
        return f"{self.stack} ({count})"


def deployed(layout: Layout) -> tuple[Deployed, ...]:
    """Stacks of a world with at least one resource, by name."""
    files = (layout.pulumi_state / ".pulumi" / "stacks").glob("*/*")
    found = [_look(file) for file in sorted(files) if file.name.endswith(_ENDINGS)]
    return tuple(each for each in found if each.resources != 0)


def state_of(layout: Layout, project: str, stack: str) -> Deployed | None:
    """One stack, empty or not; None where the backend does not know it."""
    folder = layout.pulumi_state / ".pulumi" / "stacks" / project
    files = (folder / f"{stack}{ending}" for ending in _ENDINGS)
    return next((_look(file) for file in files if file.exists()), None)


def recorded_names(layout: Layout, project: str, stack: str) -> dict[str, str]:
    """What a stack's outputs would say of its cluster and its release, read from its resources; what is there only."""
    folder = layout.pulumi_state / ".pulumi" / "stacks" / project
    found: dict[str, str] = {}
    for file in (folder / f"{stack}{ending}" for ending in _ENDINGS):
        for each in _resources(file) if file.exists() else []:
            inputs = each.get("inputs") or {}
            if each["type"] in _CLUSTERS:
                found["clusterName"] = str(inputs.get("name", ""))
                endpoint = str((each.get("outputs") or {}).get("endpoint", "")).removeprefix(_SCHEME)
                if endpoint:
                    found["endpoint"] = f"{_SCHEME}{endpoint}"
            if each["type"] == "kubernetes:helm.sh/v3:Release":
                found |= {"releaseName": str(inputs.get("name", "")), "namespace": str(inputs.get("namespace", ""))}
    return found


def _look(file: Path) -> Deployed:
    project, stack = file.parent.name, file.name.removesuffix(".gz").removesuffix(".json")
    try:
        resources = _resources(file)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError):
        return Deployed(project, stack, None)
    protected = tuple(each["urn"].rpartition("::")[2] for each in resources if each.get("protect"))
    return Deployed(project, stack, len(resources), protected)


def _resources(file: Path) -> list[dict[str, Any]]:
    content = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    latest = json.loads(content)["checkpoint"].get("latest") or {}
    # What was begun and not recorded may exist as well.
    begun = [each["resource"] for each in latest.get("pending_operations") or []]
    return [each for each in [*(latest.get("resources") or []), *begun] if each["type"] != _STACK]
