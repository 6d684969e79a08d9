"""Which resources an update changes, from the states recorded at a revision and those of the working tree.

    python -m tests.support.release_notes v1.0.0            # print the section for CHANGELOG.md
    python -m tests.support.release_notes v1.0.0 --check    # fail unless the newest section has the same tables

Owns the comparison of recorded states and its wording. Leaves alone what a provider makes of a changed property: a
state does not say whether that updates or replaces the object, so such a resource is called changed, with the paths of
its properties. Values are never printed. Outputs of custom resources are the provider's words and follow from their
inputs; they are not compared.
"""

import argparse
import difflib
import json
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.support.recordings import Resource

ROOT = Path(__file__).resolve().parents[2]
RECORDED = "tests/engine/recorded"
SUFFIX = ".state.json"
HEAD = "### Resources that an update changes"
TABLE = ("| stacks | resource | change |", "| --- | --- | --- |")
TARGETS = {"eks": "EKS", "sagemaker": "SageMaker"}

_OBJECT = frozenset({"urn", "type", "id", "custom", "inputs", "outputs", "aliases"})
"""What is no option of a resource."""
_STACK = "pulumi:pulumi:Stack"

States = Mapping[str, Sequence[Resource]]
"""The resources of each stack."""


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """What an update does to one resource of a stack."""

    type: str
    name: str
    what: str
    state_alone: bool
    """Whether nothing outside the state changes."""


def changes(old: Sequence[Resource], new: Sequence[Resource]) -> Iterator[Change]:
    """Each difference between two states of a stack; none if they are the same."""
    before, after = ({each["urn"]: each for each in state} for state in (old, new))
    former = {urn: _former(each, before, after) for urn, each in after.items()}
    for urn in before.keys() - set(former.values()):
        yield _change(before[urn], "deleted", state_alone=not before[urn]["custom"])
    for urn, earlier in former.items():
        if earlier is None:
            yield _change(after[urn], "created", state_alone=not after[urn]["custom"])
        else:
            yield from _changed(before[earlier], after[urn])


def _former(resource: Resource, before: Mapping[str, Resource], after: Mapping[str, Resource]) -> str | None:
    """The URN that a resource had: its own one, or an alias that nothing else bears now."""
    if resource["urn"] in before:
        return str(resource["urn"])
    return next((each for each in resource.get("aliases", ()) if each in before and each not in after), None)


def _changed(old: Resource, new: Resource) -> Iterator[Change]:
    if old["urn"] != new["urn"]:
        yield _change(new, f"renamed from `{_name(old['urn'])}`", state_alone=True)
    if paths := _paths(old.get("inputs"), new.get("inputs")):
        yield _change(new, f"changed: {paths}", state_alone=not new["custom"])
    if not new["custom"] and (paths := _paths(old.get("outputs"), new.get("outputs"))):
        yield _change(new, f"other outputs: {paths}", state_alone=new["type"] != _STACK)
    for option in sorted((old.keys() | new.keys()) - _OBJECT):
        if (old.get(option) or None) != (new.get(option) or None):
            what = _option(option, old.get(option), new.get(option))
            yield _change(new, what, state_alone=option != "replacementTrigger")


def _option(option: str, old: Any, new: Any) -> str:
    if option == "protect":
        return "protected" if new else "no longer protected"
    if option == "replacementTrigger":
        return "may be replaced: other `replacementTrigger`"
    if option in {"dependencies", "replaceWith"}:
        lost, added = ({*(one or ())} - {*(other or ())} for one, other in ((old, new), (new, old)))
        wording = _depends if option == "dependencies" else _replaced_with
        return wording(lost, added)
    if option == "propertyDependencies":
        before, after = old or {}, new or {}
        keys = sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
        return f"other dependencies of {', '.join(f'`{key}`' for key in keys)}"
    return f"other option `{option}`"


def _depends(lost: set[str], added: set[str]) -> str:
    how = "other" if lost and added else "more" if added else "fewer" if lost else "the same"
    return f"depends on {how} resources"


def _replaced_with(lost: set[str], added: set[str]) -> str:
    said = [
        f"{word} together with {', '.join(f'`{_name(urn)}`' for urn in sorted(urns))}"
        for word, urns in (("replaced", added), ("no longer replaced", lost))
        if urns
    ]
    return "; ".join(said) or "other option `replaceWith`"


def _paths(old: Any, new: Any) -> str:
    return ", ".join(f"`{path}`" for path in _differing(old or {}, new or {}))


