"""One way to collect and word what is wrong with somebody's input.

Owns the shape of a complaint (path, rule, value found, what to do) and the text all rooms print for a list of them.
Leaves alone which exception carries the text: components raise `components.args.ArgsError`, stacks `SettingsError`.
"""

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from core.input.secret_scan import secrets_in

HIDDEN = "[secret]"
"""What stands in place of a secret value in every message."""

_LONGEST_SHOWN_VALUE = 80
_CLOSE = 0.75
"""Likeness of spelling from which a word is taken for a slip of another: `regoin` is (0.83), `version` for `region` is
not (0.62)."""


_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")


class _Broken:
    """The type of `BROKEN`."""

    def __repr__(self) -> str:
        return "BROKEN"


BROKEN: Final = _Broken()
"""Stands where a value was refused before (wrong type, misspelt or missing key). Readers take the default and say
nothing, so that the rules of everything else still run and no error is told twice."""


def holds_broken(value: object) -> bool:
    """Whether `BROKEN` is in it, at any depth."""
    if isinstance(value, Mapping):
        return any(map(holds_broken, value.values()))
    return any(map(holds_broken, value)) if isinstance(value, list) else value is BROKEN


@dataclass(frozen=True, slots=True)
class Problem:
    """One violated rule: where, which rule, what was found (already rendered, secrets hidden) and how to correct it."""

    path: str
    rule: str
    got: str
    fix: str
    place: str = ""
    """File and line, `file.yaml:12`, where the value stands in a file that its reader can open."""

    def __str__(self) -> str:
        place = f"{self.place}: " if self.place else ""
        found = f"; got {self.got}" if self.got else ""
        return f"{place}{self.path}: {self.rule}{found}; {self.fix}"

    def below(self, prefix: str) -> "Problem":
        """The same problem for whoever sees the value inside something larger.

        Args:
            prefix: Where that part stands: `eks` makes `eks.nodes` of `nodes`; one that ends in a colon takes no dot.
        """
        joint = "" if not self.path or not prefix or prefix.endswith(":") or self.path.startswith("[") else "."
        return replace(self, path=f"{prefix}{joint}{self.path}")


@dataclass(slots=True)
class Problems:
    """A collector: checks add to it, and the caller raises once with everything it holds."""

    found: list[Problem] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    """Paths of values that were read as their default, since what was written there cannot be used."""

    def add(
        self,
        path: str,
        rule: str,
        *,
        got: object = None,
        fix: str,
        secret: bool = False,
        needs: Iterable[str] = (),
    ) -> None:
        """Record one violation.

        Args:
            path: Dotted path of the offending value, e.g. `node_groups.gpu.max_nodes`.
            rule: The rule in present tense, e.g. `must be at least min_nodes (3)`.
            got: The value found; `None` shows nothing, since an absent value needs no echo.
            fix: What the reader should do, in the imperative.
            secret: True hides the value.
            needs: Paths of the other values the rule was judged by. Where one of them, or the value itself, is broken,
                the violation is only a consequence of an error told before, and nothing is recorded.
        """
        if self._is_read_as_default(path) or not self.sound(*needs):
            return
        shown = "" if got is None else HIDDEN if secret else show(got)
        self.found.append(Problem(path, rule, shown, fix))

    def refuse(self, path: str, rule: str, *, got: object = None, fix: str) -> None:
        """Record a value that cannot be used, and is read as its default from here on."""
        self.add(path, rule, got=got, fix=fix)
        self.broken.add(path)

    def sound(self, *paths: str) -> bool:
        """Whether nothing at, above or below these paths is broken."""
        return not any(_is_within(broken, path) or _is_within(path, broken) for broken in self.broken for path in paths)

    def _is_read_as_default(self, path: str) -> bool:
        """Whether the value there, a part it stands in, or an item of the list there is broken."""
        return any(_is_within(path, broken) or broken.startswith(f"{path}[") for broken in self.broken)

    def extend(self, others: Iterable[Problem]) -> None:
        """Take over the problems of a part."""
        self.found.extend(others)

    def __bool__(self) -> bool:
        return bool(self.found)

    def __iter__(self) -> Iterator[Problem]:
        return iter(self.found)

    def __len__(self) -> int:
        return len(self.found)


