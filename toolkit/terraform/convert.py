"""The meaning of Terraform variables as the settings of a stack, and an account of each of them.

Owns what is mapped, what is filled in and what is kept for somebody to decide. Pure: reads and writes nothing. No
variable is dropped silently: each has a line in the account, and one that no setting takes stays in the stack file
under `terraform:notConverted`, where nothing reads it.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from core.input.problems import InvalidInput, Problems
from core.input.secret_scan import kind_of_secret, secrets_in
from core.secrets.table import SECRETS
from toolkit.terraform.conversion import KEPT, Conversion, Fate, Line, Path
from toolkit.terraform.settings import (
    CLOUDS,
    NODES,
    SECRET_FILES,
    SECRET_VARIABLES,
    SWITCH,
    VARIABLES,
    Cloud,
    Row,
)
from toolkit.terraform.types import Kind, coerced
from toolkit.terraform.variables import Variable

__all__ = ["convert"]

_INGRESS = ("release", "ingress")
_ACCOUNT = re.compile(r"\Aarn:[a-z-]+:[a-z0-9-]+:[a-z0-9-]*:(\d{12}):")


def convert(
    variables: Mapping[str, Variable], *, cloud: str | None = None, read: Callable[[str], str | None] = lambda _: None
) -> Conversion:
    """Settings from variables.

    Args:
        variables: By name.
        cloud: Word of `CLOUDS`; None reads it off the variables.
        read: Text of a file that a variable names; None where it cannot be read.

    Raises:
        InvalidInput: With each variable of a wrong type, and each secret that is none.
    """
    problems = Problems()
    given = {name: each for name, each in variables.items() if each.value is not None}
    target = _cloud(given, cloud, problems)
    done = Conversion(target)
    known = {row.variable: row for row in VARIABLES if row.of(target)}
    for name, each in given.items():
        if name in SECRET_VARIABLES:
            _take_secret(done, each, SECRET_VARIABLES[name], problems)
        elif name in SECRET_FILES:
            _take_file(done, each, SECRET_FILES[name], read, problems)
        elif name == target.groups:
            _take_groups(done, each, problems)
        elif name in known:
            row = known[name]
            _take(done, each, row, tuple(row.setting.format(section=target.section).split(".")), problems)
        elif name != SWITCH:
            _keep(done, each, (name,), each.value)
    _switch_ingress(done, given.get(SWITCH), problems)
    if problems:
        raise InvalidInput("Terraform variables", problems)
    _complete(done)
    return done


def _cloud(given: Mapping[str, Variable], word: str | None, problems: Problems) -> Cloud:
    fitting = [each for each in CLOUDS.values() if each.marks & given.keys()]
    if word is not None:
        fitting = [CLOUDS[word]]
    if len(fitting) != 1:
        marks = "; ".join(f"{each.name}: {', '.join(sorted(each.marks))}" for each in CLOUDS.values())
        rule = "must be of one cloud" if fitting else "must show which cloud they are for"
        problems.add("variables", f"{rule} ({marks})", fix="say it with --cloud " + " or --cloud ".join(CLOUDS))
        raise InvalidInput("Terraform variables", problems)
    return fitting[0]


def _take(done: Conversion, variable: Variable, row: Row, path: Path, problems: Problems) -> None:
    value = coerced(variable.value, row.kind, _where(variable), problems)
    value = None if value is None else row.value(value)
    if value is None:
        done.account(Fate.LEFT_OUT, variable.name, variable.place, path, "it is the default here")
        return
    done.put(path, value)
    done.comments[path] = _harmless(variable.comments.get((), ()))
    _carry(done, variable, (), path, value)
    done.account(Fate.MAPPED, variable.name, variable.place, path, row.differs)


def _carry(done: Conversion, variable: Variable, below: Path, path: Path, value: Any) -> None:
    """Comments inside a list or a map become comments above the setting, for the setting may be of another shape."""
    inner = [
        line
        for at, lines in variable.comments.items()
        if at[: len(below)] == below and len(at) > len(below)
        for line in lines
    ]
    if inner and isinstance(value, Mapping | list):
        done.comments[path] = (*done.comments.get(path, ()), *_harmless(inner))


def _harmless(lines: Iterable[str]) -> tuple[str, ...]:
    """Comments as they are, without lines that hold something like a secret."""
    return tuple(line for line in lines if not any(map(kind_of_secret, (line, *line.split()))))


def _take_groups(done: Conversion, variable: Variable, problems: Problems) -> None:
    groups = coerced(variable.value, Kind.GROUPS, _where(variable), problems) or {}
    base = (done.cloud.section, done.cloud.settings)
    known = {row.variable: row for row in NODES if row.of(done.cloud)}
    if () in variable.comments:
        done.comments[base] = _harmless(variable.comments[()])
    for name, group in groups.items():
        done.put((*base, name), {})
        done.comments[(*base, name)] = _harmless(variable.comments.get((name,), ()))
        for key, raw in group.items():
            if raw is None:
                continue
            place = variable.places.get((name, key), variable.place)
            comments = _below(variable, (name, key))
            inner = Variable(f"{variable.name}.{name}.{key}", raw, place, comments, {})
            if key in known:
                _take(done, inner, known[key], (*base, name, known[key].setting), problems)
            else:
                _keep(done, inner, (variable.name, name, key), raw)


def _below(variable: Variable, path: Path) -> Mapping[Path, tuple[str, ...]]:
    return {at[len(path) :]: lines for at, lines in variable.comments.items() if at[: len(path)] == path}


def _keep(done: Conversion, variable: Variable, path: Path, value: Any) -> None:
    """Leave a value where somebody can decide about it, unless it looks like a secret."""
    if any(True for _ in secrets_in(value, "")):
        note = "looks like a secret, so its value is in no file; set it as a secret if it is needed"
        done.account(Fate.LEFT_OUT, variable.name, variable.place, (), note)
        return
    tree = done.kept
    for key in path[:-1]:
        tree = tree.setdefault(key, {})
    tree[path[-1]] = value
    done.comments[(KEPT, *path)] = _harmless(variable.comments.get((), ()))
    done.account(Fate.KEPT, variable.name, variable.place, (KEPT,), "no setting takes it; decide and remove it there")


def _take_secret(done: Conversion, variable: Variable, key: str, problems: Problems) -> None:
    text = variable.value if isinstance(variable.value, str) else ""
    _put_secret(done, variable, key, text, problems)


def _take_file(
    done: Conversion, variable: Variable, key: str, read: Callable[[str], str | None], problems: Problems
) -> None:
    path = coerced(variable.value, Kind.TEXT, _where(variable), problems)
    text = read(path) if path else None
    if text is None:
        note = f"the file cannot be read here; set it with `pulumi config set --secret cartesia:{key}`"
        done.account(Fate.MISSING, variable.name, variable.place, (key,), note)
        return
    _put_secret(done, variable, key, text, problems)


def _put_secret(done: Conversion, variable: Variable, key: str, text: str, problems: Problems) -> None:
    secret = SECRETS[key]
    value = secret.text(text)
    found = secret.check(value, _where(variable))
    if not value.strip():
        problems.add(_where(variable), "is empty", fix=f"give {secret.meaning}, or remove the variable")
    elif found:
        problems.extend(found)
    else:
        done.secrets[key] = value
        done.account(Fate.SECRET, variable.name, variable.place, (key,), "encrypted")


def _switch_ingress(done: Conversion, switch: Variable | None, problems: Problems) -> None:
    on = True if switch is None else coerced(switch.value, Kind.FLAG, _where(switch), problems)
    if switch is not None and on is not None:
        note = "there is an ingress" if on else "no ingress: the settings that need one are left out"
        done.account(Fate.MAPPED, switch.name, switch.place, _INGRESS, note)
    if on is False:
        release = done.sections.get("release", {})
        for key in release.pop("ingress", {}):
            done.account(Fate.LEFT_OUT, "", "", (*_INGRESS, key), f"{SWITCH} is false")
        done.lines = [line for line in done.lines if not _is_dead(line)]
        done.comments = {path: lines for path, lines in done.comments.items() if path[:2] != _INGRESS}
    elif on and switch is not None and done.at((*_INGRESS, "host")) is None:
        done.account(Fate.MISSING, "", "", (*_INGRESS, "host"), "the DNS name of the API")


def _is_dead(line: Line) -> bool:
    return line.fate is Fate.MAPPED and line.setting.startswith("cartesia:release.ingress.")


def _complete(done: Conversion) -> None:
    """Fill in what a stack needs and no variable says, and name what only a reader can."""
    section = done.cloud.section
    if done.cloud.name == "aws":
        region = done.at((section, "region"))
        if region:
            done.put((section, "availabilityZones"), [f"{region}a", f"{region}b"])
            note = "no variable says the zones; compare with the subnets that there are"
            done.account(Fate.DEFAULTED, "", "", (section, "availabilityZones"), note)
        accounts = {found[1] for found in map(_ACCOUNT.match, _texts(done.sections)) if found}
        if len(accounts) == 1:
            done.put(("aws", "accountId"), accounts.pop())
            done.account(Fate.DEFAULTED, "", "", ("aws", "accountId"), "the account of the ARNs")
    license_block = done.at(("release", "license")) or {}
    if license_block.get("persistence") is True:
        done.put(("release", "license", "storageClass"), done.cloud.storage_class)
        done.account(Fate.DEFAULTED, "", "", ("release", "license", "storageClass"), "the class that claims get here")
    place = (section, "region" if done.cloud.name == "aws" else "location")
    for path in (place, (section, "clusterName"), (section, done.cloud.settings), ("release", "releaseTag")):
        if done.at(path) is None:
            done.account(Fate.MISSING, "", "", path)
    for name, group in (done.at((section, done.cloud.settings)) or {}).items():
        if "maxNodes" not in group:
            done.account(Fate.MISSING, "", "", (section, done.cloud.settings, name, "maxNodes"))
    note = "where your chart takes these settings; read the paths off the values.yaml in the vendor's archive"
    done.account(Fate.MISSING, "", "", ("release", "keyPaths"), note)


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _where(variable: Variable) -> str:
    return f"{variable.place}: {variable.name}"
