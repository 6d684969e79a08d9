"""What the engine calls done and EKS does not: a cluster, node group or add-on that is there and not in service.

A node group whose instances find no room exists as `CREATE_FAILED`. The provider reports the failure once, and the
engine records the object with it. The next `pulumi up` tries again by an update in which nothing differs: the provider
only reads then, and the run reports success. So the program looks itself. Of clusters and node groups it asks EKS for
the status, in every preview and update, by the functions of the published provider. For add-ons the provider has no
status: an update of one that was never read since its creation failed is refused by a hook of the engine, and after an
update the version that EKS runs is compared with the one that was asked for.

A hook alone would not do: it may refuse what is about to happen, and it sees nothing of an object that is left alone.
Nor would the recorded status: after a failed creation there is none, and later it is as old as the last update.

source: pulumi-terraform-bridge `pkg/tfbridge/provider.go` (Create, Update), pulumi/pulumi#17881 (no replacement of what
failed to initialise), terraform-provider-aws `eks/node_group.go` and `eks/addon.go`, 2026-11-25.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import pulumi
import pulumi_aws as aws
from pulumi.runtime import invoke_async
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import get_monitor

_ACTIVE: Final = "ACTIVE"
_PASSING: Final = frozenset({"CREATING", "UPDATING", "DELETING", "PENDING"})
"""Statuses that end by themselves. source: EKS API reference, ClusterStatus and NodegroupStatus, 2026-11-25"""
_GET_CLUSTER: Final = "aws:eks/getCluster:getCluster"
_GET_GROUP: Final = "aws:eks/getNodeGroup:getNodeGroup"
_GET_ADDON: Final = "aws:eks/getAddon:getAddon"
Status = pulumi.Output[str | None]


def require_in_service(
    cluster: aws.eks.Cluster, groups: Iterable[aws.eks.NodeGroup], addons: Iterable[aws.eks.Addon], parent: Any
) -> None:
    """End the program with an error that names all that is not in service; what is still to be made is not asked about.

    Args:
        cluster: The cluster.
        groups: Its node groups.
        addons: Its add-ons.
        parent: Whose provider is asked.
    """
    opts = pulumi.InvokeOptions(parent=parent)
    complaints = [
        _cluster(cluster, opts),
        *(_group(each, opts) for each in groups),
        *(_addon(each, opts) for each in addons),
    ]
    pulumi.Output.all(parent.urn, *complaints).apply(_refuse)


def refuse_retry(args: pulumi.ResourceHookArgs) -> None:
    """Hook before the update of an add-on: refuse one whose creation failed and that nobody has looked at since.

    Raises:
        RuntimeError: It has no ARN on record, which every add-on that was ever read has.
    """
    if not (args.old_outputs or {}).get("arn"):
        raise RuntimeError(f"{args.name} failed when it was made, and an update would only read it. {_fix(args.urn)}")


def _fix(urn: str) -> str:
    command = f"cartesia-infra recover --stack {urn.split('::')[0].rpartition(':')[2]} --up"
    return f"Run `{command}`: it looks at each object and repairs or replaces it"


def addon_hooks(name: str) -> pulumi.ResourceHookBinding | None:
    """The hooks of the add-on of that name; none under the mocks of a unit test, where no engine could call them."""
    if isinstance(get_monitor(), MockMonitor):
        return None
    hook = pulumi.ResourceHook(f"{name}-retry", refuse_retry, pulumi.ResourceHookOptions(on_dry_run=True))
    return pulumi.ResourceHookBinding(before_update=[hook])


def refuse_other_key(args: pulumi.ResourceHookArgs) -> None:
    """Hook before the update of a cluster: refuse another key for its secrets.

    EKS takes a key where there was none and ignores any other, and the provider says nothing. The stack would go on to
    delete the key that the secrets need.

    Raises:
        RuntimeError: The key differs.
    """
    before, after = _key_of(args.old_inputs), _key_of(args.new_inputs)
    if before and before != after:
        raise RuntimeError(f"{args.name}: EKS keeps the key that its secrets are encrypted with; put kmsKeyArn back")


def cluster_hooks(name: str) -> pulumi.ResourceHookBinding | None:
    """The hooks of the cluster of that name; none under mocks, as with add-ons."""
    if isinstance(get_monitor(), MockMonitor):
        return None
    hook = pulumi.ResourceHook(f"{name}-key", refuse_other_key, pulumi.ResourceHookOptions(on_dry_run=True))
    return pulumi.ResourceHookBinding(before_update=[hook])


def _key_of(inputs: Mapping[str, Any] | None) -> Any:
    config = (inputs or {}).get("encryptionConfig") or {}
    return (config.get("provider") or {}).get("keyArn")


def _cluster(cluster: aws.eks.Cluster, opts: pulumi.InvokeOptions) -> Status:
    async def ask(known: Sequence[Any]) -> str | None:
        _, name = known
        return _wrong(f"cluster {name}", await _status(_GET_CLUSTER, {"name": name}, cluster.status, opts))

    return pulumi.Output.all(cluster.id, cluster.name).apply(ask)


def _group(group: aws.eks.NodeGroup, opts: pulumi.InvokeOptions) -> Status:
    async def ask(known: Sequence[Any]) -> str | None:
        _, cluster, name = known
        args = {"clusterName": cluster, "nodeGroupName": name}
        return _wrong(f"node group {name}", await _status(_GET_GROUP, args, group.status, opts))

    return pulumi.Output.all(group.id, group.cluster_name, group.node_group_name).apply(ask)


def _addon(addon: aws.eks.Addon, opts: pulumi.InvokeOptions) -> Status:
    async def ask(known: Sequence[Any]) -> str | None:
        _, cluster, name, wanted = known
        if pulumi.runtime.is_dry_run():  # what is about to be updated may well differ
            return None
        found = await _asked(_GET_ADDON, {"clusterName": cluster, "addonName": name}, opts)
        runs = found.get("addonVersion")
        if wanted and runs and runs != wanted:
            return f"add-on {name} runs {runs}, not {wanted}: its last update failed"
        return None

    return pulumi.Output.all(addon.id, addon.cluster_name, addon.addon_name, addon.addon_version).apply(ask)


async def _status(token: str, args: Mapping[str, Any], recorded: Status, opts: pulumi.InvokeOptions) -> str | None:
    found: str | None = (await _asked(token, args, opts)).get("status")
    return found or await recorded.future()  # which a preview does not know of an object whose creation failed


async def _asked(token: str, args: Mapping[str, Any], opts: pulumi.InvokeOptions) -> Mapping[str, Any]:
    """The answer of EKS; empty where it cannot be asked, so that a preview without rights shows what is recorded."""
    try:
        return dict(await invoke_async(token, dict(args), opts) or {})
    except Exception as error:  # noqa: BLE001 - the SDK raises its own for everything a provider says
        pulumi.log.warn(f"EKS could not be asked about {args}, so what is recorded counts: {error}")
        return {}


def _wrong(what: str, status: str | None) -> str | None:
    if status == _ACTIVE:
        return None
    if status in _PASSING:
        return f"{what} is {status}: wait until that has ended"
    return f"{what} is {status or 'not in service: its creation failed'}"


def _refuse(told: Sequence[Any]) -> None:
    urn, *complaints = told
    found = [complaint for complaint in complaints if complaint]
    if found:
        lines = ["this is there and not in service:", *(f"  {each}" for each in found), _fix(urn)]
        raise pulumi.RunError("\n".join(lines))
