"""Where the API is and who calls: the address, the key and the version, checked before anything is sent."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from core.secrets.checks import api_key_problems
from toolkit.voice.errors import VoiceError
from toolkit.voice.route import RouteError

__all__ = ["DEFAULT_VERSION", "Address"]

DEFAULT_VERSION = "2025-04-16"
"""Version of the vendor's own calls to a self-hosted API; which others a release takes is unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One API.

    Raises:
        RouteError: The URL is none, or would carry the key over a network in plain text; or the key is none.
    """

    url: str
    """Without a slash at the end; a path in it is kept."""
    api_key: str = field(repr=False)
    version: str = DEFAULT_VERSION
    path: str = ""
    """What stands between the URL and an operation, without slashes at its ends."""
    header: str = "X-API-Key"
    """Header that carries the key."""
    scheme: str = ""
    """Word before the key in that header, e.g. `Bearer`."""
    meanings: Mapping[int, type[VoiceError]] = field(default_factory=dict)
    """Statuses that mean something else than to the API itself."""

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise RouteError(f"{self.url!r} is not the URL of an API; write e.g. https://voice.example.com")
        if parts.username or parts.password:
            raise RouteError("the URL must not hold a user or a password; give the key by its own option")
        if parts.scheme == "http" and not _is_loopback(parts.hostname):
            raise RouteError(
                f"the key would cross the network in plain text to {parts.hostname}: use https://, or forward a port"
                " (`kubectl port-forward`) and call http://127.0.0.1:<port>"
            )
        if problems := api_key_problems(self.api_key, "the API key"):
            raise RouteError(f"the API key {problems[0].rule}; {problems[0].fix}")

    def at(self, path: str) -> str:
        """The URL of one operation."""
        return "/".join(part for part in (self.url.rstrip("/"), self.path, path) if part)

    @property
    def headers(self) -> dict[str, str]:
        """What every call carries."""
        return {self.header: f"{self.scheme} {self.api_key}".strip(), "Cartesia-Version": self.version}


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
