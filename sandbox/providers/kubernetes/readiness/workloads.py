"""When a Deployment, StatefulSet or DaemonSet is rolled out.

source: `kubectl rollout status` (k8s.io/kubectl pkg/polymorphichelpers/rollout_status.go, 1.36).
"""

from sandbox.providers.kubernetes.readiness.verdict import (
    Object,
    Ready,
    Seen,
    Verdict,
    condition,
    count,
    failed,
    observed,
    waiting,
    words,
)


def deployment(seen: Seen) -> Verdict:
    """All replicas are of the newest template and available; `ProgressDeadlineExceeded` ends the wait."""
    obj = seen.obj
    if not observed(obj):
        return waiting("the deployment controller has not seen this change yet")
    progressing = condition(obj, "Progressing")
    if progressing is not None and progressing.get("reason") == "ProgressDeadlineExceeded":
        return failed(words(progressing))
    wanted, updated = _replicas(obj), count(obj, "updatedReplicas")
    if updated < wanted:
        return waiting(f"{updated} of {wanted} replicas updated{_failure(obj)}")
    if count(obj, "replicas") > updated:
        return waiting(f"{count(obj, 'replicas') - updated} old replicas still running")
    available = count(obj, "availableReplicas")
    return Ready() if available >= wanted else waiting(f"{available} of {wanted} replicas available")


def stateful_set(seen: Seen) -> Verdict:
    """All replicas are ready and of the newest revision (of those above `partition`)."""
    obj = seen.obj
    if not observed(obj):
        return waiting("the statefulset controller has not seen this change yet")
    strategy = (obj.get("spec") or {}).get("updateStrategy") or {}
    wanted, ready = _replicas(obj), count(obj, "readyReplicas")
    if ready < wanted:
        return waiting(f"{ready} of {wanted} replicas ready")
    if strategy.get("type") == "OnDelete":
        return Ready()
    partition = int((strategy.get("rollingUpdate") or {}).get("partition") or 0)
    updated = count(obj, "updatedReplicas")
    if updated < wanted - partition:
        return waiting(f"{updated} of {wanted - partition} replicas updated")
    return Ready()


def daemon_set(seen: Seen) -> Verdict:
    """A ready pod of the newest template on every node that should have one (none is fine)."""
    obj = seen.obj
    if not observed(obj):
        return waiting("the daemonset controller has not seen this change yet")
    if ((obj.get("spec") or {}).get("updateStrategy") or {}).get("type") == "OnDelete":
        return Ready()
    wanted, updated = count(obj, "desiredNumberScheduled"), count(obj, "updatedNumberScheduled")
    if updated < wanted:
        return waiting(f"{updated} of {wanted} nodes have the new pod")
    available = count(obj, "numberAvailable")
    return Ready() if available >= wanted else waiting(f"{available} of {wanted} pods available")


def _replicas(obj: Object) -> int:
    replicas = (obj.get("spec") or {}).get("replicas")
    return 1 if replicas is None else int(replicas)


def _failure(obj: Object) -> str:
    found = condition(obj, "ReplicaFailure")
    return f" ({words(found)})" if found is not None else ""
