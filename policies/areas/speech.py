"""SageMaker endpoints: isolation, routing, scaling and who may call them."""

import re
from collections.abc import Iterator, Sequence

from catalog.aws.instances import INSTANCES
from catalog.aws.sagemaker import DEFAULT_SLOTS, PACKAGE_ARN_PATTERN
from policies.areas.documents import EVERYBODY, allowing
from policies.rule import PRODUCTION, Finding, Level, Parameters, Resource, Rule, Severity

__all__ = ["RULES"]

MODEL = "aws:sagemaker/model:Model"
ENDPOINT_CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
SCALING_TARGET = "aws:appautoscaling/target:Target"
SCALING_POLICY = "aws:appautoscaling/policy:Policy"
SCHEDULE = "aws:appautoscaling/scheduledAction:ScheduledAction"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
TOPIC = "aws:sns/topic:Topic"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
IAM_DOCUMENTS = (
    "aws:iam/groupPolicy:GroupPolicy",
    "aws:iam/policy:Policy",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/userPolicy:UserPolicy",
)

_SLOTS = "Requests that an instance serves at once."
_FEWEST = "Fewest instances; SageMaker puts two into two zones, and promises nothing of one."
_SPARE = {"type": "number", "default": 2, "description": _FEWEST}
_PACKAGE = re.compile(PACKAGE_ARN_PATTERN)
_TRACKING = "targetTrackingScalingPolicyConfiguration"
_METRIC = f"{_TRACKING}.predefinedMetricSpecification.predefinedMetricType"
_BY_INVOCATIONS = "SageMakerVariantInvocationsPerInstance"
_BY_CONCURRENCY = (
    "SageMakerVariantConcurrentRequestsPerModelHighResolution",
    "SageMakerInferenceComponentConcurrentRequestsPerCopyHighResolution",
)


def _isolated(model: Resource, _: Parameters) -> Iterator[str]:
    if model.inputs["enableNetworkIsolation"].is_not(True):
        yield "enableNetworkIsolation is not true"


def _package_versioned(model: Resource, _: Parameters) -> Iterator[str]:
    package = model.inputs["primaryContainer.modelPackageName"].text
    if package is not None and _PACKAGE.fullmatch(package) and not package.rpartition("/")[2].isdecimal():
        yield "primaryContainer.modelPackageName has no version"


def _routing(configuration: Resource, _: Parameters) -> Iterator[str]:
    for variant in configuration.inputs["productionVariants"].items():
        strategies = variant["routingConfigs"]
        if strategies.absent or any(
            each["routingStrategy"].is_not("LEAST_OUTSTANDING_REQUESTS") for each in strategies.items()
        ):
            yield f"{variant.path}.routingConfigs does not ask for LEAST_OUTSTANDING_REQUESTS"


def _spare_instance(configuration: Resource, parameters: Parameters) -> Iterator[str]:
    if not configuration.in_production(parameters):
        return
    for variant in configuration.inputs["productionVariants"].items():
        count = variant["initialInstanceCount"].number
        if count is not None and count < parameters.number("minimumInstances"):
            yield f"{variant.path}.initialInstanceCount is below {parameters.number('minimumInstances'):g}"


def _no_capture(configuration: Resource, parameters: Parameters) -> Iterator[str]:
    if configuration.in_production(parameters) and configuration.inputs["dataCaptureConfig.enableCapture"].is_(True):
        yield "dataCaptureConfig.enableCapture is true"


def _capture_encrypted(configuration: Resource, _: Parameters) -> Iterator[str]:
    capture = configuration.inputs["dataCaptureConfig"]
    if capture["enableCapture"].is_(True) and capture["kmsKeyId"].absent:
        yield "dataCaptureConfig.kmsKeyId is not set"


def _of_sagemaker(resource: Resource) -> bool:
    return resource.inputs["serviceNamespace"].is_("sagemaker")


def _scales_on_concurrency(policy: Resource, _: Parameters) -> Iterator[str]:
    if _of_sagemaker(policy) and policy.inputs[_METRIC].is_(_BY_INVOCATIONS):
        yield f"{_METRIC} counts invocations"


def _below_slots(policy: Resource, parameters: Parameters) -> Iterator[str]:
    if not _of_sagemaker(policy) or not policy.inputs[_METRIC].is_(*_BY_CONCURRENCY):
        return
    target = policy.inputs[f"{_TRACKING}.targetValue"].number
    if target is not None and target >= parameters.number("slots"):
        yield f"{_TRACKING}.targetValue is not below the slots of an instance"


