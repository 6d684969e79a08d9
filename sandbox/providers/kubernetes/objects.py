"""Create, read, update and delete of any Kubernetes object by server-side apply.

Owns the order of requests and what becomes an error; checks, outputs and waiting are in their own modules.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from clients.kubernetes import KubeClient, KubeError, KubeUnreachable, Object
from sandbox.providers.base import (
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
    plain,
)
from sandbox.providers.kubernetes import inputs as given
from sandbox.providers.kubernetes import naming, outputs
from sandbox.providers.kubernetes import waiting as looking
from sandbox.providers.kubernetes.cluster import Cluster
from sandbox.providers.kubernetes.redaction import Redactor

DEFAULT_SECONDS: Final = 600
"""Time to become ready or to be gone. source: pulumi-kubernetes provider/pkg/await, 10 minutes for workloads"""

_READ_SECONDS: Final = 1.0
_ALREADY_EXISTS: Final = "AlreadyExists"
MakePatience = Callable[[str, float], looking.Patience]


class Objects:
    """The verbs on one cluster."""

    def __init__(self, cluster: Cluster, patience: MakePatience, note: Callable[[str, str], None]) -> None:
        """`patience(urn, seconds)` is how long a wait may take; `note(message, urn)` tells the user something."""
        self._cluster = cluster
        self._patience = patience
        self._note = note

    def create(self, request: CreateRequest) -> CreateResult:
        """Make the object and wait until it is ready; in a preview, have the server validate it."""
        manager = naming.field_manager(request.urn)
        if request.preview:
            dry = self._dry_create(request.inputs, manager)
            return CreateResult(id="", outputs=outputs.preview_outputs(dry, request.inputs, {}, manager))
        client = self._cluster.client()
        with _worded(request.inputs, "create"):
            live = self._make(client, request, manager)
        done = self._settle(client, live, request.inputs, manager, request.urn, request.timeout)
        return CreateResult(id=naming.id_of(live), outputs=done)

    def update(self, request: UpdateRequest) -> Properties:
        """Apply the new inputs and wait; in a preview, have the server validate them."""
        manager = outputs.manager_of(request.state, request.urn)
        if request.preview:
            dry = self._dry_apply(request.inputs, manager)
            return outputs.preview_outputs(dry, request.inputs, request.state, manager)
        if self._cluster.settings.skip_update_unreachable and self._cluster.unreachable():
            self._note("the cluster is unreachable and skipUpdateUnreachable is set; left as it is", request.urn)
            return request.state
        client = self._cluster.client()
        with _worded(request.inputs, "update"):
            live = self._apply(client, request.inputs, manager)
        return self._settle(client, live, request.inputs, manager, request.urn, request.timeout)

    def read(self, request: ReadRequest) -> ReadResult:
        """The object as it is; an empty id if it is gone."""
        if reason := self._cluster.unreachable():
            return self._unreachable_read(request, reason)
        api_version, kind = naming.parse_token(request.type)
        namespace, name = naming.split_id(request.id)
        client = self._cluster.client()
        with _worded(request.inputs, "read"):
            live = client.get(api_version, kind, name, namespace or self._cluster.default_namespace)
        if live is None:
            return ReadResult(id="")
        # A moment of patience: controllers that only just saw a change are not worth recording.
        waits = request.inputs and not _skips_await(live)
        patience = self._patience(request.urn, _READ_SECONDS)
        with _worded(request.inputs, "read"):
            waited = looking.wait_ready(client, live, patience) if waits else looking.Waited(live)
        manager = outputs.manager_of(request.state, request.urn)
        known = request.inputs
        inputs = outputs.live_inputs(waited.obj, known) if known else outputs.imported_inputs(waited.obj)
        result = outputs.outputs_of(waited.obj, inputs, manager)
        if waited.reasons:
            raise InitFailed(naming.id_of(live), result, inputs, waited.reasons)
        return ReadResult(id=naming.id_of(live), outputs=result, inputs=inputs)

    def delete(self, request: DeleteRequest) -> None:
        """Delete and wait until it is gone; what is gone already is fine."""
        if reason := self._cluster.unreachable():
            if self._cluster.settings.delete_unreachable:
                self._note(
                    f"the cluster is unreachable ({reason}) and deleteUnreachable is set; forgotten", request.urn
                )
                return
            raise ProviderError(
                f"configured Kubernetes cluster is unreachable: {reason}; if the cluster is gone for good, set the "
                "provider's deleteUnreachable to drop its objects from the state"
            )
        api_version, kind = naming.parse_token(request.type)
        namespace, name = naming.split_id(request.id)
        namespace = namespace or self._cluster.default_namespace
        client = self._cluster.client()
        with _worded(request.state, "delete"):
            live = client.get(api_version, kind, name, namespace)
            if live is None:
                return
            propagation = str(given.annotations_of(live).get(given.PROPAGATION) or "foreground").capitalize()
            client.delete(api_version, kind, name, namespace, propagation=propagation)
        if _skips_await(live):
            return
        patience = self._patience(request.urn, _seconds(request.timeout, live))
        with _worded(request.state, "delete"):
            waited = looking.wait_gone(client, live, patience)
        if waited.reasons:
            raise ProviderError(f"{kind} {request.id} still exists after {patience.seconds:g} s: {waited.reasons[0]}")

    def immutable_fields(self, inputs: Properties, state: Properties, urn: str) -> list[str] | None:
        """Fields that the server will not change in place, found by a dry run; None if it does not object to that.

        Other objections are left to the update itself, which shows them.
        """
        if has_unknown(inputs) or self._cluster.unreachable():
            return None
        try:
            client = self._cluster.client()
            client.apply(given.payload(inputs), field_manager=outputs.manager_of(state, urn), dry_run=True)
        except KubeError as error:
            return [cause.field for cause in error.causes] if error.immutable else None
        return None

    def _make(self, client: KubeClient, request: CreateRequest, manager: str) -> Object:
        obj = given.payload(request.inputs)
        metadata = obj["metadata"]
        if not metadata.get("name"):
            return client.create(obj, field_manager=manager)
        existing = client.get(obj["apiVersion"], obj["kind"], metadata["name"], metadata.get("namespace"))
        if existing is not None and not self._cluster.settings.upsert_existing_objects:
            if not _made_by(existing, manager):
                raise ProviderError(
                    f"{obj['kind']} {naming.id_of(existing)} already exists; import it, name this one differently, or "
                    "set the provider's upsertExistingObjects"
                )
            self._note("it existed already, made by an earlier run of this resource; taken over", request.urn)
        return self._apply(client, request.inputs, manager)

    def _apply(self, client: KubeClient, inputs: Properties, manager: str) -> Object:
        return client.apply(given.payload(inputs), field_manager=manager, force=self._forces(inputs))

    def _forces(self, inputs: Properties) -> bool:
        asked = given.annotations_of(inputs).get(given.PATCH_FORCE)
        return asked == "true" if asked is not None else self._cluster.settings.enable_patch_force

    def _dry_create(self, inputs: Properties, manager: str) -> Object | None:
        if has_unknown(inputs) or self._cluster.unreachable():
            return None
        try:
            # A create and no apply: an object that is about to be replaced still exists, and must not be compared with.
            return self._cluster.client().create(given.payload(inputs), field_manager=manager, dry_run=True)
        except KubeError as error:
            if error.reason == _ALREADY_EXISTS or _needs_more_first(error):
                return None
            raise _said(error, inputs, "create") from None

    def _dry_apply(self, inputs: Properties, manager: str) -> Object | None:
        if has_unknown(inputs) or self._cluster.unreachable():
            return None
        try:
            return self._cluster.client().apply(
                given.payload(inputs), field_manager=manager, force=self._forces(inputs), dry_run=True
            )
        except KubeError as error:
            if _needs_more_first(error):
                return None
            raise _said(error, inputs, "update") from None

    def _settle(
        self, client: KubeClient, live: Object, inputs: Properties, manager: str, urn: str, timeout: float
    ) -> Properties:
        if _skips_await(inputs):
            return outputs.outputs_of(live, inputs, manager)
        patience = self._patience(urn, _seconds(timeout, live))
        try:
            waited = looking.wait_ready(client, live, patience)
        except looking.Cancelled as stop:
            reasons = (f"cancelled while waiting: {stop}",)
            raise InitFailed(naming.id_of(live), outputs.outputs_of(live, inputs, manager), inputs, reasons) from None
        except KubeError as error:
            reasons = (Redactor(inputs)(f"cannot tell whether it is ready: {error.message}"),)
            raise InitFailed(naming.id_of(live), outputs.outputs_of(live, inputs, manager), inputs, reasons) from None
        result = outputs.outputs_of(waited.obj, inputs, manager)
        if not waited.reasons:
            return result
        kind, redact = live["kind"], Redactor(inputs)
        head = f"{kind} {naming.id_of(live)} was not ready within {patience.seconds:g} s"
        raise InitFailed(naming.id_of(live), result, inputs, [head, *(redact(reason) for reason in waited.reasons)])

    def _unreachable_read(self, request: ReadRequest, reason: str) -> ReadResult:
        settings = self._cluster.settings
        if settings.delete_unreachable:
            self._note(f"the cluster is unreachable ({reason}) and deleteUnreachable is set; forgotten", request.urn)
            return ReadResult(id="")
        if settings.skip_update_unreachable:
            self._note(f"the cluster is unreachable ({reason}); the state may be out of date", request.urn)
            return ReadResult(id=request.id, outputs=request.state, inputs=request.inputs)
        raise ProviderError(f"configured Kubernetes cluster is unreachable: {reason}")


def _skips_await(obj: Properties) -> bool:
    return given.annotations_of(obj).get(given.SKIP_AWAIT) == "true"


def _seconds(timeout: float, live: Object) -> float:
    """Custom timeout of the resource, else its annotation, else the default."""
    annotated = given.annotations_of(live).get(given.TIMEOUT)
    return timeout or float(annotated or DEFAULT_SECONDS)


def _made_by(live: Object, manager: str) -> bool:
    return any(entry.get("manager") == manager for entry in live["metadata"].get("managedFields") or ())


def _needs_more_first(error: KubeError) -> bool:
    """A namespace or a kind that the same run makes first is not a fault in a preview."""
    return error.not_found or isinstance(error, KubeUnreachable)


@contextmanager
def _worded(inputs: Properties, verb: str) -> Iterator[None]:
    try:
        yield
    except KubeError as error:
        raise _said(error, inputs, verb) from None
    except looking.Cancelled as stop:
        raise ProviderError(f"{verb} cancelled while waiting: {stop}") from None


def _said(error: KubeError, inputs: Properties, verb: str) -> ProviderError:
    metadata: Any = plain(inputs.get("metadata")) or {}
    what = (
        f"{plain(inputs.get('kind')) or 'object'} {metadata.get('name') or metadata.get('generateName') or ''}".strip()
    )
    text = f"{verb} of {what} failed: {error.message}"
    if error.field_conflicts:
        text += f'; another manager owns these fields: set the annotation {given.PATCH_FORCE}: "true" to take them over'
    return ProviderError(Redactor(inputs)(text))
