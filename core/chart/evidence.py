"""What shows, in a rendering, that a chart takes a role's value at a path: one row a role.

Owns the place where each value must end up, and the words by which two roles with one place are told apart. A path's
name alone proves nothing: a key may be misleading, or read by nobody.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from core.chart import places

__all__ = ["EVIDENCE", "Evidence", "Form", "phrase"]

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


class Form(StrEnum):
    """What a value of a role looks like."""

    NAME = "name"
    HOST = "host"
    ARN = "arn"
    URL = "url"
    IMAGE = "image"
    FLAG = "flag"
    MAP = "map"
    WORKERS = "workers"
    COUNT = "count"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """How a role's value is recognised in a rendering."""

    role: str
    form: Form
    place: str
    """Where the value must end up, for messages."""
    found: places.Found
    strong: re.Pattern[str]
    """Words that name the role."""
    weak: re.Pattern[str]
    """Words that are at home with the role."""
    judged: bool = True
    """Whether one rendering alone shows that the value was taken: an upper bound needs an autoscaler to show in."""

    def score(self, path: Iterable[str], words: Iterable[str]) -> int:
        """How much the names around a value speak for the role, 0 for nothing."""
        parts = list(path)
        named = {phrase(parts[-1]), phrase(" ".join(parts))} if parts else set()
        exact = bool(parts) and self.strong.fullmatch(phrase(parts[-1])) is not None
        return exact + sum(
            2 * bool(self.strong.search(each)) + bool(self.weak.search(each))
            for each in (*named, *{phrase(each) for each in words})
        )


def phrase(name: str) -> str:
    """The words of a name in small letters: `gcsSecretName` gives `gcs secret name`."""
    return " ".join(word.lower() for word in _WORD.findall(name))


_LOGINS = "spec.imagePullSecrets of every pod with an image of the vendor"
_ROWS: Final[tuple[tuple[str, Form, str, places.Found, str, str], ...]] = (
    # role, form, place, found, strong words, weak words
    ("pull_secret", Form.NAME, _LOGINS, places.pull_secret, "pull secret", "pull|registry"),
    ("gcs_secret", Form.NAME, "a secret of API or workers", places.gcs_secret,
     "gcs|service account|google", "gcp|bucket|storage|artifact|voices"),
    ("api_key_secret", Form.NAME, "a secret of the license proxy", places.api_key_secret,
     "api key|cartesia key|container key", "key|token|credential"),
    ("license_seed_secret", Form.NAME, "a secret of the license proxy", places.license_seed_secret,
     "seed|offline|licen[cs]e (json|file)", "licen[cs]e"),
    ("hot_reload", Form.FLAG, "a variable of the API server", places.hot_reload,
     "(hot|live) ?reload", "reload|hot|migration"),
    ("nats_image", Form.IMAGE, "the image of NATS", places.nats_image, "nats", "broker|queue|messag"),
    ("pod_monitor", Form.FLAG, "whether a PodMonitor is made", places.of_kind("PodMonitor", "ServiceMonitor"),
     "pod monitor", "monitor|metric|scrape|observab"),
    ("autoscaling", Form.FLAG, "whether a ScaledObject is made",
     places.of_kind("ScaledObject", "HorizontalPodAutoscaler"), "auto ?scal|keda", "scal"),
    ("prometheus_address", Form.URL, "a trigger of the ScaledObject", places.prometheus_address,
     "prometheus", "address|url|server"),
    ("ingress_enabled", Form.FLAG, "whether an Ingress is made", places.of_kind("Ingress"),
     "ingress", "expos|public|route|gateway|edge"),
    ("ingress_host", Form.HOST, "spec.rules[].host of the Ingress", places.ingress_host,
     "host|domain|fqdn", "dns|name"),
    ("ingress_certificate", Form.ARN, "the certificate annotation of the Ingress", places.ingress_certificate,
     "cert", "arn|acm|tls"),
    ("ingress_tls_secret", Form.NAME, "spec.tls[].secretName of the Ingress", places.ingress_tls_secret,
     "tls", "secret|cert"),
    ("ingress_class", Form.NAME, "spec.ingressClassName of the Ingress", places.ingress_class,
     "class", "controller|kind"),
    ("ingress_annotations", Form.MAP, "metadata.annotations of the Ingress", places.ingress_annotations,
     "annotation", "extra|meta"),
    ("workers", Form.WORKERS, "a Deployment with a GPU for each worker", places.workers,
     "worker|engine|model", "sonic|tts"),
    ("worker_enabled", Form.FLAG, "whether the worker's Deployment is made", places.worker_enabled,
     "(^| )enabled?$", "active|on$|deploy"),
    ("worker_model", Form.NAME, "a variable of the worker", places.told_worker,
     "(^| )model( id| name)?$", "model|voice|code ?name"),
    ("worker_min_replicas", Form.COUNT, "spec.replicas, or minReplicaCount of the ScaledObject", places.min_replicas,
     "(^| )min", "replica|count|low"),
    ("worker_max_replicas", Form.COUNT, "maxReplicaCount of the ScaledObject", places.max_replicas,
     "(^| )max", "replica|count|high"),
    ("worker_batch_size", Form.COUNT, "a variable of the worker", places.told_worker, "batch", "size|concurren"),
)  # fmt: skip

EVIDENCE: Final[Mapping[str, Evidence]] = MappingProxyType(
    {
        role: Evidence(
            role=role,
            form=form,
            place=place,
            found=found,
            strong=re.compile(strong),
            weak=re.compile(weak),
            judged=role not in ("hot_reload", "worker_max_replicas"),
        )
        for role, form, place, found, strong, weak in _ROWS
    }
)
"""By role of `key_paths`. A test holds that each role has a row."""
