"""Checking and completing the inputs of one resource: shape, names, defaults, limits and rules."""

import hashlib
import secrets
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from sandbox.providers.base import (
    CheckRequest,
    CheckResult,
    Failure,
    Properties,
    Secret,
    check_object,
    has_unknown,
    is_unknown,
    plain,
)
from sandbox.providers.cloud.definition import Cloud
from sandbox.providers.cloud.row import AutoName, ResourceType

DEFAULTS_KEY: Final = "__defaults"
"""Where the Terraform bridge, and so this stand-in, notes which inputs the program did not give."""
_SUFFIX_DIGITS: Final = 7


def check_inputs(cloud: Cloud, row: ResourceType, request: CheckRequest) -> CheckResult:
    """What the provider's `Check` answers for one resource."""
    given = without_marks(request.news)
    inputs, failures = check_object(given, cloud.schemas.inputs_of(row.token))
    defaulted = _fill(row, request, inputs, failures)
    values = _without_unknowns(inputs)
    if not failures:  # rules may take the shape for granted
        failures += cloud.check(values)
        failures += _rules(cloud, row, values)
    return CheckResult(inputs={**inputs, DEFAULTS_KEY: sorted(defaulted)}, failures=scrubbed(failures, inputs))


def _rules(cloud: Cloud, row: ResourceType, values: Mapping[str, Any]) -> Iterator[Failure]:
    """The row's own rules, then limits of the API model; what a rule of the row refused is not told twice."""
    own = list(row.check(values) if row.check else ())
    told = {failure.path for failure in own}
    yield from own
    yield from (failure for failure in cloud.schemas.broken(row.token, values) if failure.path not in told)


def _without_unknowns(value: Any) -> Any:
    """Plain inputs without unknown keys; an unknown item of a list stays, for lists have a length."""
    if isinstance(value, Secret):
        return _without_unknowns(value.value)
    if isinstance(value, Mapping):
        return {key: _without_unknowns(item) for key, item in value.items() if not is_unknown(item)}
    return [_without_unknowns(item) for item in value] if isinstance(value, list) else value


def without_marks(inputs: Mapping[str, Any]) -> Properties:
    """Inputs without the bridge's own marks."""
    return {key: value for key, value in inputs.items() if not key.startswith("__")}


def recorded(inputs: Mapping[str, Any], state: Mapping[str, Any]) -> Properties:
    """Inputs of the last run as the cloud has them, which is what the released providers compare with.

    The two differ after an update that failed and was taken back: the engine holds what was asked for, and a later read
    found what there is.
    """
    old = without_marks(inputs or state)
    return {key: _as_found(value, state.get(key)) for key, value in old.items()} if state else old


def _as_found(asked: Any, found: Any) -> Any:
    """`found`; of a mapping only what was asked for, since the rest is computed."""
    if isinstance(asked, Mapping) and isinstance(found, Mapping):
        return {key: _as_found(value, found.get(key)) for key, value in asked.items()}
    return asked if has_unknown(asked) or plain(asked) == plain(found) else found


def scrub(text: str, inputs: Mapping[str, Any]) -> str:
    """`text` without any string that is secret in `inputs`."""
    for word in sorted(_secret_words(inputs), key=len, reverse=True):
        text = text.replace(word, "[secret]")
    return text


def scrubbed(failures: Iterable[Failure], inputs: Mapping[str, Any]) -> list[Failure]:
    """Failures whose reasons show no secret."""
    return [Failure(failure.path, scrub(failure.reason, inputs)) for failure in failures]


def _fill(row: ResourceType, request: CheckRequest, inputs: Properties, failures: list[Failure]) -> set[str]:
    """Add defaults and the automatic name in place; returns the keys added."""
    added = {key for key in row.defaults if inputs.get(key) is None}
    inputs.update({key: row.defaults[key] for key in added})
    auto = row.name
    if (
        auto is None
        or inputs.get(auto.key) is not None
        or (auto.prefix_key and inputs.get(auto.prefix_key) is not None)
    ):
        return added
    if auto.key in request.olds.get(DEFAULTS_KEY, ()) and request.olds.get(auto.key) is not None:
        inputs[auto.key] = request.olds[auto.key]
    else:
        inputs[auto.key] = _auto_name(auto, request, failures)
    return added | {auto.key}


def _auto_name(auto: AutoName, request: CheckRequest, failures: list[Failure]) -> str:
    seed = request.seed or secrets.token_bytes(32)
    suffix = hashlib.sha256(seed + request.urn.encode()).hexdigest()[:_SUFFIX_DIGITS]
    name = f"{auto.start}{request.name}-{suffix}"
    if len(name) > auto.longest:
        reason = f"name '{request.name}' plus 7 random chars is longer than maximum length {auto.longest}"
        failures.append(Failure(auto.key, reason))
    return name


def _secret_words(value: Any, *, inside: bool = False) -> Iterator[str]:
    if isinstance(value, Secret):
        yield from _secret_words(value.value, inside=True)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _secret_words(item, inside=inside)
    elif isinstance(value, list):
        for item in value:
            yield from _secret_words(item, inside=inside)
    elif inside and isinstance(value, str) and value:
        yield value
