"""What a stand-in tells about its cloud: one `Cloud`. Everything else in this folder is the same for all clouds.

A new stand-in is a folder beside this one with rows, wording, exported schemas and the facts of its nodes, see
`docs/architecture.md`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.providers.base import Failure, Properties, ProviderError
from sandbox.providers.cloud.account import Account
from sandbox.providers.cloud.errors import CloudError
from sandbox.providers.cloud.row import ResourceType
from sandbox.providers.cloud.schema.shapes import Schemas

Function = Callable[[Mapping[str, Any], Account], Properties]
"""A function of the package: known arguments in, properties out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A call that the cloud refused, for the provider's sentence about it."""

    row: ResourceType
    operation: str
    """`create`, `read`, `update` or `delete`."""
    label: str
    """The object as the provider calls it: its name, or its id where it has one already."""
    error: CloudError
    status: str = ""
    """What the object says of itself, where it is there all the same and not in service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """By which properties objects are labelled, and where the provider's default labels show."""

    own: str
    """Input with the program's labels."""
    merged: tuple[str, ...]
    """Outputs with these over the provider's default ones; a change of the defaults shows there."""
    otherwise: str = ""
    """What that input is called on types that have none of the usual name."""

    def of(self, properties: Mapping[str, Any]) -> Any:
        """The program's labels among the properties of an object."""
        return properties.get(self.own, properties.get(self.otherwise))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """One cloud as its stand-in plays it."""

    name: str
    """Package and plug-in name, and the folder of the account in a world."""
    title: str
    """Name of the cloud in messages."""
    schemas: Schemas
    """Shapes and limits of all properties."""
    rows: Mapping[str, ResourceType]
    """Resource types by token."""
    functions: Mapping[str, Function]
    """Functions that a program may call, by token."""
    location_key: str
    """What a location is called in the files of the account, e.g. `region`."""
    labels: Labels
    placed_by: tuple[str, ...]
    """Inputs that say where an object is made. A change replaces it; left out, they are outputs of `places`."""
    places: Callable[[Account], Mapping[str, Any]]
    """Those properties for an object that the account makes where it stands."""
    at: Callable[[Account, Mapping[str, Any]], Account]
    """The account where the (plain, known) properties of an object place it."""
    check: Callable[[Mapping[str, Any]], Iterable[Failure]]
    """Rules on the inputs of any type."""
    check_settings: Callable[[Mapping[str, Any]], Iterable[Failure]]
    """Rules on the provider's settings beyond names and types."""
    replacing_settings: tuple[str, ...]
    """Settings whose change makes another provider, which what exists does not move to."""
    configure: Callable[[Account, Mapping[str, Any]], Account]
    """The account that known settings ask for; raises `ProviderError` when they do not allow this one."""
    describe: Callable[[Account], str]
    """One line for the log that says what this is."""
    word: Callable[[Failed], ProviderError]
    """The provider's sentence for a refused call."""
    missing: tuple[str, str]
    """Error code and message when an object to change is gone; `{noun}` and `{id}` are filled in."""
    exists: tuple[str, str] = field(default=("AlreadyExists", "{id} already exists"))
    """Error code and message where a row has none of its own for an id that is taken."""
    extend: str = "rows"
    """Where a missing type is added, for the message that says so."""
