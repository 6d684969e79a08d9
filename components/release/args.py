"""What a caller of `CartesiaRelease` writes: its Args.

Owns names, types and documented defaults; the rules are in `resolve` and the modules it calls. The vendor's
chart is private, so only the values keys its documentation names have a typed argument of their own; for everything
else `key_paths` says where the chart in hand keeps a thing, and `values` carries what has no argument at all.
"""

from typing import Any, NotRequired, TypedDict

import pulumi

from components.release.registry_args import MirrorCredentialsArgs


class ReleaseFeaturesArgs(TypedDict):
    """What the release is meant to do. Checked against what the release tag can do."""

    hot_reload: NotRequired[bool]
    """Voices and dictionaries load without a restart. Default: the chart's own (on). Change: rolls the pods."""
    models: NotRequired[list[str]]
    """Model ids that must be servable, e.g. `sonic-3.5`. A tag too old for one is refused. Default: none checked."""


class ReleaseSecretArgs(TypedDict):
    """A secret: made from a value, or one that exists."""

    value: NotRequired[pulumi.Input[str]]
    """Content; becomes a Kubernetes secret and is never shown. Change: in place; running pods keep the old one."""
    existing_secret: NotRequired[str]
    """Name of a secret that already exists in the namespace, instead of `value`. Change: rolls the pods."""
    secret_name: NotRequired[str]
    """Name of the secret made from `value`. Default: per secret, see the argument. Change: replaces the secret."""
    data_key: NotRequired[str]
    """Key inside the secret made from `value`. Undocumented by the vendor. Default: per secret. Change: in place."""


class ReleasePullSecretArgs(TypedDict):
    """Registry login of the nodes: one of the first three."""

    service_account_json: NotRequired[pulumi.Input[str]]
    """The vendor's service-account JSON key, for the vendor's registry. Change: in place."""
    mirror: NotRequired[MirrorCredentialsArgs]
    """Login of your own registry, for `image_registry`. Change: in place."""
    existing_secret: NotRequired[str]
    """Name of a dockerconfigjson secret that already exists in the namespace. Change: rolls the pods."""
    secret_name: NotRequired[str]
    """Name of the secret made. Default `cartesia-registry`. Change: replaces the secret."""


class ReleaseLicenseArgs(TypedDict):
    """Where the license proxy keeps its licence, and the first licence of an air-gapped release."""

    persistence: NotRequired[bool]
    """Keep licences and audit logs on a volume. Default: the chart's own; air-gapped needs true. Change: in place."""
    storage_class: NotRequired[str]
    """Storage class of that volume, e.g. `gp3`. Required with `persistence`. Change: the claim has to be remade."""
    seed: NotRequired[ReleaseSecretArgs]
    """Offline licence JSON for the first boot. Later changes do nothing (upload them). Secret `cartesia-license`."""
    uploaded_later: NotRequired[bool]
    """Air-gapped without `seed`: you upload the licence after the release is up. Default false."""


class ReleaseRolloutArgs(TypedDict):
    """How an update replaces pods, and the GPUs there are for it."""

    max_unavailable: NotRequired[int]
    """Pods of each deployment an update may take away first, 0 or more. Default: the chart's 0. Change: in place."""
    gpus_max: NotRequired[int]
    """GPUs the pools can give at most. With it, updates that could never finish are refused. Default: no check."""
    allow_stall: NotRequired[bool]
    """True: warn instead of refusing where GPUs are too few. Default false."""


class ReleaseIngressArgs(TypedDict):
    """The way in from outside. Always with TLS, since API keys travel in headers."""

    host: str
    """DNS name of the API, e.g. `api.cartesia.example.com`. Change: in place; clients must follow."""
    certificate_arn: NotRequired[pulumi.Input[str]]
    """ACM certificate for an AWS load balancer. Give this or `tls_secret`. Change: in place."""
    tls_secret: NotRequired[str]
    """Existing TLS secret in the namespace, for ingress controllers that end TLS in the cluster. Change: in place."""
    class_name: NotRequired[str]
    """Ingress class, e.g. `alb`. Default: the chart's own. Change: in place."""
    annotations: NotRequired[dict[str, str]]
    """Ingress annotations, e.g. an idle timeout above 300 s. Default none. Change: in place."""
    expose_license_paths: NotRequired[bool]
    """Air-gapped: accept that /license and /audit become reachable by the ingress. Default false."""


