"""Releases of Helm charts, Cartesia's above all, and what stands in front of them.

The values of a chart are its own language. Rules that read Cartesia's documented keys judge releases that have one of
them, and stay silent on every other chart.
"""

from collections.abc import Iterator

from catalog.chart import (
    KEY_AUTHENTICATE,
    KEY_IMAGE_REGISTRY,
    KEY_LICENSE_PERSISTENCE,
    KEY_RELEASE_TAG,
    LICENSE_PATHS,
)
from core.bundle.release_tag import at_least, find_model, read_release_tag, require_feature
from core.input.problems import Problems
from core.input.secret_scan import kind_of_secret
from policies.reading import Value
from policies.rule import PRODUCTION, Level, Parameters, Resource, Rule, Severity

__all__ = ["RULES"]

RELEASE = "kubernetes:helm.sh/v3:Release"
INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"

_CERTIFICATE = "alb.ingress.kubernetes.io/certificate-arn"
_ATTRIBUTES = "alb.ingress.kubernetes.io/load-balancer-attributes"
_IDLE = "idle_timeout.timeout_seconds="
_ALB_DEFAULT_IDLE = 60.0


def _is_cartesia(values: Value) -> bool:
    """Whether these are values of Cartesia's chart."""
    return any(values[section].known and values[section].present for section in ("release", "infra", "licenseProxy"))


def _tag_pinned(release: Resource, _: Parameters) -> Iterator[str]:
    values = release.inputs["values"]
    tag = values[KEY_RELEASE_TAG]
    if not values["release"].present or not tag.known:
        return
    problems = Problems()
    if tag.absent or (tag.text is not None and read_release_tag(tag.text, "", problems) is None):
        yield f"values.{KEY_RELEASE_TAG} names no release"


def _tag_new_enough(release: Resource, _: Parameters) -> Iterator[str]:
    values = release.inputs["values"]
    tag = read_release_tag(values[KEY_RELEASE_TAG].text, "", Problems())
    if tag is None:
        return
    problems = Problems()
    if values["hotReload"].is_(True):
        require_feature(tag, "hot_reload", "values.hotReload", problems)
    yield from (f"{each.path} {each.rule}" for each in problems)
    workers = values["workers"]
    for name in workers.keys_if_map():
        model = find_model(workers.key(name)["model"].text or "")
        if model is not None and at_least(tag, model.minimum_tag) is False:
            yield f"{workers.key(name).path}.model needs release tag {model.minimum_tag} or newer"


def _authenticates(release: Resource, _: Parameters) -> Iterator[str]:
    values = release.inputs["values"]
    if values[KEY_AUTHENTICATE].is_(False) and values[KEY_IMAGE_REGISTRY].absent:
        yield f"values.{KEY_AUTHENTICATE} is false"


def _keeps_license(release: Resource, parameters: Parameters) -> Iterator[str]:
    values = release.inputs["values"]
    if not release.in_production(parameters) or not _is_cartesia(values):
        return
    if values[KEY_LICENSE_PERSISTENCE].is_not(True):
        yield f"values.{KEY_LICENSE_PERSISTENCE} is not true"


def _worker_minimum(release: Resource, parameters: Parameters) -> Iterator[str]:
    workers = release.inputs["values.workers"]
    if not release.in_production(parameters):
        return
    for name in workers.keys_if_map():
        least = workers.key(name)["minReplicas"].number
        if least is not None and least < 1:
            yield f"{workers.key(name).path}.minReplicas is below 1"


def _chart_pinned(release: Resource, _: Parameters) -> Iterator[str]:
    remote = release.inputs["repositoryOpts.repo"].present
    chart = release.inputs["chart"].text or ""
    if (remote or chart.startswith(("oci://", "https://", "http://"))) and release.inputs["version"].absent:
        yield "the chart is fetched, and version is not set"


