"""Release tags: which are read, and what is known to be in them."""

import re

import pytest

from catalog.chart import DOCUMENTED_KEYS
from catalog.releases import FEATURE_MINIMUM_TAGS, IMAGES, KNOWN_TAGS, MODELS, REGISTRY
from components.release.roles import ROLES
from core.bundle.release_tag import (
    at_least,
    find_model,
    images_of,
    read_release_tag,
    require_feature,
    require_model,
)
from core.input.problems import Problems


def read(text: object) -> tuple[object, str]:
    problems = Problems()
    return read_release_tag(text, "release_tag", problems), "\n".join(map(str, problems))


@pytest.mark.parametrize("text", KNOWN_TAGS)
def test_documented_tags_are_read_with_their_day(text: str) -> None:
    tag, problems = read(text)
    assert not problems
    assert tag is not None
    assert f"sonic-{tag.day:%Y%m%d}" == text


@pytest.mark.parametrize("text", ["sonic-20260503-hotfix1", "v1.2.3", "nightly", "sonic-2026", "SONIC-20260503"])
def test_a_tag_of_another_form_is_read_without_a_day(text: str) -> None:
    tag, problems = read(text)
    assert not problems
    assert tag is not None
    assert tag.day is None
    assert at_least(tag, "sonic-20260310") is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "required"),
        ("", "release tag"),
        (20260503, "release tag"),
        ("latest", "one release"),
        ("sonic-20261399", "real date"),
        ("sonic-20260230", "real date"),
        ("sonic 20260503", "image tag"),
        ("-sonic", "image tag"),
        ("a" * 129, "image tag"),
        ("sonic-20260503\n", "image tag"),
    ],
)
def test_tags_that_cannot_be_used_are_refused(text: object, words: str) -> None:
    tag, problems = read(text)
    assert tag is None
    assert words in problems
    assert "sonic-20260503" in problems, "the fix shows a tag"


@pytest.mark.parametrize("feature", sorted(FEATURE_MINIMUM_TAGS))
def test_a_feature_is_in_its_first_tag_and_not_in_the_one_before(feature: str) -> None:
    for text in KNOWN_TAGS:
        tag, _ = read(text)
        problems = Problems()
        require_feature(tag, feature, "features.x", problems)
        assert bool(problems) == (text < FEATURE_MINIMUM_TAGS[feature])


def test_the_documented_example_tag_has_neither_hot_reload_nor_sonic_3_5() -> None:
    tag, _ = read("sonic-20251118")
    problems = Problems()
    require_feature(tag, "hot_reload", "a", problems)
    require_model(tag, "sonic-3.5", "b", problems)
    require_model(tag, "sonic-3", "c", problems)
    assert [problem.path for problem in problems] == ["a", "b"]


def test_a_model_is_found_by_its_code_name_too() -> None:
    assert find_model("azure-disco") is MODELS["sonic-3.5"]
    assert find_model("sonic-9") is None


def test_images_of_a_tag_leave_out_what_came_later() -> None:
    old, _ = read("sonic-20251118")
    new, _ = read("sonic-20260503")
    free, _ = read("custom")
    assert {image.name for image in images_of(new)} - {image.name for image in images_of(old)} == {
        "cartesia-sonic-azure-disco"
    }
    assert images_of(free) == images_of(new)


def test_rows_of_the_catalogue_hang_together() -> None:
    assert not REGISTRY.endswith("/")
    assert sorted(KNOWN_TAGS) == list(KNOWN_TAGS)
    for minimum in [*FEATURE_MINIMUM_TAGS.values(), *(m.minimum_tag for m in MODELS.values() if m.minimum_tag)]:
        assert minimum in KNOWN_TAGS
    assert {m.image for m in MODELS.values() if m.image} < set(IMAGES)
    aliases = [alias for model in MODELS.values() for alias in model.aliases]
    assert not set(aliases) & set(MODELS)
    assert len(set(DOCUMENTED_KEYS)) == len(DOCUMENTED_KEYS)
    for role in ROLES.values():
        assert re.fullmatch(r"[a-z_]+", role.name)
        assert role.holds
