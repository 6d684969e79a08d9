"""`kubernetes:helm.sh/v3:Release` with the real helm: install, upgrade, roll back, uninstall, dry run.

Owns the life of a release and what its failure says; leaves running the command to `command`.
"""

import json
import re
import threading
from collections.abc import Callable, Sequence
from typing import Any

from clients.helm import Done
from clients.kubernetes import KubeClient, KubeError
from sandbox.providers.base import (
    UNKNOWN,
    CreateRequest,
    CreateResult,
    DeleteRequest,
    InitFailed,
    Properties,
    ProviderError,
    ReadRequest,
    ReadResult,
    UpdateRequest,
    has_unknown,
    mark_like,
    plain,
)
from sandbox.providers.kubernetes.cluster import Cluster
from sandbox.providers.kubernetes.helm.check import CHECKSUM, command_inputs
from sandbox.providers.kubernetes.helm.command import ReleaseHelm
from sandbox.providers.kubernetes.helm.options import DEFAULT_SECONDS, flags, wait_flags
from sandbox.providers.kubernetes.helm.progress import Observer
from sandbox.providers.kubernetes.helm.record import Record, custom_kinds, latest, resource_names
from sandbox.providers.kubernetes.helm.recovery import recover
from sandbox.providers.kubernetes.naming import object_id, split_id
from sandbox.providers.kubernetes.redaction import Redactor

Tell = Callable[[str, str], None]
_NO_KIND = re.compile(r'no matches for kind "([^"]+)" in version "([^"]+)"')
"""How helm names a kind that the server does not have: kind and apiVersion."""


class Releases:
    """The verbs on the releases of one cluster."""

    def __init__(self, cluster: Cluster, cancelled: threading.Event, *, note: Tell, warn: Tell, tell: Tell) -> None:
        """`note`, `warn` and `tell` say `(message, urn)`: for good, as a warning, or only while something runs."""
        self._cluster = cluster
        self._cancelled = cancelled
        self._helm = ReleaseHelm(cluster.settings, cancelled)
        self._note, self._warn, self._tell = note, warn, tell

    def create(self, request: CreateRequest) -> CreateResult:
        """Install; a release of that name is upgraded, which takes over what a killed engine did not record."""
        inputs = request.inputs
        if request.preview:
            return CreateResult(id="", outputs=self._preview(inputs))
        record = self._deploy(inputs, request.urn, request.timeout, adopting=True)
        return CreateResult(id=_id(inputs), outputs=_outputs(inputs, record))

    def update(self, request: UpdateRequest) -> Properties:
        """Upgrade."""
        if request.preview:
            return self._preview(request.inputs)
        if self._cluster.settings.skip_update_unreachable and self._cluster.unreachable():
            self._note("the cluster is unreachable and skipUpdateUnreachable is set; left as it is", request.urn)
            return request.state
        return _outputs(request.inputs, self._deploy(request.inputs, request.urn, request.timeout, adopting=False))

    def read(self, request: ReadRequest) -> ReadResult:
        """The newest revision; an empty id if there is no release."""
        settings, reason = self._cluster.settings, self._cluster.unreachable()
        if reason and settings.delete_unreachable:
            return ReadResult(id="")
        if reason and settings.skip_update_unreachable:
            return ReadResult(id=request.id, outputs=request.state, inputs=request.inputs)
        namespace, name = split_id(request.id)
        record = latest(self._cluster.client(), namespace or self._cluster.default_namespace, name)
        if record is None:
            return ReadResult(id="")
        inputs = _live_inputs(request.inputs, record) if request.inputs else _imported_inputs(record)
        return ReadResult(id=object_id(record.namespace, name), outputs=_outputs(inputs, record), inputs=inputs)

    def delete(self, request: DeleteRequest) -> None:
        """Uninstall and wait for the objects to be gone; a release that is gone already is fine."""
        if (reason := self._cluster.unreachable()) and self._cluster.settings.delete_unreachable:
            self._note(f"the cluster is unreachable ({reason}) and deleteUnreachable is set; forgotten", request.urn)
            return
        client = self._cluster.client()
        namespace, name = split_id(request.id)
        if latest(client, namespace or "default", name) is None:
            return
        bare = plain(request.state)
        seconds = request.timeout or float(bare.get("timeout") or DEFAULT_SECONDS)
        waits = [] if bare.get("skipAwait") and not bare.get("atomic") else ["--wait"]
        words = ["uninstall", name, "--namespace", namespace or "default", *waits, "--timeout", f"{int(seconds)}s"]
        done = self._helm.run([*words, "--ignore-not-found"], {})
        if done.code:
            raise ProviderError(Redactor(request.state)(f"uninstall of release {request.id} failed: {done.error}"))

    def _preview(self, inputs: Properties) -> Properties:
        """What the release would be; chart and values errors show here.

        With a cluster that is not there yet the chart is rendered only.
        """
        outputs = dict(inputs) | {"status": UNKNOWN, "resourceNames": UNKNOWN}
        if has_unknown(inputs):
            return outputs
        bare = command_inputs(inputs)
        manifest = self._render(bare) if self._cluster.unreachable() else self._dry_run(bare)
        if isinstance(manifest, Done):
            raise ProviderError(Redactor(inputs)(f"dry run of release {_id(inputs)} failed: {manifest.error}"))
        return outputs | {"resourceNames": resource_names(manifest)}

    def _dry_run(self, bare: dict[str, Any]) -> str | Done:
        stuck = latest(self._cluster.client(), bare["namespace"], bare["name"])
        if stuck is not None and stuck.pending:
            return self._render(bare)  # helm refuses even a dry run now; the real run recovers it first
        words = ["upgrade", bare["name"], "{chart}", "--install", "--namespace", bare["namespace"]]
        # Not createNamespace: a dry run of helm makes the namespace for real.
        taken = flags({key: value for key, value in bare.items() if key != "createNamespace"})
        done = self._helm.run([*words, *taken, "--dry-run=server", "--output", "json"], bare)
        if done.code and stuck is None and self._brings_its_kinds(done, bare):
            return self._render(bare)  # an install makes the chart's kinds first, a dry run does not
        return done if done.code else str(json.loads(done.stdout).get("manifest", ""))

    def _brings_its_kinds(self, done: Done, bare: dict[str, Any]) -> bool:
        """Whether a dry run failed for want of nothing but the kinds in the chart's own `crds/`."""
        missing = set(_NO_KIND.findall(done.error))
        if not missing or bare.get("skipCrds"):
            return False
        version = ["--version", bare["version"]] if bare.get("version") else []
        shown = self._helm.run(["show", "crds", "{chart}", *version], bare)
        return not shown.code and missing <= custom_kinds(shown.stdout)

    def _render(self, bare: dict[str, Any]) -> str | Done:
        words = ["template", bare["name"], "{chart}", "--namespace", bare["namespace"]]
        done = self._helm.run([*words, *flags(bare, template=True)], bare)
        return done if done.code else done.stdout

    def _deploy(self, inputs: Properties, urn: str, timeout: float, *, adopting: bool) -> Record:
        client, bare = self._cluster.client(), command_inputs(inputs)
        namespace, name = bare["namespace"], bare["name"]
        seconds = timeout or float(bare.get("timeout") or DEFAULT_SECONDS)
        recover(client, self._helm, namespace, name, lambda text: self._warn(text, urn), self._cancelled)
        if adopting and (found := latest(client, namespace, name)) is not None:
            self._warn(f"release {_id(inputs)} existed at revision {found.revision} ({found.status}); taken over", urn)
        redact = Redactor(inputs)
        self._lint(bare, redact)
        observer = Observer(client, namespace, name, seconds, lambda text: self._tell(redact(text), urn))
        words = ["upgrade", name, "{chart}", "--install", "--namespace", namespace]
        done = self._helm.run([*words, *flags(bare), *wait_flags(bare, seconds)], bare, observer)
        record = latest(client, namespace, name)
        if done.code == 0 and record is not None:
            return record
        raise self._failure(inputs, record, done, _reasons(observer, client, record), redact)

    def _lint(self, bare: dict[str, Any], redact: Redactor) -> None:
        if not bare.get("lint"):
            return
        done = self._helm.run(["lint", "{chart}", "--namespace", bare["namespace"]], bare)
        if done.code:
            raise ProviderError(redact(f"lint of the chart failed: {done.stdout.strip() or done.error}"))

    def _failure(
        self, inputs: Properties, record: Record | None, done: Done, reasons: Sequence[str], redact: Redactor
    ) -> ProviderError:
        head = f"helm release {_id(inputs)}: {'stopped by the engine: ' if done.cancelled else ''}{done.error}"
        lines = [redact(line) for line in (head, *reasons)]
        if record is None:
            return ProviderError("\n  ".join(lines))
        # The release exists, so the engine has to record it, else the next run would not know what to delete.
        return InitFailed(_id(inputs), _outputs(inputs, record), inputs, lines)


