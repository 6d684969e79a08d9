"""The code blocks of docs/first-day.md, for the tests that run them."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/first-day.md").read_text()
EKS_UP, EKS_LOOK, EKS_DOWN = "pulumi preview", "kubectl get", "pulumi destroy"
SAGEMAKER = "smoke --stack sagemaker-prod"
COSTS = "cartesia-infra costs"
PLAYED = (EKS_UP, EKS_LOOK, SAGEMAKER, COSTS, EKS_DOWN)
"""A text of each block that the sandbox plays, in the order of the page."""

_BLOCK = re.compile(r"(?:^<!-- (needs AWS|offline|sandbox) -->\n)?^```bash\n(.*?)^```$", re.M | re.S)


def blocks() -> list[tuple[str, str]]:
    """Mark and text of each block; the mark is empty where there is none."""
    return _BLOCK.findall(PAGE)


def played(text: str) -> str:
    """The one block of the sandbox that holds a text."""
    (found,) = (block for mark, block in blocks() if mark == "sandbox" and text in block)
    return found
