"""One stack as it stands in the sandbox: what `sandbox status --stack` shows.

Reads the engine's outputs and asks Helm and the control plane, or the voice server; changes nothing. What they say is
made sense of in `toolkit.overview.cluster` and `toolkit.overview.voice`.
"""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from clients.kubernetes import KubeClient, KubeError
from core.input.stack_names import meant_stack, stack_names
from sandbox.contents import PROJECT, recorded_names, state_of
from sandbox.environment import environment
from sandbox.host.errors import SandboxError
from sandbox.host.layout import CHECKOUT, Layout
from sandbox.planes.claims import plane_at
from sandbox.voice.service import endpoint_of
from toolkit.overview.cluster import Overview, ReleaseView, overview
from toolkit.overview.voice import VoiceOverview, voice_overview

_TIMEOUT_SECONDS = 60


def look_at_stack(world_dir: Path, stack: str) -> Overview | VoiceOverview:
    """A stack by its outputs: the fleet of a SageMaker endpoint, else pods and GPUs, if it has a cluster yet.

    Args:
        world_dir: A world that is up.
        stack: Name of the stack.

    Raises:
        SandboxError: There is no such stack, or what it runs on does not answer.
    """
    layout = Layout(world_dir)
    found = state_of(layout, PROJECT, stack)
    if found is None:
        _require_file(stack)
    if found is None or found.resources == 0:
        return overview(stack, {}, [], [], note=f"stack {stack} is empty; {_deploy(stack)}")
    outputs = _outputs(world_dir, stack)
    if "endpointName" in outputs:
        return voice_overview(stack, outputs, endpoint_of(world_dir, str(outputs["endpointName"])))
    note = ""
    if "clusterName" not in outputs:
        # Outputs are recorded at the end of an update only; what runs is shown all the same.
        note = f"the first update of stack {stack} did not finish ({found.resources} resources); {_deploy(stack)}"
        outputs = {**outputs, **recorded_names(layout, PROJECT, stack)}
    plane = plane_at(world_dir, str(outputs.get("endpoint", "")))
    if plane is None:
        return overview(stack, outputs, [], [], note=note)
    try:
        with KubeClient.from_kubeconfig(plane.kubeconfig.read_text()) as client:
            nodes, pods = client.list("v1", "Node"), client.list("v1", "Pod")
    except KubeError as error:
        raise SandboxError(
            f"the cluster of stack {stack} does not answer ({error}); run `cartesia-infra sandbox up`"
        ) from error
    return overview(stack, outputs, nodes, pods, _release(layout, plane.kubeconfig, outputs), note)


def _deploy(stack: str) -> str:
    return f"deploy it with `cartesia-infra sandbox run -- pulumi up --stack {stack}`"


def _require_file(stack: str) -> None:
    known = stack_names(CHECKOUT / "stacks")
    if stack not in known:
        raise SandboxError(f"there is no stack {stack}; {meant_stack(stack, known)}")


def _release(layout: Layout, kubeconfig: Path, outputs: Mapping[str, Any]) -> ReleaseView | None:
    """What Helm says of the release; the engine's output tells how it was when the last update succeeded."""
    if "releaseName" not in outputs:
        return None
    name, namespace = str(outputs["releaseName"]), str(outputs.get("namespace", "default"))
    words = ("history", name, "--namespace", namespace, "--max", "1", "--output", "json")
    done = subprocess.run(
        [layout.bin / "helm", *words, "--kubeconfig", kubeconfig],
        env=environment(layout.root),
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_SECONDS,
        check=False,
    )
    if done.returncode:
        said = done.stderr.strip().removeprefix("Error: ")
        absent = "release: not found" in said
        return ReleaseView(name, namespace, "absent" if absent else "unknown", description="" if absent else said)
    newest = json.loads(done.stdout)[-1]
    return ReleaseView(name, namespace, newest["status"], int(newest["revision"]), newest.get("description", ""))


def _outputs(world_dir: Path, stack: str) -> dict[str, Any]:
    """The outputs of a stack, secret ones hidden by the engine."""
    done = subprocess.run(
        ["pulumi", "stack", "output", "--json", "--stack", stack],
        cwd=CHECKOUT,
        env=environment(world_dir),
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise SandboxError(f"cannot read the outputs of stack {stack}: {done.stderr.strip()}")
    value = json.loads(done.stdout or "{}")
    return value if isinstance(value, dict) else {}
