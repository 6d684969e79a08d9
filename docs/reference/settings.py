"""The page `docs/settings.md`: every key of a stack file, from the TypedDicts that the settings are held against.

Owns the wording of types and the order of the page. What a key means is the line under it in the Args, so a setting is
documented where it is declared and nowhere else.
"""

import ast
import inspect
import itertools
import sys
import types
from collections.abc import Awaitable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, ForwardRef, NotRequired, Required, Union, get_args, get_origin, is_typeddict

from catalog.gpu_profiles import GPU_PROFILES
from catalog.machine import AWS, GCP
from core.input.shapes import camel, fields
from core.secrets.table import SECRETS
from stacks.release_settings import SECRET_PATHS
from stacks.target import Target
from stacks.targets import TARGETS

__all__ = ["page"]

_NAMES: Mapping[Any, str] = {
    str: "string",
    int: "whole number",
    float: "number",
    bool: "true or false",
    Any: "anything",
}

_GIVEN: Mapping[str, str] = {
    "release.chartPath": "not in a stack file: it comes from the lock file",
    **{".".join(path): f"not in a stack file: secret `cartesia:{key}`" for path, key in SECRET_PATHS.items()},
}
"""Keys that a stack file must not have, and where their value comes from."""

_HEAD = """\
<!-- Written by `python -m docs.generate` from the Args of the components. Change those, not this page. -->
# Settings: every key of a stack file

A stack file is `stacks/Pulumi.<stack>.yaml`; the name of the stack is the name of the environment. All keys stand below
`config:` and start with `cartesia:`. Two examples with everything a real environment needs are
[`eks-prod`](../stacks/Pulumi.eks-prod.yaml) and [`sagemaker-prod`](../stacks/Pulumi.sagemaker-prod.yaml).

The file is checked as a whole before anything is changed. Each error names file and line, the key, the rule, the value
and the fix; where a key is missing, the line is that of what it belongs in:

```text
error: stack eks-dev: 2 problems
  stacks/Pulumi.eks-dev.yaml:23: cartesia:release.realeaseTag: unknown key; did you mean "releaseTag"?
  stacks/Pulumi.eks-dev.yaml:21: cartesia:eks.nodeGroups.gpu.maxNodes: must be a whole number; got "three"; write it as
  digits without quotes
```

"Change" says what a later change of the key does. **in place** keeps the object; **replaces** makes a new one.
"""


def page() -> str:
    """The text of the page."""
    shared = _shared()
    common = _of_several(shared)
    targets = (_target(target, shared, common) for target in TARGETS.values())
    parts = [_every_stack(shared), _secrets(), *targets, _common(common), _gpu_profiles()]
    return "\n".join([_HEAD, *(line for part in parts for line in part)])


def _shared() -> dict[str, Any]:
    """Keys that all targets have, with the same type."""
    first, *others = (fields(target.shape) for target in TARGETS.values())
    return {name: row for name, row in first.items() if all(other.get(name) == row for other in others)}


def _of_several(shared: Mapping[str, Any]) -> dict[str, Any]:
    """Sections that several targets have with the same type, and not all: each is explained once."""
    every = [fields(target.shape) for target in TARGETS.values()]
    return {
        name: row
        for known in every
        for name, row in known.items()
        if name not in shared and sum(_same(other.get(name), row) for other in every) > 1
    }


def _same(one: Any, other: Any) -> bool:
    """Whether two fields have one type, required or not."""
    return one is not None and _plain(one[0]) == _plain(other[0])


def _common(common: Mapping[str, Any]) -> Iterator[str]:
    yield "## Sections of several targets\n"
    for name, (hint, _) in common.items():
        yield from _section(camel(name), hint)


def _every_stack(shared: Mapping[str, Any]) -> Iterator[str]:
    yield "## Every stack\n"
    yield "One section chooses the target; a stack file has exactly one of them:\n"
    for section, target in TARGETS.items():
        yield f"- `cartesia:{section}` runs it on {target.title}: a `{target.component.__name__}`."
    yield "\nBeside it every stack may have\n"
    yield from _keys(shared, _docs(next(iter(TARGETS.values())).shape))


def _secrets() -> Iterator[str]:
    titles = [target.title for target in TARGETS.values() if target.takes_secrets]
    takers = " and ".join([", ".join(titles[:-1]), titles[-1]])
    yield "## Secrets\n"
    yield f"Used by {takers}. A secret is encrypted in the stack file (`pulumi config set --secret cartesia:<key>`), or"
    yield "it lies in a file that an environment variable names. In plain text it is refused.\n"
    yield "| key | variable with the path of a file | what it is |"
    yield "| --- | --- | --- |"
    for row in SECRETS.values():
        yield f"| `cartesia:{row.key}` | `{row.variable}` | {row.meaning} |"
    yield ""


def _target(target: Target, shared: Mapping[str, Any], common: Mapping[str, Any]) -> Iterator[str]:
    yield f"## {target.title[:1].upper()}{target.title[1:]}\n"
    known = fields(target.shape)
    # The section that chooses the target stands first, wherever its shape has it from.
    order = sorted(known.keys() - shared.keys(), key=[target.section, *known].index)
    own = {name: known[name] for name in order}
    yield from _table("", own, _docs(target.shape), prefix="cartesia:")
    elsewhere = [f"[`{camel(name)}`](#{camel(name).lower()})" for name in own if name in common]
    if elsewhere:
        yield f"Explained below, with other targets: {', '.join(elsewhere)}.\n"
    for name, (hint, _) in own.items():
        if name not in common:
            yield from _section(camel(name), hint)


