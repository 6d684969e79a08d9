"""`cartesia-infra status`: what runs in a stack's cluster, and why something does not."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import click

from clients.engine import Engine, EngineError
from clients.helm import Helm, HelmError
from core.input.problems import InvalidInput, Problem
from toolkit.overview.cluster import ReleaseView
from toolkit.overview.health import Seen, fold
from toolkit.overview.tables import columns_option, room
from toolkit.stack_option import stack_option

_EXAMPLE = """\
\b
Examples:
  cartesia-infra status --stack eks-prod
  cartesia-infra status --stack eks-prod --json
  cartesia-infra sandbox run -- cartesia-infra status --stack eks-dev
"""


@click.command(epilog=_EXAMPLE)
@stack_option("Stack to look at.", required=True)
@columns_option()
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def status(stack: str, columns: int | None, as_json: bool) -> int:
    """Show what runs in a stack's cluster, and what does not in the words of scheduler, kubelet and Helm.

    Nodes and the GPUs they offer, pods, the release's revision, the ingress's address, the license proxy, and versions
    near the end of their support. It reads the stack's outputs and asks the cluster; nothing is changed.

    Exit code 1 says that something is wrong.
    """
    from clients.kubernetes import BadKubeconfig, KubeError  # costs a tenth of a second

    engine = Engine(stack)
    try:
        outputs = engine.outputs()
        if "clusterName" not in outputs:
            raise InvalidInput("status", [_no_cluster(stack, outputs)])
        seen = _look(engine.kubeconfig(), outputs)
    except (EngineError, BadKubeconfig, KubeError) as error:
        raise click.ClickException(str(error)) from error
    health = fold(stack, outputs, seen, datetime.now(UTC).date())
    click.echo(json.dumps(health.as_data(), indent=2) if as_json else health.as_text(room(columns)))
    return 1 if health.findings else 0


def _no_cluster(stack: str, outputs: Mapping[str, Any]) -> Problem:
    fix = "run `cartesia-infra smoke`" if "endpointName" in outputs else f"deploy it: `pulumi up --stack {stack}`"
    return Problem("--stack", "must be a stack whose cluster was deployed", stack, fix)


def _look(kubeconfig: str, outputs: Mapping[str, Any]) -> Seen:
    from clients.kubernetes import KubeClient

    with KubeClient.from_kubeconfig(kubeconfig) as client:
        return Seen(
            nodes=client.list("v1", "Node"),
            pods=client.list("v1", "Pod"),
            events=client.list("v1", "Event"),
            ingresses=client.list("networking.k8s.io/v1", "Ingress"),
            claims=client.list("v1", "PersistentVolumeClaim"),
            version=client.version(),
            release=_release(kubeconfig, outputs),
        )


def _release(kubeconfig: str, outputs: Mapping[str, Any]) -> ReleaseView | None:
    """What Helm says of the release, newest revision. Where it cannot be asked, that is told in its place."""
    if "releaseName" not in outputs:
        return None
    name, namespace = str(outputs["releaseName"]), str(outputs.get("namespace", "default"))
    try:
        revisions = Helm(kubeconfig).history(name, namespace)
    except HelmError as error:
        return ReleaseView(name, namespace, "unknown", description=str(error))
    if not revisions:
        return ReleaseView(name, namespace, "absent")
    return ReleaseView(name, namespace, revisions[-1].status, revisions[-1].number)
