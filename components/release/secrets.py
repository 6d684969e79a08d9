"""The secrets of a release, made from given values before the release and in its namespace."""

import pulumi
import pulumi_kubernetes as kubernetes

from components.release.blocks import SecretPart
from components.release.gcs_access import GcsAccess
from components.release.pull_secret import Login, RegistryPullSecret
from components.release.registry_args import RegistryPullSecretArgs
from components.release.resolve import COMPONENT
from components.release.spec import CartesiaReleaseSpec
from components.secret_inputs import SecretCheck, api_key_problems, checked, license_problems


def make_secrets(
    name: str,
    spec: CartesiaReleaseSpec,
    namespace: kubernetes.core.v1.Namespace | None,
    parent: pulumi.Resource,
) -> list[pulumi.Resource]:
    """Every secret the spec wants made; those that exist already are the caller's."""
    # By way of the made namespace's own name, so that children of child components wait for it as well.
    place: pulumi.Input[str] = spec.namespace
    if namespace is not None:
        place = namespace.metadata.apply(lambda _: spec.namespace)
    opts = pulumi.ResourceOptions(parent=parent)
    parts = spec.parts
    made: list[pulumi.Resource] = []
    pull, gcs = parts.pull_secret, parts.gcs_access
    if pull is not None and pull.login is not None:
        made.append(RegistryPullSecret(f"{name}-pull", _pull_args(pull, pull.login, place), opts))
    if gcs is not None and gcs.value is not None:
        made.append(
            GcsAccess(
                f"{name}-gcs",
                {
                    "namespace": place,
                    "service_account_json": gcs.value,
                    "secret_name": gcs.secret_name,
                    "data_key": gcs.data_key,
                },
                opts,
            )
        )
    plain = {"api-key": (parts.api_key, api_key_problems), "license": (parts.license.seed, license_problems)}
    for role, (part, check) in plain.items():
        if part is not None and part.value is not None:
            made.append(_secret(f"{name}-{role}", part, part.value, check, place, opts))
    return made


def _pull_args(part: SecretPart, login: Login, place: pulumi.Input[str]) -> RegistryPullSecretArgs:
    args = RegistryPullSecretArgs(namespace=place, secret_name=part.secret_name)
    if login.mirror is not None:
        args["mirror"] = login.mirror
    elif login.service_account_json is not None:
        args["service_account_json"] = login.service_account_json
    return args


def _secret(
    name: str,
    part: SecretPart,
    value: pulumi.Input[str],
    check: SecretCheck,
    place: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> kubernetes.core.v1.Secret:
    content = checked(COMPONENT, value, f"{part.argument}.value", check)
    return kubernetes.core.v1.Secret(
        name,
        metadata={"name": part.secret_name, "namespace": place},
        type="Opaque",
        string_data={part.data_key: content},
        opts=opts,
    )