def _gpu_profiles() -> Iterator[str]:
    yield "## GPU profiles\n"
    yield "What `profile` of a node group or node pool may be. Streams are the vendor's figure for Sonic on one GPU;"
    yield "where it gives none, load-test first. All machine types stand in [the catalogue](reference/gpus.md).\n"
    yield "| profile | GPUs of a node | streams per GPU | EC2, in order of preference | Google Cloud |"
    yield "| --- | --- | --- | --- | --- |"
    for row in GPU_PROFILES.values():
        streams = row.model.sonic_streams or "not given"
        types = [", ".join(f"`{name}`" for name in row.types_on(cloud)) or "none" for cloud in (AWS, GCP)]
        yield f"| `{row.name}` | {row.gpus_per_node} x {row.gpu} | {streams} | {' | '.join(types)} |"
    yield ""


def _keys(known: Mapping[str, Any], docs: Mapping[str, str]) -> Iterator[str]:
    """The keys right below `cartesia:`, then all that is below each of them."""
    yield from _table("", known, docs, prefix="cartesia:")
    for name, (hint, _) in known.items():
        yield from _section(camel(name), hint)


def _section(path: str, hint: Any) -> Iterator[str]:
    """A heading and a table for each TypedDict at or below `path`."""
    inner = _plain(hint)
    if is_typeddict(inner):
        yield f"### `{path}`\n"
        yield f"{_spelled((inner.__doc__ or '').strip())}\n"
        known = fields(inner)
        yield from _table(path, known, _docs(inner))
        for name, (item, _) in known.items():
            yield from _section(f"{path}.{camel(name)}", item)
    elif item := _item(inner):
        yield from _section(f"{path}[]" if _is_list(inner) else f"{path}.<name>", item)


def _table(path: str, known: Mapping[str, Any], docs: Mapping[str, str], prefix: str = "") -> Iterator[str]:
    yield "| key | type | required | meaning |"
    yield "| --- | --- | --- | --- |"
    for name, (hint, required) in known.items():
        key = camel(name)
        given = _GIVEN.get(f"{path}.{key}".lstrip("."))
        needed = "" if given or not required else "yes"
        meaning = _spelled(docs.get(name, "")) + (f" **{given[0].upper()}{given[1:]}.**" if given else "")
        yield f"| `{prefix}{key}` | {_type(hint)} | {needed} | {meaning.replace('|', chr(92) + '|')} |"
    yield ""


def _type(hint: Any) -> str:
    inner = _plain(hint)
    if is_typeddict(inner):
        return "map"
    if item := _item(inner):
        words = {"map": "maps", "string": "strings", "whole number": "whole numbers", "number": "numbers"}
        named = words.get(_type(item), _type(item))
        return f"list of {named}" if _is_list(inner) else f"{named} by name"
    return _NAMES[inner]


def _plain(hint: Any) -> Any:
    """The type without `NotRequired`, optional and Pulumi's `Input` around it."""
    while get_origin(hint) in (NotRequired, Required):
        hint = get_args(hint)[0]
    if get_origin(hint) not in (Union, types.UnionType):
        return hint
    return next(_plain(member) for member in get_args(hint) if not _is_deferred(member))


def _is_deferred(member: Any) -> bool:
    """Whether it is what `Input` adds to a plain type."""
    origin = get_origin(member) or member
    named = getattr(origin, "__name__", "")
    return isinstance(member, ForwardRef) or member is type(None) or origin is Awaitable or named == "Output"


def _is_list(hint: Any) -> bool:
    origin = get_origin(hint)
    return isinstance(origin, type) and not issubclass(origin, Mapping)


def _item(hint: Any) -> Any:
    """What a list or a map holds; None for anything else."""
    return get_args(hint)[-1] if get_args(hint) else None


@cache
def _docs(shape: type) -> dict[str, str]:
    """The line under each key of a TypedDict, of those it extends too."""
    module = sys.modules[shape.__module__]
    tree = ast.parse(Path(inspect.getfile(module)).read_text(encoding="utf-8"))
    node = next(each for each in tree.body if isinstance(each, ast.ClassDef) and each.name == shape.__name__)
    found: dict[str, str] = {}
    for base in node.bases:  # a TypedDict forgets what it was made from
        if isinstance(base, ast.Name) and is_typeddict(inherited := getattr(module, base.id)):
            found |= _docs(inherited)
    for field, text in itertools.pairwise(node.body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(text, ast.Expr):
            found[field.target.id] = " ".join(ast.literal_eval(text.value).split())
    return found


@cache
def _python_names() -> frozenset[str]:
    """Every key with an underscore, for respelling prose."""
    found: set[str] = set()

    def visit(hint: Any) -> None:
        inner = _plain(hint)
        if is_typeddict(inner):
            for name, (item, _) in fields(inner).items():
                found.add(name)
                visit(item)
        elif item := _item(inner):
            visit(item)

    for target in TARGETS.values():
        visit(target.shape)
    return frozenset(name for name in found if "_" in name)


def _spelled(text: str) -> str:
    """Prose of the Args with keys spelled as a stack file does: in backticks only, for values look alike."""
    parts = " ".join(text.split()).split("`")
    for index in range(1, len(parts), 2):
        parts[index] = ".".join(
            camel(word) if word.partition("=")[0] in _python_names() else word for word in parts[index].split(".")
        )
    return "`".join(parts)
