"""The forges that a report can be posted to."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from toolkit.preview.post import github, gitlab
from toolkit.preview.post.forge import Posting

__all__ = ["FORGES"]

FORGES: Final[Mapping[str, Callable[[Mapping[str, str], int | None], Posting]]] = MappingProxyType(
    {"github": github.posting, "gitlab": gitlab.posting}
)
"""By name: what finds the request of this CI run, from the environment and a number."""
