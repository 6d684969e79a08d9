"""Resolved settings of a `SageMakerVoiceEndpoint`: plain values, checked, with defaults filled in."""

from dataclasses import dataclass

from core.capacity.routing import Routing, ScalingPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantSpec:
    """One variant. `plan` is None where the count is fixed."""

    name: str
    instance_type: str
    instances: int
    min_instances: int
    max_instances: int
    weight: float
    inference_ami_version: str
    plan: ScalingPlan | None

    @property
    def autoscaled(self) -> bool:
        """Whether the count can change by itself."""
        return self.plan is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateSpec:
    """How a new configuration replaces the running one."""

    strategy: str
    step_percent: int
    bake_seconds: int
    terminate_wait_seconds: int
    time_limit_seconds: int
    roll_back: bool


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
    schedules: tuple[ScheduleSpec, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmSpec:
    """Thresholds: shares from 0 to 1, latencies in milliseconds."""

    client_error_ratio: float
    server_error_ratio: float
    model_p50_ms: int
    model_p99_ms: int
    overhead_p50_ms: int
    overhead_p99_ms: int


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
    volume_gib: int | None
    startup_seconds: int
    download_seconds: int
    update: UpdateSpec
    scaling: ScalingSpec
    alarms: AlarmSpec
    private_dns: bool
    only_this_endpoint: bool
    caller_roles: tuple[str, ...]
    tags: dict[str, str]

    @property
    def slots_now(self) -> int:
        """Requests served at once right after a deployment."""
        return sum(variant.instances for variant in self.variants) * self.slots_per_instance

    @property
    def slots_max(self) -> int:
        """Requests served at once when every variant stands at its maximum."""
        return sum(variant.max_instances for variant in self.variants) * self.slots_per_instance

    @property
    def fleet_shape(self) -> str:
        """Which variants are of which type: what AWS lets nobody change under a registered autoscaler."""
        return ",".join(f"{variant.name}={variant.instance_type}" for variant in self.variants)

    @property
    def quota_needed(self) -> dict[str, int]:
        """Instances of each type that an update needs at most: the old fleet as large as it may be, and the new one."""
        needed: dict[str, int] = {}
        for variant in self.variants:
            both = variant.max_instances + variant.instances
            needed[variant.instance_type] = needed.get(variant.instance_type, 0) + both
        return needed
