"""Where each value of a release ends up in a rendering, and what is written around it there.

Every function takes a rendering, the value and the worker it is about, and gives the names around the value: none where
the place says everything, None where the value is not in its place.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from core.chart.objects import Object, Rendering, Workload, scalars

Found = Callable[[Rendering, Any, str], list[str] | None]


def pull_secret(seen: Rendering, value: Any, _: str) -> list[str] | None:
    """Every pod with an image of the vendor logs in."""
    pods = [*seen.workers, *seen.api, *seen.license]
    return [] if pods and all(value in each.pull_secrets for each in pods) else None


def _read_by(pods: Iterable[Workload], value: Any) -> list[str] | None:
    words = [mount.words for each in pods for mount in each.secrets if mount.secret == value]
    return words or None


def gcs_secret(seen: Rendering, value: Any, _: str) -> list[str] | None:
    """API or workers read it."""
    return _read_by([*seen.api, *seen.workers], value)


def api_key_secret(seen: Rendering, value: Any, _: str) -> list[str] | None:
    """The license proxy reads it; any workload where the proxy has no Service of the documented name."""
    return _read_by(seen.license or seen.workloads, value)


def license_seed_secret(seen: Rendering, value: Any, _: str) -> list[str] | None:
    """As `api_key_secret`, containers that run before the others included."""
    return _read_by(seen.license or seen.workloads, value)


def hot_reload(seen: Rendering, _value: Any, _: str) -> list[str] | None:
    """Variables and arguments of the API server that say yes. A value is judged by what it turns on and off."""
    names = [name for each in seen.api for name, value in each.variables.items() if value.lower() in ("true", "1")]
    flags = [text for each in seen.api for text in _arguments(each) if not text.lower().endswith(("false", "=0"))]
    return [*names, *flags] or None


def nats_image(seen: Rendering, value: Any, _: str) -> list[str] | None:
    """A workload that is not one of the vendor's runs it."""
    vendors = {id(each.obj) for each in (*seen.api, *seen.license, *seen.workers)}
    return [each.name for each in seen.workloads if id(each.obj) not in vendors and value in each.images] or None


def of_kind(*kinds: str) -> Found:
    """Whether an object of one of the kinds is there."""

    def found(seen: Rendering, _value: Any, _: str) -> list[str] | None:
        return [str(obj["kind"]) for obj in seen.of_kind(*kinds)] or None

    return found


def prometheus_address(seen: Rendering, value: Any, _: str) -> list[str] | None:
    """A trigger asks there."""
    texts = {text for obj in seen.of_kind("ScaledObject", "TriggerAuthentication") for text in scalars(obj.get("spec"))}
    return [] if value in texts else None


def _ingresses(seen: Rendering) -> list[Object]:
    return seen.of_kind("Ingress")


def _annotations(ingress: Object) -> Mapping[str, Any]:
    given = (ingress.get("metadata") or {}).get("annotations")
    return given if isinstance(given, Mapping) else {}


def ingress_host(seen: Rendering, value: Any, _: str) -> list[str] | None:
    """A rule of an Ingress has it."""
    hosts = {rule.get("host") for obj in _ingresses(seen) for rule in (obj.get("spec") or {}).get("rules") or ()}
    return [] if value in hosts else None


def ingress_certificate(seen: Rendering, value: Any, _: str) -> list[str] | None:
    """An annotation of an Ingress that speaks of certificates has it."""
    keys = [key for obj in _ingresses(seen) for key, text in _annotations(obj).items() if text == value]
    return [key for key in keys if "cert" in key] or None


def ingress_tls_secret(seen: Rendering, value: Any, _: str) -> list[str] | None:
    """An Ingress ends TLS with it."""
    names = {row.get("secretName") for obj in _ingresses(seen) for row in (obj.get("spec") or {}).get("tls") or ()}
    return [] if value in names else None


def ingress_class(seen: Rendering, value: Any, _: str) -> list[str] | None:
    """An Ingress is of it, by field or by the older annotation."""
    classes = {(obj.get("spec") or {}).get("ingressClassName") for obj in _ingresses(seen)}
    classes |= {_annotations(obj).get("kubernetes.io/ingress.class") for obj in _ingresses(seen)}
    return [] if value in classes else None


def ingress_annotations(seen: Rendering, value: Any, _: str) -> list[str] | None:
    """An Ingress has all of them."""
    wanted = value.items() if isinstance(value, Mapping) else ()
    return [] if wanted and any(wanted <= _annotations(obj).items() for obj in _ingresses(seen)) else None


def workers(seen: Rendering, value: Any, _: str) -> list[str] | None:
    """Each is a workload with GPUs."""
    names = {each.name for each in seen.workers}
    return [] if value and set(value) <= names else None


def _arguments(each: Workload) -> Iterator[str]:
    for container in each.containers:
        yield from scalars([container.get("command"), container.get("args")])


def told_worker(seen: Rendering, value: Any, worker: str) -> list[str] | None:
    """A variable or argument of the worker is exactly it."""
    each = seen.named(worker)
    if each is None:
        return None
    names = [name for name, text in each.variables.items() if text == str(value)]
    return names + [text for text in _arguments(each) if text.rpartition("=")[2] == str(value)] or None


def _scaler(seen: Rendering, worker: str) -> Mapping[str, Any]:
    for obj in seen.of_kind("ScaledObject", "HorizontalPodAutoscaler"):
        spec: Mapping[str, Any] = obj.get("spec") or {}
        if (spec.get("scaleTargetRef") or {}).get("name") == worker:
            return spec
    return {}


def min_replicas(seen: Rendering, value: Any, worker: str) -> list[str] | None:
    """Pods of the worker at least, where nothing scales it its very number."""
    each, scaler = seen.named(worker), _scaler(seen, worker)
    counts = [scaler.get("minReplicaCount"), scaler.get("minReplicas")]
    return [] if value in [*counts, each.spec.get("replicas") if each and not scaler else None] else None


def max_replicas(seen: Rendering, value: Any, worker: str) -> list[str] | None:
    """Pods of the worker at most."""
    scaler = _scaler(seen, worker)
    return [] if value in (scaler.get("maxReplicaCount"), scaler.get("maxReplicas")) else None


def worker_enabled(seen: Rendering, _value: Any, worker: str) -> list[str] | None:
    """The worker is there."""
    return [worker] if seen.named(worker) is not None else None
