"""What one row of `services` says about one resource type.

A new type is one `ResourceType`, plus a short function where AWS has a rule of its own. Property names and types are
not repeated here: they come from the SDK, see `export_schema`.
"""

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.providers.base import Failure
from sandbox.providers.cloud.account import ACCOUNT_ID, PARTITION, CloudObject

Check = Callable[[Mapping[str, Any]], Iterable[Failure]]
"""A rule on plain inputs. Keys whose value is unknown at preview are absent; unknown items of lists are `UNKNOWN`."""
Output = Callable[[CloudObject], Any]


@dataclass(frozen=True, slots=True)
class AutoName:
    """The property that gets `<logical name>-<7 hex>` when it is left out, and the longest name allowed."""

    key: str = "name"
    longest: int = 255
    prefix_key: str | None = "namePrefix"
    start: str = ""
    """Put before the name, e.g. `alias/`."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A property that must name an existing object, and AWS's error if it does not. `{value}` is filled in."""

    path: str
    type: str
    code: str
    message: str
    by: str = "id"
    """`id`, or the path in the other object's outputs."""


@dataclass(frozen=True, slots=True)
class Blocker:
    """Objects that keep this one from being deleted, and AWS's error. `{id}` is filled in."""

    type: str
    path: str
    code: str
    message: str
    to: str = "id"
    """What of this object the other one names: `id`, or an output."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceType:
    """One resource type of the stand-in."""

    token: str
    """Type token, e.g. `aws:ec2/vpc:Vpc`."""
    service: str
    """AWS service as the SDK names it in errors, e.g. `EC2`."""
    noun: str
    """The object in the provider's errors, e.g. `EC2 VPC`."""
    id: Output
    """Makes the id; called once."""
    replaces: tuple[str, ...] = ()
    """Paths whose change needs a new object ("Forces new resource" in the provider's docs); `*` is all."""
    addable: tuple[str, ...] = ()
    """Paths of those that an object may be given later in place."""
    unordered: tuple[str, ...] = ()
    """Paths of lists that are sets to AWS."""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """Defaults the provider itself fills in."""
    name: AutoName | None = None
    """How it is named if the program does not."""
    outputs: Mapping[str, Output] = field(default_factory=dict)
    """Outputs AWS computes. What the program gave wins; mappings are merged."""
    volatile: tuple[str, ...] = ()
    """Outputs that an update may change, so that a preview calls them unknown."""
    check: Check | None = None
    """Rules on its inputs alone."""
    requires: tuple[Reference, ...] = ()
    """Other objects it names."""
    blocked_by: tuple[Blocker, ...] = ()
    """Other objects that name it."""
    admit: Callable[[CloudObject], None] | None = None
    """Further rules of AWS at create and update, which look at other objects; raises `AwsError`."""
    allow_update: Callable[[CloudObject, CloudObject], None] | None = None
    """Rules on the way from the old to the new inputs; raises `AwsError`."""
    allow_delete: Callable[[CloudObject], None] | None = None
    """Rules at delete beyond `blocked_by`; raises `AwsError`."""
    on_create: Callable[[CloudObject], Mapping[str, Any]] | None = None
    """What happens in the world, after the object is on record; may run again after a kill. Returns facts."""
    on_update: Callable[[CloudObject, CloudObject], Mapping[str, Any] | None] | None = None
    """The same for an update, old and new; returns changed facts."""
    on_delete: Callable[[CloudObject], None] | None = None
    """The same for a delete, before the object is forgotten."""
    import_ids: Callable[[CloudObject], Iterable[str]] | None = None
    """Other spellings of the id that `pulumi import` takes."""
    exists: tuple[str, str] = ("ResourceInUseException", "{id} already exists")
    """Error code and message if the id is taken."""
    calls: Mapping[str, str] = field(default_factory=dict)
    """API operations by `create`, `update`, `delete` where they are not `<Verb><Class>`."""
    is_global: bool = False
    """The service has no regions (IAM)."""

    def call(self, operation: str) -> str:
        """The API operation behind `create`, `update`, `delete` or `read`."""
        verb = {"update": "Modify", "read": "Describe"}.get(operation, operation.capitalize())
        return self.calls.get(operation) or verb + self.token.rsplit(":", 1)[-1]


def hex_id(prefix: str) -> Output:
    """A fresh id as EC2 gives them: `<prefix>-0` and 16 hex digits."""
    return lambda made: f"{prefix}-0{secrets.token_hex(8)}"


def joined(*keys: str, by: str = ":") -> Output:
    """An id made of inputs, e.g. `cluster:node group`."""
    return lambda made: by.join(str(made.at(key)) for key in keys)


def arn(service: str, resource: str, *, region: bool = True) -> Output:
    """An ARN; `{id}` and `{key}` of top-level inputs are filled into `resource`."""

    def make(made: CloudObject) -> str:
        place = made.account.region if region else ""
        return f"arn:{PARTITION}:{service}:{place}:{ACCOUNT_ID}:" + resource.format_map(_Values(made))

    return make


def constant(value: Any) -> Output:
    """The same value for all objects."""
    return lambda made: value


def part_id(prefix: str, what: str) -> Output:
    """The id of something AWS makes along with the object."""
    return lambda made: f"{prefix}-{made.derived(what)}"


def owner(made: CloudObject) -> str:
    """The account."""
    return ACCOUNT_ID


class _Values(dict[str, Any]):
    def __init__(self, made: CloudObject) -> None:
        super().__init__(made.inputs)
        self["id"] = made.id
