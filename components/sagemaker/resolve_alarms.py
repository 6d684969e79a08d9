"""Thresholds of the alarms and who is told: from what the caller wrote to plain values, collecting every mistake."""

import math
import re

from components.names import check_entry_name
from components.sagemaker.args import SageMakerAlarmArgs, SageMakerSubscriptionArgs
from components.sagemaker.resolve_figures import Measured
from components.sagemaker.spec import AlarmSpec, SubscriptionSpec
from core.aws.arns import KMS_KEY_OR_ALIAS, LAMBDA_FUNCTION, SNS_TOPIC, ArnForm, check_arn
from core.input.reader import Reader

__all__ = ["resolve_alarms"]

PROTOCOLS = {"mail": "email", "lambda_arn": "lambda", "https_url": "https"}
"""Keys of a subscription and what SNS calls them."""

MOST_RATIO = 0.999
"""An alarm on a share of requests must be able to fire."""

SHORTEST_LACK_MINUTES = 15
"""How long a fleet may lack instances where nobody knows how long one takes to start."""

_MAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_HTTPS = re.compile(r"https://[^\s/@]+\.[^\s/@]+(/\S*)?")


def resolve_alarms(parent: Reader, region: str, budget: float, measured: Measured) -> AlarmSpec:
    """Every threshold, and the subscriptions.

    Args:
        parent: Reader of the component's arguments.
        region: Region of the endpoint.
        budget: Share of requests that may be refused.
        measured: Figures of a load test.
    """
    read = parent.block("alarms", SageMakerAlarmArgs)
    _check_topic(read, region)
    latencies = {
        key: read.whole(key, default, low=1, high=480_000, why="a streamed answer ends after 8 minutes")
        for key, default in (
            ("first_chunk_p50_ms", measured.first_chunk_ms("p50")),
            ("first_chunk_p99_ms", measured.first_chunk_ms("p99")),
            ("overhead_p50_ms", 100),
            ("overhead_p99_ms", 1_000),
        )
    }
    for part in ("first_chunk", "overhead"):
        middle, tail = latencies[f"{part}_p50_ms"], latencies[f"{part}_p99_ms"]
        if middle > tail:
            rule, needs = f"must be at most {part}_p99_ms ({tail})", (read.at(f"{part}_p99_ms"),)
            read.problems.add(read.at(f"{part}_p50_ms"), rule, got=middle, fix="swap or raise them", needs=needs)
    budgets = read.number("refused_budgets", 3.0, low=1.0, high=100.0)
    start = measured.start_seconds or 0.0
    return AlarmSpec(
        refused_ratio=min(budgets * budget, MOST_RATIO),
        client_error_ratio=read.number("client_error_percent", 5.0, low=0.0, high=100.0, above=True) / 100.0,
        server_error_ratio=read.number("server_error_percent", 1.0, low=0.0, high=100.0, above=True) / 100.0,
        start_minutes=max(SHORTEST_LACK_MINUTES, 5 + math.ceil(start / 60.0)),
        subscriptions=tuple(
            _subscription(name, block, region)
            for name, block in read.blocks("subscriptions", SageMakerSubscriptionArgs)
        ),
        **latencies,
    )


def _check_topic(read: Reader, region: str) -> None:
    _arn(read, "topic_arn", SNS_TOPIC, region)
    _arn(read, "topic_kms_key_arn", KMS_KEY_OR_ALIAS, region)
    if read.has("topic_arn") and read.has("topic_kms_key_arn"):
        fix = "drop one: a given topic has its own key"
        read.problems.add(read.at("topic_kms_key_arn"), "has no meaning with topic_arn", fix=fix)


def _subscription(name: str, read: Reader, region: str) -> SubscriptionSpec:
    check_entry_name(name, read.path, read.problems, fix="rename it")
    given = [key for key in PROTOCOLS if read.has(key)]
    if len(given) != 1:
        rule = "must have exactly one of " + ", ".join(PROTOCOLS)
        read.problems.add(read.path, rule, got=given or None, fix="keep one; give the others entries of their own")
    mail = read.text("mail")
    if mail and not _MAIL.fullmatch(mail):
        read.problems.add(read.at("mail"), "must be a mail address", got=mail, fix="write e.g. on-call@example.com")
    _arn(read, "lambda_arn", LAMBDA_FUNCTION, region)
    url: object = read.value("https_url")
    if isinstance(url, str) and not _HTTPS.fullmatch(url):
        # Not shown: such an address is often a secret.
        rule, fix = "must be an https address without a user in it", "write e.g. https://events.example.com/sns"
        read.problems.add(read.at("https_url"), rule, fix=fix)
    return SubscriptionSpec(name=name, protocol=PROTOCOLS[given[0]] if given else "email")


def _arn(read: Reader, key: str, form: ArnForm, region: str) -> None:
    elsewhere = f"use {form.noun} of the endpoint's region"
    check_arn(read, key, form, region, fix="copy the whole ARN", elsewhere=elsewhere)
