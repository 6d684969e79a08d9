"""Charts that nobody has seen: each keeps what the vendor does not document in a shape of its own, among decoys."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from core.chart.markers import Planted, laid_over


@dataclass(frozen=True, kw_only=True)
class Shape:
    """How one chart keeps things."""

    name: str
    paths: Mapping[str, str]
    """The truth: path by role. Worker roles hold `{worker}`."""
    defaults: Mapping[str, Any]
    """What stands in values.yaml at those paths; an empty text where nothing is said."""
    decoys: Mapping[str, Any] = field(default_factory=dict)
    """Keys by path that look like a role's, and are read by nobody but `decoy_variables`."""
    gates: Mapping[str, str] = field(default_factory=dict)
    """Switch by role, without which the role's value is not read."""
    reload_variable: str = "HOT_RELOAD"
    model_variable: str = "MODEL_ID"
    decoy_variables: Mapping[str, str] = field(default_factory=dict)
    """Variable of the API server by path of the decoy that is written into it."""
    needs: Mapping[str, bool] = field(default_factory=dict)
    """What `inspect` must say beside the paths."""

    def values(self) -> dict[str, Any]:
        """The chart's values.yaml."""
        base = {
            "release": {"releaseTag": "", "maxUnavailable": 0},
            "infra": {"imageRegistry": "us-docker.pkg.dev/cartesia-external/self-serve", "authenticate": True},
            "licenseProxy": {"persistence": {"enabled": False, "storageClass": ""}},
        }
        plain = {role: path for role, path in self.paths.items() if not role.startswith("worker_")}
        planted = [
            Planted(path.removesuffix("[0].name"), [] if path.endswith("].name") else self.defaults.get(role, ""))
            for role, path in plain.items()
            if path
        ]
        gates = [Planted(path, False) for path in dict.fromkeys(self.gates.values())]
        return laid_over(base, [*planted, *(Planted(path, value) for path, value in self.decoys.items()), *gates])

    def read(self, role: str) -> str:
        """A template's way to a role's value."""
        path = self.paths[role]
        if path.endswith("[0].name"):
            return f"(index .Values.{path.removesuffix('[0].name')} 0).name"
        return f".Values.{path}" if path else '""'

    def when(self, role: str) -> str:
        """The condition under which the role's value is used."""
        gate = f".Values.{self.gates[role]}" if role in self.gates else "true"
        list_path = self.paths[role].removesuffix("[0].name")
        given = f".Values.{list_path}" if list_path != self.paths[role] else self.read(role)
        return f"and {gate} {given}"


def write_chart(folder: Path, shape: Shape) -> Path:
    """The chart on disk."""
    chart = folder / shape.name
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: cartesia\nversion: 3.1.0\n")
    (chart / "values.yaml").write_text(yaml.safe_dump(shape.values(), sort_keys=False))
    (chart / "templates" / "all.yaml").write_text(_templates(shape))
    return chart


def _pulls(shape: Shape) -> str:
    return (
        f"{{{{- with $ }}}}{{{{- if {shape.when('pull_secret')} }}}}\n"
        f"      imagePullSecrets:\n        - name: {{{{ {shape.read('pull_secret')} }}}}\n"
        "{{- end }}{{- end }}"
    )


def _gcs(shape: Shape) -> str:
    return (
        f"{{{{- with $ }}}}{{{{- if {shape.when('gcs_secret')} }}}}\n"
        "      volumes:\n        - name: vendor-key\n          secret:\n"
        f"            secretName: {{{{ {shape.read('gcs_secret')} }}}}\n"
        "{{- end }}{{- end }}"
    )


def _worker(shape: Shape, role: str) -> str:
    """A template's way to a worker's own key."""
    return "$one." + shape.paths[role].split("{worker}.")[1]


