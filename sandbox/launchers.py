"""The first folder of the sandbox's PATH: the programs, the plugins that stand in for released ones, and those by which
kubeconfigs ask for credentials.

Owns what lies in `bin/` and nothing of what the programs do.
"""

import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from sandbox.host.layout import CHECKOUT, Layout
from sandbox.host.parent import PARENT_VARIABLE
from sandbox.host.records import write_text

PROGRAMS = ("pulumi", "kubectl", "helm", "crane", "regsync", "registry")
"""What people and stacks call by name; the parts of the sandbox itself are called by path."""

_LANGUAGE_HOST = "pulumi-language-python"
_STAND_INS = {
    "aws": "sandbox.providers.aws",
    "gcp": "sandbox.providers.gcp",
    "kubernetes": "sandbox.providers.kubernetes",
}
"""Providers by package; each takes the place of the release that the installed SDK asks for."""
_EXECUTABLE = 0o755

# A shell script, for kubectl and Helm run it on every call and Python alone would take longer than they do.
_AWS = """\
#!/bin/sh
# The sandbox's stand-in for the AWS CLI: answers `aws eks get-token` for the clusters of this sandbox, nothing else.
answers={answers}
refuse() {{
    echo "aws: this is the sandbox's stand-in, which only answers 'aws eks get-token --cluster-name NAME'" >&2
    exit 2
}}
cluster= words=
while [ $# -gt 0 ]; do
    case $1 in
    --cluster-name | --cluster-id) cluster=$2 ;;
    --cluster-name=* | --cluster-id=*) cluster=${{1#*=}} && shift && continue ;;
    --region | --output | --role-arn | --session-name | --profile) ;;
    --region=* | --output=* | --role-arn=* | --session-name=* | --profile=*) shift && continue ;;
    -*) refuse ;;
    *) words="$words $1" && shift && continue ;;
    esac
    [ $# -ge 2 ] || refuse
    shift 2
done
[ "$words" = ' eks get-token' ] || refuse
case $cluster in '' | *[!A-Za-z0-9_-]*) refuse ;; esac
case $KUBERNETES_EXEC_INFO in *'client.authentication.k8s.io/v1"'*) version=v1 ;; *) version=v1beta1 ;; esac
[ -r "$answers/$cluster.$version.json" ] || {{
    echo "aws: there is no EKS cluster named $cluster in this sandbox" >&2
    exit 254
}}
exec cat "$answers/$cluster.$version.json"
"""


# It is asked by kubectl, Helm and the stand-ins, and is told of a cluster only what its kubeconfig says.
_GKE = """\
#!/bin/sh
# The sandbox's stand-in for gke-gcloud-auth-plugin: answers for the clusters of this sandbox, nothing else.
answers={answers}
server=${{KUBERNETES_EXEC_INFO#*'"server"'}}
server=${{server#*https://}}
server=${{server%%'"'*}}
port=${{server##*:}}
case $port in '' | *[!0-9]*)
    echo "gke-gcloud-auth-plugin: this is the sandbox's stand-in, which needs provideClusterInfo in the kubeconfig" >&2
    exit 2
    ;;
esac
case $KUBERNETES_EXEC_INFO in *'client.authentication.k8s.io/v1"'*) version=v1 ;; *) version=v1beta1 ;; esac
[ -r "$answers/port-$port.$version.json" ] || {{
    echo "gke-gcloud-auth-plugin: there is no cluster at $server in this sandbox" >&2
    exit 254
}}
exec cat "$answers/port-$port.$version.json"
"""


# A customer's stack files are not the sandbox's to write to: called from the checkout, the engine gets its own project.
_PULUMI = """\
#!/bin/sh
case "$(pwd -P)/" in
{world}/*) exec {engine} "$@" ;;
{checkout}/*) ;;
*) exec {engine} "$@" ;;
esac
for word; do
    case $word in --) break ;; -C | -C* | --cwd | --cwd=*) exec {engine} "$@" ;; esac
done
exec {python} -P -m sandbox.project {engine} "$@"
"""


def write_bin(layout: Layout, tools: Mapping[str, Path]) -> None:
    """Make `bin/` what it should be; files that are right already are left alone.

    Args:
        layout: The world.
        tools: Paths of at least `PROGRAMS`.
    """
    layout.bin.mkdir(parents=True, exist_ok=True)
    for name in PROGRAMS:
        if name != "pulumi":
            _link(layout.bin / name, tools[name])
    _engine(layout.engine, tools["pulumi"])
    write_text(layout.bin / "pulumi", _pulumi(layout), mode=_EXECUTABLE)
    for package, module in _STAND_INS.items():
        write_text(_plugin(layout, package), _launcher(module), mode=_EXECUTABLE)
    answers = shlex.quote(str(layout.tokens))
    for name, script in (("aws", _AWS), ("gke-gcloud-auth-plugin", _GKE)):
        write_text(layout.bin / name, script.format(answers=answers), mode=_EXECUTABLE)


def _plugin(layout: Layout, package: str) -> Path:
    """Where the engine has the provider installed: on PATH it would work too, with a warning at every run."""
    name = f"resource-{package}-v{version(f'pulumi-{package}')}"
    return layout.pulumi_home / "plugins" / name / f"pulumi-resource-{package}"


def _pulumi(layout: Layout) -> str:
    """The script that stands before the engine."""
    return _PULUMI.format(
        world=shlex.quote(str(layout.root.resolve())),
        checkout=shlex.quote(str(CHECKOUT)),
        engine=shlex.quote(str(layout.engine / "pulumi")),
        python=shlex.quote(sys.executable),
    )


def _engine(folder: Path, program: Path) -> None:
    """The engine with its language host: both released ones, or ours beside an engine without one.

    The engine looks for a host beside itself, by the path it was started with after following links, and warns of one
    it finds elsewhere. So ours needs the engine in the same folder, and a hard link costs nothing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    released = program.with_name(_LANGUAGE_HOST)
    if os.access(released, os.X_OK):
        for found in (program, *program.parent.glob(f"{_LANGUAGE_HOST}*")):
            _link(folder / found.name, found)
        return
    target = folder / program.name
    if not (target.is_file() and not target.is_symlink() and _same_content(target, program)):
        scratch = folder / ".pulumi-link"
        scratch.unlink(missing_ok=True)
        try:
            scratch.hardlink_to(program.resolve())
        except OSError:  # the cache is on another file system
            shutil.copy2(program, scratch)
        scratch.replace(target)
    write_text(folder / _LANGUAGE_HOST, _launcher("sandbox.language"), mode=_EXECUTABLE)


def _same_content(one: Path, other: Path) -> bool:
    """Whether two files are one, or a copy that kept size and time."""
    first, second = one.stat(), other.stat()
    return os.path.samestat(first, second) or (first.st_size, first.st_mtime) == (second.st_size, second.st_mtime)


def _launcher(module: str) -> str:
    """A script that runs a module with the Python that runs this, whatever the current folder is.

    It names the engine, which may be gone before Python has started far enough to look for it.
    """
    return f'#!/bin/sh\n{PARENT_VARIABLE}=$PPID exec {shlex.quote(sys.executable)} -P -m {module} "$@"\n'


def _link(path: Path, target: Path) -> None:
    """Have a symbolic link at a path."""
    if path.is_symlink() and path.readlink() == target:
        return
    scratch = path.with_name(f".{path.name}-link")
    scratch.unlink(missing_ok=True)
    scratch.symlink_to(target)
    scratch.replace(path)
