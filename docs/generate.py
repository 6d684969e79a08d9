"""`python -m docs.generate`: write the parts of the documentation that are made from the code.

`--check` writes nothing and ends with 1 where a file is not what the code says. Which files those are is `FILES`.
"""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from docs.pictures import aws, rollout, rooms, routing, sandbox
from docs.reference import cluster_changes
from docs.reference import gpus as gpu_reference
from docs.reference import policies as policy_reference
from docs.reference import settings as settings_reference
from docs.reference import terraform as terraform_reference

__all__ = ["FILES", "ROOT", "main", "outdated"]

ROOT = Path(__file__).resolve().parents[1]

FILES: Mapping[str, Callable[[], str]] = {
    "docs/settings.md": settings_reference.page,
    "docs/pictures/aws.svg": aws.draw,
    "docs/policies.md": policy_reference.page,
    "docs/reference/cluster-changes.md": cluster_changes.page,
    "docs/reference/gpus.md": gpu_reference.page,
    "docs/reference/terraform.md": terraform_reference.page,
    "docs/pictures/rooms.svg": rooms.draw,
    "docs/pictures/sandbox.svg": sandbox.draw,
    "docs/pictures/rollout.svg": rollout.draw,
    "docs/pictures/routing.svg": routing.draw,
}
"""Every generated file, and what makes its text."""


def outdated() -> list[str]:
    """Generated files that are missing or not what the code says."""
    return [name for name, make in FILES.items() if _text(ROOT / name) != make()]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m docs.generate", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--check", action="store_true", help="change nothing; exit code 1 if a file is outdated")
    options = parser.parse_args(argv)
    names = outdated()
    for name in names:
        if not options.check:
            (ROOT / name).write_text(FILES[name](), encoding="utf-8")
        print(f"{name} {'is outdated; run `python -m docs.generate`' if options.check else 'written'}")  # noqa: T201
    return 1 if options.check and names else 0


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


if __name__ == "__main__":
    sys.exit(main())
