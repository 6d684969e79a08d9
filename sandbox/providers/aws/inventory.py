"""What exists in the pretended account: `python -m sandbox.providers.aws.inventory --json [--type T] [--tag k=v]`.

Reads the store only. A program that was killed can be compared with it: what is here and not in the engine's state was
made and not recorded.
"""

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sandbox.providers.aws.facts.account import account_store
from sandbox.providers.aws.services import RESOURCES
from sandbox.providers.cloud.condition import condition_of
from sandbox.providers.cloud.store import Record


def inventory(world_dir: Path, *, type_: str | None = None, tags: Mapping[str, str] | None = None) -> list[Record]:
    """Objects of a world, optionally of one type and with some tags, in a stable order."""
    store = account_store(world_dir)
    wanted = (tags or {}).items()
    found = [record for record in store.list(type_) if wanted <= tags_of(record).items()]
    return sorted(found, key=lambda record: (record.type, record.location, record.id))


def tags_of(record: Record) -> dict[str, str]:
    """All tags of an object: its own and the provider's default ones."""
    # One that is still being made has no outputs, and its own tags are all there is to know.
    return {**(record.inputs.get("tags") or {}), **(record.outputs.get("tagsAll") or {})}


def told(record: Record) -> dict[str, Any]:
    """What an object says of itself: its status, and the reasons where it is not in service."""
    found = condition_of(record.facts)
    issues = [f"{found['code']}: {found['message']}"] if found else []
    return {"status": found.get("status") or RESOURCES[record.type].in_service, "issues": issues}


def main(argv: Sequence[str] | None = None) -> int:
    """Print the inventory as lines or as JSON."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.providers.aws.inventory", description=__doc__)
    parser.add_argument("--world", default=os.environ.get("CARTESIA_SANDBOX_DIR", ".sandbox"), help="world directory")
    parser.add_argument("--type", help="type token, e.g. aws:eks/cluster:Cluster")
    parser.add_argument("--tag", action="append", default=[], metavar="KEY=VALUE", help="may be given several times")
    parser.add_argument("--json", action="store_true", help="print a JSON list")
    chosen = parser.parse_args(argv)
    tags = dict(pair.split("=", 1) for pair in chosen.tag if "=" in pair)
    if len(tags) != len(chosen.tag):
        parser.error("--tag takes KEY=VALUE")
    records = inventory(Path(chosen.world), type_=chosen.type, tags=tags)
    if chosen.json:
        store = account_store(Path(chosen.world))
        rows = [store.as_json(record) | {"tags": tags_of(record), "condition": told(record)} for record in records]
        sys.stdout.write(json.dumps(rows, indent=2) + "\n")
    else:
        sys.stdout.writelines(f"{r.type}  {r.location}  {r.id}  {r.status}\n" for r in records)
    return 0


if __name__ == "__main__":
    sys.exit(main())
