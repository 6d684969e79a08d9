"""Which figures the plan rests on, and where each comes from: the settings, a load test, or a documented default."""

from collections.abc import Iterable
from dataclasses import dataclass

from catalog.aws.sagemaker import CONCURRENCY_FIGURES, DEFAULT_SLOTS
from components.sagemaker.args import SageMakerMeasuredArgs
from components.sagemaker.spec import AlarmSpec, Figure, VariantSpec
from core.capacity.measured import LONGEST_START_SECONDS, MOST_SLOTS
from core.input.reader import Reader

__all__ = ["Measured", "resolve_measured"]

SLACK = 1.5
"""An alarm stands this far above what was measured, so that an ordinary day is none."""

DEFAULT_FIRST_CHUNK_MS = {"p50": 1000, "p99": 3000}
"""Where nothing was measured: a pause that callers notice, and one they hang up on. The vendor publishes no figure."""

SET = "set in the settings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Slots to plan with and, where a load test was given, what else it found."""

    slots: int
    slots_source: str
    source: str
    """What the load test calls itself; empty without one."""
    start_seconds: float | None
    first_audio_ms: dict[str, float]
    """By percentile; empty without a load test."""
    explicit: frozenset[str]
    """Alarm thresholds that the settings name themselves."""

    def first_chunk_ms(self, percentile: str) -> int:
        """From when the first chunk is late, unless the settings say so."""
        measured = self.first_audio_ms.get(percentile)
        return DEFAULT_FIRST_CHUNK_MS[percentile] if measured is None else max(1, round(SLACK * measured))

    def figures(self, alarms: AlarmSpec, variants: Iterable[VariantSpec]) -> tuple[Figure, ...]:
        """Everything the plan rests on, with its source."""
        found = [Figure(name="slots_per_instance", value=str(self.slots), source=self.slots_source)]
        for variant in variants:
            if variant.plan:
                value = f"{variant.plan.target_value:g} requests in an instance, {variant.plan.statistic.value}"
                source = f"planned for {variant.floor} instances, {variant.plan.pooling.value} routing"
                found.append(Figure(name=f"target.{variant.name}", value=value, source=source))
        for percentile in ("p50", "p99"):
            key = f"first_chunk_{percentile}_ms"
            found.append(Figure(name=key, value=str(getattr(alarms, key)), source=self._late_source(key)))
        if self.start_seconds is None:
            start = Figure(name="start_seconds", value="unknown", source="default: no load test was given")
        else:
            start = Figure(name="start_seconds", value=f"{self.start_seconds:g}", source=f"measured: {self.source}")
        return (*found, start)

    def _late_source(self, key: str) -> str:
        if key in self.explicit:
            return SET
        if self.first_audio_ms:
            return f"measured: {SLACK:g} times that of {self.source}"
        return "default: nothing was measured"


def resolve_measured(read: Reader) -> Measured:
    """The figures of a load test where one is given, and the slots to plan with in any case."""
    given = read.has("measured")
    block = read.block("measured", SageMakerMeasuredArgs)
    if given:
        for key in SageMakerMeasuredArgs.__annotations__:
            block.required(key, "give what the load test found")
    measured_slots = block.optional_whole("slots_per_instance", 1, MOST_SLOTS)
    source = block.text("source", "a load test")
    times = {
        percentile: block.number(f"first_audio_{percentile}_ms", 1.0, low=0.0, high=480_000.0, above=True)
        for percentile in ("p50", "p99")
        if block.has(f"first_audio_{percentile}_ms")
    }
    if len(times) == 2 and times["p50"] > times["p99"]:
        where = block.at("first_audio_p50_ms")
        block.problems.add(where, f"must be at most first_audio_p99_ms ({times['p99']:g})", fix="measure again")
    start = (
        block.number("start_seconds", 60.0, low=0.0, high=LONGEST_START_SECONDS, above=True)
        if block.has("start_seconds")
        else None
    )
    slots, said = _slots(read, measured_slots, source)
    alarms = read.value("alarms")
    explicit = frozenset(alarms) if isinstance(alarms, dict) else frozenset()
    return Measured(
        slots=slots,
        slots_source=said,
        source=source if given else "",
        start_seconds=start,
        first_audio_ms=times,
        explicit=explicit,
    )


def _slots(read: Reader, measured: int | None, source: str) -> tuple[int, str]:
    key = "slots_per_instance"
    default = DEFAULT_SLOTS if measured is None else measured
    slots = read.whole(key, default, low=1, high=MOST_SLOTS, why="the vendor says 4, 8 and 10")
    if not read.has(key):
        figures = ", ".join(str(each) for each in sorted(figure.slots for figure in CONCURRENCY_FIGURES))
        least = f"default: the least of the vendor's figures {figures}"
        return slots, least if measured is None else f"measured: {source}"
    if measured is not None and slots > measured:
        rule = f"must be at most the {measured} that the load test served ({source})"
        fix = "drop it, or measure again"
        read.problems.add(read.at(key), rule, got=slots, fix=fix, needs=(read.at("measured"),))
    return slots, SET
