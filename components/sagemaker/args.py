"""What a caller of `SageMakerVoiceEndpoint` writes: its Args.

Owns names, types and documented defaults; the rules are in `resolve` and `resolve_fleet`.
"""

from typing import NotRequired, TypedDict

import pulumi


class SageMakerVariantArgs(TypedDict):
    """One production variant: instances of one type. Routing pools slots inside a variant, never between two."""

    instance_type: NotRequired[str]
    """Type, default `ml.g6e.xlarge`. Change: redeploys the fleet. Scaling is registered again."""
    model_package_arn: NotRequired[str]
    """Package of this variant alone, for a canary. Default: that of the endpoint. Change: redeploys the fleet."""
    instances: NotRequired[int]
    """Count after EVERY redeployment (AWS resets it). Default `min_instances`, else 1. Change: redeploys the fleet."""
    min_instances: NotRequired[int]
    """Fewest instances the autoscaler leaves, at least 1. Default `instances`, else 1. Change: in place."""
    max_instances: NotRequired[int]
    """Most instances. Above `min_instances` it turns autoscaling on. Default no autoscaling. Change: in place."""
    weight: NotRequired[float]
    """Share of traffic by ratio of weights. Default 1; 0 is reached by TargetVariant. Change: redeploys the fleet."""
    inference_ami_version: NotRequired[str]
    """GPU image, e.g. `al2023-ami-sagemaker-inference-gpu-4-1`. Default: AWS's choice. Change: redeploys the fleet."""
    reservation_arn: NotRequired[str]
    """Capacity reservation (training plan for endpoints) to run on, and nowhere else. Change: redeploys the fleet."""
    unlisted_type_reason: NotRequired[str]
    """Why a type may be used that the vendor does not list. Required for such a type. AWS may refuse it."""


class SageMakerUpdateArgs(TypedDict):
    """How a new configuration replaces the running one: all at once, since AWS offers nothing else to Marketplace."""

    fewer_instances_reason: NotRequired[str]
    """Why an update may start with fewer instances than run now. Without it such an update is refused."""
    strategy: NotRequired[str]
    """Refused: AWS moves Marketplace packages all at once. Use a variant with a package of its own for a canary."""
    step_percent: NotRequired[int]
    """Refused: there are no steps all at once."""
    bake_seconds: NotRequired[int]
    """Refused: AWS does not watch a Marketplace update."""
    terminate_wait_seconds: NotRequired[int]
    """Refused: AWS ends the old fleet by itself."""
    time_limit_seconds: NotRequired[int]
    """Refused: it limits guardrails, which Marketplace packages do not have."""
    roll_back: NotRequired[bool]
    """Refused: no alarm turns a Marketplace update back. What AWS undoes by itself, the next update tells."""


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
    """False: the fleet only ever grows, and schedules shrink it. Default true. Change: adds or removes a policy."""
    scale_in_hold_seconds: NotRequired[int]
    """Wait between two removals of one instance, 0-3600, after 15 quiet minutes. Default 900. Change: in place."""
    scale_out_hold_seconds: NotRequired[int]
    """Wait between two additions by target tracking, 0-3600. Default 60. Change: in place."""
    step_out: NotRequired[bool]
    """True adds half the fleet, or all of it again, on a spike. Default true. Change: in place."""
    schedules: NotRequired[dict[str, SageMakerScheduleArgs]]
    """Scheduled bounds by a name of yours. Default none. Change: in place."""
    schedules_enabled: NotRequired[bool]
    """False keeps the schedules out of AWS without deleting them here. Default true. Change: adds or removes them."""
    growing_target: NotRequired[bool]
    """True: larger fleets hold more requests an instance, which they pool. Cheaper on wide ranges. Default false."""