def _scaling_bounds(target: Resource, parameters: Parameters) -> Iterator[str]:
    low, high = target.inputs["minCapacity"].number, target.inputs["maxCapacity"].number
    if low is not None and high is not None and low > high:
        yield "minCapacity is above maxCapacity"
    least = parameters.number("minimumInstances")
    if target.in_production(parameters) and _of_sagemaker(target) and low is not None and low < least:
        yield f"minCapacity is below {least:g}"


def _schedules(resources: Sequence[Resource], _: Parameters) -> Iterator[Finding]:
    scaled = [each for each in resources if each.type == SCALING_TARGET and _of_sagemaker(each)]
    targets = {each.inputs["resourceId"].text: each for each in scaled}
    for schedule in resources:
        target = targets.get(schedule.inputs["resourceId"].text) if schedule.type == SCHEDULE else None
        if target is not None and target.inputs["resourceId"].text is not None:
            yield from (Finding(schedule.urn, text) for text in _outside(schedule, target))


def _outside(schedule: Resource, target: Resource) -> Iterator[str]:
    bounds = schedule.inputs["scalableTargetAction"]
    low, high = bounds["minCapacity"].number, bounds["maxCapacity"].number
    least, most = target.inputs["minCapacity"].number, target.inputs["maxCapacity"].number
    if low is not None and least is not None and low < least:
        yield f"{bounds.path}.minCapacity is below the target's"
    if high is not None and most is not None and high > most:
        yield f"{bounds.path}.maxCapacity is above the target's"


def _alarm_delivered(alarm: Resource, _: Parameters) -> Iterator[str]:
    if alarm.inputs["alarmActions"].absent and alarm.inputs["okActions"].absent:
        yield "alarmActions is empty"
    if alarm.inputs["actionsEnabled"].is_(False):
        yield "actionsEnabled is false"


def _somebody_listens(resources: Sequence[Resource], _: Parameters) -> Iterator[Finding]:
    alarms = [each for each in resources if each.type == ALARM]
    topics = [each for each in resources if each.type == TOPIC]
    listened = any(each.inputs["protocol"].is_not(None) for each in resources if each.type == SUBSCRIPTION)
    unclear = any(not each.inputs["protocol"].known for each in resources if each.type == SUBSCRIPTION)
    if alarms and topics and not listened and not unclear:
        yield from (Finding(topic.urn, "no subscription of this stack takes its alarms") for topic in topics)


def _invoke_limited(holder: Resource, _: Parameters) -> Iterator[str]:
    for statement in allowing(holder.inputs["policy"]):
        calls = any(action.startswith("sagemaker:Invoke") for action in statement["Action"].texts())
        if calls and any(each.is_(EVERYBODY) for each in statement["Resource"].items()):
            yield f"{statement.path} allows calls of every endpoint"


def _volume_key(configuration: Resource, parameters: Parameters) -> Iterator[str]:
    if not configuration.in_production(parameters) or not configuration.inputs["kmsKeyArn"].absent:
        return
    for variant in configuration.inputs["productionVariants"].items():
        kind = variant["instanceType"].text
        if kind is not None and not _has_own_disks(kind):
            yield f"kmsKeyArn is not set, and {variant.path} has a storage volume"


def _has_own_disks(instance_type: str) -> bool:
    """Whether its disks are local ones, which have a key in hardware: those of every GPU type (a test compares)."""
    row = INSTANCES.get(instance_type.removeprefix("ml."))
    return row is not None and row.gpu is not None


