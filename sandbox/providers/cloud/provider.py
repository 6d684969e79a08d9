"""A stand-in as a Pulumi provider: the engine's requests on the pretended account.

Owns provider configuration, previews, diffs and the wording of failures; `lifecycle` owns what happens to objects.
"""

import contextlib
import dataclasses
import importlib
import json
import os
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, cast

from sandbox.host.layout import WORLD_VARIABLE
from sandbox.providers.base import (
    UNKNOWN,
    ChangeKind,
    CheckRequest,
    CheckResult,
    ConfigureRequest,
    CreateRequest,
    CreateResult,
    DeleteRequest,
    DiffRequest,
    DiffResult,
    InitFailed,
    Properties,
    Provider,
    ProviderError,
    ReadRequest,
    ReadResult,
    UpdateRequest,
    check_object,
    detailed_diff,
    has_unknown,
    known,
    mark_like,
    plain,
)
from sandbox.providers.cloud import lifecycle, outputs
from sandbox.providers.cloud.account import Account, Nodes, Planes, Voices
from sandbox.providers.cloud.condition import condition_of
from sandbox.providers.cloud.definition import Cloud, Failed
from sandbox.providers.cloud.errors import CloudError, HalfMadeError
from sandbox.providers.cloud.inputs import DEFAULTS_KEY, check_inputs, recorded, scrub, without_marks
from sandbox.providers.cloud.row import ResourceType
from sandbox.providers.cloud.schema.package import package_schema
from sandbox.providers.cloud.store import Store

DELAY_VARIABLE: Final = "CARTESIA_SANDBOX_DELAY_SECONDS"
_GERUNDS: Final = {"create": "creating", "update": "updating"}
_ENGINE_KEYS: Final = ("version", "pluginDownloadURL", "__internal", "__pulumiMetadata")


