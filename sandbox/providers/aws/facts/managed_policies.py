"""Names, with paths, of the IAM policies that AWS maintains, so that a misspelt one fails as it would there.

source: `managed_policies.txt` is the list moto 5.2 captured from IAM `ListPolicies`; a test compares them.
"""

from pathlib import Path
from typing import Final

MANAGED_POLICIES: Final = frozenset(Path(__file__).with_suffix(".txt").read_text().split())
"""What follows `arn:aws:iam::aws:policy/`."""
