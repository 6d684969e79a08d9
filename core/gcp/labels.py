"""Labels of Google Cloud: the rules they follow, and a label's value made of any text.

source: Google Cloud documentation, "Requirements for labels", 2026-11-25.
"""

import re
from collections.abc import Mapping

from core.input.problems import Problems

__all__ = ["MAX_USER_LABELS", "check_labels", "label_value"]

MAX_USER_LABELS = 50
"""Labels a caller may give. Google Cloud allows 64 a resource; the rest is for ours and for those GKE adds."""

_KEY = re.compile(r"[a-z][-_a-z0-9]{0,62}")
_VALUE = re.compile(r"[-_a-z0-9]{0,63}")
_LONGEST = 63


def check_labels(labels: Mapping[str, str], path: str, problems: Problems) -> None:
    """Add a problem for each rule of labels that `labels` breaks."""
    if len(labels) > MAX_USER_LABELS:
        rule = f"must be at most {MAX_USER_LABELS} labels"
        problems.add(path, rule, got=len(labels), fix="drop some; Google Cloud ends at 64")
    for key, value in labels.items():
        where = f"{path}.{key}"
        if not _KEY.fullmatch(key):
            rule = "must be a key of 1-63 small letters, digits, - and _, a letter first"
            problems.add(where, rule, got=key, fix="rename the label")
        elif key.startswith("goog"):
            problems.add(where, "must not start with goog, which Google keeps for itself", fix="rename the label")
        if not _VALUE.fullmatch(value):
            rule = "must have a value of at most 63 small letters, digits, - and _"
            problems.add(where, rule, got=value, fix="change the value")


def label_value(text: str) -> str:
    """The text as the value of a label: small, with dashes for what no label may hold, and not too long."""
    return re.sub(r"[^-_a-z0-9]", "-", text.lower())[:_LONGEST]
