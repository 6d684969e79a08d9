"""The programs: where each comes from, how it is built, asked for its version and judged on PATH.

Owns the facts as one row a program. Versions are not here: each is the one that the go.mod of the program's module
requires, so a program and the libraries built into it cannot disagree.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from sandbox.toolchain import gomod

MEASURED = "2026-11-21"
"""Day the build times of this table were measured.

On 2 cores, compiler cache empty, modules downloaded, in the order of the table: later programs share what earlier ones
compiled. Downloading the modules adds about one minute to all of them together.
"""


class Fit(StrEnum):
    """Which versions on PATH may stand in for the built one."""

    MINOR = "minor"
    """Any patch of the pinned minor version."""
    RELEASED = "released"
    """The pinned version, or a newer one of the same major version whose language host lies beside it."""
    NEVER = "never"
    """None: the program cannot tell its version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One program."""

    name: str
    """Name of the program, as callers and PATH know it."""
    module: str
    """Folder in `tools/` whose go.mod pins it."""
    source: str
    """Go module whose version is the program's."""
    main: str
    """Package of the program, below `source`; empty for the module's root."""
    variables: tuple[str, ...] = ()
    """Link-time variables as `path=value`; values may hold `{version}`, `{major}`, `{minor}`, `{client_go_minor}`."""
    version_args: tuple[str, ...] = ("--version",)
    """Arguments that make it print its version without touching a network."""
    version_pattern: str = r"v?(\d+\.\d+\.\d+\S*)"
    """Where the version is in that output: group 1, without the `v`. Three numbers, for import paths hold `/v3` too."""
    fit: Fit = Fit.MINOR
    """Which versions on PATH are used instead of building."""
    host: str = ""
    """Program that has to lie beside one on PATH that is newer (`Fit.RELEASED`)."""
    build_seconds: int
    """Seconds a build takes, see `MEASURED`; for progress only."""
    groups: frozenset[str]
    """Parts of the sandbox that need it: `engine`, `cluster`, `helm`, `images`, `storage`."""

    @property
    def folder(self) -> Path:
        """Folder of its Go module."""
        return gomod.TOOLS / self.module

    @property
    def package(self) -> str:
        """Go package that is built."""
        return f"{self.source}/{self.main}" if self.main else self.source

    @property
    def version(self) -> str:
        """Pinned version, without the leading `v`."""
        return gomod.read(self.folder).versions[self.source].removeprefix("v")

    @property
    def ldflags(self) -> str:
        """Link flags: no symbol tables, and the version where the source does not carry it."""
        major, minor = gomod.parse_version(self.version)[:2]
        client_go = gomod.read(self.folder).versions.get("k8s.io/client-go", "v0.0.0")
        values = {
            "version": self.version,
            "major": major,
            "minor": minor,
            "client_go_minor": gomod.parse_version(client_go)[1],
        }
        return " ".join(["-s", "-w", *(f"-X {variable.format(**values)}" for variable in self.variables)])


def _kubernetes(name: str, seconds: int, groups: set[str], version_args: tuple[str, ...] = ("--version",)) -> Tool:
    """One program of the Kubernetes module; all of them are built from the same tree with the same flags."""
    return Tool(
        name=name,
        module="kubernetes",
        source="k8s.io/kubernetes",
        main=f"cmd/{name}",
        # Both packages carry a version of their own: the first is what the program answers, the second its user agent.
        variables=tuple(
            f"{package}.{variable}"
            for package in ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
            for variable in ("gitVersion=v{version}", "gitMajor={major}", "gitMinor={minor}")
        ),
        version_args=version_args,
        build_seconds=seconds,
        groups=frozenset(groups),
    )


def _kwok(name: str, seconds: int) -> Tool:
    """One program of the KWOK module."""
    return Tool(
        name=name,
        module="kwok",
        source="sigs.k8s.io/kwok",
        main=f"cmd/{name}",
        variables=("sigs.k8s.io/kwok/pkg/consts.Version=v{version}",),
        build_seconds=seconds,
        groups=frozenset({"cluster"}),
    )


_ROWS = (
    Tool(
        name="pulumi",
        module="pulumi",
        source="github.com/pulumi/pulumi/pkg/v3",
        main="cmd/pulumi",
        variables=("github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v{version}",),
        version_args=("version",),
        fit=Fit.RELEASED,
        host="pulumi-language-python",
        build_seconds=236,
        groups=frozenset({"engine"}),
    ),
    _kubernetes("kube-apiserver", 230, {"cluster"}),
    _kubernetes("kube-controller-manager", 47, {"cluster"}),
    _kubernetes("kube-scheduler", 5, {"cluster"}),
    _kubernetes("kubectl", 17, {"cluster"}, ("version", "--client")),
    Tool(
        name="etcd",
        module="etcd",
        source="go.etcd.io/etcd/server/v3",
        main="",
        build_seconds=21,
        groups=frozenset({"cluster"}),
    ),
    _kwok("kwok", 59),
    _kwok("kwokctl", 9),
    Tool(
        name="helm",
        module="helm",
        source="helm.sh/helm/v3",
        main="cmd/helm",
        # Without the last four, `helm template` without a cluster renders for Kubernetes 1.20.
        variables=(
            "helm.sh/helm/v3/internal/version.version=v{version}",
            "helm.sh/helm/v3/pkg/lint/rules.k8sVersionMajor=1",
            "helm.sh/helm/v3/pkg/lint/rules.k8sVersionMinor={client_go_minor}",
            "helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor=1",
            "helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor={client_go_minor}",
        ),
        version_args=("version", "--short"),
        build_seconds=45,
        groups=frozenset({"helm", "cluster"}),
    ),
    Tool(
        name="crane",
        module="crane",
        source="github.com/google/go-containerregistry",
        main="cmd/crane",
        variables=(
            "github.com/google/go-containerregistry/cmd/crane/cmd.Version=v{version}",
            "github.com/google/go-containerregistry/pkg/v1/remote/transport.Version=v{version}",
        ),
        version_args=("version",),
        build_seconds=5,
        groups=frozenset({"images"}),
    ),
    Tool(
        name="regsync",
        module="regsync",
        source="github.com/regclient/regclient",
        main="cmd/regsync",
        variables=("github.com/regclient/regclient/internal/version.vcsTag=v{version}",),
        version_args=("version", "--format", "{{.VCSTag}}"),
        build_seconds=5,
        groups=frozenset({"images"}),
    ),
    Tool(
        name="registry",
        module="registry",
        source="github.com/distribution/distribution/v3",
        main="cmd/registry",
        variables=("github.com/distribution/distribution/v3/version.version=v{version}",),
        version_pattern=r"\sv(\d+\.\d+\.\d+\S*)",  # it prints its own path first, which may hold a version too
        build_seconds=48,
        groups=frozenset({"images"}),
    ),
    Tool(
        name="fake-gcs-server",
        module="fake-gcs-server",
        source="github.com/fsouza/fake-gcs-server",
        main="",
        version_args=(),
        version_pattern="",
        fit=Fit.NEVER,
        build_seconds=28,
        groups=frozenset({"storage"}),
    ),
)

ALL: Mapping[str, Tool] = MappingProxyType({row.name: row for row in _ROWS})
"""Every program by name, in the order in which they are built: what most callers wait for comes first."""


def in_group(group: str) -> tuple[str, ...]:
    """Names of the programs that a part of the sandbox needs, in build order; empty for an unknown part."""
    return tuple(name for name, tool in ALL.items() if group in tool.groups)
