"""The real world: brought up, killed in every part, taken down.

Each test makes its own world in a temporary folder. Timings are printed (`pytest -s`) and not asserted, for the machine
is shared; the benchmarks hold them against their targets.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from clients.kubernetes import KubeClient
from sandbox.environment import environment
from sandbox.host import processes
from sandbox.host.errors import PortTaken, SandboxDown
from sandbox.host.layout import Layout
from sandbox.host.ports import HOST
from sandbox.host.processes import Process
from sandbox.host.records import changing, read_json, write_json
from sandbox.host.strays import residents
from sandbox.planes.claims import Plane, claim_plane, plane_of, release_plane
from sandbox.planes.kwok import API_SERVER, PARTS
from sandbox.planes.record import load_planes
from sandbox.status import WorldStatus
from sandbox.vendor.gcs import NAME as GCS
from sandbox.world import World

pytestmark = pytest.mark.cluster

NODE = {
    "apiVersion": "v1",
    "kind": "Node",
    "metadata": {"name": "gpu-0", "annotations": {"kwok.x-k8s.io/node": "fake"}},
    "status": {"allocatable": {"cpu": "8", "memory": "32Gi", "pods": "20", "nvidia.com/gpu": "1"}},
}
POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "worker", "namespace": "default"},
    "spec": {
        "containers": [{"name": "worker", "image": "worker:1", "resources": {"limits": {"nvidia.com/gpu": "1"}}}],
        "tolerations": [{"operator": "Exists"}],
    },
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World.at(tmp_path / "a world")  # every program of it must take a space
    yield made
    made.down()


@contextlib.contextmanager
def timed(what: str) -> Iterator[None]:
    begin = time.monotonic()
    yield
    sys.stdout.write(f"{what}: {time.monotonic() - begin:.2f} s\n")


def mentioning(directory: Path) -> list[str]:
    """Command lines of everything that runs for a world."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            line = " ".join(process.cmdline())
            if str(directory) in line and process.pid != os.getpid() and Process.of(process.pid):
                found.append(line)
    return found


def pids(status: WorldStatus) -> dict[str, int | None]:
    services = [*status.services, *(each for plane in status.planes for each in plane.services)]
    return {each.name: each.pid for each in services}


def listening(pid: int) -> set[str]:
    """Addresses a process listens on."""
    connections = psutil.Process(pid).net_connections()
    return {each.laddr.ip for each in connections if each.status == psutil.CONN_LISTEN}


def cli(world: World, *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "toolkit.main", "sandbox", *words]
    variables = os.environ | {"CARTESIA_SANDBOX_DIR": str(world.layout.root)}
    return subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_from_nothing_to_a_ready_pod_and_back(world: World) -> None:
    with timed("up"):
        status = world.up()
    assert status.state == "up"
    assert [plane.cluster_name for plane in status.planes] == [None]

    first = pids(status)
    assert set(first) == {GCS, *PARTS}
    for name, pid in first.items():
        assert pid is not None
        assert listening(pid) == {"127.0.0.1"}, f"{name} listens beyond 127.0.0.1"

    with timed("up again"):
        assert pids(world.up()) == first

    with timed("claim"):
        plane = claim_plane(world.layout.root, "eks-dev")
    assert claim_plane(world.layout.root, "eks-dev") == plane_of(world.layout.root, "eks-dev") == plane
    with kube(plane) as client, timed("pod ready"):
        client.apply(NODE, field_manager="test")
        client.patch_status("v1", "Node", "gpu-0", NODE["status"])
        client.apply(POD, field_manager="test")
        wait_until(lambda: ready(client, "worker"), "the pod is not Ready")

    inside = environment(world.layout.root)
    bucket = f"{inside['STORAGE_EMULATOR_HOST']}/storage/v1/b/cartesia-onprem/o"
    assert "cartesia-kube-latest.tar.gz" in subprocess.check_output(["curl", "-s", bucket], text=True, env=inside)
    nodes = ["kubectl", "get", "nodes", "--output", "name"]
    assert subprocess.check_output(nodes, text=True, env=inside).split() == ["node/gpu-0"]

    with timed("down"):
        assert world.down()
    assert mentioning(world.layout.root) == []
    assert not world.layout.root.exists()
    assert not world.down()
    assert world.status().state == "down"
    with pytest.raises(SandboxDown):
        claim_plane(world.layout.root, "eks-dev")


