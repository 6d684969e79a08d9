"""One stack as it stands in the sandbox: what `sandbox status --stack` shows.

Reads the engine's outputs and asks the control plane or the voice server, changes nothing; `toolkit.overview.cluster`
and `toolkit.overview.voice` make sense of what they say.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

from clients.kubernetes import KubeClient, KubeError
from sandbox.environment import environment
from sandbox.host.errors import SandboxError
from sandbox.host.layout import CHECKOUT
from sandbox.planes.claims import plane_of
from sandbox.voice.service import endpoint_of
from toolkit.overview.cluster import Overview, overview
from toolkit.overview.voice import VoiceOverview, voice_overview

_TIMEOUT_SECONDS = 60


def look_at_stack(world_dir: Path, stack: str) -> Overview | VoiceOverview:
    """A stack by its outputs: the fleet of a SageMaker endpoint, else pods and GPUs, if it has a cluster yet.

    Args:
        world_dir: A world that is up.
        stack: Name of the stack.

    Raises:
        SandboxError: The engine does not know the stack, or what it runs on does not answer.
    """
    outputs = _outputs(world_dir, stack)
    if "endpointName" in outputs:
        return voice_overview(stack, outputs, endpoint_of(world_dir, str(outputs["endpointName"])))
    plane = plane_of(world_dir, str(outputs.get("clusterName", "")))
    if plane is None:
        return overview(stack, outputs, [], [])
    try:
        with KubeClient.from_kubeconfig(plane.kubeconfig.read_text()) as client:
            return overview(stack, outputs, client.list("v1", "Node"), client.list("v1", "Pod"))
    except KubeError as error:
        raise SandboxError(
            f"the cluster of stack {stack} does not answer ({error}); run `cartesia-infra sandbox up`"
        ) from error


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
