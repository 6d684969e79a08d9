"""What one row of a stand-in says about one resource type.

A new type is one `ResourceType`, plus a short function where the cloud has a rule of its own. Names and types of
properties are not repeated: they come from the SDK, and plain limits from the cloud's API model, see `schema`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.providers.base import Failure
from sandbox.providers.cloud.account import CloudObject

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
    """A property that must name an existing object, and the cloud's error if it does not. `{value}` is filled in."""

    path: str
    type: str
    code: str
    message: str
    by: str = "id"
    """`id`, or the path in the other object's outputs."""


@dataclass(frozen=True, slots=True)
class Blocker:
    """Objects that keep this one from being deleted, and the cloud's error. `{id}` is filled in."""

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
    """Type token, `package:module/name:Name`."""
    service: str
    """Service as errors of the provider name it."""
    noun: str
    """The object in the provider's errors."""
    id: Output
    """Makes the id; called once."""
    replaces: tuple[str, ...] = ()
    """Paths whose change needs a new object ("Forces new resource" in the provider's docs); `*` is all."""
    addable: tuple[str, ...] = ()
    """Paths of those that an object may be given later in place."""
    removable: tuple[str, ...] = ()
    """Further paths, of what may change in place and whose removal needs a new object."""
    kept: tuple[str, ...] = ()
    """Inputs that an update leaves as they were once they are there, without a word."""
    unordered: tuple[str, ...] = ()
    """Paths of lists that are sets to the cloud."""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """Defaults the provider itself fills in."""
    name: AutoName | None = None
    """How it is named if the program does not."""
    outputs: Mapping[str, Output] = field(default_factory=dict)
    """Outputs that the cloud computes. What the program gave wins; mappings are merged."""
    volatile: tuple[str, ...] = ()
    """Outputs that an update may change, so that a preview calls them unknown."""
    check: Check | None = None
    """Rules on its inputs alone."""
    requires: tuple[Reference, ...] = ()
    """Other objects it names."""
    blocked_by: tuple[Blocker, ...] = ()
    """Other objects that name it."""
    admit: Callable[[CloudObject], None] | None = None
    """Further rules at create and update, which look at other objects; raises `CloudError`."""
    allow_update: Callable[[CloudObject, CloudObject], None] | None = None
    """Rules on the way from the old to the new inputs; raises `CloudError`."""
    allow_delete: Callable[[CloudObject], None] | None = None
    """Rules at delete beyond `blocked_by`; raises `CloudError`."""
    on_create: Callable[[CloudObject], Mapping[str, Any]] | None = None
    """What happens in the world, after the object is on record; may run again after a kill. Returns facts."""
    on_update: Callable[[CloudObject, CloudObject], Mapping[str, Any] | None] | None = None
    """The same for an update, old and new; returns changed facts."""
    on_delete: Callable[[CloudObject], None] | None = None
    """The same for a delete, before the object is forgotten."""
    in_service: str = "ACTIVE"
    """What its `status` says when all is well."""
    broken: Mapping[str, str] = field(default_factory=dict)
    """What it says after a `create`, `update` or `delete` that the cloud took and could not carry out.

    A failed update that is in here leaves the object as it was; `in_service` there says that it goes on serving. An
    operation that is not in here did its work, and only the call failed, e.g. because waiting for it took too long.
    """
    repairable: tuple[str, ...] = ()
    """Those statuses out of which an update with a change leads."""
    heals: Callable[[CloudObject], bool] | None = None
    """Whether one that is not in service has come into it by itself."""
    out_of_service: tuple[str, str] = ("InvalidRequestException", "{noun} {id} cannot be updated: it is {status}")
    """Error code and message for an update in any other; `{noun}`, `{id}` and `{status}` are filled in."""
    unnoticed: tuple[str, ...] = ()
    """Operations whose failure the provider takes for a success, where the object serves again after it."""
    id_after_wait: bool = False
    """The provider learns the id only after it has waited, so of a creation that fails it records nothing."""
    on_half_made: Callable[[CloudObject], Mapping[str, Any]] | None = None
    """What a failed creation leaves in the world in place of what `on_create` makes; returns facts."""
    import_ids: Callable[[CloudObject], Iterable[str]] | None = None
    """Other spellings of the id that `pulumi import` takes."""
    exists: tuple[str, str] | None = None
    """Error code and message if the id is taken; by default those of the cloud."""
    upserts: bool = False
    """The cloud's create call overwrites an object of that id without a word."""
    calls: Mapping[str, str] = field(default_factory=dict)
    """API operations by `create`, `update`, `delete` where they are not named as the cloud's others are."""
    is_global: bool = False
    """Its objects have no location."""


def joined(*keys: str, by: str = ":") -> Output:
    """An id made of inputs, e.g. `cluster:node group`."""
    return lambda made: by.join(str(made.at(key)) for key in keys)


def constant(value: Any) -> Output:
    """The same value for all objects."""
    return lambda made: value


def filled(template: str) -> Output:
    """A text such as a path or link of the object.

    `{account}`, `{location}`, `{id}` and `{key}` of top-level inputs are filled in.
    """
    return lambda made: template.format_map(
        {**made.inputs, "id": made.id, "account": made.account.id, "location": made.account.location}
    )
