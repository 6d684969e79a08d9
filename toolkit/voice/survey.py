"""A smoke test of a whole destination: what runs there, then one sentence from each of its parts.

Owns the order (describe, ask each part, describe again) and what a difference means. Leaves alone one answer
(`toolkit/voice/smoke.py`) and how a report is printed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.input.plain import plain
from core.voice.audio_checks import Finding
from toolkit.voice.errors import AccessError, ConnectionFailedError, VoiceError
from toolkit.voice.route import Destination, Live
from toolkit.voice.smoke import SmokeReport

__all__ = ["Survey", "survey"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What was found at one destination."""

    live: Live | None
    """What runs there; None where nobody could say."""
    answers: Mapping[str | None, SmokeReport]
    """Part that was asked -> its answer; None for whichever the provider chose."""
    findings: tuple[Finding, ...]
    """Everything, with the part it was found in where there are several."""
    notes: tuple[str, ...]
    """What is no fault and worth knowing."""

    @property
    def fine(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    @property
    def shown(self) -> SmokeReport:
        """The answer to look at first: the first with a finding, else the first."""
        answers = list(self.answers.values())
        return next((answer for answer in answers if not answer.fine), answers[0])

    def as_data(self) -> dict[str, Any]:
        """The survey as JSON: that of the answer to look at first, all findings, and every answer."""
        return self.shown.as_data() | {
            "fine": self.fine,
            "findings": plain(self.findings),
            "notes": list(self.notes),
            "live": None if self.live is None else plain(self.live),
            "answers": [{"variant": part, **report.as_data()} for part, report in self.answers.items()],
        }


def survey(
    to: Destination,
    describe: Callable[[], Live] | None,
    ask: Callable[[str | None], SmokeReport],
    variants: Sequence[str] = (),
) -> Survey:
    """Ask every part of a destination to speak.

    Args:
        to: Where; its `deployment` is what should answer.
        describe: Asks the provider what runs there; None where it cannot be asked.
        ask: Has one part speak; None stands for whichever the provider chooses.
        variants: Parts to ask; empty for all that run.
    """
    live, notes, findings = _live(describe)
    if live is not None:
        findings += _wrong(live, to)
    parts = list(variants) or _parts(live)
    answers = {part: ask(part) for part in parts}
    for part, answer in answers.items():
        findings += [_in_part(each, part if len(parts) > 1 else None) for each in answer.findings]
    if live is not None:
        findings += _changed(live, _live(describe)[0])
    return Survey(live=live, answers=answers, findings=tuple(findings), notes=tuple(notes))


def _live(describe: Callable[[], Live] | None) -> tuple[Live | None, list[str], list[Finding]]:
    if describe is None:
        return None, [], []
    try:
        return describe(), [], []
    except (AccessError, ConnectionFailedError) as error:
        # Whoever may only speak need not be allowed to look, or have a way to the control plane.
        return None, [f"what runs there is not known: {error}"], []
    except VoiceError as error:
        return None, [], [Finding("endpoint", str(error))]


def _wrong(live: Live, to: Destination) -> list[Finding]:
    found = []
    if not live.settled:
        reason = f": {live.reason}" if live.reason else ""
        found.append(Finding("status", f"the endpoint is {live.status}{reason}; what answers now may not stay"))
    if to.deployment is not None and live.deployment != to.deployment:
        found.append(
            Finding(
                "deployment",
                f"{live.deployment} answers, the stack deployed {to.deployment}: the provider took an update back, or"
                " something else changed it; run `pulumi refresh`, then `pulumi up`",
            )
        )
    return found


def _parts(live: Live | None) -> list[str | None]:
    """Parts that run; a single one is asked as callers ask it, by no name."""
    running = [name for name, instances in live.variants.items() if instances] if live is not None else []
    return [*running] if len(running) > 1 else [None]


def _changed(before: Live, after: Live | None) -> list[Finding]:
    if after is None or after.deployment == before.deployment:
        return []
    said = f"{before.deployment} became {after.deployment} while it was asked; ask again"
    return [Finding("deployment", said)]


def _in_part(finding: Finding, part: str | None) -> Finding:
    return finding if part is None else Finding(finding.check, f"{part}: {finding.message}")
