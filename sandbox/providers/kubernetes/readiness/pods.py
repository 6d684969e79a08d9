"""When a Pod runs and when a Job is done."""

from sandbox.providers.kubernetes.readiness.verdict import (
    Ready,
    Seen,
    Verdict,
    condition,
    count,
    failed,
    is_true,
    waiting,
    words,
)


def pod(seen: Seen) -> Verdict:
    """Ready, or run to success; a pod that failed for good does not come back."""
    phase = (seen.obj.get("status") or {}).get("phase", "Pending")
    if phase == "Succeeded":
        return Ready()
    if phase == "Failed":
        return failed(f"the pod failed ({words(seen.obj.get('status') or {})})")
    return Ready() if is_true(condition(seen.obj, "Ready")) else waiting(f"the pod is {phase} and not ready")


def job(seen: Seen) -> Verdict:
    """Complete; a suspended job is as asked for."""
    if (seen.obj.get("spec") or {}).get("suspend"):
        return Ready()
    if is_true(condition(seen.obj, "Complete")):
        return Ready()
    lost = condition(seen.obj, "Failed")
    if lost is not None and is_true(lost):
        return failed(words(lost))
    wanted = int((seen.obj.get("spec") or {}).get("completions") or 1)
    return waiting(f"{count(seen.obj, 'succeeded')} of {wanted} completions")
