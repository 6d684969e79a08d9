"""What a chart renders, as far as the voice stack is told by it: workloads, their pods, and ingresses.

Pure: takes the objects Helm printed, and knows of the vendor's names only what `catalog.chart` documents.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import yaml

from catalog.chart import API_DEPLOYMENT, LICENSE_PROXY_SERVICE
from catalog.gpus import GPU_RESOURCE

__all__ = ["Mount", "Rendering", "Workload", "scalars"]

Object = Mapping[str, Any]

_TEMPLATES: Final = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job")


@dataclass(frozen=True, slots=True)
class Mount:
    """A secret that a pod reads, and the words that stand around it: names of variables, volumes, files and keys."""

    secret: str
    words: str
    early: bool = False
    """Whether only containers that run before the others read it."""


@dataclass(frozen=True)
class Workload:
    """A workload and the pods it makes."""

    obj: Object

    @property
    def kind(self) -> str:
        """Its kind, e.g. `Deployment`."""
        return str(self.obj["kind"])

    @property
    def name(self) -> str:
        """Its name."""
        return str(_map(self.obj, "metadata").get("name", ""))

    @property
    def spec(self) -> Object:
        """Its own spec."""
        return _map(self.obj, "spec")

    @property
    def labels(self) -> Object:
        """Labels of its pods."""
        return _map(self.spec, "template", "metadata", "labels")

    @property
    def pod(self) -> Object:
        """Spec of its pods."""
        return _map(self.spec, "template", "spec")

    @property
    def containers(self) -> list[Object]:
        """The containers that stay."""
        return _maps(self.pod.get("containers"))

    @property
    def gpus(self) -> int:
        """GPUs that one pod is limited to."""
        limits = (_map(container, "resources", "limits").get(GPU_RESOURCE, 0) for container in self.containers)
        return sum(int(limit) for limit in limits if str(limit).isdigit())

    @property
    def images(self) -> list[str]:
        """References of the images of its containers."""
        return [str(container["image"]) for container in self.containers if container.get("image")]

    @property
    def pull_secrets(self) -> set[str]:
        """Names of its registry logins."""
        return {str(item.get("name")) for item in _maps(self.pod.get("imagePullSecrets"))}

    @property
    def variables(self) -> dict[str, str]:
        """Plain environment variables of its containers."""
        rows = (row for container in self.containers for row in _maps(container.get("env")))
        return {str(row.get("name")): str(row["value"]) for row in rows if row.get("value") is not None}

    @property
    def claims(self) -> set[str]:
        """Names of the volume claims its pods mount."""
        rows = (_map(volume, "persistentVolumeClaim") for volume in _maps(self.pod.get("volumes")))
        return {str(row["claimName"]) for row in rows if row.get("claimName")}

    @property
    def secrets(self) -> list[Mount]:
        """Every secret that its pods read, one row a use."""
        return [*self._by_variable(), *self._by_volume()]

    def _by_variable(self) -> Iterator[Mount]:
        for early, key in ((False, "containers"), (True, "initContainers")):
            for container in _maps(self.pod.get(key)):
                for row in _maps(container.get("env")):
                    ref = _map(row, "valueFrom", "secretKeyRef")
                    if ref.get("name"):
                        yield Mount(str(ref["name"]), f"{row.get('name')} {ref.get('key')}", early)
                for row in _maps(container.get("envFrom")):
                    if name := _map(row, "secretRef").get("name"):
                        yield Mount(str(name), str(row.get("prefix", "")), early)

    def _by_volume(self) -> Iterator[Mount]:
        for volume in _maps(self.pod.get("volumes")):
            refs = [_map(volume, "secret"), *(_map(row, "secret") for row in _sources(volume))]
            for ref in refs:
                if name := ref.get("secretName", ref.get("name")):
                    yield self._mounted(str(volume.get("name")), str(name), ref)

    def _mounted(self, volume: str, secret: str, ref: Object) -> Mount:
        words, early = [volume, *(f"{row.get('key')} {row.get('path')}" for row in _maps(ref.get("items")))], True
        for key in ("containers", "initContainers"):
            for container in _maps(self.pod.get(key)):
                places = [row for row in _maps(container.get("volumeMounts")) if row.get("name") == volume]
                paths = [str(row.get("mountPath")) for row in places]
                told = [str(row.get("name")) for row in _maps(container.get("env")) if _starts(row, paths)]
                words += [*paths, *told]
                early = early and not (places and key == "containers")
        return Mount(secret, " ".join(words), early)


@dataclass(frozen=True)
class Rendering:
    """Every object of one rendering."""

    objects: tuple[Object, ...]

    @classmethod
    def read(cls, text: str) -> "Rendering":
        """The objects of Helm's output.

        Raises:
            yaml.YAMLError: It is not YAML.
        """
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        return cls(tuple(_flat(yaml.load_all(text, Loader=loader))))

    @cached_property
    def workloads(self) -> tuple[Workload, ...]:
        """Everything that makes pods."""
        return tuple(Workload(obj) for obj in self.objects if obj.get("kind") in _TEMPLATES)

    @cached_property
    def workers(self) -> tuple[Workload, ...]:
        """The workloads with GPUs."""
        return tuple(each for each in self.workloads if each.gpus)

    @cached_property
    def api(self) -> tuple[Workload, ...]:
        """The API server: the documented name."""
        return tuple(each for each in self.workloads if each.name == API_DEPLOYMENT)

    @cached_property
    def license(self) -> tuple[Workload, ...]:
        """The license proxy: what stands behind the Service of the documented name."""
        for service in self.of_kind("Service"):
            if _map(service, "metadata").get("name") == LICENSE_PROXY_SERVICE:
                wanted = _map(service, "spec", "selector").items()
                return tuple(each for each in self.workloads if wanted and wanted <= each.labels.items())
        return ()

    def named(self, name: str) -> Workload | None:
        """The workload of a name."""
        return next((each for each in self.workloads if each.name == name), None)

    def of_kind(self, *kinds: str) -> list[Object]:
        """The objects of these kinds."""
        return [obj for obj in self.objects if obj.get("kind") in kinds]


def scalars(value: Any) -> Iterator[str]:
    """Every plain value in it as text, keys left out."""
    if isinstance(value, Mapping):
        for item in value.values():
            yield from scalars(item)
    elif isinstance(value, list):
        for item in value:
            yield from scalars(item)
    elif value is not None:
        yield str(value).lower() if isinstance(value, bool) else str(value)


def _flat(documents: Iterable[Any]) -> Iterator[Object]:
    """The objects, those of a `List` one by one."""
    for document in documents:
        if isinstance(document, Mapping) and document.get("kind") == "List":
            yield from _maps(document.get("items"))
        elif isinstance(document, Mapping) and document.get("kind"):
            yield document


def _map(value: Any, *keys: str) -> Object:
    """The map at a path, empty where there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _maps(value: Any) -> list[Object]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _sources(volume: Object) -> list[Object]:
    return _maps(_map(volume, "projected").get("sources"))


def _starts(row: Object, paths: list[str]) -> bool:
    """Whether a variable names a file below one of the paths."""
    return any(path and str(row.get("value", "")).startswith(path) for path in paths)