def _templates(shape: Shape) -> str:
    decoys = "\n".join(
        f"            - {{name: {variable}, value: {{{{ .Values.{path} | quote }}}}}}"
        for path, variable in shape.decoy_variables.items()
    )
    enabled = f"if {_worker(shape, 'worker_enabled')}" if shape.paths.get("worker_enabled") else "if true"
    address = shape.read("prometheus_address").replace(".Values", "$.Values")
    image = "{{ $.Values.infra.imageRegistry }}/%s:{{ $.Values.release.releaseTag }}"
    return f"""
apiVersion: apps/v1
kind: Deployment
metadata: {{name: cartesia-api}}
spec:
  strategy: {{rollingUpdate: {{maxSurge: 1, maxUnavailable: {{{{ .Values.release.maxUnavailable }}}}}}}}
  template:
    metadata: {{labels: {{app: api}}}}
    spec:
{_pulls(shape)}
      containers:
        - name: api
          image: {image % "cartesia-api"}
          env:
            - {{name: {shape.reload_variable}, value: {{{{ {shape.read("hot_reload")} | quote }}}}}}
{decoys}
{_gcs(shape)}
---
apiVersion: v1
kind: Service
metadata: {{name: cartesia-license-proxy}}
spec: {{selector: {{app: gatekeeper}}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: gatekeeper}}
spec:
  template:
    metadata: {{labels: {{app: gatekeeper}}}}
    spec:
{_pulls(shape)}
      containers:
        - name: proxy
          image: {image % "cartesia-license-proxy"}
          env:
            {{{{- if {shape.when("api_key_secret")} }}}}
            - name: CARTESIA_API_KEY
              valueFrom: {{secretKeyRef: {{name: {{{{ {shape.read("api_key_secret")} }}}}, key: api-key}}}}
            {{{{- end }}}}
            - {{name: AUTHENTICATE, value: {{{{ .Values.infra.authenticate | quote }}}}}}
      {{{{- if and .Values.licenseProxy.persistence.enabled {shape.read("license_seed_secret")} }}}}
      volumes:
        - name: first-licence
          secret:
            secretName: {{{{ {shape.read("license_seed_secret")} }}}}
            items: [{{key: license.json, path: seed}}]
      {{{{- end }}}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {{name: bus}}
spec:
  template:
    spec:
      containers: [{{name: nats, image: {{{{ {shape.read("nats_image")} | quote }}}}}}]
{{{{- range $name, $given := .Values.{shape.paths["workers"]} }}}}
{{{{- $one := $given | default dict }}}}
{{{{- {enabled} }}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {{{{ $name }}}}}}
spec:
  replicas: {{{{ {_worker(shape, "worker_min_replicas")} | default 1 }}}}
  strategy: {{rollingUpdate: {{maxSurge: 3, maxUnavailable: {{{{ $.Values.release.maxUnavailable }}}}}}}}
  template:
    metadata: {{labels: {{app: {{{{ $name }}}}}}}}
    spec:
{_pulls(shape)}
      containers:
        - name: worker
          image: {image % "{{ $name }}"}
          env:
            - name: {shape.model_variable}
              value: {{{{ {_worker(shape, "worker_model")} | default "none" | quote }}}}
            - {{name: BATCH, value: {{{{ {_worker(shape, "worker_batch_size")} | default 1 | quote }}}}}}
          resources: {{limits: {{nvidia.com/gpu: 1}}}}
{_gcs(shape)}
{{{{- if {shape.read("autoscaling").replace(".Values", "$.Values")} }}}}
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {{name: {{{{ $name }}}}}}
spec:
  scaleTargetRef: {{name: {{{{ $name }}}}}}
  minReplicaCount: {{{{ {_worker(shape, "worker_min_replicas")} | default 1 }}}}
  maxReplicaCount: {{{{ {_worker(shape, "worker_max_replicas")} | default 2 }}}}
  triggers: [{{type: prometheus, metadata: {{serverAddress: {{{{ {address} }}}}}}}}]
{{{{- end }}}}
{{{{- end }}}}
{{{{- end }}}}
{{{{- if {shape.when("pod_monitor")} }}}}
---
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata: {{name: voice}}
{{{{- end }}}}
{{{{- if {shape.read("ingress_enabled")} }}}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: way-in
  annotations:
    alb.ingress.kubernetes.io/certificate-arn: {{{{ {shape.read("ingress_certificate")} | quote }}}}
    {{{{- with {shape.read("ingress_annotations")} }}}}{{{{ toYaml . | nindent 4 }}}}{{{{- end }}}}
spec:
  ingressClassName: {{{{ {shape.read("ingress_class")} | quote }}}}
  tls: [{{secretName: {{{{ {shape.read("ingress_tls_secret")} | quote }}}}}}]
  rules: [{{host: {{{{ required "a host, please" {shape.read("ingress_host")} | quote }}}}}}]
{{{{- end }}}}
"""


