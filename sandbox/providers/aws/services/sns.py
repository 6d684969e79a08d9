"""SNS topics and who is told of them: records only, nothing is delivered.

Known differences: mail and HTTPS are never confirmed and can be deleted at once; functions are not looked up.
"""

import json
import re
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.providers.aws.facts.account import ACCOUNT_ID
from sandbox.providers.aws.ids import arn, owner
from sandbox.providers.aws.rules import policy
from sandbox.providers.aws.services import tokens
from sandbox.providers.base import Failure
from sandbox.providers.cloud.account import CloudObject
from sandbox.providers.cloud.row import AutoName, Reference, ResourceType, constant
from sandbox.providers.cloud.rules import all_of, length, matches, one_of

_ARN = arn("sns", "{name}")


def _default_policy(made: CloudObject) -> Any:
    """Whoever is in the account may publish, CloudWatch's alarms included."""
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": ["SNS:Publish", "SNS:Subscribe", "SNS:GetTopicAttributes"],
        "Resource": _ARN(made),
        "Condition": {"StringEquals": {"AWS:SourceOwner": ACCOUNT_ID}},
    }
    return json.dumps({"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]})


_ENDPOINTS = {
    "email": (r"[^@\s]+@[^@\s]+", "Invalid parameter: Email address"),
    "https": (r"https://\S+", "Invalid parameter: Endpoint must match the specified protocol"),
    "lambda": (r"arn:aws[\w-]*:lambda:.+", "Invalid parameter: Lambda endpoint ARN"),
}


def _check_subscription(values: Mapping[str, Any]) -> Iterator[Failure]:
    protocol, endpoint = values.get("protocol"), values.get("endpoint")
    pattern, message = _ENDPOINTS.get(str(protocol), ("", ""))
    if pattern and isinstance(endpoint, str) and not re.fullmatch(pattern, endpoint):
        yield Failure("endpoint", message)


def _subscription_id(made: CloudObject) -> str:
    """The topic's ARN and an id that AWS chooses."""
    return f"{made['topic']}:{uuid.uuid4()}"


ROWS = (
    ResourceType(
        token=tokens.TOPIC,
        service="SNS",
        noun="SNS Topic",
        id=_ARN,
        name=AutoName("name", 256),
        replaces=("name", "namePrefix", "fifoTopic"),
        defaults={"fifoTopic": False, "contentBasedDeduplication": False},
        check=all_of(
            length("name", 1, 256),
            matches("name", r"[\w-]+(\.fifo)?", "may hold letters, digits, - and _ only"),
            length("displayName", 0, 100),
            policy("policy", "resource"),
        ),
        outputs={
            "arn": _ARN,
            "owner": owner,
            "policy": _default_policy,
            "signatureVersion": constant(0),
            "tracingConfig": constant("PassThrough"),
            "beginningArchiveTime": constant(""),
            "fifoThroughputScope": constant(""),
        },
        exists=("InvalidParameter", "Invalid parameter: Topic already exists with different attributes or tags: {id}"),
        calls={"update": "SetTopicAttributes"},
    ),
    ResourceType(
        token=tokens.SUBSCRIPTION,
        service="SNS",
        noun="SNS Topic Subscription",
        id=_subscription_id,
        replaces=("topic", "protocol", "endpoint"),
        defaults={"confirmationTimeoutInMinutes": 1, "endpointAutoConfirms": False, "rawMessageDelivery": False},
        check=all_of(
            one_of("protocol", "email", "https", "lambda"),
            matches("topic", r"arn:aws[\w-]*:sns:.+", "must be the ARN of a topic"),
            _check_subscription,
        ),
        requires=(Reference("topic", tokens.TOPIC, "NotFound", "Topic does not exist"),),
        outputs={
            "arn": lambda made: made.id,
            "ownerId": owner,
            "confirmationWasAuthenticated": lambda made: made["protocol"] == "lambda",
            "pendingConfirmation": lambda made: made["protocol"] != "lambda",
            "filterPolicyScope": constant(""),
        },
        calls={"create": "Subscribe", "update": "SetSubscriptionAttributes", "delete": "Unsubscribe"},
    ),
)
