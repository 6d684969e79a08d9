"""What a caller of `SageMakerVoiceEndpoint` writes: its Args.

Owns names, types and documented defaults; the rules are in `resolve` and `resolve_fleet`.
"""

from typing import NotRequired, TypedDict

import pulumi


class SageMakerVariantArgs(TypedDict):
    """One production variant: instances of one type. Routing pools slots inside a variant, never between two."""

    instance_type: NotRequired[str]
    """Type, default `ml.g6e.xlarge`. Change: new configuration, endpoint in place. Scaling is registered again."""
    instances: NotRequired[int]
    """Count at creation and after EVERY update of the endpoint (AWS resets it). Default `min_instances`, else 1."""
    min_instances: NotRequired[int]
    """Fewest instances the autoscaler leaves, at least 1. Default `instances`, else 1. Change: in place."""
    max_instances: NotRequired[int]
    """Most instances. Above `min_instances` it turns autoscaling on. Default no autoscaling. Change: in place."""
    weight: NotRequired[float]
    """Share of traffic by ratio of weights. Default 1; 0 is a reserve that callers reach by TargetVariant."""
    inference_ami_version: NotRequired[str]
    """GPU image with its driver, e.g. `al2023-ami-sagemaker-inference-gpu-4-1`. Default: SageMaker's choice."""
    unlisted_type_reason: NotRequired[str]
    """Why a type may be used that the vendor does not list. Required for such a type. AWS may refuse it."""


class SageMakerUpdateArgs(TypedDict):
    """How a new configuration replaces the running one, and what turns it back."""

    strategy: NotRequired[str]
    """`all_at_once`, `canary`, `linear` (blue/green) or `rolling`. Default `all_at_once`. Change: in place."""
    step_percent: NotRequired[int]
    """Part of the fleet in a step: canary 1-50 (default 10), linear 10-50, rolling 5-50 (both default 25)."""
    bake_seconds: NotRequired[int]
    """Watching the alarms after each step, 0-3600. Default 300."""
    terminate_wait_seconds: NotRequired[int]
    """Keeping the old fleet after the last step of a blue/green update, 0-3600. Default 300."""
    time_limit_seconds: NotRequired[int]
    """Limit of the whole update, 600-28800. Default 14400."""
    roll_back: NotRequired[bool]
    """True: an alarm during the update goes back to the old fleet. Default true."""


class SageMakerScheduleArgs(TypedDict):
    """Bounds that the autoscaler keeps from a moment on, until another schedule sets others."""

    schedule: str
    """`cron(...)`, `at(...)` or `rate(...)` as Application Auto Scaling writes it."""
    timezone: NotRequired[str]
    """IANA zone of `schedule`. Default `Etc/UTC`."""
    variant: NotRequired[str]
    """Autoscaled variant meant. Default: the only one."""
    min_instances: int
    """Fewest instances from then on, at least 1."""
    max_instances: int
    """Most instances from then on."""


class SageMakerScalingArgs(TypedDict):
    """How the autoscaler of every variant with `max_instances` behaves."""

    growth_percent: NotRequired[float]
    """How much traffic may grow while an instance starts. Lowers the target. Default 0. Change: in place."""
    scale_in: NotRequired[bool]
    """False: the fleet only ever grows, and schedules shrink it. Default true. Change: in place."""
    scale_in_hold_seconds: NotRequired[int]
    """Wait between two removals, 0-3600, beside AWS's 15 minutes below target. Default 900. Change: in place."""
    scale_out_hold_seconds: NotRequired[int]
    """Wait between two additions by target tracking, 0-3600. Default 60. Change: in place."""
    step_out: NotRequired[bool]
    """True adds half the fleet, or all of it again, on a spike. Default true. Change: in place."""
    schedules: NotRequired[dict[str, SageMakerScheduleArgs]]
    """Scheduled bounds by a name of yours. Default none. Change: in place."""
    schedules_enabled: NotRequired[bool]
    """False keeps the schedules out of AWS without deleting them here. Default true. Change: adds or removes them."""


class SageMakerAlarmArgs(TypedDict):
    """Alarms and where they go."""

    topic_arn: NotRequired[pulumi.Input[str]]
    """SNS topic to notify. Default: a new topic. Change: in place."""
    topic_kms_key_arn: NotRequired[pulumi.Input[str]]
    """KMS key of the new topic. Its policy must let CloudWatch publish. Default none. Change: in place."""
    client_error_percent: NotRequired[float]
    """4xx answers, refusals included, from which to alarm, % of requests. Default 5. Change: in place."""
    server_error_percent: NotRequired[float]
    """5xx answers and broken streams from which to alarm, % of requests. Default 1. Change: in place."""
    model_p50_ms: NotRequired[int]
    """Median of ModelLatency from which to alarm, milliseconds. Default 5000. Change: in place."""
    model_p99_ms: NotRequired[int]
    """99th percentile of ModelLatency from which to alarm, milliseconds. Default 30000. Change: in place."""
    overhead_p50_ms: NotRequired[int]
    """Median of OverheadLatency from which to alarm, milliseconds. Default 100. Change: in place."""
    overhead_p99_ms: NotRequired[int]
    """99th percentile of OverheadLatency from which to alarm, milliseconds. Default 1000. Change: in place."""


