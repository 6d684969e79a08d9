"""`python -m sandbox.toolchain`: build or list the sandbox's programs.

Exit codes: 0 all ready, 1 something could not be built, 2 wrong use.
"""

import argparse
import json
import sys
from collections.abc import Sequence

from sandbox.toolchain import ALL, Reason, ToolError, ensure, find, in_group
from sandbox.toolchain.table import MEASURED


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    groups = sorted(set().union(*(tool.groups for tool in ALL.values())))
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.toolchain",
        description="Have the sandbox's external programs ready: from PATH, from the cache, or built.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"programs, default all: {', '.join(ALL)}")
    parser.add_argument(
        "--group", action="append", default=[], choices=groups, help="programs of one part of the sandbox"
    )
    parser.add_argument("--list", action="store_true", help="tell what is there and what would be built; build nothing")
    parser.add_argument("--quiet", action="store_true", help="print nothing but what has to be built")
    parser.add_argument("--json", action="store_true", help="name to path, or with --list an array of objects")
    args = parser.parse_args(argv)
    names = list(dict.fromkeys([*args.names, *(name for group in args.group for name in in_group(group))])) or list(ALL)
    try:
        if args.list:
            _list(names, as_json=args.json)
        else:
            paths = ensure(names)
            if args.json:
                print(json.dumps({name: str(path) for name, path in paths.items()}, indent=2))
            elif not args.quiet:
                for name, path in paths.items():
                    print(f"{name:<24} {path}")
    except ToolError as error:
        print(error, file=sys.stderr)
        return 2 if error.reason is Reason.UNKNOWN_TOOL else 1
    except KeyboardInterrupt:
        print("\nStopped; what was built before is kept.", file=sys.stderr)
        return 130
    return 0


def _list(names: Sequence[str], *, as_json: bool) -> None:
    """Print what is there; `build_seconds` are those measured on the table's day."""
    rows = [(name, find(name)) for name in names]  # before printing: an unknown name must not leave half a table
    if as_json:
        listed = [
            {
                "name": name,
                "version": ALL[name].version,
                "path": str(path) if path else None,
                "buildSeconds": ALL[name].build_seconds,
                "groups": sorted(ALL[name].groups),
            }
            for name, path in rows
        ]
        print(json.dumps(listed, indent=2))
        return
    for name, path in rows:
        where = path or f"to build, about {ALL[name].build_seconds} s (2 cores, {MEASURED})"
        print(f"{name:<24} {ALL[name].version:<10} {where}")


if __name__ == "__main__":
    sys.exit(main())