class InvalidInput(ValueError):  # noqa: N818 - reads as what it says at the raise site
    """Input that breaks at least one rule. `problems` holds them all, the text stands alone."""

    def __init__(self, owner: str, problems: Iterable[Problem]) -> None:
        self.owner = owner
        self.problems = tuple(problems)
        super().__init__(render(owner, self.problems))


def render(owner: str, problems: Iterable[Problem]) -> str:
    """`<owner>: <n> problem(s)` and one line a problem, in the order they were found."""
    lines = [str(problem) for problem in problems]
    noun = "problem" if len(lines) == 1 else "problems"
    return "\n".join([f"{owner}: {len(lines)} {noun}", *(f"  {line}" for line in lines)])


def show(value: object) -> str:
    """A value as JSON where it is JSON, shortened to one readable line; hidden where it looks like a secret.

    A key is often pasted into the wrong field, and the check that finds it out of place must not print it.
    """
    if any(secrets_in(value, "")):
        return HIDDEN
    try:
        text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    except (TypeError, ValueError):
        text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN_VALUE else text[: _LONGEST_SHOWN_VALUE - 1] + "…"


def nearest(word: str, known: Iterable[str]) -> str:
    """`did you mean "x"?` for the known word that must be meant, else the whole sorted list of them."""
    options = sorted(known)
    meant = closest(word, options)
    return "known: " + ", ".join(options) if meant is None else f'did you mean "{meant}"?'


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word that `word` must mean: spelled nearly alike, or the only one made of the same words.

    `regoin` means `region`, and `version` means `kubernetesVersion` where no other key speaks of a version. None where
    nothing is close, or two are equally so.
    """
    options = list(known)
    folded: dict[str, list[str]] = {}
    for option in options:
        folded.setdefault(option.casefold(), []).append(option)
    alike = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=_CLOSE)
    if alike:
        return folded[alike[0]][0]
    turned = [option for option in options if option.casefold() in _swaps(word.casefold())]
    if len(turned) == 1:
        return turned[0]
    for plural in ("", "s"):  # as they are written, then with the plural taken off
        same = [option for option in options if _shares_words(_words(word, plural), _words(option, plural))]
        if same:
            return same[0] if len(same) == 1 else None
    return None


def _swaps(word: str) -> set[str]:
    """The word with two neighbouring letters swapped: a short one (`esk` for `eks`) is not alike by share."""
    return {word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1)}


def _words(name: str, ending: str) -> set[str]:
    """The words of a name in camelCase or snake_case, in small letters and without an ending."""
    return {part.casefold().removesuffix(ending) for part in _WORD.findall(name)}


def _shares_words(one: set[str], other: set[str]) -> bool:
    """Whether all words of the one are in the other."""
    return bool(one and other) and (one <= other or other <= one)


def _is_within(path: str, outer: str) -> bool:
    """Whether `path` is `outer` or stands inside it."""
    return not outer or path == outer or path.startswith((f"{outer}.", f"{outer}["))


def unknown_keys(given: Mapping[str, Any], known: Iterable[str], path: str = "") -> list[Problem]:
    """A problem for each key of `given` that is not in `known`, naming the one that must be meant."""
    names = list(known)
    unknown = sorted(str(key) for key in given if key not in names)
    return [Problem(key, "unknown key", "", nearest(key, names)).below(path) for key in unknown]


def meant_keys(given: Mapping[str, Any], known: Iterable[str]) -> set[str]:
    """The known keys that are not in `given`, but must be meant by an unknown one."""
    names = list(known)
    found = {closest(str(key), names) for key in given if key not in names}
    return {name for name in found if name is not None and name not in given}
