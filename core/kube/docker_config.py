"""The `.dockerconfigjson` of a pull secret, made from a login; local Docker files are never read.

Owns the shape (source: Kubernetes documentation, "Pull an image from a private registry", 2026-11-21). Equal logins
give equal text, byte for byte, so that an update without a new login changes nothing.
"""

import base64
import json
import re
from typing import Final

_HOST: Final = re.compile(
    r"\A(?=.{1,253}(?::|\Z))[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*(:[0-9]{1,5})?\Z"
)


def is_registry_host(text: str) -> bool:
    """Whether `text` is a registry's host with an optional port, which is how a pull secret names it."""
    return bool(_HOST.match(text))


def registry_host(prefix: str) -> str:
    """The host part of an image prefix: `us-docker.pkg.dev/a/b` -> `us-docker.pkg.dev`."""
    return prefix.split("/", 1)[0]


def docker_config(host: str, username: str, password: str) -> str:
    """The JSON text of a login for one registry. The result is as secret as the password."""
    auth = base64.b64encode(f"{username}:{password}".encode()).decode("ascii")
    entry = {"auth": auth, "password": password, "username": username}
    return json.dumps({"auths": {host: entry}}, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
