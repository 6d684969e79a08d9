"""AWS tags: the rules they follow, checked before anything is made.

source: AWS general reference, "Tag naming and usage conventions", 2026-11-21.
"""

import re
from collections.abc import Mapping

from core.input.problems import Problems
from core.input.reader import Reader

__all__ = ["MAX_USER_TAGS", "check_aws_tags", "read_aws_tags"]

MAX_USER_TAGS = 40
"""Tags a caller may give. AWS allows 50 a resource. The rest is for ours and for those EKS and Kubernetes add."""

_KEY_LENGTH = 128
_VALUE_LENGTH = 256
_ALLOWED = re.compile(r"[^\W_]|[\s_.:/=+\-@]", re.UNICODE)


def read_aws_tags(read: Reader) -> dict[str, str]:
    """The key `tags`. Problems are added to the reader's."""
    tags = read.text_map("tags")
    check_aws_tags(tags, read.at("tags"), read.problems)
    return tags


def check_aws_tags(tags: Mapping[str, str], path: str, problems: Problems) -> None:
    """Add a problem for each rule of AWS tags that `tags` breaks."""
    if len(tags) > MAX_USER_TAGS:
        problems.add(path, f"must be at most {MAX_USER_TAGS} tags", got=len(tags), fix="drop some; AWS ends at 50")
    for key, value in tags.items():
        where = f"{path}.{key}"
        if key.lower().startswith("aws:"):
            problems.add(where, "must not start with aws:, which AWS keeps for itself", fix="rename the tag")
        if not 1 <= len(key) <= _KEY_LENGTH or _stray(key):
            rule = f"must be a key of 1-{_KEY_LENGTH} letters, digits, spaces or _.:/=+-@"
            problems.add(where, rule, got=_stray(key) or f"{len(key)} characters", fix="rename the tag")
        if len(value) > _VALUE_LENGTH or _stray(value):
            rule = f"must have a value of at most {_VALUE_LENGTH} letters, digits, spaces or _.:/=+-@"
            problems.add(where, rule, got=_stray(value) or f"{len(value)} characters", fix="change the value")


def _stray(text: str) -> str:
    """The characters of `text` that no tag may hold."""
    return "".join(sorted({char for char in text if not _ALLOWED.fullmatch(char)}))