def _reasons(observer: Observer, client: KubeClient, record: Record | None) -> tuple[str, ...]:
    """What was seen while helm waited, else what is not ready now."""
    if observer.reasons or record is None or record.status != "failed":
        return observer.reasons
    try:
        observer.look_at(record)
    except KubeError:
        return ()
    return observer.reasons


def _id(inputs: Properties) -> str:
    return object_id(str(plain(inputs["namespace"])), str(plain(inputs["name"])))


def _outputs(inputs: Properties, record: Record) -> Properties:
    status = {
        "appVersion": record.app_version,
        "chart": record.chart,
        "name": record.name,
        "namespace": record.namespace,
        "revision": record.revision,
        "status": record.status,
        "version": record.chart_version,
    }
    names = resource_names(record.manifest)
    return dict(inputs) | {"status": status, "resourceNames": names, "version": record.chart_version}


def _live_inputs(inputs: Properties, record: Record) -> Properties:
    """The inputs, with the values of the release where somebody else has upgraded it with other ones."""
    given = command_inputs(inputs).get("values") or {}
    if inputs.get("valueYamlFiles") or dict(record.values) == given:
        return inputs
    return dict(inputs) | {"values": mark_like(dict(record.values), inputs.get("values"))}


def _imported_inputs(record: Record) -> Properties:
    found = {
        "chart": record.chart,
        "name": record.name,
        "namespace": record.namespace,
        "timeout": DEFAULT_SECONDS,
        "values": dict(record.values),
        "version": record.chart_version,
    }
    return {key: value for key, value in found.items() if value and key != CHECKSUM}
