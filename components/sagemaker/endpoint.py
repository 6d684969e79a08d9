"""`SageMakerVoiceEndpoint`: a Marketplace model package behind a real-time endpoint that callers stream speech from.

Owns role, model, configuration, endpoint, autoscaling, alarms, dashboard and the policy of callers. Leaves alone the
subscription, which somebody accepts by hand, quotas, and who may assume the caller roles. It looks nothing up.

What AWS does with it, and what the provider cannot say:
- A configuration and a model never change. A new instance type or package makes new ones under new names, the endpoint
  moves over in place, and the old ones go last.
- AWS excludes Marketplace containers from deployment guardrails: they move all at once, blue/green, without watching
  alarms. So an update needs instances for both fleets at once; `quota_needed` says how many. A canary is a variant with
  a package of its own, whose weight is moved by hand (`cartesia-infra canary`), which redeploys nothing.
- No guardrails are sent, since the provider redeploys on any change of theirs and replaces the endpoint when rollback
  alarms come or go. What an endpoint of an earlier release has stays as it is, for the same reason.
- AWS undoes an update that fails, and the provider reports success. `proof` reads the endpoint again and ends the
  program before anything is deleted.
- AWS refuses to change the type of, or to remove, a variant that the autoscaler knows. The `no-capacity` alarm is
  therefore replaced together with the fleet's shape, delete first; autoscaling hangs on it, so the engine takes
  autoscaling down before the endpoint moves and registers it again after.
- UpdateEndpoint could keep the count the autoscaler chose (RetainAllVariantProperties); the provider does not offer it,
  so every update starts the new fleet with `instances`, and a guard refuses it where more run. The
  same goes for InstancePools, by which one variant could take several types in order of preference; a variant of
  weight 0 is the reserve instead.
- The dashboard depends on every other part, though it needs none of them, so that a destroy begins with it. Whoever
  protects endpoint and dashboard is refused a destroy before any part is gone.
- Data capture is off and cannot be turned on: transcripts and audio stay out of S3.

Makes, by type: iam Role, RolePolicy, Policy, RolePolicyAttachment; sagemaker Model, EndpointConfiguration, Endpoint;
appautoscaling Target, Policy, ScheduledAction; cloudwatch MetricAlarm, Dashboard, LogGroup; sns Topic,
TopicSubscription; lambda Permission; ec2 VpcEndpoint.

source: SageMaker developer guide, "Exclusions" of deployment guardrails, "Update endpoints that use auto scaling",
SageMaker API reference, UpdateEndpoint; terraform-provider-aws, internal/service/sagemaker/endpoint.go; 2026-11-25.
"""

import pulumi
import pulumi_aws as aws

from components.replacing import one_of_a_name
from components.sagemaker.alarms import fleet_alarm, variant_alarms
from components.sagemaker.args import (
    SageMakerAlarmArgs,
    SageMakerLogArgs,
    SageMakerMeasuredArgs,
    SageMakerModelNetworkArgs,
    SageMakerRuntimeNetworkArgs,
    SageMakerScalingArgs,
    SageMakerScheduleArgs,
    SageMakerSubscriptionArgs,
    SageMakerUpdateArgs,
    SageMakerVariantArgs,
    SageMakerVoiceEndpointArgs,
)
from components.sagemaker.documents import dashboard, invocation_url
from components.sagemaker.plan_notes import tell_plan
from components.sagemaker.proof import after_update, guards, proven
from components.sagemaker.resolve import resolve_sagemaker_voice_endpoint
from components.sagemaker.resources import Maker
from components.sagemaker.scaling import make_scaling
from components.sagemaker.subscriptions import subscribe

__all__ = [
    "SageMakerAlarmArgs",
    "SageMakerLogArgs",
    "SageMakerMeasuredArgs",
    "SageMakerModelNetworkArgs",
    "SageMakerRuntimeNetworkArgs",
    "SageMakerScalingArgs",
    "SageMakerScheduleArgs",
    "SageMakerSubscriptionArgs",
    "SageMakerUpdateArgs",
    "SageMakerVariantArgs",
    "SageMakerVoiceEndpoint",
    "SageMakerVoiceEndpointArgs",
    "resolve_sagemaker_voice_endpoint",
]