RULES = (
    Rule(
        id="sagemaker-network-isolation",
        types=(MODEL,),
        severity=Severity.HIGH,
        reason="A container that may open connections can send speech elsewhere.",
        fix="Set enableNetworkIsolation to true.",
        source="Amazon SageMaker developer guide, network isolation",
        check=_isolated,
    ),
    Rule(
        id="sagemaker-package-versioned",
        types=(MODEL,),
        severity=Severity.MEDIUM,
        reason="An ARN without a version does not say which package is in use, so a roll-back has no name.",
        fix="Add the version to the ARN of the package.",
        source="Amazon SageMaker API reference, ContainerDefinition",
        check=_package_versioned,
    ),
    Rule(
        id="sagemaker-routing",
        types=(ENDPOINT_CONFIGURATION,),
        severity=Severity.HIGH,
        reason="The default, RANDOM, refuses calls at a full instance while another is idle.",
        fix="Set routingStrategy to LEAST_OUTSTANDING_REQUESTS.",
        source="Amazon SageMaker API reference, ProductionVariantRoutingConfig",
        check=_routing,
    ),
    Rule(
        id="sagemaker-spare-instance",
        types=(ENDPOINT_CONFIGURATION,),
        severity=Severity.HIGH,
        reason="With one instance, its failure or that of its zone ends every call.",
        fix="Set initialInstanceCount to 2 or more.",
        source="Amazon SageMaker developer guide, best practices for endpoints; Amazon SageMaker SLA",
        check=_spare_instance,
        schema={**PRODUCTION, "minimumInstances": _SPARE},
    ),
    Rule(
        id="sagemaker-no-data-capture",
        types=(ENDPOINT_CONFIGURATION,),
        severity=Severity.HIGH,
        reason="Data capture stores what callers say.",
        fix="Set enableCapture to false.",
        source="Amazon SageMaker developer guide, data capture",
        check=_no_capture,
        schema=PRODUCTION,
    ),
    Rule(
        id="sagemaker-capture-encrypted",
        types=(ENDPOINT_CONFIGURATION,),
        severity=Severity.MEDIUM,
        reason="Captured speech would lie in the bucket under no key of yours.",
        fix="Set dataCaptureConfig.kmsKeyId.",
        source="Amazon SageMaker API reference, DataCaptureConfig",
        check=_capture_encrypted,
    ),
    Rule(
        id="sagemaker-volume-key",
        types=(ENDPOINT_CONFIGURATION,),
        severity=Severity.MEDIUM,
        reason="Models and speech on the storage volume would lie under a key that is not yours to revoke.",
        fix="Set kmsKeyArn.",
        source="Amazon SageMaker API reference, CreateEndpointConfig; Amazon EC2 user guide, instance store volumes",
        check=_volume_key,
        schema=PRODUCTION,
    ),
    Rule(
        id="sagemaker-scales-on-concurrency",
        types=(SCALING_POLICY,),
        severity=Severity.HIGH,
        reason="Calls per minute say nothing of how many are spoken at once, which is what an instance limits.",
        fix="Use SageMakerVariantConcurrentRequestsPerModelHighResolution.",
        source="Amazon SageMaker developer guide, auto scaling policies",
        check=_scales_on_concurrency,
    ),
    Rule(
        id="sagemaker-target-below-slots",
        types=(SCALING_POLICY,),
        severity=Severity.HIGH,
        reason="A target at or above what an instance takes at once is never exceeded, so nothing scales.",
        fix="Lower targetValue, or set slots to what a load test of your package shows.",
        source="docs.cartesia.ai/self-hosted, SageMaker, concurrency and 429",
        check=_below_slots,
        schema={"slots": {"type": "number", "default": DEFAULT_SLOTS, "description": _SLOTS}},
    ),
    Rule(
        id="sagemaker-scaling-bounds",
        types=(SCALING_TARGET,),
        severity=Severity.HIGH,
        reason="Scaling in to one instance leaves none when it fails; crossed bounds are refused.",
        fix="Set minCapacity to 2 or more, and maxCapacity at least as high.",
        source="Application Auto Scaling API reference, RegisterScalableTarget",
        check=_scaling_bounds,
        schema={**PRODUCTION, "minimumInstances": _SPARE},
    ),
    Rule(
        id="sagemaker-schedule-within-bounds",
        types=(SCALING_TARGET, SCHEDULE),
        severity=Severity.MEDIUM,
        reason="A schedule writes the bounds of its target, and the next update writes the old ones back.",
        fix="Keep the schedule within the bounds of the target.",
        source="Application Auto Scaling user guide, scheduled scaling",
        check_stack=_schedules,
    ),
    Rule(
        id="alarm-delivered",
        types=(ALARM,),
        severity=Severity.MEDIUM,
        reason="An alarm without an action is seen by whoever happens to look.",
        fix="Set alarmActions to a topic.",
        source="Amazon CloudWatch user guide, alarm actions",
        check=_alarm_delivered,
    ),
    Rule(
        id="alarm-topic-subscribed",
        types=(ALARM, TOPIC, SUBSCRIPTION),
        severity=Severity.MEDIUM,
        level=Level.ADVISORY,
        reason="A topic without subscriptions pages nobody.",
        fix="Subscribe the people on call, or waive this if they subscribe elsewhere.",
        source="Amazon SNS developer guide, subscribing to a topic",
        check_stack=_somebody_listens,
    ),
    Rule(
        id="sagemaker-invoke-limited",
        types=IAM_DOCUMENTS,
        severity=Severity.HIGH,
        reason="Every holder could call, and make you pay for, all endpoints of the account.",
        fix="Name the ARN of the endpoint.",
        source="AWS service authorization reference, Amazon SageMaker",
        check=_invoke_limited,
    ),
)
