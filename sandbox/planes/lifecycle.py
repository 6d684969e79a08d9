"""The life of one control plane: made by kwokctl, repaired part by part, removed without a trace.

Owns the processes of a plane. Whoever calls holds the lock of the world. A plane that was not claimed holds nothing of
value, so it is thrown away where repairing it fails; a claimed one keeps its etcd data whatever happens.
"""

import http.client
import secrets
import shutil
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from sandbox.host import processes
from sandbox.host.errors import PortTaken, StartFailed
from sandbox.host.layout import Layout
from sandbox.host.ports import free_ports
from sandbox.host.processes import Command, Process
from sandbox.host.records import write_text
from sandbox.planes.health import as_admin, part_answers
from sandbox.planes.kwok import API_SERVER, ETCD, KWOK, PARTS, PORTS, KwokFolder, configuration, creator, part_commands
from sandbox.planes.record import PlaneRecord, publish

_ATTEMPTS = 3
_READY_SECONDS = 60.0
"""Longest wait for a part; a loaded machine takes ten times as long as an idle one."""
_CREATE_SECONDS = 120.0
_SECOND_LOOK_SECONDS = 3.0
"""How long a part that runs may keep silent before it counts as hung."""
_POLL_SECONDS = 0.05
_WAVES = ((ETCD,), (API_SERVER,), tuple(part for part in PARTS if part not in (ETCD, API_SERVER)))
"""Parts that may be repaired at the same time; each wave needs the one before."""


def create_plane(layout: Layout, tools: Mapping[str, Path]) -> PlaneRecord:
    """Make a control plane and wait until pods can be made in it.

    Args:
        layout: The world.
        tools: A path for each of `sandbox.planes.kwok.TOOLS`.

    Raises:
        StartFailed: It does not come up.
    """
    for attempt in range(_ATTEMPTS):
        record = _prepare(layout, tools)
        try:
            return _finish(layout, record, Command("kwokctl", record.creator, record.folder, _creator_log(record)))
        except PortTaken:
            destroy_plane(record)
            if attempt == _ATTEMPTS - 1:
                raise
        except StartFailed as failure:
            kept = _keep_logs(layout, record)
            destroy_plane(record)
            raise StartFailed(f"{failure}; its logs are kept in {kept}") from failure
    raise AssertionError("the last attempt returns or raises")


def mend_plane(layout: Layout, record: PlaneRecord) -> PlaneRecord:
    """Start again what does not run or does not answer; returns the record as it is afterwards.

    Args:
        layout: The world.
        record: A complete plane.

    Raises:
        PortTaken: Another program listens on a port of the plane.
        StartFailed: A part does not come up for another reason.
    """
    commands = part_commands(record.kwok)
    if set(commands) != set(PARTS):
        raise StartFailed(f"{record.kwok.parts} is damaged; run `cartesia-infra sandbox down` and start again")
    now = dict(_running(record, commands))
    for wave in _WAVES:
        for part in wave:
            if part in now and not _answers_soon(record, part):
                processes.kill([now.pop(part)])
            if part not in now:
                if part == KWOK:
                    _forget_node_leases(record)
                now[part] = processes.start(commands[part], _environment(record))
                record = replace(record, processes=now)
                record.save()
        for part in wave:
            _wait_for(record, part, now[part], commands[part])
    record = replace(record, processes=now)
    record.save()
    publish(layout, record)
    return record


def destroy_plane(record: PlaneRecord) -> None:
    """End every process of a plane and remove its files; what is gone already is passed over."""
    if record.complete and record.folder.is_dir():
        replace(record, complete=False).save()  # it is not broken, and `up` ends what a kill cut
    if record.creator:
        # First, for nobody may start parts while we end them; kwokctl's session holds its short-lived helpers.
        processes.kill(processes.with_session(processes.find([record.creator])))
    commands = part_commands(record.kwok)
    known = record.running.values()
    processes.kill([*known, *processes.find(each.argv for each in commands.values())])
    shutil.rmtree(record.folder, ignore_errors=True)


