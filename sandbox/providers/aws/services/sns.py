"""SNS topics: records only, nothing is delivered."""

import json
from typing import Any

from sandbox.providers.aws.facts.account import ACCOUNT_ID
from sandbox.providers.aws.ids import arn, owner
from sandbox.providers.aws.rules import policy
from sandbox.providers.aws.services import tokens
from sandbox.providers.cloud.account import CloudObject
from sandbox.providers.cloud.row import AutoName, ResourceType, constant
from sandbox.providers.cloud.rules import all_of, length, matches

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
)