class ReleaseMonitoringArgs(TypedDict):
    """What the chart hands to the Prometheus Operator and to KEDA. Their CRDs must be in the cluster first."""

    pod_monitor: NotRequired[bool]
    """Scrape API and workers by a PodMonitor. Default: the chart's own. Change: in place."""
    autoscaling: NotRequired[bool]
    """Scale workers by KEDA between their bounds. Default: the chart's own. Change: in place."""
    prometheus_address: NotRequired[str]
    """URL at which KEDA asks Prometheus, e.g. `http://prometheus-operated.monitoring:9090`. Change: in place."""


class ReleaseWorkerArgs(TypedDict):
    """One model worker. Its key in `workers` is what `{worker}` in `key_paths` stands for."""

    model: str
    """Model id it serves: `sonic-2`, `sonic-3`, `sonic-3.5`, `voice-clone`, `ink-whisper` or `ink-2`."""
    min_replicas: NotRequired[int]
    """Pods at least, one GPU each; 0 scales to zero and needs KEDA. Default 1. Change: in place."""
    max_replicas: NotRequired[int]
    """Pods at most. Default `min_replicas`, at least 1. Change: in place."""
    batch_size: NotRequired[int]
    """Requests batched on the GPU: latency against throughput. Default: the chart's own. Change: rolls the worker."""


class ReleaseKeyPathsArgs(TypedDict):
    """Dotted values paths of what the vendor does not document. An empty path says the chart has no such key."""

    pull_secret: NotRequired[str]
    """Path that takes, for `pull_secret`: name of the registry pull secret."""
    gcs_secret: NotRequired[str]
    """Path that takes, for `gcs_access`: name of the secret with the vendor's key."""
    api_key_secret: NotRequired[str]
    """Path that takes, for `api_key`: name of the secret with the Cartesia API key."""
    license_seed_secret: NotRequired[str]
    """Path that takes, for `license.seed`: name of the secret with the licence."""
    hot_reload: NotRequired[str]
    """Path that takes, for `features.hot_reload`: true or false."""
    nats_image: NotRequired[str]
    """Path that takes, for `nats_image`: image reference."""
    pod_monitor: NotRequired[str]
    """Path that takes, for `monitoring.pod_monitor`: true or false."""
    autoscaling: NotRequired[str]
    """Path that takes, for `monitoring.autoscaling`: true or false."""
    prometheus_address: NotRequired[str]
    """Path that takes, for `monitoring.prometheus_address`: URL."""
    ingress_enabled: NotRequired[str]
    """Path that takes, for `ingress`: true."""
    ingress_host: NotRequired[str]
    """Path that takes, for `ingress.host`: DNS name."""
    ingress_certificate: NotRequired[str]
    """Path that takes, for `ingress.certificate_arn`: certificate ARN."""
    ingress_tls_secret: NotRequired[str]
    """Path that takes, for `ingress.tls_secret`: name of a TLS secret."""
    ingress_class: NotRequired[str]
    """Path that takes, for `ingress.class_name`: ingress class."""
    ingress_annotations: NotRequired[str]
    """Path that takes, for `ingress.annotations`: map of annotations."""
    workers: NotRequired[str]
    """Path that takes, for `workers`: map of workers by name."""
    worker_enabled: NotRequired[str]
    """Path that takes, for `workers.*`: true; holds `{worker}`."""
    worker_model: NotRequired[str]
    """Path that takes, for `workers.*.model`: model id; holds `{worker}`."""
    worker_min_replicas: NotRequired[str]
    """Path that takes, for `workers.*.min_replicas`: whole number; holds `{worker}`."""
    worker_max_replicas: NotRequired[str]
    """Path that takes, for `workers.*.max_replicas`: whole number; holds `{worker}`."""
    worker_batch_size: NotRequired[str]
    """Path that takes, for `workers.*.batch_size`: whole number; holds `{worker}`."""