class SageMakerModelNetworkArgs(TypedDict):
    """Subnets for the instances' own network interfaces. The container has no network either way."""

    subnet_ids: list[pulumi.Input[str]]
    """1-16 subnets, best in two zones. Change: new model and configuration, endpoint in place."""
    security_group_ids: list[pulumi.Input[str]]
    """1-5 security groups. Change: new model and configuration, endpoint in place."""


class SageMakerRuntimeNetworkArgs(TypedDict):
    """A private door to `sagemaker.runtime`, so that callers need no way to the internet."""

    vpc_id: pulumi.Input[str]
    """VPC of the callers. Change: replaces the VPC endpoint."""
    subnet_ids: list[pulumi.Input[str]]
    """Subnets, at most one a zone. Change: in place."""
    security_group_ids: list[pulumi.Input[str]]
    """Groups that let callers in on port 443. Change: in place."""
    private_dns: NotRequired[bool]
    """True: SageMaker's usual host name leads to this door in the whole VPC. Default true. Change: in place."""
    allow_other_endpoints: NotRequired[bool]
    """True: the door leads to every SageMaker endpoint, not only this one. Default false. Change: in place."""


class SageMakerVoiceEndpointArgs(TypedDict):
    """Arguments of `SageMakerVoiceEndpoint`."""

    endpoint_name: str
    """Name that callers use, 1-50 letters, digits and inner dashes. Change: replaces the endpoint."""
    region: str
    """AWS region of the provider used. Everything is made there. Change: replaces everything."""
    model: str
    """`sonic-3` or `sonic-3.5`: which listing the package is from. Change: in place (tags)."""
    model_package_arn: str
    """ARN from your own subscription, in `region`. Change: new model and configuration, endpoint in place."""
    variants: NotRequired[dict[str, SageMakerVariantArgs]]
    """1-3 variants by name. Default `AllTraffic` with one instance. Removing one ends its scaling first."""
    slots_per_instance: NotRequired[int]
    """Requests one instance serves at once. Default 4 of the vendor's 4, 8, 10 (`catalog.aws.sagemaker`)."""
    refusal_budget_percent: NotRequired[float]
    """Requests that may be refused with 429, %, above 0 to 50. Default 1. Change: in place (target, alarms)."""
    routing: NotRequired[str]
    """`LEAST_OUTSTANDING_REQUESTS` (default) or `RANDOM`. Change: new configuration, endpoint in place."""
    random_routing_reason: NotRequired[str]
    """Waiver: why RANDOM is right although more than one instance can run; it refuses far earlier."""
    execution_role_arn: NotRequired[pulumi.Input[str]]
    """Role of the model. Default: a new one with least rights. Change: new model and configuration."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """KMS key of the storage volume. Local NVMe has its own hardware key instead. Change: new configuration."""
    volume_gib: NotRequired[int]
    """Storage volume of an instance, GiB, 1-512. Default: SageMaker's. Change: new configuration."""
    startup_seconds: NotRequired[int]
    """Limit for a container to become healthy, 60-3600. Default 1800 (none is published)."""
    download_seconds: NotRequired[int]
    """Limit for the model to download, 60-3600. Default 1800 (none is published)."""
    update: NotRequired[SageMakerUpdateArgs]
    """How updates go. AWS does Marketplace packages all at once without watching alarms, whatever is set here."""
    scaling: NotRequired[SageMakerScalingArgs]
    """How variants with `max_instances` scale."""
    alarms: NotRequired[SageMakerAlarmArgs]
    """Thresholds and topic of the alarms."""
    model_network: NotRequired[SageMakerModelNetworkArgs]
    """Subnets of the instances. Default: SageMaker's own."""
    runtime_network: NotRequired[SageMakerRuntimeNetworkArgs]
    """VPC endpoint for callers. Default none."""
    caller_roles: NotRequired[dict[str, pulumi.Input[str]]]
    """Names of IAM roles that may call the endpoint, by a name of yours. Change: in place."""
    tags: NotRequired[dict[str, str]]
    """AWS tags on everything that takes them. Default none. Change: in place."""