class _Lazy:
    """A module of the sandbox, imported when something first needs it: most calls of most runs never do."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(importlib.import_module(self._name), attribute)


class CloudProvider(Provider):
    """Serves the pretended account of one cloud in one world; a stand-in says which cloud, and where it starts."""

    def __init__(
        self,
        cloud: Cloud,
        world_dir: Path,
        *,
        account_id: str,
        location: str,
        planes: Planes | None = None,
        nodes: Nodes | None = None,
        voices: Voices | None = None,
        delay_seconds: float = 0,
    ) -> None:
        self.name, self.version = cloud.name, cloud.schemas.sdk_version()
        self._cloud = cloud
        self._delay_seconds = delay_seconds
        self._cancelled = threading.Event()
        self._account = Account(
            world_dir=world_dir,
            store=Store(world_dir / cloud.name, cloud.location_key),
            id=account_id,
            location=location,
            planes=planes or cast("Planes", _Lazy("sandbox.planes.claims")),
            nodes=nodes or cast("Nodes", _Lazy("sandbox.providers.cloud.nodes.kwok")),
            voices=voices or cast("Voices", _Lazy("sandbox.voice.service")),
        )

    def check_config(self, request: CheckRequest) -> CheckResult:
        """Refuse unknown provider settings and what the cloud says of the others."""
        news = {key: _decoded(value) for key, value in request.news.items()}
        ours = {key: value for key, value in news.items() if key not in _ENGINE_KEYS}
        schemas = self._cloud.schemas
        failures = check_object(ours, schemas.inputs_of(schemas.provider_token))[1]
        return CheckResult(inputs=request.news, failures=[*failures, *self._cloud.check_settings(news)])

    def diff_config(self, request: DiffRequest) -> DiffResult:
        """A provider in another place is another provider: what it made stays behind."""
        replaces = self._cloud.replacing_settings
        return DiffResult(changes=detailed_diff(request.old_inputs, request.news, replaces=replaces))

    def configure(self, request: ConfigureRequest) -> None:
        """Take place and default labels; say once what this is."""
        settings = known({key: _decoded(value) for key, value in request.inputs.items()})
        self._account = self._cloud.configure(self._account, settings)
        self.log("info", self._cloud.describe(self._account), request.urn)

    def check(self, request: CheckRequest) -> CheckResult:
        """Validate inputs, fill in defaults and the name."""
        return check_inputs(self._cloud, self._row(request.type), request)

    def diff(self, request: DiffRequest) -> DiffResult:
        """Compare inputs; a change of the provider's default labels shows as one of the merged ones."""
        row = self._row(request.type)
        old = recorded(request.old_inputs, request.state)
        changes = self._changes(row, old, request.state, without_marks(request.news))
        replacing = any(kind.endswith("-replace") for kind in changes.values())
        return DiffResult(changes=changes, delete_before_replace=replacing and _same_fixed_name(row, old, request.news))

    def _changes(
        self, row: ResourceType, old: Mapping[str, Any], state: Mapping[str, Any], new: Mapping[str, Any]
    ) -> dict[str, ChangeKind]:
        prefix = (row.name.prefix_key,) if row.name and row.name.prefix_key else ()
        replaces = (*self._cloud.placed_by, *prefix, *row.replaces)
        changes = detailed_diff(
            old, new, replaces=replaces, unordered=row.unordered, addable=row.addable, removable=row.removable
        )
        return changes | self._label_changes(state, self._cloud.labels.of(new))

    def _label_changes(self, state: Mapping[str, Any], own: Any) -> dict[str, ChangeKind]:
        if has_unknown(own):
            return {}
        wanted = plain(outputs.all_labels(own, self._account.default_labels))
        merged = [key for key in self._cloud.labels.merged if key in state]
        return {key: "update" for key in merged if plain(state[key]) != wanted}

    def create(self, request: CreateRequest) -> CreateResult:
        """Make the object."""
        row = self._row(request.type)
        account = self._placed(request.inputs)
        if request.preview:
            made = outputs.preview_of_create(self._cloud, row, request.inputs, account)
            return CreateResult(id="", outputs=made)
        label = plain(request.inputs.get(row.name.key)) if row.name else request.name
        planned = known(outputs.preview_of_create(self._cloud, row, request.inputs, account))
        with self._worded(row, "create", str(label or request.name), request.inputs, (request.urn, planned)):
            record = lifecycle.create(
                self._cloud, row, account, request.urn, request.inputs, self._delay_seconds, self._cancelled
            )
        return CreateResult(id=record.id, outputs=dict(record.outputs))

    def read(self, request: ReadRequest) -> ReadResult:
        """Find the object for a refresh, a `get` or an import."""
        row = self._row(request.type)
        account = self._placed({**request.state, **request.inputs})
        with self._worded(row, "read", request.id, request.inputs):
            record = lifecycle.find(self._cloud, row, account, request.id)
        if record is None:
            return ReadResult(id="")
        inputs = account.store.unseal(record.inputs, request.inputs)
        made = lifecycle.made_of(account, dataclasses.replace(record, inputs=inputs))
        found = outputs.outputs_of(self._cloud, row, made, inputs)
        if DEFAULTS_KEY in request.inputs:
            inputs[DEFAULTS_KEY] = request.inputs[DEFAULTS_KEY]
        return ReadResult(id=record.id, outputs=mark_like(found, request.state), inputs=inputs)

    def update(self, request: UpdateRequest) -> Properties:
        """Change the object in place."""
        row = self._row(request.type)
        account = self._placed(request.inputs)
        if request.preview:
            return outputs.preview_of_update(self._cloud, row, request.state, request.inputs, account)
        old = recorded(request.old_inputs, request.state)
        if not self._changes(row, old, request.state, without_marks(request.inputs)):
            # The engine retries what failed. With nothing to change a provider only reads.
            return self._read_again(row, account, request)
        planned = {**request.state, **without_marks(request.inputs)}
        with self._worded(row, "update", request.id, request.inputs, (request.urn, planned)):
            try:
                return dict(lifecycle.update(self._cloud, row, account, request.id, request.inputs).outputs)
            except HalfMadeError as error:
                if "update" not in row.unnoticed or condition_of(error.record.facts):
                    raise
                return dict(error.record.outputs)  # it serves again as before, and the provider asks no more

    def _read_again(self, row: ResourceType, account: Account, request: UpdateRequest) -> Properties:
        place = {"urn": request.urn, "type": request.type, "name": request.name, "id": request.id}
        asked = ReadRequest(**place, inputs=request.inputs, state=request.state)
        found = self.read(asked)
        if not found.id:
            with self._worded(row, "update", request.id, request.inputs):
                raise lifecycle.missing(self._cloud, row, request.id)
        return found.outputs

    def delete(self, request: DeleteRequest) -> None:
        """Remove the object."""
        row = self._row(request.type)
        with self._worded(row, "delete", request.id, request.state):
            lifecycle.delete(self._cloud, row, self._placed(request.state), request.id)

    def invoke(self, token: str, args: Properties) -> Properties:
        """Answer one of the few functions that the stand-in has."""
        function = self._cloud.functions.get(token)
        if function is None:
            known_ones = ", ".join(sorted(self._cloud.functions))
            title = self._cloud.title
            raise ProviderError(f"the sandbox's stand-in for {title} has no function {token}; it has {known_ones}")
        return function(known(args), self._account)

    def schema(self) -> str:
        """The package schema of the types that exist here."""
        cloud = self._cloud
        return json.dumps(package_schema(cloud.schemas, cloud.title, cloud.rows, self.version))

    def cancel(self) -> None:
        """End waiting."""
        self._cancelled.set()

    def _placed(self, properties: Mapping[str, Any]) -> Account:
        given = {key: plain(properties.get(key)) for key in self._cloud.placed_by}
        return self._cloud.at(
            self._account, {key: value for key, value in given.items() if value and value is not UNKNOWN}
        )

    def _row(self, token: str) -> ResourceType:
        row = self._cloud.rows.get(token)
        if row is None:
            raise ProviderError(
                f"the sandbox's stand-in for {self._cloud.title} has no {token}; add a row to {self._cloud.extend} "
                f"(it has {len(self._cloud.rows)} types, see DIFFERENCES.md)"
            )
        return row

    @contextlib.contextmanager
    def _worded(
        self,
        row: ResourceType,
        operation: str,
        label: str,
        inputs: Mapping[str, Any],
        half: tuple[str, Properties] | None = None,
    ) -> Iterator[None]:
        """Failures in the words of the provider; `half` is URN and record of an object that is there after all.

        source of what is recorded: pulumi-terraform-bridge, `Create` and `Update` in `pkg/tfbridge/provider.go`: the
        id, what was planned, and the error as the reason why it was not initialised, 2026-11-25.
        """
        try:
            yield
        except CloudError as error:
            safe = CloudError(error.code, scrub(error.message, inputs))
            record = error.record if isinstance(error, HalfMadeError) else None
            status = str(condition_of(record.facts).get("status", "")) if record else ""
            failed = Failed(row=row, operation=operation, label=scrub(label, inputs), error=safe, status=status)
            worded = self._cloud.word(failed)
            if half is None or record is None or (row.id_after_wait and operation == "create"):
                raise worded from error
            urn, planned = half
            raise InitFailed(record.id, planned, {}, [f"{_GERUNDS[operation]} {urn}: {worded}"]) from error


def settings_of_environment(program: str) -> tuple[Path, float]:
    """World directory and seconds that create calls take, as the environment says; without a world it refuses to run.

    Args:
        program: Name of the plug-in, for the message.
    """
    world = os.environ.get(WORLD_VARIABLE)
    if not world:
        raise SystemExit(
            f"{program}: this is the sandbox's stand-in and {WORLD_VARIABLE} is not set; "
            "run it through `cartesia-infra sandbox run -- ...`"
        )
    return Path(world), float(os.environ.get(DELAY_VARIABLE) or 0)


def _decoded(value: Any) -> Any:
    """Provider settings other than strings travel as JSON text."""
    if (isinstance(value, str) and value[:1] in ("{", "[")) or value in ("true", "false"):
        with contextlib.suppress(ValueError):
            return json.loads(value)
    return value


def _same_fixed_name(row: ResourceType, old: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
    """Whether the replacement would have the name of what it replaces, so that both cannot exist at once."""
    if row.name is None or row.name.key in news.get(DEFAULTS_KEY, ()):
        return False
    name = plain(news.get(row.name.key))
    return name is not None and name == plain(old.get(row.name.key))
