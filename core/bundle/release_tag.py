"""Release tags of the vendor's images: reading them, and holding features and models against them.

Owns the form `sonic-YYYYMMDD` and the comparison; the rows compared with are in `catalog.releases`. A tag of another
form is allowed, because the vendor may hand out builds of its own naming; nothing can then be said about features.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from catalog.releases import FEATURE_MINIMUM_TAGS, IMAGES, KNOWN_TAGS, MODELS, Image, Model
from core.input.problems import Problems, nearest

_DATED: Final = re.compile(r"\Asonic-(\d{8})\Z")
# The grammar of a tag in the OCI distribution specification.
_OCI_TAG: Final = re.compile(r"\A[A-Za-z0-9_][A-Za-z0-9._-]{0,127}\Z")
_EXAMPLE: Final = f"write the tag you were given, e.g. {KNOWN_TAGS[-1]}"


@dataclass(frozen=True, slots=True)
class ReleaseTag:
    """A tag, and the day in it where it has one."""

    text: str
    day: date | None
    """Date of the release. None for a tag of another form."""


def read_release_tag(text: object, path: str, problems: Problems) -> ReleaseTag | None:
    """The tag in `text`; None with a problem added where it cannot be used.

    `latest` is refused: nodes would run different images under one name, and a roll-back would have nothing to name.
    """
    if text is None:
        problems.add(path, "is required and missing", fix=_EXAMPLE)
        return None
    if not isinstance(text, str) or not text:
        problems.add(path, "must be a release tag", got=text, fix=_EXAMPLE)
        return None
    if text == "latest":
        problems.add(path, "must name one release", got=text, fix=_EXAMPLE)
        return None
    if not _OCI_TAG.match(text):
        problems.add(path, "must be an image tag (letters, digits, `.`, `_`, `-`)", got=text, fix=_EXAMPLE)
        return None
    dated = _DATED.match(text)
    if dated is None:
        return ReleaseTag(text, None)
    try:
        day = datetime.strptime(dated[1], "%Y%m%d").date()
    except ValueError:
        problems.add(path, "must hold a real date", got=text, fix=_EXAMPLE)
        return None
    return ReleaseTag(text, day)


def at_least(tag: ReleaseTag, minimum: str | None) -> bool | None:
    """Whether `tag` is `minimum` or newer. None where the tag has no date to tell by."""
    if minimum is None:
        return True
    # The day is written year first, so tags of this form sort as text.
    return None if tag.day is None else tag.text >= minimum


def find_model(name: str) -> Model | None:
    """The catalogue's row of a model id or one of its aliases."""
    return MODELS.get(name) or next((row for row in MODELS.values() if name in row.aliases), None)


def require_feature(tag: ReleaseTag, feature: str, path: str, problems: Problems) -> None:
    """Add a problem where `tag` is known to be older than `feature`."""
    minimum = FEATURE_MINIMUM_TAGS.get(feature)
    if at_least(tag, minimum) is False:
        problems.add(path, f"needs release_tag {minimum} or newer", got=tag.text, fix="raise the tag or turn it off")


def require_model(tag: ReleaseTag | None, name: str, path: str, problems: Problems) -> Model | None:
    """The model's row. A problem where there is none, or where `tag` is known to be older than the model."""
    row = find_model(name)
    if row is None:
        fix = f"{nearest(name, MODELS)} A model newer than this catalogue goes through `values`"
        problems.add(path, "must be a model of the catalogue", got=name, fix=fix)
        return None
    if tag is not None and at_least(tag, row.minimum_tag) is False:
        rule = f"model {row.name} needs release_tag {row.minimum_tag} or newer"
        problems.add(path, rule, got=tag.text, fix="raise the tag or leave the model out")
    return row


def images_of(tag: ReleaseTag) -> tuple[Image, ...]:
    """Images that exist for `tag`, in the catalogue's order. All of them where the tag has no date."""
    return tuple(image for image in IMAGES.values() if at_least(tag, image.minimum_tag) is not False)
