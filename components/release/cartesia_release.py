"""The vendor's chart as a Helm release, with its namespace and the secrets it reads.

Owns the namespace (unless told it exists), the secrets made from given values, and the Helm release of a chart that was
fetched and verified before. Leaves alone how the chart is fetched, the cluster, and licences after the first boot.

- Secrets come before the release and go after it. Values carry only their names, so Helm's history holds no secret.
- A changed secret is updated in place and starts no rollout, for nothing in the values changes; restart the pods that
  read it (`kubectl rollout restart deployment/cartesia-api`), or they keep the old content until their next start.
- A failed update stays as it is (`atomic` off): with `max_unavailable` 0 the old pods go on serving, the new pods keep
  their events and logs, and the next update goes on from there. Rolling back would cost the evidence and gain nothing.
- A made namespace warns about pods below the `baseline` level and refuses none: what the vendor's pods need is not
  documented, and a refusal would show only as a rollout that never ends. `pod_security` enforces a level.
"""

from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from components.release.args import CartesiaReleaseArgs
from components.release.helm import helm_values
from components.release.resolve import COMPONENT, resolve_cartesia_release
from components.release.secrets import make_secrets
from components.release.spec import CartesiaReleaseSpec
from components.replacing import one_of_a_name, replaced_with
from components.warn import warn

KEPT_REVISIONS = 10
"""Revisions Helm keeps. Each is a secret in the namespace, and without a limit they pile up."""


class CartesiaRelease(pulumi.ComponentResource):
    """The voice stack in the cluster: namespace, secrets and the Helm release of the vendor's verified chart."""

    namespace: pulumi.Output[str]
    """Namespace of the release."""
    release_name: pulumi.Output[str]
    """Name of the Helm release."""
    release_status: pulumi.Output[str]
    """What Helm says of the release, `deployed` when all is well."""
    release_tag: pulumi.Output[str]
    """Image tag of API, license proxy and workers."""
    api_endpoint: pulumi.Output[str]
    """URL of the API: https and the ingress host, else http and the Service inside the cluster."""
    worker_names: pulumi.Output[list[str]]
    """Deployments of the workers given in `workers`, sorted."""

    def __init__(self, name: str, args: CartesiaReleaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec = resolve_cartesia_release(args)  # before super(): wrong arguments register nothing
        props = {"namespace": spec.namespace, "release_tag": spec.parts.tag}
        super().__init__("cartesia:index:CartesiaRelease", name, props, opts)
        for warning in spec.warnings:
            warn(warning, CartesiaReleaseArgs, self)
        namespace = _namespace(name, spec, self)
        secrets = make_secrets(name, spec, namespace, self)
        before: list[pulumi.Resource] = [*([namespace] if namespace else []), *secrets]
        release = kubernetes.helm.v3.Release(
            f"{name}-release",
            name=spec.release_name,
            namespace=spec.namespace,
            chart=spec.chart_path,
            description=_description(spec),
            **helm_values(COMPONENT, spec.settings, spec.values),
            timeout=spec.timeout_seconds,
            skip_await=not spec.wait,
            atomic=spec.atomic,
            max_history=KEPT_REVISIONS,
            opts=one_of_a_name(parent=self, depends_on=before, transformations=replaced_with(namespace)),
        )
        self.namespace = pulumi.Output.from_input(spec.namespace)
        self.release_name = pulumi.Output.from_input(spec.release_name)
        self.release_status = release.status.apply(_status)
        self.release_tag = pulumi.Output.from_input(spec.parts.tag)
        self.api_endpoint = pulumi.Output.from_input(spec.api_endpoint)
        self.worker_names = pulumi.Output.from_input(spec.worker_names)
        self.register_outputs(
            {
                "namespace": self.namespace,
                "release_name": self.release_name,
                "release_status": self.release_status,
                "release_tag": self.release_tag,
                "api_endpoint": self.api_endpoint,
                "worker_names": self.worker_names,
            }
        )


def _description(spec: CartesiaReleaseSpec) -> str | None:
    """What `helm history` shows. As an input it also makes Helm upgrade, and wait, when what is below has changed."""
    below = f"on nodes and add-ons {spec.foundation}" if spec.foundation else ""
    archive = f"cartesia-kube {spec.chart_version}" if spec.chart_version else ""
    return " ".join(part for part in (archive, below) if part) or None


def _namespace(name: str, spec: CartesiaReleaseSpec, parent: pulumi.Resource) -> "kubernetes.core.v1.Namespace | None":
    if not spec.create_namespace:
        return None
    prefix = "pod-security.kubernetes.io"
    labels = {f"{prefix}/warn": "baseline", f"{prefix}/audit": "baseline"}
    if spec.pod_security:
        labels |= {f"{prefix}/enforce": spec.pod_security}
    return kubernetes.core.v1.Namespace(
        f"{name}-namespace",
        metadata={"name": spec.namespace, "labels": labels},
        opts=one_of_a_name(parent=parent),
    )


def _status(status: Any) -> str:
    """The word in Helm's status. Providers hand it over as an object or as a map."""
    found = status.get("status") if isinstance(status, dict) else getattr(status, "status", None)
    return str(found or "unknown")
