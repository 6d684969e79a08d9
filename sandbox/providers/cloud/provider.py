"""The stand-in as a Pulumi provider: the engine's requests on the pretended account.

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

from sandbox.providers.aws.errors import AwsError, as_provider_error
from sandbox.providers.aws.functions import invoke
from sandbox.providers.aws.services import RESOURCES
from sandbox.providers.base import (
    UNKNOWN,
    CheckRequest,
    CheckResult,
    ConfigureRequest,
    CreateRequest,
    CreateResult,
    DeleteRequest,
    DiffRequest,
    DiffResult,
    Failure,
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
from sandbox.providers.cloud.account import ACCOUNT_ID, Account, Nodes, Planes, Voices
from sandbox.providers.cloud.inputs import DEFAULTS_KEY, check_inputs, scrub, without_marks
from sandbox.providers.cloud.row import ResourceType
from sandbox.providers.cloud.schema import shapes
from sandbox.providers.cloud.schema.package import package_schema
from sandbox.providers.cloud.store import Store

DELAY_VARIABLE: Final = "CARTESIA_SANDBOX_DELAY_SECONDS"
WORLD_VARIABLE: Final = "CARTESIA_SANDBOX_DIR"
_GERUNDS: Final = {"create": "creating", "read": "reading", "update": "updating", "delete": "deleting"}
_ENGINE_KEYS: Final = ("version", "pluginDownloadURL", "__internal", "__pulumiMetadata")


class _Lazy:
    """A module of the sandbox, imported when something first needs it: most calls of most runs never do."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(importlib.import_module(self._name), attribute)


