"""The inputs of a Helm release: which there are, their types, and the flag of the `helm` command for each.

Adding an option is one row. A test compares the names with the published SDK.
"""

from typing import Any, Final

REPOSITORY: Final = {
    "object": dict.fromkeys(("caFile", "certFile", "keyFile", "password", "repo", "username"), "string")
}

_FLAGS: Final = {
    "atomic": "--atomic",
    "cleanupOnFail": "--cleanup-on-fail",
    "createNamespace": "--create-namespace",
    "dependencyUpdate": "--dependency-update",
    "devel": "--devel",
    "disableOpenapiValidation": "--disable-openapi-validation",
    "disableWebhooks": "--no-hooks",
    "forceUpdate": "--force",
    "recreatePods": "--recreate-pods",
    "renderSubchartNotes": "--render-subchart-notes",
    "resetValues": "--reset-values",
    "reuseValues": "--reuse-values",
    "skipCrds": "--skip-crds",
    "takeOwnership": "--take-ownership",
    "verify": "--verify",
}
_VALUED_FLAGS: Final = {
    "description": "--description",
    "keyring": "--keyring",
    "maxHistory": "--history-max",
    "postrender": "--post-renderer",
    "version": "--version",
}
_SPECIAL: Final[dict[str, Any]] = {
    "allowNullValues": "boolean",
    "chart": "string",
    "compat": "string",
    "lint": "boolean",
    "name": "string",
    "namespace": "string",
    "replace": "boolean",  # what `upgrade --install` does anyway
    "repositoryOpts": REPOSITORY,
    "skipAwait": "boolean",
    "timeout": "integer",
    "valueYamlFiles": {"list": "any"},
    "values": {"map": "any"},
    "waitForJobs": "boolean",
}
UNSUPPORTED: Final = {
    "disableCRDHooks": "the helm command has no such option",
    "manifest": "the released provider does not support it yet either",
    "resourceNames": "it is an output; the stand-in computes it",
}
"""Inputs of the released provider that this stand-in refuses, with the reason."""

SHAPE: Final[dict[str, Any]] = {
    "object": {
        **dict.fromkeys(_FLAGS, "boolean"),
        **dict.fromkeys(_VALUED_FLAGS, "string"),
        "maxHistory": "integer",
        **_SPECIAL,
        **dict.fromkeys(UNSUPPORTED, "any"),
    },
    "required": ["chart"],
}
"""Shape of all inputs, for `sandbox.providers.base.check_object`."""

_TEMPLATE_LACKS: Final = frozenset(
    {
        "atomic",
        "cleanupOnFail",
        "forceUpdate",
        "maxHistory",
        "recreatePods",
        "resetValues",
        "reuseValues",
        "takeOwnership",
    }
)
DEFAULT_SECONDS: Final = 300
"""Time for one operation. source: pulumi-kubernetes provider/pkg/provider/helm_release.go, 2026-11"""


def flags(inputs: dict[str, Any], *, template: bool = False) -> list[str]:
    """Arguments of `helm upgrade`, or of `helm template`, which knows fewer, for plain inputs."""
    used = {key: value for key, value in inputs.items() if not (template and key in _TEMPLATE_LACKS)}
    words = [flag for key, flag in _FLAGS.items() if used.get(key)]
    for key, flag in _VALUED_FLAGS.items():
        if used.get(key) not in (None, ""):
            words += [flag, str(used[key])]
    return words


def wait_flags(inputs: dict[str, Any], seconds: float) -> list[str]:
    """Whether and how long to wait; `atomic` implies waiting, as in helm itself."""
    if inputs.get("skipAwait") and not inputs.get("atomic"):
        return ["--timeout", f"{int(seconds)}s"]
    jobs = ["--wait-for-jobs"] if inputs.get("waitForJobs") else []
    return ["--wait", *jobs, "--timeout", f"{int(seconds)}s"]
