"""The stand-in for the released Kubernetes provider: one process, one cluster, objects and Helm releases.

Owns dispatch by type and everything about the provider's own configuration.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from clients.kubernetes import KubeError
from sandbox.host.layout import WORLD_VARIABLE, Layout
from sandbox.providers import base
from sandbox.providers.kubernetes import naming
from sandbox.providers.kubernetes import waiting as looking
from sandbox.providers.kubernetes.cluster import Cluster, identity
from sandbox.providers.kubernetes.helm import Releases, check_release, diff_release
from sandbox.providers.kubernetes.inputs import check_object_inputs, is_autonamed
from sandbox.providers.kubernetes.objects import Objects
from sandbox.providers.kubernetes.replacing import replace_under, replacing_paths, replacing_unknowns
from sandbox.providers.kubernetes.settings import Settings, check_settings, read_settings

PLAINLY = (
    "kubernetes: this is the sandbox's stand-in for the released provider; "
    "API server and helm are real, the provider between them is a small one"
)
_TOLD = "kubernetes-stand-in-told"
"""A mark among the logs of a world that the line above has been printed there."""


class KubernetesProvider(base.Provider):
    """Objects go by server-side apply, releases through helm; nothing ambient is used to find a cluster."""

    name = "kubernetes"
    version = version("pulumi-kubernetes")

    def __init__(self) -> None:
        self._cancelled = threading.Event()
        self._use(Cluster(Settings()))

    def check_config(self, request: base.CheckRequest) -> base.CheckResult:
        """Refuse unknown settings and a missing kubeconfig; keep the kubeconfig secret if the program did."""
        return base.CheckResult(inputs=request.news, failures=check_settings(request.news))

    def diff_config(self, request: base.DiffRequest) -> base.DiffResult:
        """Another cluster (or one not known yet) replaces the provider and all it made, as the released one does."""
        changes = base.detailed_diff(request.old_inputs, request.news)
        if not _same_cluster(request.old_inputs, request.news):
            which = "clusterIdentifier" if "clusterIdentifier" in changes else "kubeconfig"
            changes[which] = "update-replace"
        return base.DiffResult(changes=changes)

    def configure(self, request: base.ConfigureRequest) -> None:
        """Take over the settings; the cluster is reached when it is first needed."""
        try:
            settings = read_settings(request.inputs)
        except OSError as error:
            raise base.ProviderError(f"kubeconfig: cannot read {error.filename}: {error.strerror}") from None
        self._use(Cluster(settings))
        if _is_news():
            self.log("info", PLAINLY, request.urn)

    def check(self, request: base.CheckRequest) -> base.CheckResult:
        """Fill in names and namespaces, refuse what the stand-in does not know."""
        if request.type == naming.RELEASE:
            return check_release(request, self._cluster.default_namespace)
        return check_object_inputs(request, self._cluster)

    def diff(self, request: base.DiffRequest) -> base.DiffResult:
        """Compare inputs; what cannot change in place comes from a table and from the server's dry run."""
        if request.type == naming.RELEASE:
            return diff_release(request)
        old, new = _comparable(request.old_inputs), _comparable(request.news)
        _, kind = naming.parse_token(request.type)
        paths = replacing_paths(kind, old, self._cluster.settings)
        changes = {**base.detailed_diff(old, new, replaces=paths), **replacing_unknowns(new, paths)}
        if changes and not any(change.endswith("-replace") for change in changes.values()):
            fields = self._objects.immutable_fields(request.news, request.state, request.urn)
            changes = changes if fields is None else replace_under(changes, fields)
        replaced = any(change.endswith("-replace") for change in changes.values())
        return base.DiffResult(
            changes=changes, delete_before_replace=replaced and _same_name(request.old_inputs, request.news)
        )

    def create(self, request: base.CreateRequest) -> base.CreateResult:
        """Make an object or a release."""
        with _answering():
            return self._room(request.type).create(request)

    def read(self, request: base.ReadRequest) -> base.ReadResult:
        """Find an object or a release."""
        with _answering():
            return self._room(request.type).read(request)

    def update(self, request: base.UpdateRequest) -> base.Properties:
        """Change an object or a release."""
        with _answering():
            return self._room(request.type).update(request)

    def delete(self, request: base.DeleteRequest) -> None:
        """Remove an object or a release."""
        with _answering():
            self._room(request.type).delete(request)

    def cancel(self) -> None:
        """End waits and running helms."""
        self._cancelled.set()

    def close(self) -> None:
        """Close the connections to the cluster; for tests, as the plugin process just ends."""
        self._cluster.close()

    def _room(self, token: str) -> Objects | Releases:
        return self._releases if token == naming.RELEASE else self._objects

    def _use(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._objects = Objects(cluster, self._patience, self._note)
        self._releases = Releases(cluster, self._cancelled, note=self._note, warn=self._warn, tell=self._tell)

    def _patience(self, urn: str, seconds: float) -> looking.Patience:
        return looking.Patience(seconds, self._cancelled, lambda text: self._tell(text, urn))

    def _note(self, text: str, urn: str) -> None:
        self.log("info", text, urn)

    def _warn(self, text: str, urn: str) -> None:
        self.log("warning", text, urn)

    def _tell(self, text: str, urn: str) -> None:
        self.log("info", f"waiting: {text}", urn, ephemeral=True)


def _is_news() -> bool:
    """Whether nobody in this world has been told what this provider is; every run starts several of them."""
    world = os.environ.get(WORLD_VARIABLE)
    if not world:
        return True
    try:
        os.close(os.open(Layout(Path(world)).logs / _TOLD, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return False
    except OSError:  # no such world, or one that may only be read
        return True
    return True


@contextmanager
def _answering() -> Iterator[None]:
    """A server that stops answering in between is an error of the user's world, not a bug with a traceback."""
    try:
        yield
    except KubeError as error:
        raise base.ProviderError(f"the API server refused: {error.message}") from None


def _comparable(inputs: base.Properties) -> base.Properties:
    """Inputs without what the stand-in adds for itself."""
    return {key: value for key, value in inputs.items() if not key.startswith("__")}


def _same_name(old: base.Properties, new: base.Properties) -> bool:
    """Whether the new object would collide with the old one, which therefore has to go first."""
    before, after = base.plain(old.get("metadata")) or {}, base.plain(new.get("metadata")) or {}
    if before is base.UNKNOWN or after is base.UNKNOWN or is_autonamed(new) or not after.get("name"):
        return False
    return all(before.get(key) == after.get(key) for key in ("name", "namespace"))


def _same_cluster(old: base.Properties, new: base.Properties) -> bool:
    if new.get("clusterIdentifier") or old.get("clusterIdentifier"):
        return bool(base.plain(old.get("clusterIdentifier")) == base.plain(new.get("clusterIdentifier")))
    if any(new.get(key) is base.UNKNOWN for key in ("kubeconfig", "context", "cluster")):
        return False
    try:
        return identity(read_settings(old)) == identity(read_settings(new))
    except OSError:
        return False
