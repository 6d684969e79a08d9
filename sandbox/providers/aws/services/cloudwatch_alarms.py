"""CloudWatch alarms and dashboards: records only, no metric is ever read. An alarm's state is none of its outputs."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sandbox.providers.aws.ids import arn
from sandbox.providers.aws.services import tokens
from sandbox.providers.base import Failure
from sandbox.providers.cloud.account import CloudObject
from sandbox.providers.cloud.row import AutoName, ResourceType, constant, joined
from sandbox.providers.cloud.rules import all_of, between, each, length, matches, one_of

_DAY: Final = 86_400
_MOST_METRICS: Final = 10


def _period(value: Any) -> str | None:
    fits = value in (10, 20, 30) or (value > 0 and value % 60 == 0)
    return None if fits else f"Period must be 10, 20, 30 or a multiple of 60; got {value}"


def _check_alarm(values: Mapping[str, Any]) -> Iterator[Failure]:
    queries = values.get("metricQueries")
    if queries is not None and values.get("metricName") is not None:
        yield Failure("metricName", '"metricName": conflicts with metricQueries')
    if queries is not None:
        yield from _check_queries(queries)
    statistics = [key for key in ("statistic", "extendedStatistic") if values.get(key) is not None]
    if values.get("metricName") is not None and len(statistics) != 1:
        yield Failure("statistic", f"one of `statistic,extendedStatistic` must be specified, {len(statistics)} were")
    periods, wanted = values.get("evaluationPeriods"), values.get("datapointsToAlarm")
    if periods is not None and wanted is not None and wanted > periods:
        yield Failure("datapointsToAlarm", f"must be at most evaluationPeriods ({periods}); got {wanted}")
    if periods is not None and values.get("period") is not None and periods * values["period"] > _DAY:
        yield Failure(
            "evaluationPeriods", "Metrics cannot be checked across more than a day (EvaluationPeriods * Period)"
        )


def _check_queries(queries: list[Mapping[str, Any]]) -> Iterator[Failure]:
    ids = [query.get("id") for query in queries]
    if len(ids) != len(set(ids)):
        yield Failure("metricQueries", "The ids of metric queries must be unique")
    returned = [query for query in queries if query.get("returnData")]
    if len(returned) != 1:
        yield Failure("metricQueries", f"exactly one metric query must set returnData; {len(returned)} do")
    if sum(query.get("metric") is not None for query in queries) > _MOST_METRICS:
        yield Failure("metricQueries", f"an alarm can compute with at most {_MOST_METRICS} metrics")
    for index, query in enumerate(queries):
        if (query.get("metric") is None) == (query.get("expression") is None):
            yield Failure(f"metricQueries[{index}]", "needs either metric or expression")


def _json(value: Any) -> str | None:
    try:
        widgets = json.loads(value)["widgets"]
    except (ValueError, TypeError, KeyError):
        return "The dashboard body must be JSON with a list of widgets"
    return None if isinstance(widgets, list) else "The field widgets must be a list"


def _alarm_arn(made: CloudObject) -> Any:
    return arn("cloudwatch", "alarm:{name}")(made)


ROWS = (
    ResourceType(
        token=tokens.METRIC_ALARM,
        service="CloudWatch",
        noun="CloudWatch Metric Alarm",
        id=joined("name"),
        name=AutoName("name", 255, prefix_key=None),
        replaces=("name",),
        unordered=("alarmActions", "okActions", "insufficientDataActions"),
        defaults={"actionsEnabled": True, "treatMissingData": "missing"},
        check=all_of(
            matches("extendedStatistic", r"p(\d{1,2}(\.\d{1,10})?|100)|(tm|wm|tc|ts|TM|WM|TC|TS|PR|IQM).*", "e.g. p99"),
            one_of("treatMissingData", "breaching", "notBreaching", "ignore", "missing"),
            one_of("evaluateLowSampleCountPercentiles", "evaluate", "ignore"),
            each("period", _period),
            each("metricQueries.metric.period", _period),
            between("evaluationPeriods", 1, 1440),
            between("datapointsToAlarm", 1, 1440),
            matches("metricQueries.id", r"[a-z][a-zA-Z0-9_]{0,254}", "must start with a small letter"),
            *(
                matches(key, r"arn:aws[\w-]*:[\w-]+:[a-z0-9-]*:.+", "must be an ARN")
                for key in ("alarmActions", "okActions", "insufficientDataActions")
            ),
            *(length(key, 0, 5) for key in ("alarmActions", "okActions", "insufficientDataActions")),
            _check_alarm,
        ),
        outputs={"arn": _alarm_arn, "evaluateLowSampleCountPercentiles": constant("")},
        upserts=True,
        calls={"create": "PutMetricAlarm", "update": "PutMetricAlarm", "delete": "DeleteAlarms"},
    ),
    ResourceType(
        token=tokens.DASHBOARD,
        service="CloudWatch",
        noun="CloudWatch Dashboard",
        id=joined("dashboardName"),
        replaces=("dashboardName",),
        check=all_of(
            length("dashboardName", 1, 255),
            matches("dashboardName", r"[\w-]+", "may hold letters, digits, - and _ only"),
            each("dashboardBody", _json),
        ),
        outputs={"dashboardArn": arn("cloudwatch", "dashboard/{dashboardName}", region=False)},
        upserts=True,
        calls={"create": "PutDashboard", "update": "PutDashboard", "delete": "DeleteDashboards"},
    ),
)
