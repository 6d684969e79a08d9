"""What is on disk of a control plane: its record, its certificates and what is derived from them for other programs.

Owns the files in a plane's folder that kwokctl does not, and the answers of the programs that kubeconfigs ask for
credentials.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from sandbox.host.layout import Layout
from sandbox.host.ports import HOST
from sandbox.host.processes import Process
from sandbox.host.records import read_json, write_json, write_text
from sandbox.planes.kwok import API_SERVER, KwokFolder

_CREDENTIAL_VERSIONS = ("v1", "v1beta1")


@dataclass(frozen=True, slots=True)
class Plane:
    """A control plane as its users see it."""

    id: str
    """Name of its folder, never given twice."""
    server: str
    """URL of the API server."""
    kubeconfig: Path
    """Of the administrator, with everything inside."""
    ca_pem: str
    client_cert_pem: str
    client_key_pem: str
    cluster_name: str | None
    """The EKS cluster it stands for; None while nobody has claimed it."""


@dataclass(frozen=True, slots=True)
class PlaneRecord:
    """`plane.json`: what must be known to find, repair or remove a plane."""

    id: str
    folder: Path
    ports: Mapping[str, int]
    """A port for each of `sandbox.planes.kwok.PORTS`."""
    creator: tuple[str, ...]
    """Command line of the kwokctl that makes it."""
    cluster_name: str | None = None
    claimed_at: float = 0.0
    """Seconds since 1970."""
    complete: bool = False
    """Whether it was once ready; one that was not is removed and never repaired."""
    processes: Mapping[str, Process] = field(default_factory=dict)

    @property
    def server(self) -> str:
        """URL of the API server."""
        return f"https://{HOST}:{self.ports[API_SERVER]}"

    @property
    def kwok(self) -> KwokFolder:
        """What kwokctl made."""
        return KwokFolder(self.folder)

    @property
    def kubeconfig(self) -> Path:
        """Kubeconfig of the administrator."""
        return self.folder / "kubeconfig"

    @property
    def running(self) -> dict[str, Process]:
        """Recorded processes that run, hung or not."""
        return {name: each for name, each in self.processes.items() if each.alive}

    def save(self) -> None:
        """Write `plane.json`."""
        write_json(
            self.folder / "plane.json",
            {
                "id": self.id,
                "server": self.server,
                "cluster_name": self.cluster_name,
                "claimed_at": self.claimed_at,
                "complete": self.complete,
                "ports": dict(self.ports),
                "creator": list(self.creator),
                "processes": process_table(self.processes),
            },
        )

    def plane(self) -> Plane:
        """The plane as its users see it; it must be complete."""
        return Plane(
            id=self.id,
            server=self.server,
            kubeconfig=self.kubeconfig,
            ca_pem=self.kwok.ca.read_text(),
            client_cert_pem=self.kwok.client_cert.read_text(),
            client_key_pem=self.kwok.client_key.read_text(),
            cluster_name=self.cluster_name,
        )


def load_planes(layout: Layout) -> list[PlaneRecord]:
    """All planes of a world, the one claimed first in front, unclaimed ones last."""
    try:
        folders = sorted(entry for entry in layout.planes.iterdir() if entry.is_dir())
    except FileNotFoundError:
        return []
    found = [_load(folder) for folder in folders]
    return sorted(found, key=lambda each: (each.cluster_name is None, each.claimed_at, each.id))


def find_plane(layout: Layout, cluster_name: str) -> PlaneRecord | None:
    """The plane claimed for a cluster."""
    return next((each for each in load_planes(layout) if each.cluster_name == cluster_name), None)


def process_table(processes: Mapping[str, Process]) -> list[dict[str, Any]]:
    """Processes by name as JSON."""
    return [{"name": name, "pid": each.pid, "started": each.started} for name, each in processes.items()]


def read_process_table(value: object) -> dict[str, Process]:
    """The other way round; what is not such a table is empty, and so are rows of a version that knew no `started`."""
    rows = value if isinstance(value, list) else []
    return {row["name"]: Process(row["pid"], row["started"]) for row in rows if "started" in row}


def publish(layout: Layout, record: PlaneRecord) -> None:
    """Write what programs outside the sandbox read: the kubeconfig, and for a claimed plane the answers of
    the programs that hand out credentials.

    Args:
        layout: The world.
        record: A complete plane.
    """
    plane = record.plane()
    write_text(plane.kubeconfig, _kubeconfig(plane))
    if plane.cluster_name is not None:
        for version in _CREDENTIAL_VERSIONS:
            for file in _token_files(layout, record, version):
                write_text(file, _exec_credential(plane, version))
    point_kubeconfig(layout)


def withdraw(layout: Layout, cluster_name: str, record: PlaneRecord | None = None) -> None:
    """Remove the answers for a cluster; no plane may be claimed for it any more.

    Args:
        layout: The world.
        cluster_name: Name of the cluster.
        record: The plane that it had, if there was one.
    """
    for version in _CREDENTIAL_VERSIONS:
        _token_file(layout, cluster_name, version).unlink(missing_ok=True)
        if record is not None:
            _port_file(layout, record, version).unlink(missing_ok=True)
    point_kubeconfig(layout)


def point_kubeconfig(layout: Layout) -> None:
    """Let the world's kubeconfig be that of the plane that was claimed first."""
    claimed = [each for each in load_planes(layout) if each.cluster_name is not None and each.complete]
    if not claimed:
        layout.kubeconfig.unlink(missing_ok=True)
        return
    target = claimed[0].kubeconfig
    if not layout.kubeconfig.is_symlink() or layout.kubeconfig.readlink() != target:
        scratch = layout.root / ".kubeconfig-link"
        scratch.unlink(missing_ok=True)
        scratch.symlink_to(target)
        scratch.replace(layout.kubeconfig)


