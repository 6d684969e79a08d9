"""A world of its own with the checkout's stacks in it, driven as the sandbox's commands drive it.

The engine is called directly, in the environment and the project that `cartesia-infra sandbox run -- pulumi` would give
it: that command starts Python twice before the engine, at every call. Tests of the command itself call it by `infra`.
"""

import contextlib
import copy
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from clients.kubernetes import KubeClient
from sandbox.environment import environment
from sandbox.host.layout import CHECKOUT, Layout
from sandbox.planes.claims import plane_of
from sandbox.project import absolute_paths, prepare_project, stack_in
from sandbox.providers.aws.inventory import inventory, tags_of
from sandbox.providers.cloud.store import Store
from sandbox.providers.gcp.facts.project import LOCATION_KEY, PACKAGE
from sandbox.status import require_sound

INFRA = (sys.executable, "-m", "toolkit.main")
TIMEOUT_SECONDS = 150


class StackWorld:
    """The sandbox in a temporary folder."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self.layout = Layout(folder / "a world")
        self.clients = contextlib.ExitStack()
        self.variables = os.environ | {"CARTESIA_SANDBOX_DIR": str(self.layout.root)} | variables

    @contextlib.contextmanager
    def up(self) -> Iterator["StackWorld"]:
        try:
            self.infra("sandbox", "up")
            self.inside("cartesia-infra", "release", "fetch")
            yield self
        finally:
            self.clients.close()
            self.infra("sandbox", "down", "--yes")

    def infra(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run one of our own verbs."""
        return self._run([*INFRA, *words], self.variables, check)

    def inside(self, *words: str, check: bool = True, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command inside the sandbox."""
        return self._run(*self._command(words, variables), check)

    def pulumi(self, *words: str, stack: str = "eks-dev", check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run the engine on a stack."""
        return self.inside("pulumi", *words, "--stack", stack, "--non-interactive", "--color", "never", check=check)

    def up_stack(self, stack: str = "eks-dev", *, check: bool = True) -> subprocess.CompletedProcess[str]:
        return self.pulumi("up", "--yes", "--skip-preview", stack=stack, check=check)

    def preview(self, stack: str = "eks-dev") -> dict[str, list[str]]:
        """Operation to the logical names it is planned for, `same` left out."""
        plan = json.loads(self.pulumi("preview", "--json", stack=stack).stdout)
        found: dict[str, list[str]] = {}
        for step in plan["steps"]:
            if step["op"] not in ("same", "read"):
                found.setdefault(step["op"], []).append(step["urn"].rsplit("::", 1)[-1])
        return {op: sorted(names) for op, names in found.items()}

    def outputs(self, stack: str = "eks-dev") -> dict[str, Any]:
        result: dict[str, Any] = json.loads(self.pulumi("stack", "output", "--json", stack=stack).stdout)
        return result

    def state(self, stack: str = "eks-dev") -> dict[str, Any]:
        """What the backend holds of a stack, read from its file: secrets stay as they are encrypted there."""
        file = self.layout.pulumi_state / ".pulumi" / "stacks" / "cartesia" / f"{stack}.json"
        checkpoint: dict[str, Any] = json.loads(file.read_text())["checkpoint"]
        return checkpoint.get("latest") or {}

    def inventory(self) -> list[dict[str, Any]]:
        """What the pretended accounts hold: type, id and tags of each object."""
        aws = [{"type": each.type, "id": each.id, "tags": tags_of(each)} for each in inventory(self.layout.root)]
        google = Store(self.layout.root / PACKAGE, LOCATION_KEY).list()
        kept = [each for each in google if not each.type.endswith(":Forgotten")]
        return [*aws, *({"type": each.type, "id": each.id, "tags": {}} for each in kept)]

    def settings(self, stack: str = "eks-dev") -> "StackFile":
        """The world's copy of a stack file; the checkout's is never touched."""
        path = self.layout.project / "stacks" / f"Pulumi.{stack}.yaml"
        if not path.exists():
            self.pulumi("stack", "ls", stack=stack, check=False)
        return StackFile(path)

    def kube(self, cluster: str = "cartesia-dev") -> KubeClient:
        plane = plane_of(self.layout.root, cluster)
        assert plane is not None, f"no control plane for {cluster}"
        return self.clients.enter_context(KubeClient.from_kubeconfig(plane.kubeconfig.read_text()))

    @contextlib.contextmanager
    def started(self, *words: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
        """A command inside the sandbox that is still running; it gets a process group of its own."""
        command, inside = self._command(words, variables)
        with subprocess.Popen(
            command,
            cwd=CHECKOUT,
            env=inside,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as child:
            try:
                yield child
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGKILL)

    def _command(self, words: Sequence[str], variables: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
        """A command line and its environment, as `sandbox run` and the sandbox's `pulumi` would make them."""
        inside = environment(self.layout.root, self.variables | dict(variables))
        require_sound(self.layout)
        if words[0] == "cartesia-infra":
            return [*INFRA, *words[1:]], inside
        if words[0] != "pulumi":
            return list(words), inside
        project = prepare_project(self.layout, CHECKOUT, stack_in(words[1:], inside), inside)
        engine = [str(self.layout.engine / "pulumi"), "--cwd", str(project)]
        return [*engine, *absolute_paths(words[1:], CHECKOUT)], inside

    def _run(
        self, command: Sequence[str], variables: Mapping[str, str], check: bool
    ) -> subprocess.CompletedProcess[str]:
        begin = time.monotonic()
        done = subprocess.run(
            command,
            cwd=CHECKOUT,
            env=dict(variables),
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        shown = " ".join(Path(word).name if word.startswith("/") else word for word in command)
        sys.stdout.write(f"{time.monotonic() - begin:6.2f} s  rc {done.returncode}  {shown}\n")
        if check and done.returncode:
            raise AssertionError(
                f"{shown} failed with {done.returncode}:\n{done.stdout[-6000:]}\n{done.stderr[-6000:]}"
            )
        return done


class StackFile:
    """A stack file that a test changes and puts back."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextlib.contextmanager
    def changed(self, **values: Any) -> Iterator[None]:
        """Set values by path with double underscores, e.g. `release__releaseTag="..."`, for as long as it lasts."""
        before = self.path.read_text()
        self.set(**values)
        try:
            yield
        finally:
            self.path.write_text(before)

    def set(self, **values: Any) -> None:
        """Set values for good."""
        content = copy.deepcopy(yaml.safe_load(self.path.read_text()))
        for path, value in values.items():
            section, *rest = path.split("__")
            node = content["config"].setdefault(f"cartesia:{section}", {})
            if not rest:
                content["config"][f"cartesia:{section}"] = value
                continue
            for part in rest[:-1]:
                node = node.setdefault(part, {})
            node[rest[-1]] = value
        self.path.write_text(yaml.safe_dump(content, sort_keys=False))
