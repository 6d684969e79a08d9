"""When a Service or an Ingress can be reached.

source: pulumi-kubernetes provider/pkg/await (service.go, ingress.go), 2026-11.
"""

from sandbox.providers.kubernetes.readiness.verdict import NotReady, Object, Ready, Seen, Verdict, waiting


def service(seen: Seen) -> Verdict:
    """Some ready pod behind it, and an address if it is a load balancer; nothing to wait for without a selector."""
    spec = seen.obj.get("spec") or {}
    kind = spec.get("type") or "ClusterIP"
    if kind == "ExternalName":
        return Ready()
    reasons = []
    if kind == "LoadBalancer" and not _addresses(seen.obj):
        reasons.append("the load balancer has no address yet")
    targets_pods = spec.get("selector") and spec.get("clusterIP") != "None"
    if targets_pods and not any(_ready_endpoints(item) for item in seen.endpoint_slices):
        reasons.append("no ready pod matches spec.selector")
    return NotReady(tuple(reasons)) if reasons else Ready()


def ingress(seen: Seen) -> Verdict:
    """An ingress controller has given it an address."""
    if _addresses(seen.obj):
        return Ready()
    name = (seen.obj.get("spec") or {}).get("ingressClassName") or "(default)"
    return waiting(f"no ingress controller of class {name} has given it an address yet")


def _addresses(obj: Object) -> list[Object]:
    return list(((obj.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ())


def _ready_endpoints(endpoint_slice: Object) -> list[Object]:
    # A missing `ready` means ready. source: Kubernetes API reference, EndpointConditions, 1.36
    return [
        item
        for item in endpoint_slice.get("endpoints") or ()
        if (item.get("conditions") or {}).get("ready") is not False
    ]