def _forget_node_leases(record: PlaneRecord) -> None:
    """Delete the leases by which a KWOK that ended holds its nodes; its successor would wait minutes for them."""
    connection = as_admin(record)
    try:
        connection.request("DELETE", "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException) as error:
        raise StartFailed(f"the API server of {record.id} does not answer: {error}") from error
    finally:
        connection.close()


def _prepare(layout: Layout, tools: Mapping[str, Path]) -> PlaneRecord:
    """Folder, record and configuration of a plane; the record is there before any process can be."""
    folder = layout.planes / f"plane-{secrets.token_hex(4)}"
    folder.mkdir(parents=True)
    # Where kwokctl works unless told; what it is told it cuts at the first space, and would work somewhere else.
    (folder / ".kwok").symlink_to(".")
    kwok = KwokFolder(folder)
    ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
    record = PlaneRecord(id=folder.name, folder=folder, ports=ports, creator=creator(kwok, tools["kwokctl"]).argv)
    record.save()
    write_text(kwok.configuration, configuration(tools, ports))
    return record


def _finish(layout: Layout, record: PlaneRecord, command: Command) -> PlaneRecord:
    """Run kwokctl and wait for every part."""
    deadline = time.monotonic() + _CREATE_SECONDS
    process = processes.start(command, _environment(record))
    seen: dict[str, Process] = {}
    commands: dict[str, Command] = {}
    while process.alive:
        if time.monotonic() > deadline:
            raise StartFailed(f"kwokctl did not finish in {_CREATE_SECONDS:.0f} s")
        commands = commands or part_commands(record.kwok)
        for part, found in seen.items():
            if not found.alive:
                raise _failure(record, commands[part])
        if commands:
            seen |= _running(record, commands)
        time.sleep(_POLL_SECONDS)
    commands = part_commands(record.kwok)
    record = replace(record, processes=_running(record, commands))
    for part in PARTS:
        if part not in record.processes:
            raise _failure(record, commands.get(part, command))
        _wait_for(record, part, record.processes[part], commands[part])
    record = replace(record, complete=True)
    record.save()
    publish(layout, record)
    return record


def _running(record: PlaneRecord, commands: Mapping[str, Command]) -> dict[str, Process]:
    """Which parts run: as recorded, else found by their command line."""
    found = record.running
    return found | processes.find_named({name: each.argv for name, each in commands.items() if name not in found})


def _answers_soon(record: PlaneRecord, part: str) -> bool:
    """Whether a running part answers, with some patience: it may have been started a moment ago."""
    deadline = time.monotonic() + _SECOND_LOOK_SECONDS
    while not part_answers(record, part):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _wait_for(record: PlaneRecord, part: str, process: Process, command: Command) -> None:
    """Wait until a started part answers.

    Raises:
        StartFailed: It ended, or is silent for too long.
    """
    deadline = time.monotonic() + _READY_SECONDS
    while not part_answers(record, part):
        if not process.alive:
            raise _failure(record, command)
        if time.monotonic() > deadline:
            raise StartFailed(
                f"{part} of {record.id} does not answer within {_READY_SECONDS:.0f} s; read {command.log}"
            )
        time.sleep(_POLL_SECONDS)


def _failure(record: PlaneRecord, command: Command) -> StartFailed:
    """Why a part ended, from its log."""
    try:
        tail = command.log.read_text(errors="replace")[-4000:]
    except OSError:
        tail = ""
    if "address already in use" in tail:
        ports = ", ".join(f"{name} {port}" for name, port in record.ports.items())
        whose = f"cluster {record.cluster_name}" if record.cluster_name else record.id
        return PortTaken(
            f"{command.name} of {whose} cannot listen: another program took its port ({ports}); "
            "end that program and run `cartesia-infra sandbox up` again"
        )
    last = next((line for line in reversed(tail.splitlines()) if line.strip()), "it wrote nothing")
    return StartFailed(f"{command.name} of {record.id} ended at once ({last.strip()[:300]}); log: {command.log}")


def _keep_logs(layout: Layout, record: PlaneRecord) -> Path:
    """Copy the logs of a plane that is about to be removed."""
    kept = layout.logs / record.id
    shutil.copytree(record.kwok.cluster / "logs", kept, dirs_exist_ok=True) if part_commands(record.kwok) else None
    kept.mkdir(parents=True, exist_ok=True)
    if _creator_log(record).exists():
        shutil.copy(_creator_log(record), kept)
    return kept


def _creator_log(record: PlaneRecord) -> Path:
    """What kwokctl wrote."""
    return record.folder / "kwokctl.log"


def _environment(record: PlaneRecord) -> dict[str, str]:
    """A bare environment: all of these programs take settings from variables, and none of the caller's are meant.

    kwokctl prefers a kubectl on PATH to the one it is told of, so the world's comes first.
    """
    programs = record.folder.parent.parent / "bin"
    return {
        "PATH": f"{programs}:/usr/bin:/bin",
        "HOME": str(record.folder),
        "LANG": "C.UTF-8",
    }
