"""Control planes for the clusters of the clouds' stand-ins: one each, from the moment it is made until it is deleted.

Owns who has which plane. `sandbox up` has one ready that nobody claimed; it goes to the first cluster, and further ones
are started when they are asked for. Planes outlive the process that asked.
"""

import time
from collections.abc import Mapping
from pathlib import Path

from sandbox.host.errors import SandboxDown
from sandbox.host.layout import Layout
from sandbox.host.records import changing, read_json
from sandbox.planes.kwok import PARTS, TOOLS
from sandbox.planes.lifecycle import create_plane, destroy_plane, mend_plane
from sandbox.planes.record import Plane, claimed, find_plane, load_planes, publish, withdraw

__all__ = ["Plane", "claim_plane", "plane_at", "plane_of", "release_plane"]


def claim_plane(world_dir: Path, cluster_name: str) -> Plane:
    """Have a control plane for a cluster: the one it has, else the idle one, else a new one.

    Args:
        world_dir: The world.
        cluster_name: Name of the cluster, one that no cluster of another cloud has.

    Returns:
        A plane that answers.

    Raises:
        SandboxDown: The world is not up.
        StartFailed: The plane does not come up.
    """
    layout = Layout(world_dir.absolute())
    if read_json(layout.record) is None:  # asked before locking, which would make the directory
        raise _down(layout)
    with changing(layout):
        tools = _tools(layout)
        record = find_plane(layout, cluster_name)
        if record is None:
            idle = [each for each in load_planes(layout) if each.complete and each.cluster_name is None]
            record = claimed(idle[0] if idle else create_plane(layout, tools), cluster_name, time.time())
            record.save()
            publish(layout, record)
        if set(record.running) != set(PARTS):
            record = mend_plane(layout, record)
        return record.plane()


def plane_of(world_dir: Path, cluster_name: str) -> Plane | None:
    """The plane that was claimed for a cluster; None where there is none, the world being down included."""
    record = find_plane(Layout(world_dir.absolute()), cluster_name)
    return record.plane() if record is not None and record.complete else None


def plane_at(world_dir: Path, server: str) -> Plane | None:
    """The claimed plane with an API server at a URL; None where there is none.

    An address tells clusters apart that have one name in two clouds.
    """
    found = load_planes(Layout(world_dir.absolute()))
    return next((each.plane() for each in found if each.complete and each.cluster_name and each.server == server), None)


def release_plane(world_dir: Path, cluster_name: str) -> None:
    """Remove the plane of a cluster with all that is in it; nothing happens where there is none."""
    layout = Layout(world_dir.absolute())
    if not layout.root.is_dir():
        return
    with changing(layout):
        record = find_plane(layout, cluster_name)
        if record is not None:
            destroy_plane(record)
        withdraw(layout, cluster_name, record)


def _tools(layout: Layout) -> Mapping[str, Path]:
    """The programs `sandbox up` found; asking again would cost time in every provider.

    Raises:
        SandboxDown: There is no record of them.
    """
    found = (read_json(layout.record) or {}).get("tools")
    if not isinstance(found, dict) or not set(TOOLS) <= set(found):
        raise _down(layout)
    return {name: Path(path) for name, path in found.items()}


def _down(layout: Layout) -> SandboxDown:
    """The error of a world that is not up."""
    return SandboxDown(f"the sandbox in {layout.root} is down; start it with `cartesia-infra sandbox up`")
