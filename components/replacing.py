"""How objects are replaced whose old and new one cannot stand side by side, or that live inside another one.

The engine makes a replacement before it deletes the original, unless it is told otherwise. A provider asks for the
other order only where a change of inputs replaces: a replacement that a person forces (`pulumi up --replace`,
`pulumi state taint`) never reaches it. Where creation then is an upsert (server-side apply, `PutDashboard`,
`AttachRolePolicy`), the delete that follows takes away what was just made, and the update reports success.

What lives in a cluster goes with it, first and in order, while there is an API server to ask. The engine finds such
objects by asking providers whether a change of what they depend on replaces them; but where it asks so of a Kubernetes
provider itself, it closes the connection that the deletions need (`grpc: the client connection is closing`). So the
provider's settings do not name the cluster as what they depend on, and the objects do.

source: pulumi/pkg resource/deploy/step_generator.go and providers/registry.go, Diff (3.259), pulumi/pulumi#9909,
pulumi/pulumi#14650, pulumi/pulumi-kubernetes#4522;
pulumi-kubernetes provider.go, helm_release.go and pulumi-terraform-bridge provider.go, Diff; 2026-11-25.
"""

from collections.abc import Awaitable
from typing import Any, TypeVar, cast

import pulumi

__all__ = ["living_in", "one_of_a_name", "replaced_with", "without_dependencies"]

T = TypeVar("T")

_KUBERNETES = "kubernetes:"
_RELEASE = "kubernetes:helm.sh/v3:Release"


def one_of_a_name(**options: Any) -> pulumi.ResourceOptions:
    """Options of an object whose physical identity follows from its inputs: the old one goes before the new one comes.

    Args:
        options: Further options, as `pulumi.ResourceOptions` takes them.
    """
    return pulumi.ResourceOptions(delete_before_replace=True, **options)


def replaced_with(namespace: pulumi.Resource | None) -> list[pulumi.ResourceTransformation]:
    """Transformations by which Kubernetes objects are replaced together with the namespace they live in.

    A namespace that is deleted takes all there is in it along, Helm's records included. The engine replaces what hangs
    on it only where a provider says that the inputs ask for that, and no input of a release does.

    Args:
        namespace: None where somebody else made it.
    """

    def add(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if namespace is None or not args.type_.startswith(_KUBERNETES):
            return None
        together = pulumi.ResourceOptions(replace_with=[namespace])
        return pulumi.ResourceTransformationResult(args.props, pulumi.ResourceOptions.merge(args.opts, together))

    return [add]


def living_in(cluster: pulumi.Resource | None) -> list[pulumi.ResourceTransformation]:
    """Transformations by which Kubernetes objects go before the cluster they live in goes, and come after it.

    Their identity is made to depend on the cluster, since every provider says of a change of it that it replaces.

    Args:
        cluster: The cloud's object; None where somebody else made it.
    """

    def add(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        key = "namespace" if args.type_ == _RELEASE else "metadata"
        if cluster is None or not args.type_.startswith(_KUBERNETES) or key not in args.props:
            return None
        props = {**args.props, key: _depending_on(cluster, args.props[key])}
        return pulumi.ResourceTransformationResult(props, args.opts)

    return [add]


def without_dependencies(value: "pulumi.Output[T]") -> "pulumi.Output[T]":
    """The same value, which no longer says what it was made from: whoever takes it needs `depends_on`.

    Args:
        value: E.g. a kubeconfig, for the settings of a provider.
    """
    content = cast("Awaitable[T]", value.future(with_unknowns=True))  # None only where it is not to have unknowns
    return pulumi.Output(set(), content, value.is_known(), value.is_secret())


def _depending_on(resource: pulumi.Resource, value: Any) -> "pulumi.Output[Any]":
    """The same value, as if it had been made from the resource."""
    made_from: pulumi.Output[bool] = pulumi.Output({resource}, _soon(True), _soon(True), _soon(False))
    return pulumi.Output.all(value, made_from).apply(lambda both: both[0])


async def _soon(value: T) -> T:
    return value