def _waits(release: Resource, _: Parameters) -> Iterator[str]:
    if release.inputs["skipAwait"].is_(True):
        yield "skipAwait is true"


def _values_hold_no_secret(release: Resource, _: Parameters) -> Iterator[str]:
    yield from _secrets(release.inputs["values"])


def _config_map_holds_no_secret(config_map: Resource, _: Parameters) -> Iterator[str]:
    yield from _secrets(config_map.inputs["data"])


def _secrets(holder: Value) -> Iterator[str]:
    for leaf in holder.leaves():
        kind = kind_of_secret(leaf.text_if_text())
        if kind is not None:
            yield f"{holder.path} holds {kind}"


def _license_not_public(ingress: Resource, _: Parameters) -> Iterator[str]:
    for rule in ingress.inputs["spec.rules"].items():
        for path in rule["http.paths"].items():
            shown = path["path"].text
            if shown is not None and shown.rstrip("/*").startswith(LICENSE_PATHS):
                yield f"{path.path} shows the license proxy"


def _encrypts(ingress: Resource, _: Parameters) -> Iterator[str]:
    annotations = ingress.inputs["metadata.annotations"]
    if ingress.inputs["spec.tls"].absent and annotations.key(_CERTIFICATE).absent:
        yield "neither spec.tls nor a certificate annotation is set"


def _idle_timeout(ingress: Resource, parameters: Parameters) -> Iterator[str]:
    if not ingress.inputs["spec.ingressClassName"].is_("alb"):
        return
    yield from _too_short(ingress.inputs["metadata.annotations"], parameters)


def _release_idle_timeout(release: Resource, parameters: Parameters) -> Iterator[str]:
    ingress = release.inputs["values.ingress"]
    if ingress["enabled"].is_(True) and ingress["className"].is_("alb"):
        yield from _too_short(ingress["annotations"], parameters)


def _too_short(annotations: Value, parameters: Parameters) -> Iterator[str]:
    attributes = annotations.key(_ATTRIBUTES)
    if not attributes.known or (attributes.present and attributes.text is None):
        return
    if _idle_seconds(attributes.text or "") < parameters.number("minimumSeconds"):
        yield f"{annotations.path}: the idle timeout in {_ATTRIBUTES} is too short"


def _idle_seconds(attributes: str) -> float:
    for part in attributes.split(","):
        seconds = part.strip().removeprefix(_IDLE)
        if part.strip().startswith(_IDLE) and seconds.isdecimal():
            return float(seconds)
    return _ALB_DEFAULT_IDLE


_IDLE_SCHEMA = {
    "minimumSeconds": {"type": "number", "default": 300, "description": "Shortest idle timeout of a load balancer."}
}