def test_whatever_is_killed_or_hangs_the_next_up_mends_and_nothing_is_lost(world: World) -> None:
    before = pids(world.up())
    plane = claim_plane(world.layout.root, "eks-dev")
    kept = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "kept", "namespace": "default"}}
    with kube(plane) as client:
        client.apply(kept, field_manager="test")
        client.apply(NODE, field_manager="test")
        client.patch_status("v1", "Node", "gpu-0", NODE["status"])
        client.apply(POD, field_manager="test")
        wait_until(lambda: ready(client, "worker"), "the pod is not Ready")

    harms = [([part], signal.SIGKILL) for part in (GCS, *PARTS)]
    harms += [(["kube-scheduler"], signal.SIGSTOP), ([GCS, *PARTS], signal.SIGKILL)]
    for parts, harm in harms:
        for part in parts:
            pid = before[part]
            assert pid is not None
            os.kill(pid, harm)
            if harm == signal.SIGKILL:
                wait_until(lambda pid=pid: Process.of(pid) is None, f"{part} does not end")
        found = world.status()
        assert found.state == "broken"
        services = [*found.services, *found.planes[0].services]
        state = "silent" if harm == signal.SIGSTOP else "ended"
        assert {each.name for each in services if each.state == state} >= set(parts)

        with timed(f"up after {harm.name} of {', '.join(parts)}"):
            after = pids(world.up())
        assert world.status().state == "up"
        assert all(after[part] != before[part] for part in parts)
        if GCS not in parts:
            assert after[GCS] == before[GCS]
        with kube(plane) as client:
            assert client.get("v1", "ConfigMap", "kept", "default") is not None
        before = after
    assert plane_of(world.layout.root, "eks-dev") == plane
    with kube(plane) as client, timed("pod gone"):
        client.delete("v1", "Pod", "worker", "default")
        wait_until(lambda: client.get("v1", "Pod", "worker", "default") is None, "nobody minds the node any more")


def test_two_ups_at_once_make_one_world(world: World) -> None:
    both = [cli(world, "up", "--json") for _ in range(2)]
    outputs = [each.communicate(timeout=120) for each in both]
    assert [each.returncode for each in both] == [0, 0], outputs
    assert outputs[0][0] == outputs[1][0]
    assert len(load_planes(world.layout)) == 1
    assert len(processes.find_with(("-filesystem-root", str(world.layout.gcs)))) == 1


@pytest.mark.parametrize("then", ["up", "down"])
def test_an_up_that_was_killed_is_finished_or_removed(world: World, then: str) -> None:
    for delay in (0.5, 1.2, 2.4):
        with cli(world, "up") as half:
            time.sleep(delay)
            half.kill()
            half.communicate()
        if then == "up":
            with timed(f"up after a kill at {delay} s"):
                status = world.up()
            assert status.state == "up"
            assert len(status.planes) == 1
            owned = {each.pid for plane in status.planes for each in plane.services}
            running = processes.find(
                command for record in load_planes(world.layout) for command in _part_argvs(world.layout, record.id)
            )
            assert {each.pid for each in running} == owned
        world.down()
        assert mentioning(world.layout.root) == []
        assert not world.layout.root.exists()