class SageMakerSubscriptionArgs(TypedDict):
    """Who is told of alarms: exactly one of the three. Mail and HTTPS have to be confirmed by who receives them."""

    mail: NotRequired[str]
    """Address that gets a mail. Change: replaces the subscription."""
    lambda_arn: NotRequired[pulumi.Input[str]]
    """Lambda function that is called. The right to call it is made too. Change: replaces the subscription."""
    https_url: NotRequired[pulumi.Input[str]]
    """Address that gets a POST, e.g. of an on-call service. Kept secret. Change: replaces the subscription."""


class SageMakerAlarmArgs(TypedDict):
    """Alarms and where they go."""

    topic_arn: NotRequired[pulumi.Input[str]]
    """SNS topic to notify. Default: a new topic. Change: in place."""
    topic_kms_key_arn: NotRequired[pulumi.Input[str]]
    """KMS key of the new topic. Its policy must let CloudWatch publish. Default none. Change: in place."""
    subscriptions: NotRequired[dict[str, SageMakerSubscriptionArgs]]
    """Who is told, by a name of yours. Default nobody: the topic alone wakes no one. Change: adds or removes them."""
    refused_budgets: NotRequired[float]
    """Refusals from which to alarm, in times the refusal budget, 1-100. Default 3. Change: in place."""
    client_error_percent: NotRequired[float]
    """4xx answers, refusals included, from which to alarm, % of requests. Default 5. Change: in place."""
    server_error_percent: NotRequired[float]
    """5xx answers and broken streams from which to alarm, % of requests. Default 1. Change: in place."""
    first_chunk_p50_ms: NotRequired[int]
    """Median time to the first chunk from which to alarm, milliseconds. Default 1000, or measured. Change: in place."""
    first_chunk_p99_ms: NotRequired[int]
    """99th percentile of the same, milliseconds. Default 3000, or measured. Change: in place."""
    overhead_p50_ms: NotRequired[int]
    """Median of OverheadLatency from which to alarm, milliseconds. Default 100. Change: in place."""
    overhead_p99_ms: NotRequired[int]
    """99th percentile of OverheadLatency from which to alarm, milliseconds. Default 1000. Change: in place."""


class SageMakerLogArgs(TypedDict):
    """The log group of the endpoint's containers, `/aws/sagemaker/Endpoints/<endpoint>`."""

    retention_days: NotRequired[int]
    """Days that CloudWatch keeps, one of its own figures, e.g. 7, 30, 90, 365. Default 30. Change: in place."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """KMS key whose policy lets CloudWatch Logs use it. Default: AWS's own key. Change: in place."""


class SageMakerMeasuredArgs(TypedDict):
    """What a load test of your own package found, as `core.capacity.measured` reads it from a file."""

    source: str
    """Where the figures come from, for people: the file, or the run."""
    slots_per_instance: int
    """Requests one instance really served at once."""
    first_audio_p50_ms: float
    """Median time to the first audio under that load, milliseconds."""
    first_audio_p99_ms: float
    """99th percentile of the same."""
    start_seconds: float
    """From the decision to add an instance to its first answer."""


class SageMakerModelNetworkArgs(TypedDict):
    """Subnets for the instances' own network interfaces. The container has no network either way."""

    subnet_ids: list[pulumi.Input[str]]
    """2-16 subnets in at least two zones, as AWS demands. They need a way to S3. Change: redeploys the fleet."""
    security_group_ids: list[pulumi.Input[str]]
    """1-5 security groups. Change: redeploys the fleet."""


class SageMakerRuntimeNetworkArgs(TypedDict):
    """A private door to `sagemaker.runtime`, so that callers need no way to the internet: a new one, or an old one."""

    vpc_endpoint_id: NotRequired[str]
    """VPC endpoint that is there, of another stack for example. Nothing is made, and no other key may be given."""
    vpc_id: NotRequired[pulumi.Input[str]]
    """VPC of the callers. Required for a new door. Change: replaces the VPC endpoint."""
    subnet_ids: NotRequired[list[pulumi.Input[str]]]
    """Subnets, at most one a zone. Required for a new door. Change: in place."""
    security_group_ids: NotRequired[list[pulumi.Input[str]]]
    """Groups that let callers in on port 443. Required for a new door. Change: in place."""
    private_dns: NotRequired[bool]
    """True: SageMaker's usual host name leads here, for ALL callers in the VPC. Default true. Change: in place."""
    allow_other_endpoints: NotRequired[bool]
    """False: the door leads to this endpoint only, which needs `private_dns: false`. Default true. Change: in place."""


