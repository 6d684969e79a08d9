"""The values a Helm release resource is given: settings and the caller's values as one tree, nulls on their own way.

Owns two facts of the engine: Python's SDK drops nulls inside inputs (pulumi/pulumi#12178), so they travel as a YAML
file, which the Kubernetes provider merges under the values since 4.30; and an output inside `values` is known only
during the update, so it is searched for secrets there.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pulumi

from components.args import ArgsError
from components.release.blocks import arn_problems
from components.secret_inputs import checked
from core.input.problems import Problem
from core.input.secret_scan import secrets_in
from core.kube.helm_values import Setting, merge, split_nulls, tree
from core.secrets.checks import SecretCheck

_LATE_CHECKS: Mapping[str, SecretCheck] = {"ingress.certificate_arn": arn_problems}
_FIX = "put it into a Kubernetes secret and give the chart the secret's name"


def helm_values(component: str, settings: Sequence[Setting], values: Mapping[str, Any]) -> dict[str, Any]:
    """Keyword arguments `values`, and where there are nulls `value_yaml_files` and `allow_null_values`."""
    known = [_checked_late(component, setting) for setting in settings]
    plain, nulls = split_nulls(merge(tree(known), _guarded(component, values, "values")))
    if not nulls:
        return {"values": plain}
    file = pulumi.StringAsset(json.dumps(nulls, sort_keys=True))  # JSON is YAML
    return {"values": plain, "value_yaml_files": [file], "allow_null_values": True}


def _checked_late(component: str, setting: Setting) -> Setting:
    """The setting, its value checked once it is known where an output brings it."""
    check = _LATE_CHECKS.get(setting.argument)
    if check is None or not isinstance(setting.value, pulumi.Output):
        return setting
    return replace(setting, value=checked(component, setting.value, setting.argument, check, secret=False))


def _guarded(component: str, value: Any, path: str) -> Any:
    """The tree with each output in it replaced by one that fails if it brings a secret."""
    if isinstance(value, Mapping):
        return {key: _guarded(component, item, f"{path}.{key}") for key, item in value.items()}
    if isinstance(value, list):
        return [_guarded(component, item, f"{path}[{index}]") for index, item in enumerate(value)]
    if not isinstance(value, pulumi.Output):
        return value

    def verify(found: dict[str, Any]) -> Any:
        problems = [Problem(at, f"must not hold {kind}", "", _FIX) for at, kind in secrets_in(found["value"], path)]
        if found["secret"]:
            problems.append(Problem(path, "must not be a Pulumi secret: Helm keeps values in plain text", "", _FIX))
        if problems:
            raise ArgsError(component, problems)
        return found["value"]

    secret: pulumi.Output[bool] = pulumi.Output.from_input(value.is_secret())
    return pulumi.Output.all(value=value, secret=secret).apply(verify)
