"""A stack file, read once and checked as a whole: every error at once, before anything is changed.

Owns the way from configuration and secrets to the arguments of the stack's component, whatever the target. Leaves
alone what each target takes (`stacks.targets`) and the rules of the parts: their `resolve` functions report, and
this module rewords paths and names for somebody who wrote YAML.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import pulumi

from core.input.examples import EXAMPLES_ALLOWED, EXAMPLES_VARIABLE, examples_in
from core.input.problems import BROKEN, InvalidInput, Problem, Problems, meant_keys, nearest, show
from core.input.shapes import camel, fields, read, respell
from core.secrets.table import SECRETS
from stacks.file.places import placed
from stacks.file.secret_settings import read_secrets
from stacks.target import CommonSettings, Sources, Target
from stacks.targets import TARGETS

__all__ = ["Settings", "SettingsError", "Sources", "read_settings"]

NAMESPACE = "cartesia"
"""Prefix of every key in a stack file."""


class SettingsError(InvalidInput, pulumi.RunError):
    """A stack file that cannot be used. The engine prints the text without a traceback."""


@dataclass(frozen=True, slots=True)
class Settings:
    """A checked stack file."""

    stack: str
    target: Target
    sections: Mapping[str, Any]
    """All sections, in the spelling of Python."""
    args: Any
    """Arguments of the target's component."""
    warnings: tuple[Problem, ...] = ()
    """What may be meant as it is, and must be told."""

    @property
    def production(self) -> bool:
        """Whether what matters is protected against deletion."""
        return bool(self.sections.get("production", False))


def read_settings(sources: Sources) -> Settings:
    """Check a stack's settings.

    Raises:
        SettingsError: With every problem found: path in the stack file, value (secrets hidden) and fix.
    """
    problems = Problems()
    config = {
        key.removeprefix(f"{NAMESPACE}:"): value
        for key, value in sources.config.items()
        if key.startswith(f"{NAMESPACE}:")
    }
    meant = meant_keys(config, [*_all_keys(), *SECRETS])
    chosen = [target for section, target in TARGETS.items() if section in config or section in meant]
    _check_choice(chosen, problems)
    # A target that takes no secrets does not look into files either: other stacks of the same shell may need them.
    files = sources.environment if any(target.takes_secrets for target in chosen) else {}
    secrets = read_secrets(config, lambda key: sources.is_secret(f"{NAMESPACE}:{key}"), files, problems)
    raw = _structured(config, chosen, sources, problems)
    secrets |= {key: value for key, value in raw.items() if key in SECRETS and key not in secrets}  # misspelt ones
    found = [_read_target(target, raw, secrets, sources, problems) for target in chosen]
    if not chosen:
        _read_shape(
            {key: value for key, value in raw.items() if key in _keys(CommonSettings)}, CommonSettings, problems
        )
    if problems or len(found) != 1:
        # Two targets in one file share sections, whose problems would stand twice.
        raise SettingsError(f"stack {sources.stack}", placed(dict.fromkeys(problems), sources))
    return _judged(found[0], sources)


def _judged(settings: Settings, sources: Sources) -> Settings:
    """The settings with what the things they name on disk say to them."""
    target, said = settings.target, settings.target.judge(settings.args, sources)
    if said.problems:
        raise SettingsError(f"stack {sources.stack}", placed(_spelled(said.problems, target), sources))
    return replace(settings, warnings=tuple(placed(_spelled(said.warnings, target), sources)))


def _spelled(problems: Iterable[Problem], target: Target) -> list[Problem]:
    """Problems of a component as the stack file spells them."""
    return [respell(found, target.shape, "").below(f"{NAMESPACE}:") for found in problems]


def _check_choice(chosen: Sequence[Target], problems: Problems) -> None:
    if len(chosen) != 1:
        problems.add(
            NAMESPACE,
            f"must have exactly one of the sections {', '.join(TARGETS)}, which choose the target",
            got=[target.section for target in chosen] or None,
            fix="keep one, and give the other target a stack of its own"
            if chosen
            else "add one, as in " + " or ".join(target.example for target in TARGETS.values()),
        )


def _structured(
    config: Mapping[str, str], chosen: Sequence[Target], sources: Sources, problems: Problems
) -> dict[str, Any]:
    """The keys that are not secrets, as plain data. Those of another target are refused."""
    known = {key: [section for section, row in TARGETS.items() if key in _keys(row.shape)] for key in _all_keys()}
    known |= {key: [section for section, row in TARGETS.items() if row.takes_secrets] for key in SECRETS}
    raw: dict[str, Any] = dict.fromkeys(meant_keys(config, known), BROKEN)
    for key, value in config.items():
        path = f"{NAMESPACE}:{key}"
        if key not in known:
            problems.add(path, "unknown key", fix=nearest(key, known))
        elif len(chosen) == 1 and chosen[0].section not in known[key]:
            owners = " or ".join(known[key])
            fix = f"remove it, or deploy on {owners} in a stack of its own"
            problems.add(path, f"must not stand beside {chosen[0].section}, which has no use for it", fix=fix)
        elif key in SECRETS:
            continue
        elif sources.is_secret(path):
            problems.add(
                path,
                "must not be or hold an encrypted value, since all of it would turn secret",
                fix=f"keep secrets in their own keys: {', '.join(sorted(SECRETS))}",
            )
            raw[key] = BROKEN
        else:
            raw[key] = _decoded(value)
    return raw


def _decoded(value: str) -> object:
    try:
        return cast(object, json.loads(value))
    except ValueError:
        return value


def _all_keys() -> Collection[str]:
    return set().union(*(_keys(target.shape) for target in TARGETS.values()))


def _keys(shape: type) -> set[str]:
    """The keys of a shape as a stack file spells them."""
    return {camel(name) for name in fields(shape)}


def _read_target(
    target: Target, raw: Mapping[str, Any], secrets: Mapping[str, Any], sources: Sources, problems: Problems
) -> Settings:
    """The settings of one target. What has the right shape is checked by the rules, whatever is wrong elsewhere."""
    own = {key: value for key, value in raw.items() if key in _keys(target.shape)}
    target.prepare(own, secrets, sources, problems)
    sections = _read_shape(own, target.shape, problems)
    args = target.arguments(sections, sources.stack)
    problems.extend(_spelled(target.check(args), target))
    if sources.environment.get(EXAMPLES_VARIABLE) != EXAMPLES_ALLOWED:
        problems.extend(_copied(raw))
    return Settings(sources.stack, target, sections, args)


def _copied(raw: Mapping[str, Any]) -> Iterable[Problem]:
    """A problem for each value that was copied from an example: it names nobody, or leads nowhere."""
    for path, text, kind in examples_in(raw, ""):
        rule = f"must be of your own: it is {kind}"
        yield Problem(f"{NAMESPACE}:{path}", rule, show(text), "replace it; the sandbox alone takes examples")


def _read_shape(raw: dict[str, Any], shape: type, problems: Problems) -> Mapping[str, Any]:
    """The sections in the spelling of Python. What does not fit is told, and broken in them."""
    sections = read(raw, shape, "", shaped := Problems())
    problems.extend(problem.below(f"{NAMESPACE}:") for problem in shaped)
    return cast(Mapping[str, Any], sections)