def _load(folder: Path) -> PlaneRecord:
    """A record from its file; a folder without a sound one counts as a plane that never was complete."""
    value = read_json(folder / "plane.json") or {}
    try:
        return PlaneRecord(
            id=folder.name,
            folder=folder,
            ports={str(name): int(port) for name, port in value["ports"].items()},
            creator=tuple(value["creator"]),
            cluster_name=value["cluster_name"],
            claimed_at=float(value["claimed_at"]),
            complete=bool(value["complete"]),
            processes=read_process_table(value["processes"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return PlaneRecord(id=folder.name, folder=folder, ports={API_SERVER: 0}, creator=())


def claimed(record: PlaneRecord, cluster_name: str, at: float) -> PlaneRecord:
    """The record after a claim."""
    return replace(record, cluster_name=cluster_name, claimed_at=at)


def _token_file(layout: Layout, cluster_name: str, version: str) -> Path:
    """Where the `aws` program finds its answer."""
    return layout.tokens / f"{cluster_name}.{version}.json"


def _port_file(layout: Layout, record: PlaneRecord, version: str) -> Path:
    """Where a program finds its answer that is told the address of a cluster and no name."""
    return layout.tokens / f"port-{record.ports[API_SERVER]}.{version}.json"


def _token_files(layout: Layout, record: PlaneRecord, version: str) -> tuple[Path, Path]:
    return _token_file(layout, str(record.cluster_name), version), _port_file(layout, record, version)


def _exec_credential(plane: Plane, version: str) -> str:
    """What `aws eks get-token` prints; the real one holds a token, this one the certificate of the administrator."""
    credential = {
        "kind": "ExecCredential",
        "apiVersion": f"client.authentication.k8s.io/{version}",
        "spec": {"interactive": False},
        "status": {"clientCertificateData": plane.client_cert_pem, "clientKeyData": plane.client_key_pem},
    }
    return json.dumps(credential) + "\n"


def _kubeconfig(plane: Plane) -> str:
    """A kubeconfig that needs no other file, named after the cluster."""
    name = plane.cluster_name or plane.id
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "clusters": [
            {"name": name, "cluster": {"server": plane.server, "certificate-authority-data": _base64(plane.ca_pem)}}
        ],
        "users": [
            {
                "name": name,
                "user": {
                    "client-certificate-data": _base64(plane.client_cert_pem),
                    "client-key-data": _base64(plane.client_key_pem),
                },
            }
        ],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
    }
    return yaml.safe_dump(document, sort_keys=False)


def _base64(text: str) -> str:
    """Text as kubeconfigs carry it."""
    return base64.b64encode(text.encode()).decode()