class AwsProvider(Provider):
    """Serves one region of the pretended account of one world."""

    name = "aws"

    def __init__(
        self,
        world_dir: Path,
        *,
        planes: Planes | None = None,
        nodes: Nodes | None = None,
        voices: Voices | None = None,
        delay_seconds: float = 0,
    ) -> None:
        self.version = shapes.sdk_version()
        self._delay_seconds = delay_seconds
        self._cancelled = threading.Event()
        self._account = Account(
            world_dir=world_dir,
            store=Store(world_dir),
            region="us-east-1",
            planes=planes or cast("Planes", _Lazy("sandbox.planes.claims")),
            nodes=nodes or cast("Nodes", _Lazy("sandbox.providers.cloud.nodes.kwok")),
            voices=voices or cast("Voices", _Lazy("sandbox.voice.service")),
        )

    @classmethod
    def from_environment(cls) -> "AwsProvider":
        """The stand-in of the world that the environment names; without one it refuses to run."""
        world = os.environ.get(WORLD_VARIABLE)
        if not world:
            raise SystemExit(
                f"pulumi-resource-aws: this is the sandbox's stand-in and {WORLD_VARIABLE} is not set; "
                "run it through `cartesia-infra sandbox run -- ...`"
            )
        return cls(Path(world), delay_seconds=float(os.environ.get(DELAY_VARIABLE) or 0))

    def check_config(self, request: CheckRequest) -> CheckResult:
        """Refuse unknown provider settings and a missing region."""
        news = {key: _decoded(value) for key, value in request.news.items()}
        ours = {key: value for key, value in news.items() if key not in _ENGINE_KEYS}
        failures = check_object(ours, shapes.inputs_of(shapes.PROVIDER_TOKEN))[1]
        if news.get("region") is None:
            failures.append(Failure("region", "an AWS region is required; set aws:region, or region on the provider"))
        return CheckResult(inputs=request.news, failures=failures)

    def diff_config(self, request: DiffRequest) -> DiffResult:
        """A provider in another region is another provider: what it made stays behind."""
        return DiffResult(changes=detailed_diff(request.old_inputs, request.news, replaces=["region"]))

    def configure(self, request: ConfigureRequest) -> None:
        """Take region and default tags; say once what this is."""
        settings = known({key: _decoded(value) for key, value in request.inputs.items()})
        allowed = settings.get("allowedAccountIds")
        if (allowed and ACCOUNT_ID not in allowed) or ACCOUNT_ID in (settings.get("forbiddenAccountIds") or ()):
            raise ProviderError(f"AWS account ID not allowed: {ACCOUNT_ID} (the stand-in's account)")
        region = settings.get("region") or self._account.region
        tags = (settings.get("defaultTags") or {}).get("tags") or {}
        self._account = dataclasses.replace(self._account, region=region, default_tags=tags)
        self.log("info", f"stand-in, not AWS: account {ACCOUNT_ID}, {region}, lives in this sandbox only", request.urn)

    def check(self, request: CheckRequest) -> CheckResult:
        """Validate inputs, fill in defaults and the name."""
        return check_inputs(_row(request.type), request)

    def diff(self, request: DiffRequest) -> DiffResult:
        """Compare inputs; a change of the provider's default tags shows as one of `tagsAll`."""
        row = _row(request.type)
        old = without_marks(request.old_inputs or request.state)
        new = without_marks(request.news)
        prefix = (row.name.prefix_key,) if row.name and row.name.prefix_key else ()
        replaces = ("region", *prefix, *row.replaces)
        changes = detailed_diff(old, new, replaces=replaces, unordered=row.unordered, addable=row.addable)
        if "tagsAll" in request.state and not has_unknown(new.get("tags")):
            wanted = plain(outputs.all_tags(new.get("tags"), self._account.default_tags))
            if plain(request.state["tagsAll"]) != wanted:
                changes["tagsAll"] = "update"
        replacing = any(kind.endswith("-replace") for kind in changes.values())
        return DiffResult(changes=changes, delete_before_replace=replacing and _same_fixed_name(row, old, request.news))

    def create(self, request: CreateRequest) -> CreateResult:
        """Make the object."""
        row = _row(request.type)
        account = self._in_region(request.inputs)
        if request.preview:
            made = outputs.preview_of_create(row, request.inputs, account.region, account.default_tags)
            return CreateResult(id="", outputs=made)
        label = plain(request.inputs.get(row.name.key)) if row.name else request.name
        with _aws_words(row, "create", str(label or request.name), request.inputs):
            record = lifecycle.create(row, account, request.urn, request.inputs, self._delay_seconds, self._cancelled)
        return CreateResult(id=record.id, outputs=dict(record.outputs))

    def read(self, request: ReadRequest) -> ReadResult:
        """Find the object for a refresh, a `get` or an import."""
        row = _row(request.type)
        account = self._in_region({**request.state, **request.inputs})
        with _aws_words(row, "read", request.id, request.inputs):
            record = lifecycle.find(row, account, request.id)
        if record is None:
            return ReadResult(id="")
        inputs = account.store.unseal(record.inputs, request.inputs)
        made = outputs.outputs_of(row, lifecycle.made_of(account, dataclasses.replace(record, inputs=inputs)), inputs)
        if DEFAULTS_KEY in request.inputs:
            inputs[DEFAULTS_KEY] = request.inputs[DEFAULTS_KEY]
        return ReadResult(id=record.id, outputs=mark_like(made, request.state), inputs=inputs)

    def update(self, request: UpdateRequest) -> Properties:
        """Change the object in place."""
        row = _row(request.type)
        account = self._in_region(request.inputs)
        if request.preview:
            return outputs.preview_of_update(row, request.state, request.inputs, account.region, account.default_tags)
        with _aws_words(row, "update", request.id, request.inputs):
            return dict(lifecycle.update(row, account, request.id, request.inputs).outputs)

    def delete(self, request: DeleteRequest) -> None:
        """Remove the object."""
        row = _row(request.type)
        with _aws_words(row, "delete", request.id, request.state):
            lifecycle.delete(row, self._in_region(request.state), request.id)

    def invoke(self, token: str, args: Properties) -> Properties:
        """Answer one of the few functions of `functions`."""
        return invoke(token, args, self._account)

    def schema(self) -> str:
        """The package schema of the types that exist here."""
        return json.dumps(package_schema(RESOURCES, self.version))

    def cancel(self) -> None:
        """End waiting."""
        self._cancelled.set()

    def _in_region(self, properties: Mapping[str, Any]) -> Account:
        region = plain(properties.get("region"))
        return self._account.at(region) if region and region is not UNKNOWN else self._account


def _row(token: str) -> ResourceType:
    row = RESOURCES.get(token)
    if row is None:
        raise ProviderError(
            f"the sandbox's stand-in for AWS has no {token}; add a row to sandbox/providers/aws/services "
            f"(it has {len(RESOURCES)} types, see DIFFERENCES.md)"
        )
    return row


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


@contextlib.contextmanager
def _aws_words(row: ResourceType, operation: str, label: str, inputs: Mapping[str, Any]) -> Iterator[None]:
    try:
        yield
    except AwsError as error:
        safe = AwsError(error.code, scrub(error.message, inputs))
        doing = f"{_GERUNDS[operation]} {row.noun} ({scrub(label, inputs)})"
        raise as_provider_error(safe, doing=doing, service=row.service, call=row.call(operation)) from error
