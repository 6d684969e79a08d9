"""Application Auto Scaling for SageMaker variants: records only, nothing here changes a count.

Known differences: no alarms are made for target tracking, schedules do not fire, and only SageMaker variants can be
registered.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, Final

from sandbox.providers.aws.facts.account import ACCOUNT_ID
from sandbox.providers.aws.ids import arn
from sandbox.providers.aws.services import tokens
from sandbox.providers.aws.services.sagemaker import variants_of
from sandbox.providers.base import Failure
from sandbox.providers.cloud.account import CloudObject
from sandbox.providers.cloud.errors import CloudError
from sandbox.providers.cloud.row import AutoName, ResourceType, constant, joined
from sandbox.providers.cloud.rules import all_of, between, matches, one_of

INVALID: Final = "ValidationException"
_VARIANT: Final = re.compile(r"endpoint/(?P<endpoint>[^/]+)/variant/(?P<variant>[^/]+)")
_DIMENSION: Final = "sagemaker:variant:DesiredInstanceCount"
_METRICS: Final = (
    "SageMakerVariantInvocationsPerInstance",
    "SageMakerVariantConcurrentRequestsPerModelHighResolution",
)
_SCHEDULE: Final = r"(cron\(\S+( \S+){5}\)|at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)|rate\(\d+ (minute|hour|day)s?\))"
_PLACE: Final = (
    one_of("serviceNamespace", "sagemaker"),
    one_of("scalableDimension", _DIMENSION),
    matches("resourceId", _VARIANT.pattern, "must be endpoint/<endpoint>/variant/<variant>"),
)


def _check_target(values: Mapping[str, Any]) -> Iterator[Failure]:
    low, high = values.get("minCapacity"), values.get("maxCapacity")
    if low is not None and high is not None and low > high:
        yield Failure("minCapacity", f"Maximum capacity cannot be less than minimum capacity; got {low} and {high}")


def _admit_target(made: CloudObject) -> None:
    found = _VARIANT.fullmatch(made["resourceId"])
    endpoint = made.account.find(tokens.ENDPOINT, found["endpoint"]) if found else None
    if found is None or endpoint is None:
        raise CloudError(INVALID, f"ECS or SageMaker resource doesn't exist: {made['resourceId']}")
    if found["variant"] not in variants_of(made.account, endpoint.inputs["endpointConfigName"]):
        raise CloudError(INVALID, f"Variant {found['variant']} does not exist on endpoint {found['endpoint']}")


def _registered(made: CloudObject) -> None:
    """Policies and schedules need a registered target."""
    if not made.account.where(tokens.SCALABLE_TARGET, "resourceId", made["resourceId"]):
        raise CloudError(
            "ObjectNotFoundException",
            f"No scalable target registered for service namespace: {made['serviceNamespace']}, resource ID: "
            f"{made['resourceId']}, scalable dimension: {made['scalableDimension']}",
        )


def _check_policy(values: Mapping[str, Any]) -> Iterator[Failure]:
    kinds = {
        "TargetTrackingScaling": "targetTrackingScalingPolicyConfiguration",
        "StepScaling": "stepScalingPolicyConfiguration",
    }
    wanted = kinds.get(values.get("policyType") or "StepScaling")
    for key in kinds.values():
        if key != wanted and values.get(key) is not None:
            yield Failure(key, f"has no meaning for policyType {values.get('policyType') or 'StepScaling'}")
    tracking = values.get("targetTrackingScalingPolicyConfiguration") or {}
    metrics = [tracking.get(f"{kind}MetricSpecification") for kind in ("predefined", "customized")]
    if tracking and sum(metric is not None for metric in metrics) != 1:
        where = "targetTrackingScalingPolicyConfiguration"
        yield Failure(where, "Specify either a PredefinedMetricSpecification or CustomizedMetricSpecification")
    yield from _check_steps(values.get("stepScalingPolicyConfiguration") or {})


def _check_steps(step: Mapping[str, Any]) -> Iterator[Failure]:
    """Steps must follow one another without a gap or an overlap."""
    ends = []
    for adjustment in step.get("stepAdjustments") or ():
        bounds = (adjustment.get("metricIntervalLowerBound"), adjustment.get("metricIntervalUpperBound"))
        ends.append(tuple(float(bound) if bound not in (None, "") else None for bound in bounds))
    ends.sort(key=lambda pair: float("-inf") if pair[0] is None else pair[0])
    if any(this[1] is None or this[1] != following[0] for this, following in pairwise(ends)):
        where = "stepScalingPolicyConfiguration.stepAdjustments"
        yield Failure(where, "Step adjustment intervals can't overlap or have a gap")


def _policy_arn(made: CloudObject) -> str:
    owner = f"scalingPolicy:{made.derived('uuid', 32)}:resource/{made['serviceNamespace']}/{made['resourceId']}"
    return str(arn("autoscaling", f"{owner}:policyName/{made['name']}")(made))


def _role(made: CloudObject) -> str:
    service = "sagemaker.application-autoscaling.amazonaws.com"
    name = "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
    return f"arn:aws:iam::{ACCOUNT_ID}:role/aws-service-role/{service}/{name}"


ROWS = (
    ResourceType(
        token=tokens.SCALABLE_TARGET,
        service="Application Auto Scaling",
        noun="Application AutoScaling Target",
        id=joined("resourceId"),
        replaces=("resourceId", "scalableDimension", "serviceNamespace"),
        check=all_of(*_PLACE, between("minCapacity", 0, 1000), between("maxCapacity", 0, 1000), _check_target),
        admit=_admit_target,
        outputs={
            "arn": lambda made: arn("application-autoscaling", f"scalable-target/{made.derived('target', 32)}")(made),
            "roleArn": _role,
        },
        import_ids=lambda made: [f"{made['serviceNamespace']}/{made['resourceId']}/{made['scalableDimension']}"],
        upserts=True,
        calls={
            "create": "RegisterScalableTarget",
            "update": "RegisterScalableTarget",
            "delete": "DeregisterScalableTarget",
        },
    ),
    ResourceType(
        token=tokens.SCALING_POLICY,
        service="Application Auto Scaling",
        noun="Application Auto Scaling Scaling Policy",
        id=joined("name"),
        import_ids=lambda made: [
            f"{made['serviceNamespace']}/{made['resourceId']}/{made['scalableDimension']}/{made['name']}"
        ],
        name=AutoName("name", 256, prefix_key=None),
        replaces=("name", "resourceId", "scalableDimension", "serviceNamespace"),
        defaults={"policyType": "StepScaling"},
        check=all_of(
            *_PLACE,
            one_of("policyType", "StepScaling", "TargetTrackingScaling"),
            one_of(
                "targetTrackingScalingPolicyConfiguration.predefinedMetricSpecification.predefinedMetricType", *_METRICS
            ),
            _check_policy,
        ),
        admit=_registered,
        outputs={"arn": _policy_arn, "alarmArns": constant([])},
        upserts=True,
        calls={"create": "PutScalingPolicy", "update": "PutScalingPolicy", "delete": "DeleteScalingPolicy"},
    ),
    ResourceType(
        token=tokens.SCHEDULED_ACTION,
        service="Application Auto Scaling",
        noun="Application Auto Scaling Scheduled Action",
        id=joined("name", "serviceNamespace", "resourceId", by="-"),
        name=AutoName("name", 256, prefix_key=None),
        replaces=("name", "resourceId", "scalableDimension", "serviceNamespace"),
        defaults={"timezone": "UTC"},
        check=all_of(*_PLACE, matches("schedule", _SCHEDULE, "must be cron(), at() or rate()")),
        admit=_registered,
        outputs={"arn": lambda made: arn("autoscaling", f"scheduledAction:{made.derived('uuid', 32)}:{{name}}")(made)},
        upserts=True,
        calls={"create": "PutScheduledAction", "update": "PutScheduledAction", "delete": "DeleteScheduledAction"},
    ),
)
