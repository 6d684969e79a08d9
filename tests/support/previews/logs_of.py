"""Event logs made up by hypothesis: any resources, policies and errors, with foreign text of the nastiest kind."""

import json
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from toolkit.preview.stakes import STAKES

NASTY = [
    *(
        "`",
        "```",
        "``` `",
        "|",
        "\\",
        "<script>alert(1)</script>",
        "</details>",
        "<!-- x",
        "--> y",
        "@everyone",
        "#123",
    ),
    *(
        "![x](http://e.example/p.png)",
        "[a](javascript:alert(1))",
        "\u202e\u2066",
        "\u200b",
        "\r\n# h",
        "\n---\n",
        "\t",
        "~~~",
    ),
    *(
        "https://evil.example",
        "&lt;b&gt;",
        "<details open>",
        "* * *",
        "$(id)",
        "\x00",
        "\ud800".encode("utf-8", "replace").decode(),
    ),
]
PLAIN = st.text(alphabet="abcxyz019-_./:", min_size=1, max_size=12)
FOREIGN = st.lists(st.sampled_from(NASTY) | PLAIN | st.text(max_size=6), min_size=1, max_size=4).map("".join)
NAMES = FOREIGN.map(lambda text: text.replace("::", ":") or "x").filter(lambda text: text.strip() != "")
LEAVES = st.none() | st.booleans() | st.integers(-5, 5) | FOREIGN
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FOREIGN, inner, max_size=3), max_leaves=6
)
INPUTS = st.dictionaries(FOREIGN, VALUES, max_size=3)
TYPES = st.sampled_from([*STAKES, "aws:ec2/route:Route", "random:index:Pet"]) | FOREIGN
OPS = st.sampled_from(["create", "update", "delete", "replace", "same", "read", "import", "refresh", "teleport"])


@dataclass(frozen=True, slots=True)
class Made:
    """A log, and what must be told of it."""

    lines: tuple[str, ...]
    at_stake: tuple[str, ...]
    """Names of stateful resources that are deleted or replaced."""
    refused: tuple[str, ...]
    """`rule: resource` of mandatory findings."""
    advised: tuple[str, ...]
    """Rules of advisory findings."""


@st.composite
def logs(draw: st.DrawFn, values: st.SearchStrategy[Any] = INPUTS, most: int = 6) -> Made:
    """A log of one stack."""
    lines, at_stake, refused, advised = list[dict[str, Any]](), list[str](), list[str](), list[str]()
    for number in range(draw(st.integers(0, most))):
        name, kind, op = f"{draw(NAMES)}{number}", draw(TYPES), draw(OPS)
        urn = f"urn:pulumi:s::p::{kind}::{name}"
        old, new = ({"urn": urn, "type": kind, "inputs": draw(values)} for _ in range(2))
        metadata = {"op": op, "urn": urn, "type": kind, "old": old, "new": None if op == "delete" else new}
        metadata |= {"keys": draw(st.lists(FOREIGN, max_size=2)), "diffs": [], "detailedDiff": None}
        lines.append({"sequence": number, "resourcePreEvent": {"metadata": metadata, "planning": True}})
        if op in ("delete", "replace") and kind in STAKES:
            at_stake.append(name)
        if draw(st.booleans()):
            rule, level = draw(NAMES), draw(st.sampled_from(["mandatory", "advisory"]))
            body = {"resourceUrn": urn, "policyName": rule, "enforcementLevel": level, "message": draw(FOREIGN)}
            lines.append({"policyEvent": body})
            (refused if level == "mandatory" else advised).append(f"{rule}: {name}" if level == "mandatory" else rule)
    for text in draw(st.lists(FOREIGN, max_size=2)):
        lines.append({"diagnosticEvent": {"severity": draw(st.sampled_from(["error", "warning"])), "message": text}})
    lines.append({"summaryEvent": {"resourceChanges": {}, "result": draw(st.sampled_from(["succeeded", "failed"]))}})
    lines.append({"cancelEvent": {}})
    texts = tuple(json.dumps(each) for each in draw(st.permutations(lines)))
    return Made(texts, tuple(at_stake), tuple(refused), tuple(advised))
