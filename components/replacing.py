"""How an object is replaced whose name is fixed, so that the old and the new one cannot stand side by side.

The engine makes a replacement before it deletes the original, unless it is told otherwise. A provider asks for the
other order only where a change of inputs replaces: a replacement that a person forces (`pulumi up --replace`,
`pulumi state taint`) never reaches it. Where creation then is an upsert (server-side apply, `PutDashboard`,
`AttachRolePolicy`), the delete that follows takes away what was just made, and the update reports success.

source: pulumi/pkg resource/deploy/step_generator.go (3.259), pulumi/pulumi#9909, pulumi/pulumi-kubernetes#4522;
pulumi-kubernetes provider.go and pulumi-terraform-bridge provider.go, Diff; 2026-11-25.
"""

from typing import Any

import pulumi

__all__ = ["one_of_a_name", "replaced_with"]


def one_of_a_name(**options: Any) -> pulumi.ResourceOptions:
    """Options of an object whose physical identity follows from its inputs: the old one goes before the new one comes.

    Args:
        options: Further options, as `pulumi.ResourceOptions` takes them.
    """
    return pulumi.ResourceOptions(delete_before_replace=True, **options)


def replaced_with(owner: pulumi.Resource | None) -> list[pulumi.ResourceTransformation]:
    """Transformations by which Kubernetes objects are replaced together with `owner`, the namespace they live in.

    A namespace that is deleted takes all there is in it along, Helm's records included. The engine replaces what hangs
    on it only where a provider says that the inputs ask for that, and no input of a release does.

    Args:
        owner: The namespace; None where somebody else made it.
    """

    def add(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if owner is None or not args.type_.startswith("kubernetes:"):
            return None
        together = pulumi.ResourceOptions(replace_with=[owner])
        return pulumi.ResourceTransformationResult(args.props, pulumi.ResourceOptions.merge(args.opts, together))

    return [add]