def test_each_cluster_has_a_plane_of_its_own_and_takes_it_along(world: World) -> None:
    world.up()
    with ThreadPoolExecutor() as pool, timed("two claims at once"):
        one, two = pool.map(lambda name: claim_plane(world.layout.root, name), ("one", "two"))
    assert one.server != two.server
    links = {name: plane_of(world.layout.root, name) for name in ("one", "two")}
    assert links == {"one": one, "two": two}
    first = min(load_planes(world.layout), key=lambda each: each.claimed_at)
    assert world.layout.kubeconfig.resolve() == first.kubeconfig
    release_plane(world.layout.root, str(first.cluster_name))
    release_plane(world.layout.root, str(first.cluster_name))
    assert plane_of(world.layout.root, str(first.cluster_name)) is None
    assert mentioning(first.folder) == []
    left = load_planes(world.layout)[0]
    assert world.layout.kubeconfig.resolve() == left.kubeconfig
    named = (str(left.cluster_name), f"port-{left.ports[API_SERVER]}")
    expected = {f"{name}.{version}.json" for name in named for version in ("v1", "v1beta1")}
    assert {entry.name for entry in world.layout.tokens.iterdir()} == expected
    release_plane(world.layout.root, str(left.cluster_name))
    assert load_planes(world.layout) == []
    assert not world.layout.kubeconfig.exists()
    with timed("claim without an idle plane"):
        claim_plane(world.layout.root, "three")


def test_a_lost_port_is_replaced_where_nobody_knows_it_yet_and_named_where_somebody_does(world: World) -> None:
    world.up()
    idle = load_planes(world.layout)[0]
    gcs = read_json(world.layout.record)["gcs"]["port"]

    @contextlib.contextmanager
    def taken(port: int, process: Process) -> Iterator[None]:
        processes.kill([process])
        with socket.socket() as thief:
            thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            wait_until(lambda: _bound(thief, port), f"port {port} is not freed")
            thief.listen()
            yield

    (server,) = processes.find_with(("-filesystem-root", str(world.layout.gcs)))
    with taken(gcs, server), taken(idle.ports["kube-scheduler"], idle.processes["kube-scheduler"]):
        status = world.up()
        assert status.state == "up"
        assert status.planes[0].id != idle.id
        assert status.services[0].port != gcs

    claim_plane(world.layout.root, "eks-dev")
    mine = load_planes(world.layout)[0]
    with taken(mine.ports["kwok-controller"], mine.processes["kwok-controller"]):
        with pytest.raises(PortTaken, match=r"cluster eks-dev .*another program took its port"):
            world.up()
        assert plane_of(world.layout.root, "eks-dev") is not None
    assert world.up().state == "up"


def test_down_waits_for_a_running_change(world: World) -> None:
    write_json(world.layout.logs / "file", {})
    order = []
    with changing(world.layout):
        other = threading.Thread(target=lambda: order.append(world.down()))
        other.start()
        time.sleep(0.2)
        order.append("released")
    other.join(timeout=30)
    assert order == ["released", True]


@contextlib.contextmanager
def kube(plane: Plane) -> Iterator[KubeClient]:
    client = KubeClient.from_kubeconfig(plane.kubeconfig.read_text())
    try:
        yield client
    finally:
        client.close()


def ready(client: KubeClient, name: str) -> bool:
    pod = client.get("v1", "Pod", name, "default") or {}
    return any(
        each["type"] == "Ready" and each["status"] == "True" for each in pod.get("status", {}).get("conditions", [])
    )


def wait_until(check, message: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, message
        time.sleep(0.05)


def _bound(server, port: int) -> bool:
    try:
        server.bind((HOST, port))
    except OSError:
        return False
    return True


def _part_argvs(layout: Layout, plane_id: str) -> list[tuple[str, ...]]:
    from sandbox.planes.kwok import KwokFolder, part_commands

    return [each.argv for each in part_commands(KwokFolder(layout.planes / plane_id)).values()]


def test_what_runs_without_its_files_is_found_by_the_next_up_and_down(world: World) -> None:
    world.up()
    root = world.layout.root
    for removed in (root, world.layout.planes, world.layout.record):
        lost = {each.process for each in residents(root)}
        assert lost
        shutil.rmtree(removed) if removed.is_dir() else removed.unlink()
        status = world.up()
        assert status.state == "up"
        known = {process for record in load_planes(world.layout) for process in record.processes.values()}
        (gcs,) = status.services
        left = {each.process for each in residents(root)}
        assert left - known == {Process.of(gcs.pid or 0)}
        if removed != world.layout.record:
            assert not [process for process in lost - left if process.alive]
    shutil.rmtree(root)
    assert residents(root)
    assert world.down()
    assert residents(root) == []
    assert not world.down()