class SageMakerVoiceEndpointArgs(TypedDict):
    """Arguments of `SageMakerVoiceEndpoint`."""

    endpoint_name: str
    """Name that callers use, 1-50 letters, digits and inner dashes. Change: replaces the endpoint."""
    region: str
    """AWS region of the provider used. Everything is made there. Change: replaces everything."""
    model: str
    """`sonic-3` or `sonic-3.5`: which listing the package is from. Change: in place (tags)."""
    model_package_arn: str
    """ARN from your own subscription, in `region`. Change: redeploys the fleet."""
    variants: NotRequired[dict[str, SageMakerVariantArgs]]
    """1-3 variants by name. Default `AllTraffic` with one instance. Adding or removing one redeploys the fleet."""
    slots_per_instance: NotRequired[int]
    """Requests one instance serves at once. Default measured, else 4 of the vendor's 4, 8, 10. Change: in place."""
    refusal_budget_percent: NotRequired[float]
    """Requests that may be refused with 429, %, above 0 to 50. Default 1. Change: in place (target, alarms)."""
    routing: NotRequired[str]
    """`LEAST_OUTSTANDING_REQUESTS` (default) or `RANDOM`. Change: redeploys the fleet."""
    assumed_routing: NotRequired[str]
    """How well it pools: `one_router`, `power_of_two` (default), `three_routers`, `eight_routers`. Change: in place."""
    random_routing_reason: NotRequired[str]
    """Waiver: why RANDOM is right although more than one instance can run; it refuses far earlier."""
    execution_role_arn: NotRequired[pulumi.Input[str]]
    """Role of the model. Default: a new one with least rights. Change: redeploys the fleet."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """KMS key of the storage volume. Local NVMe has its own hardware key instead. Change: redeploys the fleet."""
    volume_gib: NotRequired[int]
    """Storage volume of an instance, GiB, 1-512. Default: SageMaker's. Change: redeploys the fleet."""
    startup_seconds: NotRequired[int]
    """Limit for a container to become healthy, 60-3600. Default 1800 (unpublished). Change: redeploys the fleet."""
    download_seconds: NotRequired[int]
    """Limit for the download, 60-3600; both at most 3600. Default 1800 (unpublished). Change: redeploys the fleet."""
    measured: NotRequired[SageMakerMeasuredArgs]
    """Figures of a load test, which slots, targets and alarms then follow. Default: documented figures."""
    update: NotRequired[SageMakerUpdateArgs]
    """What an update of the running endpoint may do."""
    scaling: NotRequired[SageMakerScalingArgs]
    """How variants with `max_instances` scale."""
    alarms: NotRequired[SageMakerAlarmArgs]
    """Thresholds, topic and subscriptions of the alarms."""
    logs: NotRequired[SageMakerLogArgs]
    """Retention and key of the containers' logs."""
    model_network: NotRequired[SageMakerModelNetworkArgs]
    """Subnets of the instances. Default: SageMaker's own."""
    runtime_network: NotRequired[SageMakerRuntimeNetworkArgs]
    """VPC endpoint for callers. Default none."""
    caller_roles: NotRequired[dict[str, pulumi.Input[str]]]
    """Names of IAM roles that may call the endpoint, by a name of yours. Change: in place."""
    tags: NotRequired[dict[str, str]]
    """AWS tags on everything that takes them. Default none. Change: in place."""