RULES = (
    Rule(
        id="release-tag-pinned",
        types=(RELEASE,),
        severity=Severity.HIGH,
        reason="Without a fixed tag of Cartesia's release, nodes run different images and a roll-back has no name.",
        fix="Set release.releaseTag to the tag you were given.",
        source="docs.cartesia.ai/self-hosted, upgrades and rollback",
        check=_tag_pinned,
    ),
    Rule(
        id="release-tag-new-enough",
        types=(RELEASE,),
        severity=Severity.HIGH,
        reason="A worker of a model, or a switch, that the release does not have yet fails when it starts.",
        fix="Raise the tag, or leave the feature out.",
        source="docs.cartesia.ai/self-hosted, changelog",
        check=_tag_new_enough,
    ),
    Rule(
        id="release-authenticates",
        types=(RELEASE,),
        severity=Severity.CRITICAL,
        reason="Whoever reaches the API could use the GPUs; only an air-gapped release is meant to run so.",
        fix="Set infra.authenticate to true, or infra.imageRegistry where the release is air-gapped.",
        source="docs.cartesia.ai/self-hosted, managed Kubernetes",
        check=_authenticates,
    ),
    Rule(
        id="release-keeps-license-data",
        types=(RELEASE,),
        severity=Severity.MEDIUM,
        reason="Without a volume, the license proxy loses its record of use with its pod.",
        fix="Set licenseProxy.persistence.enabled to true.",
        source="docs.cartesia.ai/self-hosted, air-gapped",
        check=_keeps_license,
        schema=PRODUCTION,
    ),
    Rule(
        id="release-worker-minimum",
        types=(RELEASE,),
        severity=Severity.HIGH,
        reason="A model without a worker refuses its first calls until a GPU has loaded it.",
        fix="Set minReplicas to 1 or more.",
        source="docs.cartesia.ai/self-hosted, architecture",
        check=_worker_minimum,
        schema=PRODUCTION,
    ),
    Rule(
        id="helm-chart-pinned",
        types=(RELEASE,),
        severity=Severity.MEDIUM,
        reason="A chart from a repository without a version is another one on the next update.",
        fix="Set version, or use a verified chart on disk.",
        source="Pulumi Registry, kubernetes.helm.sh/v3.Release",
        check=_chart_pinned,
    ),
    Rule(
        id="helm-release-waits",
        types=(RELEASE,),
        severity=Severity.MEDIUM,
        reason="The update would succeed although nothing of the release runs.",
        fix="Remove skipAwait.",
        source="Pulumi Registry, kubernetes.helm.sh/v3.Release",
        check=_waits,
    ),
    Rule(
        id="helm-values-hold-no-secret",
        types=(RELEASE,),
        severity=Severity.CRITICAL,
        reason="Helm keeps values in its release record, and charts print them into manifests.",
        fix="Make a Kubernetes secret, and name it in the values.",
        source="Helm documentation, helm get values",
        check=_values_hold_no_secret,
    ),
    Rule(
        id="config-map-holds-no-secret",
        types=(CONFIG_MAP,),
        severity=Severity.CRITICAL,
        reason="A config map is neither encrypted nor hidden, and may be read by most roles.",
        fix="Use a secret.",
        source="Kubernetes documentation, ConfigMap, caution",
        check=_config_map_holds_no_secret,
    ),
    Rule(
        id="ingress-license-not-public",
        types=(INGRESS,),
        severity=Severity.CRITICAL,
        reason="The license proxy's paths have no documented authentication.",
        fix="Take /license and /audit off the ingress.",
        source="docs.cartesia.ai/self-hosted, air-gapped",
        check=_license_not_public,
    ),
    Rule(
        id="ingress-tls",
        types=(INGRESS,),
        severity=Severity.HIGH,
        reason="API keys and speech would cross the network in clear.",
        fix=f"Set spec.tls, or the annotation {_CERTIFICATE}.",
        source="Kubernetes documentation, Ingress, TLS; AWS Load Balancer Controller, annotations",
        check=_encrypts,
    ),
    Rule(
        id="ingress-idle-timeout",
        types=(INGRESS,),
        severity=Severity.MEDIUM,
        reason="An application load balancer ends a WebSocket that is silent for 60 seconds, in the middle of a call.",
        fix=f"Add the annotation {_ATTRIBUTES}: {_IDLE}360.",
        source="Elastic Load Balancing user guide, connection idle timeout; AWS Load Balancer Controller, annotations",
        check=_idle_timeout,
        schema=_IDLE_SCHEMA,
    ),
    Rule(
        id="release-idle-timeout",
        types=(RELEASE,),
        severity=Severity.MEDIUM,
        level=Level.ADVISORY,
        reason="An application load balancer ends a WebSocket that is silent for 60 seconds, in the middle of a call.",
        fix=f"Add {_ATTRIBUTES}: {_IDLE}360 to ingress.annotations of the values.",
        source="Elastic Load Balancing user guide, connection idle timeout; AWS Load Balancer Controller, annotations",
        check=_release_idle_timeout,
        schema=_IDLE_SCHEMA,
    ),
)
