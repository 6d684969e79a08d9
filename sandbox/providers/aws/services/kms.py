"""Keys and their aliases."""

import uuid
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sandbox.providers.aws.facts.account import ACCOUNT_ID, CALLER_ROLE
from sandbox.providers.aws.ids import arn
from sandbox.providers.aws.rules import policy, policy_faults, principals, statements
from sandbox.providers.aws.services import tokens
from sandbox.providers.base import Failure
from sandbox.providers.cloud.account import Account, CloudObject
from sandbox.providers.cloud.row import ResourceType
from sandbox.providers.cloud.rules import all_of, between
from sandbox.providers.cloud.store import Record

_LOCKED_OUT: Final = (
    "MalformedPolicyDocumentException: The new key policy will not allow you to update the key policy in the future."
)


def find_key(account: Account, name: object) -> Record | None:
    """A key by id or ARN."""
    return next((row for row in account.all(tokens.KEY) if name in (row.id, row.outputs.get("arn"))), None)


def allows_service(key: Record, service: str) -> bool:
    """Whether a key's policy lets a service use it; the default policy lets none."""
    text: str = key.inputs.get("policy") or ""
    return bool(text) and any(
        row.get("Effect") == "Allow" and service in principals(row, "Service") for row in statements(text)
    )


def _check(values: Mapping[str, Any]) -> Iterator[Failure]:
    if values.get("rotationPeriodInDays") and not values.get("enableKeyRotation"):
        yield Failure("rotationPeriodInDays", "enableKeyRotation must be true to set a rotation period")
    text: str = values.get("policy") or ""
    if text and not values.get("bypassPolicyLockoutSafetyCheck") and not any(policy_faults(text, "resource")):
        own = (f"arn:aws:iam::{ACCOUNT_ID}:root", ACCOUNT_ID, "*", f"arn:aws:iam::{ACCOUNT_ID}:role/{CALLER_ROLE}")
        if not any(set(own) & set(principals(row, "AWS")) for row in statements(text) if row.get("Effect") == "Allow"):
            yield Failure("policy", _LOCKED_OUT)


def _default_policy(made: CloudObject) -> str:
    return (
        '{"Id":"key-default-1","Statement":[{"Action":"kms:*","Effect":"Allow","Principal":{"AWS":'
        f'"arn:aws:iam::{ACCOUNT_ID}:root"}},"Resource":"*","Sid":"Enable IAM User Permissions"}}],'
        '"Version":"2012-10-17"}'
    )


ROWS = (
    ResourceType(
        token=tokens.KEY,
        service="KMS",
        noun="KMS Key",
        id=lambda made: str(uuid.uuid4()),
        replaces=("customerMasterKeySpec", "keyUsage", "multiRegion", "customKeyStoreId", "xksKeyId"),
        defaults={
            "bypassPolicyLockoutSafetyCheck": False,
            "customerMasterKeySpec": "SYMMETRIC_DEFAULT",
            "enableKeyRotation": False,
            "isEnabled": True,
            "keyUsage": "ENCRYPT_DECRYPT",
        },
        check=all_of(
            between("deletionWindowInDays", 7, 30),
            policy("policy", "resource"),
            _check,
        ),
        outputs={
            "arn": arn("kms", "key/{id}"),
            "keyId": lambda made: made.id,
            "policy": _default_policy,
            "multiRegion": lambda made: False,
            "rotationPeriodInDays": lambda made: 365 if made["enableKeyRotation"] else None,
        },
        calls={"delete": "ScheduleKeyDeletion", "update": "UpdateKeyDescription"},
    ),
)