def _differing(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """The path of each subtree that differs."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted(old.keys() | new.keys()):
            yield from _differing(old.get(key), new.get(key), f"{path}.{key}" if path else str(key))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from _differing(before, after, f"{path}[{index}]")
    elif old != new:
        yield path


def _change(resource: Resource, what: str, *, state_alone: bool) -> Change:
    return Change(resource["type"], _name(resource["urn"]), what, state_alone)


def _name(urn: str) -> str:
    """The logical name; that of a stack's root without the stack's, so that stacks can be told together."""
    name = urn.rpartition("::")[2]
    stack = urn.partition("::")[0].removeprefix("urn:pulumi:")
    return name.removesuffix(f"-{stack}") if f"::{_STACK}::" in urn else name


# --- wording


def section(old: States, new: States, groups: Mapping[str, frozenset[str]]) -> str:
    """The section of the changelog.

    Args:
        old: The states of the release before.
        new: The states of this one.
        groups: Names of sets of stacks, the first that fits is used; other sets are listed stack by stack.
    """
    where = defaultdict[Change, set[str]](set)
    for stack in old.keys() & new.keys():
        for change in changes(old[stack], new[stack]):
            where[change].add(stack)
    world, alone = (_rows(where, groups, state_alone=which) for which in (False, True))
    parts = [
        HEAD,
        "\n".join([*TABLE, *world]) if world else "None: no object is created, changed, replaced or deleted.",
    ]
    if alone:
        parts += ["What changes in the state alone:", "\n".join([*TABLE, *alone])]
    if lost := sorted(old.keys() - new.keys()):
        parts.append(f"No longer recorded, so not compared: {_listed(lost)}.")
    return "\n\n".join(parts) + "\n"


def _rows(where: Mapping[Change, set[str]], groups: Mapping[str, frozenset[str]], *, state_alone: bool) -> list[str]:
    """The lines of a table: what happens alike to resources of one type in the same stacks shares one."""
    alike = defaultdict[tuple[str, str, str], set[str]](set)
    for change, stacks in where.items():
        if change.state_alone == state_alone:
            alike[_called(stacks, groups), change.type, change.what].add(change.name)
    return [
        f"| {who} | `{kind}` {_listed(sorted(names))} | {what} |" for (who, kind, what), names in sorted(alike.items())
    ]


def _called(stacks: set[str], groups: Mapping[str, frozenset[str]]) -> str:
    return next((name for name, members in groups.items() if members == stacks), _listed(sorted(stacks)))


def _listed(words: Sequence[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def groups_of(files: Mapping[str, Mapping[str, Any]]) -> dict[str, frozenset[str]]:
    """Names of sets of stacks, from the settings of each stack's file."""
    targets = {
        title: frozenset(stack for stack, settings in files.items() if f"cartesia:{key}" in settings)
        for key, title in TARGETS.items()
    }
    production = frozenset(stack for stack, settings in files.items() if settings.get("cartesia:production"))
    found = {"every stack": frozenset(files), **targets, "every stack in production": production}
    for title, stacks in targets.items():
        found |= {f"{title} in production": stacks & production, f"{title} not in production": stacks - production}
    return found


# --- reading


def recorded_here(root: Path) -> dict[str, list[Resource]]:
    """The recorded states of the working tree."""
    found = sorted((root / RECORDED).glob(f"*{SUFFIX}"))
    return {path.name.removesuffix(SUFFIX): json.loads(path.read_text()) for path in found}


def recorded_at(root: Path, revision: str) -> dict[str, list[Resource]]:
    """The recorded states of a revision.

    Raises:
        LookupError: There is no such revision, or nothing was recorded at it.
    """
    listed = _git(root, "ls-tree", "--name-only", "--end-of-options", revision, f"{RECORDED}/")
    names = [line for line in listed.splitlines() if line.endswith(SUFFIX)]
    if not names:
        raise LookupError(f"{revision}: no state is recorded there in {RECORDED}")
    return {
        Path(name).name.removesuffix(SUFFIX): json.loads(_git(root, "show", f"{revision}:{name}")) for name in names
    }


def _git(root: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LookupError(done.stderr.strip())
    return done.stdout


def stack_files(root: Path, stacks: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """The settings of each stack."""
    return {each: yaml.safe_load((root / f"stacks/Pulumi.{each}.yaml").read_text())["config"] for each in stacks}


# --- the command


def missing(changelog: str, wanted: str) -> list[str]:
    """How the tables of the changelog's newest such section differ from the wanted ones; prose is free.

    Each difference is a line of a diff, `-` for what the changelog has and `+` for what it lacks.
    """
    _, head, rest = changelog.partition(HEAD + "\n")
    written = re.split(r"^##", rest, maxsplit=1, flags=re.MULTILINE)[0]
    if not head:
        return [f"+{HEAD}"]
    compared = difflib.unified_diff(_tables(written), _tables(wanted), n=0, lineterm="")
    return [line for line in compared if not line.startswith(("---", "+++", "@@"))]


def _tables(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("|")]


def main(words: Sequence[str], root: Path = ROOT) -> int:
    """Run the command: 0 if all is well, 1 if the changelog differs, 2 for a revision that has no recordings."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.support.release_notes",
        description="Print which resources an update changes, as CHANGELOG.md lists them.",
        epilog="example: python -m tests.support.release_notes v1.0.0 --check",
    )
    parser.add_argument("base", help="revision of the release before, e.g. a tag")
    parser.add_argument("--check", action="store_true", help="compare with CHANGELOG.md in place of printing")
    given = parser.parse_args(words)
    try:
        old, new = recorded_at(root, given.base), recorded_here(root)
    except LookupError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    wanted = section(old, new, groups_of(stack_files(root, list(new))))
    if not given.check:
        sys.stdout.write(wanted)
        return 0
    found = missing((root / "CHANGELOG.md").read_text(), wanted)
    for line in found:
        sys.stderr.write(f"CHANGELOG.md: {line}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
