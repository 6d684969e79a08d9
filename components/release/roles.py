"""What the chart can be told at a path that the vendor does not document: one row a role.

Owns each role's name, the argument that asks for it, what its path takes, and how the value is read and found. Which
paths there are is the caller's (`key_paths`); the documented keys are `catalog.chart`'s, and the roles that take the
name of a secret are rows of `core.secrets.table`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from core.input.reader import Reader
from core.secrets.table import arguments

_URL: Final = re.compile(r"https?://[^\s/@]+(/\S*)?")
MOST: Final = 1000
"""Pods or GPUs at most. Far above any cluster, low enough to catch a slip of the keyboard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A thing the chart can be told, whose values path is undocumented."""

    name: str
    """Key in `key_paths`."""
    argument: str
    """Argument that asks for it. `*` stands for a worker."""
    holds: str
    """What is written at the path."""
    read: Callable[[Reader, str], Any] | None = None
    """Reads the argument from its block, None where it was not given. Unset where a rule needs the value elsewhere."""
    get: Callable[[Any], Any] | None = None
    """The value in the release's parts, or in a worker's. None asks for nothing. Unset: what stands at `argument`."""
    asked_by: Callable[[Any], str] | None = None
    """The argument that asks for it where that is not always `argument`."""
    worker_key: str | None = None
    """Key inside a worker's map. Set where the path must hold `{worker}`."""
    documented: bool = False
    """Whether `worker_key` is documented, though not where it stands: the role `workers` then gives the path too."""
    by_path: bool = False
    """Whether it is written only where `key_paths` names it: a chart may tell it from the worker's name."""

    def value(self, part: Any) -> Any:
        """What the arguments want at the path. None where they want nothing."""
        if self.get is not None:
            return self.get(part)
        if self.read is not None:
            return part.plain.get(self.name)
        return _standing(part, self.argument)


def _standing(part: Any, argument: str) -> Any:
    """What stands at a dotted argument in the parts, None where it is absent or empty."""
    for name in argument.split("."):
        part = getattr(part, name, None)
    return dict(part) or None if isinstance(part, Mapping) else None if part == "" else part


def read_plain(read: Reader, block: str) -> dict[str, Any]:
    """The arguments of a block that go into the values as they are, by role."""
    return {
        role.name: role.read(read, key)
        for role in ROLES.values()
        for holder, _, key in (role.argument.rpartition("."),)
        if role.read is not None and holder == block and read.has(key)
    }


def _flag(read: Reader, key: str) -> bool | None:
    return read.optional_flag(key)


def _url(read: Reader, key: str) -> str | None:
    address = read.text(key)
    if address and not _URL.fullmatch(address):
        fix = "write it like http://prometheus-operated.monitoring:9090"
        read.problems.add(read.at(key), "must be an http(s) URL without a login", got=address, fix=fix)
    return address or None


def _batch(read: Reader, key: str) -> int | None:
    return read.optional_whole(key, 1, 4096)


def _secret_roles() -> Iterator[Role]:
    """The roles that take a secret's name, each once."""
    for _, argument in arguments():

        def name(parts: Any, block: str = argument.block) -> str | None:
            part = parts.secrets.get(block)
            return None if part is None else str(part.secret_name)

        yield Role(name=argument.role, argument=argument.block, holds=argument.holds, get=name)


def _hot_reload(parts: Any) -> bool | None:
    if parts.hot_reload is None and parts.air_gapped:
        return False  # on by default, and there is no bucket to reach
    return None if parts.hot_reload is None else bool(parts.hot_reload)


ROLES: Mapping[str, Role] = MappingProxyType(
    {
        role.name: role
        for role in (
            *_secret_roles(),
            Role(
                name="hot_reload",
                argument="features.hot_reload",
                holds="true or false",
                get=_hot_reload,
                asked_by=lambda parts: "air_gapped" if parts.hot_reload is None else "features.hot_reload",
            ),
            Role(name="nats_image", argument="nats_image", holds="image reference"),
            Role(name="pod_monitor", argument="monitoring.pod_monitor", holds="true or false", read=_flag),
            Role(name="autoscaling", argument="monitoring.autoscaling", holds="true or false", read=_flag),
            Role(name="prometheus_address", argument="monitoring.prometheus_address", holds="URL", read=_url),
            Role(
                name="ingress_enabled",
                argument="ingress",
                holds="true",
                get=lambda parts: None if parts.ingress is None else True,
            ),
            Role(name="ingress_host", argument="ingress.host", holds="DNS name"),
            Role(name="ingress_certificate", argument="ingress.certificate_arn", holds="certificate ARN"),
            Role(name="ingress_tls_secret", argument="ingress.tls_secret", holds="name of a TLS secret"),
            Role(name="ingress_class", argument="ingress.class_name", holds="ingress class"),
            Role(name="ingress_annotations", argument="ingress.annotations", holds="map of annotations"),
            Role(name="workers", argument="workers", holds="map of workers by name", get=lambda _: None),
            Role(
                name="worker_enabled",
                argument="workers.*",
                holds="true",
                worker_key="enabled",
                get=lambda _: True,
                by_path=True,
            ),
            Role(
                name="worker_model",
                argument="workers.*.model",
                holds="model id",
                worker_key="model",
                get=lambda worker: worker.config_model,
                by_path=True,
            ),
            Role(
                name="worker_min_replicas",
                argument="workers.*.min_replicas",
                holds="whole number",
                worker_key="minReplicas",
                get=lambda worker: worker.replicas.minimum,
                documented=True,
            ),
            Role(
                name="worker_max_replicas",
                argument="workers.*.max_replicas",
                holds="whole number",
                worker_key="maxReplicas",
                get=lambda worker: worker.replicas.maximum,
                documented=True,
            ),
            Role(
                name="worker_batch_size",
                argument="workers.*.batch_size",
                holds="whole number",
                worker_key="batch_size",
                read=_batch,
                documented=True,
            ),
        )
    }
)
"""Roles a caller may give a path for in `key_paths`; an empty path says the chart has no such key (a fixed name).

The role `workers` gives the documented worker keys their paths below `<path>.<worker>`; a `worker_*` role with
`{worker}` in its path overrules it.
"""
