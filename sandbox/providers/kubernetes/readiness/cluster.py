"""When storage, a namespace or a new kind is usable."""

from sandbox.providers.kubernetes.readiness.verdict import (
    Ready,
    Seen,
    Verdict,
    condition,
    failed,
    is_true,
    waiting,
    words,
)


def claim(seen: Seen) -> Verdict:
    """Bound; a class that waits for its first consumer leaves the claim pending on purpose."""
    phase = (seen.obj.get("status") or {}).get("phase", "Pending")
    if phase == "Bound":
        return Ready()
    if phase == "Lost":
        return failed("the claim lost its volume")
    if (seen.storage_class or {}).get("volumeBindingMode") == "WaitForFirstConsumer":
        return Ready()
    name = (seen.obj.get("spec") or {}).get("storageClassName") or "(none)"
    return waiting(f"the claim is {phase}; storage class {name}")


def namespace(seen: Seen) -> Verdict:
    """Active."""
    phase = (seen.obj.get("status") or {}).get("phase", "Active")
    return Ready() if phase == "Active" else waiting(f"the namespace is {phase}")


def definition(seen: Seen) -> Verdict:
    """Established, so that objects of the new kind can be made."""
    if is_true(condition(seen.obj, "Established")):
        return Ready()
    names = condition(seen.obj, "NamesAccepted")
    if names is not None and names.get("status") == "False":
        return failed(words(names))
    return waiting("the API server does not serve the kind yet")


def gone(seen: Seen) -> Verdict:
    """Not ready while the object exists: what still holds it back. For deletions."""
    metadata = seen.obj.get("metadata") or {}
    reasons = [
        str(item.get("message"))
        for item in (seen.obj.get("status") or {}).get("conditions") or ()
        if str(item.get("type", "")).startswith("Namespace") and item.get("status") == "True"
    ]
    if metadata.get("finalizers"):
        reasons.append(f"finalizers {', '.join(metadata['finalizers'])} are not done")
    return waiting("; ".join(reasons) or "it is being deleted")
