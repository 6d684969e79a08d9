"""The secrets of a release, made from given values before the release and in its namespace."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, cast

import pulumi
import pulumi_kubernetes as kubernetes

from components.release.blocks import SecretPart
from components.release.gcs_access import GcsAccess
from components.release.pull_secret import RegistryPullSecret
from components.release.registry_args import GcsAccessArgs, RegistryPullSecretArgs
from components.release.resolve import COMPONENT
from components.release.spec import CartesiaReleaseSpec
from components.replacing import one_of_a_name, replaced_with
from components.secret_inputs import checked
from core.secrets.checks import SecretCheck
from core.secrets.table import arguments


def make_secrets(
    name: str,
    spec: CartesiaReleaseSpec,
    namespace: kubernetes.core.v1.Namespace | None,
    parent: pulumi.Resource,
) -> list[pulumi.Resource]:
    """Every secret the spec wants made. Those that exist already are the caller's."""
    # By way of the made namespace's own name, so that children of child components wait for it as well.
    place: pulumi.Input[str] = spec.namespace
    if namespace is not None:
        place = namespace.metadata.apply(lambda _: spec.namespace)
    opts = pulumi.ResourceOptions(parent=parent, transformations=replaced_with(namespace))
    made: dict[str, pulumi.Resource] = {}
    for secret, argument in arguments():
        part = spec.parts.secrets.get(argument.block)
        if part is not None and part.made and argument.block not in made:
            child = f"{name}-{argument.child}"
            make = _MAKERS.get(argument.block)
            made[argument.block] = (
                _secret(child, part, secret.check, place, opts) if make is None else make(child, part, place, opts)
            )
    return list(made.values())


def _registry(
    name: str, part: SecretPart, place: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> RegistryPullSecret:
    given = {"namespace": place, "secret_name": part.secret_name, **(part.login or {})}
    return RegistryPullSecret(name, cast(RegistryPullSecretArgs, given), opts)


def _gcs(name: str, part: SecretPart, place: pulumi.Input[str], opts: pulumi.ResourceOptions) -> GcsAccess:
    args = GcsAccessArgs(
        namespace=place,
        service_account_json=part.value or "",
        secret_name=part.secret_name,
        data_key=part.data_key,
    )
    return GcsAccess(name, args, opts)


_MAKERS: Final[Mapping[str, Callable[..., pulumi.Resource]]] = MappingProxyType(
    {"pull_secret": _registry, "gcs_access": _gcs}
)
"""Secrets that have a component of their own. The others are made as they are."""


def _secret(
    name: str, part: SecretPart, check: SecretCheck, place: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> kubernetes.core.v1.Secret:
    content = checked(COMPONENT, part.value or "", f"{part.argument}.value", check)
    return kubernetes.core.v1.Secret(
        name,
        metadata={"name": part.secret_name, "namespace": place},
        type="Opaque",
        string_data={part.data_key: content},
        opts=pulumi.ResourceOptions.merge(opts, one_of_a_name()),
    )
