"""Single values of a stack file are changed, and nothing else: not a comment, not the order, not the layout."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from core.input.problems import InvalidInput
from core.input.stack_edit import with_settings

STACKS = Path(__file__).resolve().parents[4] / "stacks"
TEXT = """\
# head
config: # the only section
  cartesia:eks:
    kubernetesVersion: "1.35" # pinned
    nodeGroups:
      default: {minNodes: 1, maxNodes: 3} # flow
      gpu:
        profile: l40s
        maxNodes: 10 # two more than workers

  # about the release
  cartesia:release:
    releaseTag: sonic-20260503
"""
EKS = ("config", "cartesia:eks")


def test_a_value_is_replaced_in_its_line() -> None:
    changed = with_settings(TEXT, {(*EKS, "kubernetesVersion"): "1.36"}, "f")
    assert changed == TEXT.replace('"1.35"', '"1.36"')


def test_a_missing_one_goes_to_the_end_of_its_map() -> None:
    changed = with_settings(TEXT, {(*EKS, "nodeGroups", "gpu", "releaseVersion"): "1.35.7-20261104"}, "f")
    line = "        maxNodes: 10 # two more than workers\n"
    assert changed == TEXT.replace(line, f"{line}        releaseVersion: 1.35.7-20261104\n")


def test_a_map_on_one_line_stays_on_it() -> None:
    changed = with_settings(TEXT, {(*EKS, "nodeGroups", "default", "releaseVersion"): "a"}, "f")
    assert "default: {minNodes: 1, maxNodes: 3, releaseVersion: a} # flow" in changed


def test_maps_on_the_way_are_made() -> None:
    pins = {(*EKS, "addonVersions", "coredns"): "v1", (*EKS, "addonVersions", "vpc-cni"): "v2"}
    changed = with_settings(TEXT, pins, "f")
    assert yaml.safe_load(changed)["config"]["cartesia:eks"]["addonVersions"] == {"coredns": "v1", "vpc-cni": "v2"}
    assert "    addonVersions:\n      coredns: v1\n      vpc-cni: v2\n" in changed


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("config: [1]\n", ("config", "a")),
        ("config:\n  a: {b: 1}\n", ("config", "a")),
        ("config:\n  a: &x {b: '1'}\n  c: *x\n", ("config", "c", "b")),
    ],
    ids=["a list", "a map", "an alias, which would change two"],
)
def test_what_cannot_be_changed_alone_is_refused(text: str, path: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInput):
        with_settings(text, {path: "v"}, "f")


_FILES = [path.read_text() for path in sorted(STACKS.glob("Pulumi.*.yaml"))]
_KEYS = st.text("abcdef", min_size=1, max_size=5)


_VERSIONS = st.from_regex(r"v?1\.[0-9]{1,2}(\.[0-9]{1,2}-[a-z]{1,4})?", fullmatch=True)


@given(st.sampled_from(_FILES), st.lists(_KEYS, min_size=1, max_size=3), _VERSIONS)
def test_every_comment_of_a_shipped_file_survives(text: str, keys: list[str], value: str) -> None:
    changed = with_settings(text, {("config", *keys): value}, "f")
    assert [line for line in text.splitlines() if line not in changed.splitlines()] == []
    node = yaml.safe_load(changed)["config"]
    for key in keys:
        node = node[key]
    assert node == value
