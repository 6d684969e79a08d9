"""What exists in the pretended account: `python -m sandbox.providers.aws.inventory --json [--type T] [--tag k=v]`.

Reads the store only. A program that was killed can be compared with it: what is here and not in the engine's state was
made and not recorded.
"""

import argparse
import dataclasses
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sandbox.providers.aws.store import Record, Store

_TAG = "aws:ec2/tag:Tag"


def inventory(world_dir: Path, *, type_: str | None = None, tags: Mapping[str, str] | None = None) -> list[Record]:
    """Objects of a world, optionally of one type and with some tags, in a stable order."""
    store = Store(world_dir)
    extra: dict[str, dict[str, str]] = {}
    for record in store.list(_TAG):
        extra.setdefault(record.inputs["resourceId"], {})[record.inputs["key"]] = record.inputs["value"]
    wanted = (tags or {}).items()
    found = [
        record
        for record in store.list(type_)
        if wanted <= {**record.outputs.get("tagsAll", {}), **extra.get(record.id, {})}.items()
    ]
    return sorted(found, key=lambda record: (record.type, record.region, record.id))


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
        sys.stdout.write(json.dumps([_as_json(record) for record in records], indent=2) + "\n")
    else:
        sys.stdout.writelines(f"{r.type}  {r.region}  {r.id}  {r.status}\n" for r in records)
    return 0


def _as_json(record: Record) -> dict[str, Any]:
    return {field.name: getattr(record, field.name) for field in dataclasses.fields(record)}


if __name__ == "__main__":
    sys.exit(main())
