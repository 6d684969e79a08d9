"""The plan that was approved: read from our comment on a request, and compared with today's."""

import json
import re
from collections.abc import Mapping

from toolkit.preview.model import Report
from toolkit.preview.post.forge import ForgeError, Posting
from toolkit.preview.render.markdown import marker

__all__ = ["approved_digests", "differing"]

_PLAN = re.compile(r"^<!-- cartesia-infra plan (\{.*\}) -->$", re.MULTILINE)


def approved_digests(posting: Posting) -> Mapping[str, str]:
    """Digest of each stack's plan, as our latest comment has it.

    Raises:
        ForgeError: There is no such comment, or it holds no digests.
    """
    comments = posting.forge.comments()
    ours = [each for each in comments if each.mine and each.body.startswith(marker(posting.key))]
    if not ours:
        raise ForgeError(f"{posting.forge.where} has no preview of ours; post one first")
    found = _PLAN.findall(ours[-1].body)
    if not found:
        raise ForgeError(f"the preview on {posting.forge.where} holds no digests")
    data = json.loads(found[-1])
    return {str(name): str(digest) for name, digest in data.items()}


def differing(report: Report, approved: Mapping[str, str]) -> list[str]:
    """Why the report is not what was approved, a line for each stack; none where it is."""
    lines = []
    for stack in report.stacks:
        wanted = approved.get(stack.name)
        if wanted is None:
            lines.append(f"{stack.name}: no plan of it was approved")
        elif stack.result != "succeeded":
            lines.append(f"{stack.name}: its preview {stack.result}, so there is no plan to compare")
        elif wanted != stack.digest:
            lines.append(f"{stack.name}: the plan differs from the approved one ({stack.digest}, approved {wanted})")
    return lines
