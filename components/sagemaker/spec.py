"""Resolved settings of a `SageMakerVoiceEndpoint`: plain values, checked, with defaults filled in."""

from dataclasses import dataclass

from core.capacity.pooling import Pooling
from core.capacity.routing import Routing
from core.capacity.scaling_plan import ScalingPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A planned value and where it comes from, for people."""

    name: str
    """As the settings spell it in Python, e.g. `slots_per_instance`."""
    value: str
    source: str

    def __str__(self) -> str:
        return f"{self.value} ({self.source})"


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantSpec:
    """One variant. `plan` is None where the count is fixed."""

    name: str
    instance_type: str
    model_package_arn: str
    """Its own package; empty where it runs that of the endpoint."""
    instances: int
    min_instances: int
    max_instances: int
    weight: float
    inference_ami_version: str
    reservation_arn: str
    plan: ScalingPlan | None
    floor: int
    """The fewest instances that settings or any schedule allow."""
    ceiling: int
    """The most."""
    lowest_maximum: int
    """The smallest maximum in force at any time: from here on, standing still may be as the settings want it."""

    @property
    def autoscaled(self) -> bool:
        """Whether the count can change by itself."""
        return self.plan is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateSpec:
    """What an update of the running endpoint may do."""

    may_shrink: bool
    """Whether it may start with fewer instances than run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleSpec:
    """Bounds from a moment on."""

    name: str
    schedule: str
    timezone: str
    variant: str
    min_instances: int
    max_instances: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingSpec:
    """How autoscaled variants behave."""

    scale_in: bool
    scale_in_hold_seconds: int
    scale_out_hold_seconds: int
    step_out: bool
    step_hold_seconds: int
    """Wait between two steps on a spike: as long as an instance is known to take to start."""
    growing_target: bool
    schedules: tuple[ScheduleSpec, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionSpec:
    """Who is told of alarms. `lambda_arn` and `https_url` are read from the arguments, since they may be unknown."""

    name: str
    protocol: str
    """`email`, `lambda` or `https`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmSpec:
    """Thresholds: shares from 0 to 1, latencies in milliseconds."""

    refused_ratio: float
    client_error_ratio: float
    server_error_ratio: float
    first_chunk_p50_ms: int
    first_chunk_p99_ms: int
    overhead_p50_ms: int
    overhead_p99_ms: int
    start_minutes: int
    """Minutes that a fleet may lack instances before it is an alarm."""
    subscriptions: tuple[SubscriptionSpec, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorSpec:
    """The private way in."""

    made: bool
    """Whether a VPC endpoint is made."""
    existing_id: str
    """The one that is there already; empty where there is none."""
    private_dns: bool
    only_this_endpoint: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SageMakerVoiceEndpointSpec:
    """Checked arguments of an endpoint, with every default filled in."""

    endpoint_name: str
    region: str
    partition: str
    model: str
    model_package_arn: str
    variants: tuple[VariantSpec, ...]
    slots_per_instance: int
    refusal_budget: float
    routing: Routing
    pooling: Pooling
    volume_gib: int | None
    startup_seconds: int
    download_seconds: int
    update: UpdateSpec
    scaling: ScalingSpec
    alarms: AlarmSpec
    log_days: int
    door: DoorSpec
    caller_roles: tuple[str, ...]
    tags: dict[str, str]
    figures: tuple[Figure, ...]
    """Planned values that come from a load test, the settings or a documented default, each with its source."""

    @property
    def slots_now(self) -> int:
        """Requests served at once right after a deployment."""
        return sum(variant.instances for variant in self.variants) * self.slots_per_instance

    @property
    def slots_max(self) -> int:
        """Requests served at once when every variant stands at the most that settings or schedules allow."""
        return sum(variant.ceiling for variant in self.variants) * self.slots_per_instance

    @property
    def log_group(self) -> str:
        """The log group that SageMaker writes to."""
        return f"/aws/sagemaker/Endpoints/{self.endpoint_name}"

    @property
    def fleet_shape(self) -> str:
        """Which variants are of which type: what AWS lets nobody change under a registered autoscaler."""
        return ",".join(f"{variant.name}={variant.instance_type}" for variant in self.variants)

    @property
    def quota_needed(self) -> dict[str, int]:
        """Instances of each type that an update needs at most: the old fleet as large as it may be, and the new one."""
        needed: dict[str, int] = {}
        for variant in self.variants:
            both = variant.ceiling + variant.instances
            needed[variant.instance_type] = needed.get(variant.instance_type, 0) + both
        return needed
