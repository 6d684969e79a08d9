"""The file that a load test leaves and a stack plans with: a typed record with a version, checked on the way in.

```json
{
  "schema": "cartesia-infra/measured-endpoint/1",
  "model": "sonic-3.5",
  "instanceType": "ml.g6e.xlarge",
  "slotsPerInstance": 8,
  "firstAudioMs": {"p50": 140, "p95": 260, "p99": 410},
  "startSeconds": 420
}
```

Slots are the requests that one instance served at once without a refusal and within the percentiles.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NotRequired, TypedDict

from core.input.problems import Problems
from core.input.shapes import read

__all__ = ["SCHEMA", "MeasuredEndpoint", "read_measured"]

SCHEMA: Final = "cartesia-infra/measured-endpoint/1"
"""Name and version. A later version that cannot be read as this one gets another number."""

MOST_SLOTS: Final = 64
LONGEST_START_SECONDS: Final = 3600.0


class _Percentiles(TypedDict):
    p50: float
    p95: float
    p99: float


class _File(TypedDict):
    schema: str
    model: str
    instance_type: str
    slots_per_instance: int
    first_audio_ms: _Percentiles
    start_seconds: float
    measured_at: NotRequired[str]
    note: NotRequired[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredEndpoint:
    """What one instance of one type did with one model."""

    model: str
    instance_type: str
    slots_per_instance: int
    """Requests served at once."""
    first_audio_ms: Mapping[str, float]
    """Time to the first audio by percentile: `p50`, `p95`, `p99`."""
    start_seconds: float
    """From the decision to add an instance to its first answer."""
    measured_at: str = ""
    note: str = ""

    def as_json(self) -> str:
        """The file."""
        fields = {
            "schema": SCHEMA,
            "model": self.model,
            "instanceType": self.instance_type,
            "slotsPerInstance": self.slots_per_instance,
            "firstAudioMs": dict(self.first_audio_ms),
            "startSeconds": self.start_seconds,
            **({"measuredAt": self.measured_at} if self.measured_at else {}),
            **({"note": self.note} if self.note else {}),
        }
        return json.dumps(fields, indent=2) + "\n"


def read_measured(text: str | bytes, where: str, problems: Problems) -> MeasuredEndpoint | None:
    """Read such a file.

    Args:
        text: Its content.
        where: Its name, for messages.
        problems: Collects every violation.

    Returns:
        The record; None where anything is wrong with it.
    """
    try:
        raw: Any = json.loads(text)
    except ValueError as error:
        problems.add(where, f"must be JSON ({error})", fix="write it with the load test, or copy the documented form")
        return None
    found = Problems()
    schema = raw.get("schema") if isinstance(raw, dict) else None
    if isinstance(raw, dict) and schema != SCHEMA:
        found.add(f"{where}: schema", f"must be {SCHEMA}", got=schema, fix="measure again with this version")
    elif (fields := read(raw, _File, "", found)) is not None and not found:
        measured = _checked(fields, found)
        if not found:
            return measured
    problems.extend(each if each.path.startswith(where) else each.below(f"{where}: ") for each in found)
    return None


def _checked(fields: Mapping[str, Any], problems: Problems) -> MeasuredEndpoint:
    slots, start, times = fields["slots_per_instance"], fields["start_seconds"], fields["first_audio_ms"]
    if not 1 <= slots <= MOST_SLOTS:
        problems.add("slotsPerInstance", f"must be 1 to {MOST_SLOTS}", got=slots, fix="measure again")
    if not 0 < start <= LONGEST_START_SECONDS:
        problems.add("startSeconds", "must be above 0 and at most 3600", got=start, fix="measure again")
    if not 0 < times["p50"] <= times["p95"] <= times["p99"]:
        problems.add("firstAudioMs", "must be above 0 and rise from p50 to p99", got=dict(times), fix="measure again")
    return MeasuredEndpoint(
        model=fields["model"],
        instance_type=fields["instance_type"],
        slots_per_instance=slots,
        first_audio_ms=dict(times),
        start_seconds=float(start),
        measured_at=fields.get("measured_at", ""),
        note=fields.get("note", ""),
    )
