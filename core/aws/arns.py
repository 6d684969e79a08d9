"""ARNs that arguments carry: their forms, and whether one belongs to a region.

source: IAM user guide, "Amazon Resource Names (ARNs)", 2026-11-25.
"""

import re
from dataclasses import dataclass

from core.aws.regions import partition_of
from core.input.reader import Reader

__all__ = [
    "KMS_KEY",
    "KMS_KEY_OR_ALIAS",
    "LAMBDA_FUNCTION",
    "ML_RESERVATION",
    "PRINCIPAL",
    "ROLE",
    "SNS_TOPIC",
    "Arn",
    "ArnForm",
    "check_arn",
]


@dataclass(frozen=True, slots=True)
class Arn:
    """Where an ARN belongs."""

    partition: str
    region: str
    """Empty for services without regions, such as IAM."""
    account: str
    """Twelve digits."""
    resource: str
    """What follows the account."""

    def reaches(self, region: str) -> bool:
        """Whether something in `region` can use what the ARN names, as far as region and partition tell."""
        return self.partition == partition_of(region) and self.region in ("", region)


@dataclass(frozen=True, slots=True)
class ArnForm:
    """The ARNs of one kind of object."""

    noun: str
    """What it is, with its article, e.g. `a role`."""
    pattern: re.Pattern[str]
    """With the groups `partition`, `region`, `account` and `resource`."""

    def parse(self, text: str) -> Arn | None:
        """The ARN, or None where the text is not one of this form."""
        found = self.pattern.fullmatch(text)
        return Arn(found["partition"], found["region"], found["account"], found["resource"]) if found else None


def _form(noun: str, service: str, resource: str, *, regional: bool = True) -> ArnForm:
    region = r"[a-z0-9-]+" if regional else ""
    return ArnForm(
        noun,
        re.compile(
            rf"arn:(?P<partition>aws[a-z-]*):{service}:(?P<region>{region}):(?P<account>\d{{12}}):(?P<resource>{resource})"
        ),
    )


_IAM_NAME = r"[\w+=,.@/-]{1,512}"

ROLE = _form("a role", "iam", f"role/{_IAM_NAME}", regional=False)
PRINCIPAL = _form("an IAM user or role", "iam", f"(user|role)/{_IAM_NAME}", regional=False)
KMS_KEY = _form("a KMS key", "kms", r"key/[0-9a-z-]+")
"""A key by its id: IAM grants nothing on a key by its alias.

source: AWS KMS developer guide, "Specifying KMS keys in IAM policy statements", 2026-11-25.
"""
KMS_KEY_OR_ALIAS = _form("a KMS key", "kms", r"(key/[0-9a-z-]+|alias/\S+)")
SNS_TOPIC = _form("an SNS topic", "sns", r"[\w-]{1,256}")
LAMBDA_FUNCTION = _form("a Lambda function", "lambda", r"function:[\w-]{1,64}(:[\w$-]{1,128})?")
ML_RESERVATION = _form("a capacity reservation for SageMaker", "sagemaker", r"[a-z0-9-]{1,14}/\S{1,180}")
"""Capacity reserved for endpoints, e.g. a training plan that targets them.

source: SageMaker API reference, ProductionVariantCapacityReservationConfig, 2026-11-25.
"""


def check_arn(read: Reader, key: str, form: ArnForm, region: str, *, fix: str, elsewhere: str) -> None:
    """Add a problem where the ARN under `key` has another form or belongs to another region.

    An output of another resource is known only while deploying, and passes.

    Args:
        read: Reader of the arguments.
        key: Key of the ARN; may be absent.
        form: What the ARN must be of.
        region: Region of what uses it; empty where the region itself is wrong, which skips that rule.
        fix: What to do about another form.
        elsewhere: What to do about another region.
    """
    arn: object = read.value(key)
    if not isinstance(arn, str):
        return
    found = form.parse(arn)
    if found is None:
        read.problems.add(read.at(key), f"must be the ARN of {form.noun}", got=arn, fix=fix)
    elif region and not found.reaches(region):
        read.problems.add(read.at(key), f"must be in {region} ({partition_of(region)})", got=arn, fix=elsewhere)
