"""How KWOK's `kwokctl` makes a control plane of plain processes.

Owns its configuration file and what it leaves behind; starting and judging the parts is what `plane_control` does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from sandbox.host.ports import HOST
from sandbox.host.processes import Command

TOOLS = ("kwokctl", "kwok", "etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl")
"""Programs a control plane is made of or with."""

ETCD, API_SERVER, CONTROLLER_MANAGER, SCHEDULER, KWOK = PARTS = (
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kwok-controller",
)
"""Parts of a control plane, in the order in which they need each other."""

PORTS = (*PARTS, "etcd-peer")
"""What needs a port."""

_KIND = "KwokctlConfiguration"

_CLUSTER = "kwok"
"""Name of the cluster in the eyes of kwokctl, which keeps each in a folder of its name."""

_ADVERTISED = "192.0.2.1"
"""Address the API server names in the `kubernetes` endpoints. It may be no loopback one, and left to itself the server
looks for a default route, which an unplugged laptop has not. From the block for documentation: RFC 5737."""


@dataclass(frozen=True, slots=True)
class KwokFolder:
    """Files of one control plane as kwokctl lays them out."""

    root: Path
    """What kwokctl calls its work directory."""

    @property
    def configuration(self) -> Path:
        """Written by us, read by kwokctl."""
        return self.root / "kwokctl.yaml"

    @property
    def cluster(self) -> Path:
        """Folder of the cluster."""
        return self.root / "clusters" / _CLUSTER

    @property
    def parts(self) -> Path:
        """Written by kwokctl before it starts anything: each part with its command line."""
        return self.cluster / "kwok.yaml"

    @property
    def ca(self) -> Path:
        """Certificate that signed the API server's."""
        return self.cluster / "pki" / "ca.crt"

    @property
    def client_cert(self) -> Path:
        """Certificate of the administrator."""
        return self.cluster / "pki" / "admin.crt"

    @property
    def client_key(self) -> Path:
        """Key of the administrator."""
        return self.cluster / "pki" / "admin.key"


def configuration(tools: Mapping[str, Path], ports: Mapping[str, int]) -> str:
    """The `KwokctlConfiguration` of a control plane that downloads nothing and listens on loopback only.

    Args:
        tools: A path for each of `TOOLS`.
        ports: A port for each of `PORTS`.
    """
    options: dict[str, object] = {
        "runtime": "binary",
        "bindAddress": HOST,
        "quietPull": True,
        "etcdBinary": str(tools["etcd"]),
        "kubeApiserverBinary": str(tools["kube-apiserver"]),
        "kubeControllerManagerBinary": str(tools["kube-controller-manager"]),
        "kubeSchedulerBinary": str(tools["kube-scheduler"]),
        "kwokControllerBinary": str(tools["kwok"]),
        "kubectlBinary": str(tools["kubectl"]),
        "etcdPort": ports[ETCD],
        "etcdPeerPort": ports["etcd-peer"],
        "kubeApiserverPort": ports[API_SERVER],
        "kubeControllerManagerPort": ports[CONTROLLER_MANAGER],
        "kubeSchedulerPort": ports[SCHEDULER],
        "kwokControllerPort": ports[KWOK],
    }
    # One instance of each runs, and a lease of a killed one would make its successor wait for 15 s.
    alone = [{"key": "leader-elect", "value": "false", "override": True}]
    patches = [
        # What is written survives a killed process all the same; only a crash of the whole machine would lose it.
        {"name": ETCD, "extraArgs": [{"key": "unsafe-no-fsync", "value": "true", "override": True}]},
        {"name": API_SERVER, "extraArgs": [{"key": "advertise-address", "value": _ADVERTISED, "override": True}]},
        {"name": CONTROLLER_MANAGER, "extraArgs": alone},
        {"name": SCHEDULER, "extraArgs": alone},
    ]
    document = {
        "apiVersion": "config.kwok.x-k8s.io/v1alpha1",
        "kind": _KIND,
        "options": options,
        "componentsPatches": patches,
    }
    return yaml.safe_dump(document, sort_keys=False)


def creator(folder: KwokFolder, kwokctl: Path) -> Command:
    """The command that makes a control plane; it ends once the API server answers."""
    options = ("--name", _CLUSTER, "--config", str(folder.configuration), "--kubeconfig", "")
    return Command(
        name="kwokctl",
        argv=(str(kwokctl), "create", "cluster", *options),
        folder=folder.root,
        log=folder.root / "kwokctl.log",
    )


def part_commands(folder: KwokFolder) -> dict[str, Command]:
    """How kwokctl started each part, in the order of `PARTS`; empty where it has not come that far."""
    try:
        text = folder.parts.read_text()
        # Its stages are long and not asked for.
        documents = [yaml.safe_load(each) for each in text.split("\n---\n") if f"kind: {_KIND}\n" in each]
    except (OSError, yaml.YAMLError):
        return {}
    found = {}
    for document in documents:
        for part in document.get("components") or []:
            found[part["name"]] = Command(
                name=part["name"],
                argv=(part["binary"], *part.get("args", [])),
                folder=Path(part["workDir"]),
                log=folder.cluster / "logs" / f"{part['name']}.log",
            )
    return {name: found[name] for name in PARTS if name in found}