class CartesiaReleaseArgs(TypedDict):
    """Arguments of `CartesiaRelease`."""

    chart_path: str
    """Folder of the verified, unpacked chart, relative to the program or absolute. Change: upgrades the release."""
    release_tag: str
    """One image tag for API, license proxy and workers, `sonic-YYYYMMDD`. Change: rolls all of them at once."""
    chart_version: NotRequired[str]
    """Version of the archive the chart came from. Shown by `helm history`. Default: none shown. Change: in place."""
    foundation: NotRequired[str]
    """Digest of nodes and add-ons, shown by `helm history`. `VoiceStack` gives it. Change: waits for the pods again."""
    namespace: NotRequired[str]
    """Namespace of everything made here. Default `cartesia`. Change: replaces the release."""
    create_namespace: NotRequired[bool]
    """False: the namespace exists already. Default true. Change: makes or deletes the namespace with all in it."""
    pod_security: NotRequired[str]
    """Pod security level enforced on a made namespace: `privileged`, `baseline`, `restricted`. Default: only warn."""
    release_name: NotRequired[str]
    """Helm release name. Default `cartesia`. Change: replaces the release."""
    features: NotRequired[ReleaseFeaturesArgs]
    """What the release is meant to do. Default: nothing checked, the chart's own switches."""
    air_gapped: NotRequired[bool]
    """True: no call to the vendor at run time; needs licence, persistence and a mirror. Default false."""
    license: NotRequired[ReleaseLicenseArgs]
    """Licence storage and first licence. Default: the chart's own."""
    api_key: NotRequired[ReleaseSecretArgs]
    """Cartesia API key, required unless air-gapped. Secret `cartesia-api-key`, key `api-key`."""
    pull_secret: NotRequired[ReleasePullSecretArgs]
    """Registry login. Default none: the nodes can pull by themselves."""
    gcs_access: NotRequired[ReleaseSecretArgs]
    """Service-account JSON that API and workers sync voices with. Secret `cartesia-gcs`, key `service-account.json`."""
    image_registry: NotRequired[str]
    """Registry prefix with all images, no scheme, no trailing slash. Default: the vendor's. Change: rolls the pods."""
    nats_image: NotRequired[str]
    """Whole image reference of NATS, which is in no vendor registry. Air-gapped needs it. Change: rolls NATS."""
    workers: NotRequired[dict[str, ReleaseWorkerArgs]]
    """Model workers by the chart's name for them. Default: the chart's own set."""
    rollout: NotRequired[ReleaseRolloutArgs]
    """Update behaviour and its GPU budget. Default: the chart's own, unchecked."""
    ingress: NotRequired[ReleaseIngressArgs]
    """Ingress with TLS. Default none: the API is reached inside the cluster only."""
    monitoring: NotRequired[ReleaseMonitoringArgs]
    """Metrics and autoscaling of the pods. Default: the chart's own."""
    api_service: NotRequired[str]
    """Name of the API's Service. Undocumented. Default `cartesia-api`, as its Deployment is named."""
    api_port: NotRequired[int]
    """Port of the API's Service. Default 5000, the port the API listens on."""
    key_paths: NotRequired[ReleaseKeyPathsArgs]
    """Where this chart keeps what the vendor does not document. `cartesia-infra release inspect` finds the paths."""
    values: NotRequired[dict[str, Any]]
    """More Helm values, merged last: maps merge, lists replace, null drops a default of the chart. No secrets."""
    timeout_seconds: NotRequired[int]
    """How long Helm waits for readiness, seconds, 10 to 21600. Default 1800. Change: in place."""
    wait: NotRequired[bool]
    """False: done once the objects are accepted, ready or not. Default true. Change: in place."""
    atomic: NotRequired[bool]
    """True: Helm rolls a failed install or upgrade back, with all evidence. Default false. Change: in place."""