class SageMakerVoiceEndpoint(pulumi.ComponentResource):
    """A SageMaker endpoint for Sonic: least-outstanding routing, scaling on concurrency, alarms, least rights."""

    endpoint_name: pulumi.Output[str]
    """Name of the endpoint, for clients."""
    endpoint_arn: pulumi.Output[str]
    """ARN of the endpoint."""
    model: pulumi.Output[str]
    """Model of the package, `sonic-3` or `sonic-3.5`."""
    config_name: pulumi.Output[str]
    """Name of the endpoint configuration that answers calls, as read from AWS after the update."""
    invocation_url: pulumi.Output[str]
    """URL of streamed calls (signed POST)."""
    caller_policy_arn: pulumi.Output[str]
    """ARN of the IAM policy that lets its holder call this endpoint only."""
    slots_now: pulumi.Output[int]
    """Requests served at once at the counts of the settings, which every deployment starts with."""
    slots_max: pulumi.Output[int]
    """Requests served at once with every variant at its maximum."""
    target_concurrency: pulumi.Output[dict[str, float]]
    """Requests in one instance that the autoscaler holds, by autoscaled variant."""
    quota_needed: pulumi.Output[dict[str, int]]
    """Instances of each type that the quota `<type> for endpoint usage` must allow, updates included."""
    alarm_topic_arn: pulumi.Output[str]
    """SNS topic that the alarms notify."""
    dashboard_name: pulumi.Output[str]
    """Name of the CloudWatch dashboard."""
    log_group: pulumi.Output[str]
    """Log group of the containers."""
    vpc_endpoint_id: pulumi.Output[str]
    """The private door of callers; empty where there is none."""
    figures: pulumi.Output[dict[str, str]]
    """What the plan rests on: slots, targets, latencies, start time, each with its source."""

    def __init__(self, name: str, args: SageMakerVoiceEndpointArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec = resolve_sagemaker_voice_endpoint(args, name)  # before super(): wrong arguments register nothing
        props = {"endpoint_name": spec.endpoint_name, "region": spec.region, "model": spec.model}
        super().__init__("cartesia:index:SageMakerVoiceEndpoint", name, props, opts)
        maker = Maker(name=name, spec=spec, args=args, parent=self)
        topic_arn = maker.topic_arn()
        fleet = maker.alarm(fleet_alarm(spec), topic_arn, guards_fleet=True)
        alarms = [alarm for variant in spec.variants for alarm in variant_alarms(spec, variant)]
        made = {alarm.role: maker.alarm(alarm, topic_arn) for alarm in alarms}
        told = subscribe(name, spec, args, topic_arn, self)
        logs = maker.log_group()
        configuration = maker.configuration()
        endpoint = aws.sagemaker.Endpoint(
            f"{name}-endpoint",
            name=spec.endpoint_name,
            endpoint_config_name=configuration.name,
            region=spec.region,
            tags=spec.tags,
            opts=pulumi.ResourceOptions(
                parent=self,
                # Autoscaling hangs on this alarm and must be gone before the endpoint changes its fleet.
                depends_on=[fleet, logs],
                ignore_changes=["deploymentConfig"],
                hooks=guards(name, spec),
            ),
        )
        scaling = make_scaling(name, spec, endpoint=endpoint, fleet=fleet, parent=self)
        live = aws.sagemaker.Endpoint.get(
            f"{name}-live",
            after_update(endpoint.id),
            # Last, so that a fleet whose update was undone has its autoscaling back when the program ends here.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[endpoint, *scaling]),
        )
        policy, attachments = maker.caller_policy(endpoint)
        doors = maker.runtime_network(endpoint)
        parts = [*made.values(), *told, *scaling, live, policy, *attachments, *doors]
        board = aws.cloudwatch.Dashboard(
            f"{name}-dashboard",
            dashboard_name=spec.endpoint_name,
            dashboard_body=dashboard(spec),
            region=spec.region,
            # A destroy begins with what nothing depends on: this board alone. So protecting it protects all parts.
            opts=one_of_a_name(parent=self, depends_on=parts),
        )

        self.endpoint_name = endpoint.name
        self.endpoint_arn = endpoint.arn
        self.model = pulumi.Output.from_input(spec.model)
        self.config_name = proven(spec, live.endpoint_config_name, configuration.name)
        self.invocation_url = endpoint.name.apply(lambda _: invocation_url(spec))
        self.caller_policy_arn = policy.arn
        self.slots_now = pulumi.Output.from_input(spec.slots_now)
        self.slots_max = pulumi.Output.from_input(spec.slots_max)
        self.target_concurrency = pulumi.Output.from_input(
            {variant.name: variant.plan.target_concurrency for variant in spec.variants if variant.plan}
        )
        self.quota_needed = pulumi.Output.from_input(spec.quota_needed)
        self.alarm_topic_arn = topic_arn
        self.dashboard_name = board.dashboard_name
        self.log_group = logs.name
        self.vpc_endpoint_id = doors[0].id if doors else pulumi.Output.from_input(spec.door.existing_id)
        self.figures = pulumi.Output.from_input({figure.name: str(figure) for figure in spec.figures})
        tell_plan(spec, self)
        self.register_outputs(
            {
                "endpoint_name": self.endpoint_name,
                "endpoint_arn": self.endpoint_arn,
                "model": self.model,
                "config_name": self.config_name,
                "invocation_url": self.invocation_url,
                "caller_policy_arn": self.caller_policy_arn,
                "slots_now": self.slots_now,
                "slots_max": self.slots_max,
                "target_concurrency": self.target_concurrency,
                "quota_needed": self.quota_needed,
                "alarm_topic_arn": self.alarm_topic_arn,
                "dashboard_name": self.dashboard_name,
                "log_group": self.log_group,
                "vpc_endpoint_id": self.vpc_endpoint_id,
                "figures": self.figures,
            }
        )
