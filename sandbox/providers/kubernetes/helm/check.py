"""Checks the inputs of a Helm release and compares them with the last ones."""

from typing import Any

from sandbox.providers.base import (
    UNKNOWN,
    CheckRequest,
    CheckResult,
    DiffRequest,
    DiffResult,
    Failure,
    Properties,
    check_object,
    detailed_diff,
    plain,
)
from sandbox.providers.kubernetes.helm.chart import checksum, local_chart
from sandbox.providers.kubernetes.helm.options import DEFAULT_SECONDS, SHAPE, UNSUPPORTED
from sandbox.providers.kubernetes.inputs import without_nulls
from sandbox.providers.kubernetes.naming import auto_name

CHECKSUM = "checksum"
_REPLACES = frozenset({"name", "namespace"})


def check_release(request: CheckRequest, default_namespace: str) -> CheckResult:
    """Inputs with name, namespace, timeout and the chart's checksum filled in."""
    news = {key: value for key, value in request.news.items() if key != CHECKSUM}
    inputs, failures = check_object(news, SHAPE)
    failures += [
        Failure(key, f"the sandbox's stand-in does not support it: {reason}; remove it")
        for key, reason in UNSUPPORTED.items()
        if inputs.pop(key, None) not in (None, False, {}, [])
    ]
    if not inputs.get("name"):
        inputs["name"] = plain(request.olds.get("name")) or auto_name(request.name, request.seed)
    if not inputs.get("namespace"):
        inputs["namespace"] = default_namespace
    if not plain(inputs.get("skipAwait")):
        inputs.setdefault("timeout", DEFAULT_SECONDS)
    chart = plain(inputs.get("chart"))
    if isinstance(chart, str):
        failures += _check_chart(chart, inputs)
        path = local_chart(chart)
        if path is not None:
            inputs[CHECKSUM] = checksum(path)
    return CheckResult(inputs=inputs, failures=failures)


def diff_release(request: DiffRequest) -> DiffResult:
    """Name and namespace replace; everything else is an upgrade, and so is a release that is not deployed."""
    old = {key: value for key, value in request.old_inputs.items() if key != "compat"}
    ignored = {CHECKSUM} & set(request.ignore_changes)
    news = {key: value for key, value in request.news.items() if key not in ignored | {"compat"}}
    changes = detailed_diff({k: v for k, v in old.items() if k not in ignored}, news, replaces=_REPLACES)
    status = plain(request.state.get("status")) or {}
    if isinstance(status, dict) and status.get("status") not in (None, "deployed", UNKNOWN):
        changes["status"] = "update"
    return DiffResult(changes=changes)


def command_inputs(inputs: Properties) -> dict[str, Any]:
    """Plain inputs for the command; null values are dropped unless `allowNullValues` gives them meaning."""
    bare: dict[str, Any] = plain(inputs)
    if not bare.get("allowNullValues"):
        bare["values"] = without_nulls(bare.get("values") or {})
    return bare


def _check_chart(chart: str, inputs: Properties) -> list[Failure]:
    repository = plain(inputs.get("repositoryOpts")) or {}
    if local_chart(chart) is not None or "://" in chart:
        return []
    if isinstance(repository, dict) and not repository.get("repo") and "/" not in chart:
        return [Failure("chart", f'no chart at "{chart}" and no repositoryOpts.repo to look for it; correct the path')]
    if chart.startswith(("/", "./", "../", "~")):
        return [Failure("chart", f'no chart at "{chart}"; correct the path')]
    return []
