"""What a run of the pack gathers: waivers that were used, and what could not be judged."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from policies.rule import Finding, Rule, Shown, judge
from policies.waivers import Waiver

__all__ = ["Session"]


@dataclass(slots=True)
class Session:
    """One run of the pack."""

    waivers: Sequence[Waiver]
    today: date
    _used: set[Waiver] = field(default_factory=set)
    _unjudged: dict[tuple[str, str], set[str]] = field(default_factory=dict)

    def judge(self, rule: Rule, shown: Sequence[Shown], given: Mapping[str, Any]) -> Iterator[Finding]:
        """Findings that no waiver covers; what could not be judged is kept for `unjudged`."""
        verdict = judge(rule, shown, given)
        for urn, path in verdict.unjudged:
            self._unjudged.setdefault((urn, rule.id), set()).add(path)
            self._used.update(each for each in self.waivers if each.covers(rule.id, urn))
        for finding in verdict.findings:
            if not self._is_waived(rule.id, finding.urn):
                yield finding

    def unjudged(self) -> Iterator[Finding]:
        """One entry for each rule and resource of which something was not known."""
        for (urn, rule), paths in sorted(self._unjudged.items()):
            yield Finding(urn, f"{rule}: not known before the update: {', '.join(sorted(paths))}")

    def expired(self, stacks: set[str]) -> Iterator[str]:
        """Waivers for these stacks whose last day has passed."""
        over = [each for each in self.waivers if each.is_over(self.today)]
        yield from (f"{each} expired on {each.expires}" for each in self._concerning(over, stacks))

    def unmatched(self, stacks: set[str]) -> Iterator[str]:
        """Waivers for these stacks that waived nothing."""
        idle = [each for each in self.waivers if each not in self._used]
        yield from (f"{each} waives nothing" for each in self._concerning(idle, stacks))

    def counts(self) -> Counter[str]:
        """How many resources each rule could not judge in full."""
        return Counter(rule for _, rule in self._unjudged)

    def _is_waived(self, rule: str, urn: str) -> bool:
        covering = [each for each in self.waivers if each.covers(rule, urn)]
        self._used.update(covering)
        return any(not each.is_over(self.today) for each in covering)

    @staticmethod
    def _concerning(waivers: Sequence[Waiver], stacks: set[str]) -> list[Waiver]:
        return [each for each in waivers if any(each.concerns(stack) for stack in stacks)]


Report = Callable[..., None]
"""How a policy reports: a text, and for a stack policy the URN."""
