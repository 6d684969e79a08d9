"""Forced replacements of a stack's resources, one at a time, and what the world looks like afterwards.

`python -m tests.support.replacing [--forget | --taint] [--part 1/3] [STACK ...]` goes through every resource of the
stacks, in a world of its own, and prints a line for each; it takes some seconds a resource, and `--part` takes one of
several parts. With `--taint` it marks each in the state (`pulumi state taint`) and runs an update; with `--forget` it
takes each out of the state (`pulumi state delete`) and runs one, instead of asking for the replacement.
"""

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.stack_world import StackWorld

KINDS = (
    ("v1", "Namespace"),
    ("v1", "Secret"),
    ("v1", "Node"),
    ("apps/v1", "DaemonSet"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
    ("storage.k8s.io/v1", "StorageClass"),
)
"""Kinds of objects that our stacks or the chart make, or that a replacement may take away."""
CLUSTERS = {"eks-dev": "cartesia-dev", "eks-prod": "cartesia-prod"}
STACKS = ("eks-dev", "eks-prod", "sagemaker-dev", "sagemaker-prod")


@dataclass(frozen=True, slots=True)
class Seen:
    """What there is, whoever made it: objects of the account by type, objects of the cluster by name."""

    account: Counter[str]
    cluster: Counter[str]

    def differences(self, after: "Seen") -> list[str]:
        """`-3 Secret helm` for each count that is another one afterwards."""
        before, now = self.account + self.cluster, after.account + after.cluster
        return [f"{now[key] - before[key]:+d} {key}" for key in sorted(before | now) if now[key] != before[key]]


@dataclass(frozen=True, slots=True)
class Replaced:
    """How the forced replacement of one resource ended."""

    urn: str
    done: bool
    """Whether the engine says that it went through."""
    lost: list[str]
    """What is there in another number than before."""
    left: list[str]
    """Resources that the state has as half replaced."""
    said: str
    """The engine's words about a failure."""

    @property
    def fine(self) -> bool:
        """It ended as wanted, or was refused before anything changed."""
        return not self.lost and not self.left

    def __str__(self) -> str:
        verdict = ("replaced" if self.done else "refused") if self.fine else "BROKEN"
        kind = self.urn.split("::")[2].rpartition("$")[2]
        detail = "; ".join([*self.lost, *self.left] + ([] if self.done else [self.said]))
        return f"{verdict:9} {kind} {self.urn.rpartition('::')[2]}{'  ' if detail else ''}{detail}"


def seen(world: StackWorld, stack: str) -> Seen:
    """The world as it is now."""
    account = Counter(each["type"] for each in world.inventory())
    return Seen(account, Counter(_objects(world, CLUSTERS[stack])) if stack in CLUSTERS else Counter())


def _objects(world: StackWorld, cluster: str) -> Iterator[str]:
    kube = world.kube(cluster)
    for api_version, kind in KINDS:
        for found in kube.list(api_version, kind):
            name = found["metadata"]["name"]
            if name.startswith("sh.helm.release."):
                continue  # a revision more or less is no loss
            yield f"{kind} {name if kind != 'Node' else ''}".strip()


def custom_urns(world: StackWorld, stack: str) -> list[str]:
    """Every resource of the state that some provider made."""
    found = world.state(stack)["resources"]
    return [each["urn"] for each in found if each.get("custom") and not each["type"].startswith("pulumi:")]


def urns_of(world: StackWorld, stack: str, *names: str) -> list[str]:
    """The resources of these logical names."""
    by_name = {urn.rpartition("::")[2]: urn for urn in custom_urns(world, stack)}
    return [by_name[name] for name in names]


def replace(world: StackWorld, stack: str, urns: Sequence[str]) -> Replaced:
    """Force the replacement of some resources in one run."""
    before = seen(world, stack)
    asked = [word for urn in urns for word in ("--replace", urn)]
    run = world.pulumi("up", "--yes", "--skip-preview", "--suppress-outputs", *asked, stack=stack, check=False)
    return _judged(world, stack, urns[0], before, run)


def _judged(world: StackWorld, stack: str, urn: str, before: Seen, run: subprocess.CompletedProcess[str]) -> Replaced:
    state = world.state(stack)["resources"]
    half = [f"{each['urn']} is half replaced" for each in state if each.get("delete") or each.get("pendingReplacement")]
    lines = [line.strip() for line in (run.stdout + run.stderr).splitlines() if "error:" in line or " * " in line]
    errors = [line.partition("error: ")[2] or line for line in lines]
    return Replaced(urn, not run.returncode, before.differences(seen(world, stack)), half, (errors or [""])[0])


def forget(world: StackWorld, stack: str, urn: str) -> Replaced:
    """Take one resource out of the state and run an update; the state is put back where that was refused."""
    before, folder = seen(world, stack), world.layout.root.parent
    saved = folder / "before.json"
    world.pulumi("stack", "export", "--show-secrets", "--file", str(saved), stack=stack)
    run = world.pulumi("state", "delete", urn, "--yes", stack=stack, check=False)
    if run.returncode:
        return _judged(world, stack, urn, before, run)
    run = world.pulumi("up", "--yes", "--skip-preview", "--suppress-outputs", stack=stack, check=False)
    result = _judged(world, stack, urn, before, run)
    if not result.done:
        world.pulumi("stack", "import", "--file", str(saved), stack=stack)
    return result


def taint(world: StackWorld, stack: str, urn: str) -> Replaced:
    """Mark one resource in the state as to be replaced and run an update; where that is refused the mark goes."""
    before = seen(world, stack)
    run = world.pulumi("state", "taint", urn, "--yes", stack=stack, check=False)
    if run.returncode:
        return _judged(world, stack, urn, before, run)
    run = world.pulumi("up", "--yes", "--skip-preview", "--suppress-outputs", stack=stack, check=False)
    result = _judged(world, stack, urn, before, run)
    if not result.done:
        world.pulumi("state", "untaint", urn, "--yes", stack=stack, check=False)
    return result


def main() -> None:
    """Try everything, one resource at a time; a stack that broke is made again."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--forget", dest="trying", action="store_const", const=forget)
    parser.add_argument("--taint", dest="trying", action="store_const", const=taint)
    parser.add_argument("--part", default="1/1")
    parser.add_argument("stacks", nargs="*", default=STACKS)
    given = parser.parse_args()
    number, parts = map(int, given.part.split("/"))
    trying = given.trying or (lambda world, stack, urn: replace(world, stack, [urn]))
    broken = 0
    with tempfile.TemporaryDirectory() as folder, StackWorld(Path(folder)).up() as world:
        for stack in given.stacks:
            world.up_stack(stack)
            for urn in sorted(custom_urns(world, stack))[number - 1 :: parts]:
                if urn in custom_urns(world, stack):
                    broken += not _tried(trying, world, stack, urn)
    sys.exit(1 if broken else 0)


def _tried(trying: Callable[[StackWorld, str, str], Replaced], world: StackWorld, stack: str, urn: str) -> bool:
    result = trying(world, stack, urn)
    sys.stderr.write(f"{stack} {result}\n")
    if not result.fine:
        _repair(world, stack)
    return result.fine


def _repair(world: StackWorld, stack: str) -> None:
    """Take the world down and bring the stack up in a new one, since what is broken would hide what comes after."""
    world.clients.close()
    world.infra("sandbox", "down", "--yes")
    world.infra("sandbox", "up")
    world.inside("cartesia-infra", "release", "fetch")
    world.up_stack(stack)


if __name__ == "__main__":
    main()
