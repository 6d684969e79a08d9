"""One SageMaker stack as it stands in the sandbox: its outputs, and the fleet that the voice server serves.

Pure: folds what the engine and the voice server said into a value, and writes that as text or plain data.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.input.plain import plain
from toolkit.overview.cluster import outputs_table
from toolkit.overview.tables import table

__all__ = ["VariantRow", "VoiceOverview", "voice_overview"]

_SHOWN_OUTPUTS = (
    "endpointName",
    "endpointArn",
    "model",
    "configName",
    "invocationUrl",
    "callerPolicyArn",
    "alarmTopicArn",
    "slotsNow",
    "slotsMax",
)


@dataclass(frozen=True, slots=True)
class VariantRow:
    """One variant of the endpoint."""

    name: str
    instances: int
    slots: int
    """Requests that all its instances serve at once."""
    routing: str
    weight: float


@dataclass(frozen=True, slots=True)
class VoiceOverview:
    """Everything that is shown of a stack."""

    stack: str
    outputs: Mapping[str, Any]
    variants: tuple[VariantRow, ...]

    @property
    def healthy(self) -> bool:
        """Whether the endpoint answers calls."""
        return bool(self.variants)

    def as_data(self) -> dict[str, Any]:
        """As JSON: stack, outputs, variants, and whether all is healthy."""
        variants = plain(self.variants)
        return {"stack": self.stack, "outputs": dict(self.outputs), "variants": variants, "healthy": self.healthy}

    def as_text(self, columns: int = 0) -> str:
        """For a terminal of so many columns: outputs, variants."""
        rows = [(row.name, str(row.instances), str(row.slots), row.routing, f"{row.weight:g}") for row in self.variants]
        head = ("VARIANT", "INSTANCES", "SLOTS", "ROUTING", "WEIGHT")
        fleet = table(*head, rows=rows, columns=columns) if rows else "nothing answers"
        return f"{outputs_table(self.outputs, _SHOWN_OUTPUTS, columns)}\n\n{fleet}"


def voice_overview(stack: str, outputs: Mapping[str, Any], served: Mapping[str, Any] | None) -> VoiceOverview:
    """Fold a stack's outputs and what the voice server serves into one value.

    Args:
        stack: Name of the stack.
        outputs: Stack outputs; secret ones must be left out by the caller.
        served: Settings of the endpoint as the voice server tells them; None where it has no such endpoint.
    """
    variants = served["variants"] if served else {}
    rows = [
        VariantRow(name, each["instances"], each["instances"] * served["slots"], each["routing"], each["weight"])
        for name, each in sorted(variants.items())
        if served
    ]
    return VoiceOverview(stack, dict(outputs), tuple(rows))