NESTED = Shape(
    name="nested",
    paths={
        "pull_secret": "global.registry.pullSecretName",
        "gcs_secret": "global.google.serviceAccountSecret",
        "api_key_secret": "licensing.cartesiaApiKey.secretRef",
        "license_seed_secret": "licensing.offline.seedSecret",
        "hot_reload": "api.liveReload.enabled",
        "nats_image": "messaging.nats.image",
        "pod_monitor": "observability.podMonitor",
        "autoscaling": "scaling.keda.enabled",
        "prometheus_address": "scaling.keda.prometheus.url",
        "ingress_enabled": "edge.ingress.enabled",
        "ingress_host": "edge.ingress.domain",
        "ingress_certificate": "edge.ingress.tls.acmCertificate",
        "ingress_tls_secret": "edge.ingress.tls.secretName",
        "ingress_class": "edge.ingress.controllerClass",
        "ingress_annotations": "edge.ingress.extraAnnotations",
        "workers": "inference.engines",
        "worker_enabled": "inference.engines.{worker}.enabled",
        "worker_model": "inference.engines.{worker}.modelId",
        "worker_min_replicas": "inference.engines.{worker}.replicas.min",
        "worker_max_replicas": "inference.engines.{worker}.replicas.max",
        "worker_batch_size": "inference.engines.{worker}.batching.batchSize",
    },
    defaults={
        "hot_reload": True,
        "pod_monitor": False,
        "autoscaling": False,
        "ingress_enabled": False,
        "ingress_annotations": {},
        "nats_image": "docker.io/library/nats:2.11",
        "prometheus_address": "http://prometheus.monitoring:9090",
        "workers": {
            "cartesia-sonic-azure-disco": {
                "enabled": False,
                "modelId": "azure-disco",
                "modelRevision": "",
                "replicas": {"min": 1, "max": 4},
                "batching": {"batchSize": 2},
            }
        },
    },
    decoys={
        "imagePullSecret": "",  # left over, and read by nobody
        "gcsSecret": "",
        "api.debug": False,
        "ingress.host": "old.example.com",
        "api.verbose.reloadLog": "",
    },
    decoy_variables={"api.debug": "DEBUG"},
)

FLAT = Shape(
    name="flat",
    paths={
        "pull_secret": "imagePullSecrets[0].name",
        "gcs_secret": "bucket_credentials",
        "api_key_secret": "license_key_secret",
        "license_seed_secret": "license_seed",
        "hot_reload": "hot_reload",
        "nats_image": "",
        "pod_monitor": "metrics_scrape",
        "autoscaling": "autoscale",
        "prometheus_address": "prometheus",
        "ingress_enabled": "expose",
        "ingress_host": "hostname",
        "ingress_certificate": "acm_arn",
        "ingress_tls_secret": "tls_secret",
        "ingress_class": "class",
        "ingress_annotations": "annotations",
        "workers": "models",
        "worker_enabled": "",
        "worker_model": "models.{worker}.model",
        "worker_min_replicas": "models.{worker}.minReplicas",
        "worker_max_replicas": "models.{worker}.maxReplicas",
        "worker_batch_size": "models.{worker}.batch_size",
    },
    defaults={
        "hot_reload": False,
        "pod_monitor": True,
        "autoscaling": True,
        "ingress_enabled": True,
        "ingress_host": "voice.internal",
        "ingress_annotations": {"team": "voice"},
        "workers": {},
        "prometheus_address": None,
        "gcs_secret": None,
    },
    decoys={"pullSecret": "regcred", "hot_reload_interval": 30, "gcs_bucket": "cartesia-example", "model": "sonic-3.5"},
    decoy_variables={"gcs_bucket": "GCS_BUCKET", "hot_reload_interval": "HOT_RELOAD_SECONDS"},
)

GATED = Shape(
    name="gated",
    paths={
        "pull_secret": "auth.registry.secret",
        "gcs_secret": "auth.gcs.secret",
        "api_key_secret": "auth.apiKey.existingSecret",
        "license_seed_secret": "auth.license.seedFrom",
        "hot_reload": "features.hotReload",
        "nats_image": "deps.broker.nats",
        "pod_monitor": "telemetry.podMonitor.create",
        "autoscaling": "features.autoscaling",
        "prometheus_address": "telemetry.prometheus",
        "ingress_enabled": "routes.public.on",
        "ingress_host": "routes.public.fqdn",
        "ingress_certificate": "routes.public.certificate",
        "ingress_tls_secret": "routes.public.tls",
        "ingress_class": "routes.public.class",
        "ingress_annotations": "routes.public.annotations",
        "workers": "pods.sonic",
        "worker_enabled": "",
        "worker_model": "pods.sonic.{worker}.codeName",
        "worker_min_replicas": "pods.sonic.{worker}.scale.minCount",
        "worker_max_replicas": "pods.sonic.{worker}.scale.maxCount",
        "worker_batch_size": "pods.sonic.{worker}.batch",
    },
    defaults={
        "hot_reload": True,
        "pod_monitor": False,
        "autoscaling": False,
        "ingress_enabled": False,
        "ingress_annotations": {},
        "nats_image": "",
        "prometheus_address": "",
        "workers": {"cartesia-sonic-rosy-dragon": {"codeName": "rosy-dragon", "scale": {}, "batch": 1}},
    },
    decoys={"features.hotReloadAudit": False, "auth.gcs.legacySecret": "", "telemetry.enabledForNats": False},
    gates={"gcs_secret": "auth.gcs.enabled", "pod_monitor": "telemetry.on"},
    decoy_variables={"features.hotReloadAudit": "AUDIT"},
    needs={"auth.gcs.enabled": True, "telemetry.on": True},
)

SHAPES = (NESTED, FLAT, GATED)
