"""The line of a setting: of the deepest part of its path that stands in the text."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from core.input.stack_file import read_stack_file
from core.input.stack_lines import line_of

TEXT = """\
# a comment
config:
  aws:region: eu-west-1
  cartesia:production: true
  cartesia:eks:
    region: eu-west-1
    nodeGroups:
      gpu: &gpu
        maxNodes: 3
        labels:
          cartesia.ai/pool: gpu
          cartesia.ai: x
      "b.c": {maxNodes: 4,
              minNodes: 1}
      other:
        <<: *gpu
        minNodes: 2
  "cartesia:release":
    models:
      - name: a
      - name: b
        voices: [x,
                 y]
"""
LINES = {
    "cartesia:production": 4,
    "cartesia:eks": 5,
    "cartesia:eks.region": 6,
    "cartesia:eks.nodeGroups.gpu.maxNodes": 9,
    "cartesia:eks.nodeGroups.gpu.labels.cartesia.ai/pool": 11,
    "cartesia:eks.nodeGroups.gpu.labels.cartesia.ai": 12,
    "cartesia:eks.nodeGroups.b.c.maxNodes": 13,
    "cartesia:eks.nodeGroups.b.c.minNodes": 14,
    "cartesia:eks.nodeGroups.other.maxNodes": 9,
    "cartesia:eks.nodeGroups.other.minNodes": 17,
    "cartesia:release.models[1]": 21,
    "cartesia:release.models[1].name": 21,
    "cartesia:release.models[1].voices[1]": 23,
    "cartesia:release.models[7].name": 19,
    "cartesia:eks.nodeGroups.gpu.missing": 8,
    "cartesia:eks.missing.deeper": 5,
    "cartesia:ek": None,
    "cartesia:eksx": None,
    "cartesia:apiKey": None,
    "cartesia": None,
    "": None,
    "cartesia.lock.bucket": None,
}


@pytest.mark.parametrize("path", LINES)
@pytest.mark.parametrize(
    "spelled",
    [str.encode, lambda text: text.encode("utf-8-sig"), lambda text: text.replace("\n", "\r\n").encode("utf-16")],
    ids=["plain", "mark", "windows"],
)
def test_line_of_a_setting(path, spelled):
    assert line_of(read_stack_file(spelled(TEXT), "f"), path) == LINES[path]


@pytest.mark.parametrize("text", ["", "config:\n", "config: {}\n", "encryptionsalt: x\n"])
def test_file_without_settings_has_no_lines(text):
    assert line_of(read_stack_file(text.encode(), "f"), "cartesia:eks.region") is None


KEYS = st.from_regex(r"[a-z][a-zA-Z0-9]{0,5}(\.[a-z]{1,3})?", fullmatch=True).filter(
    lambda key: key not in ("null", "true", "false")
)
TREES = st.recursive(
    st.integers(0, 9),
    lambda inner: st.dictionaries(KEYS, inner, max_size=4) | st.lists(inner, max_size=3),
    max_leaves=12,
)


def places(node, path):
    """Every path in the tree that one reading alone fits."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield f"{path}.{key}", key
            yield from places(value, f"{path}.{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from places(value, f"{path}[{index}]")


@settings(derandomize=True, deadline=None)
@given(TREES)
def test_line_of_every_key_holds_that_key(tree):
    text = yaml.safe_dump({"config": {"cartesia:x": tree}})
    file, rows = read_stack_file(text.encode(), "f"), text.split("\n")
    for path, key in places(tree, "cartesia:x"):
        line = line_of(file, path)
        assert line is not None
        assert key.split(".")[-1] in rows[line - 1]
