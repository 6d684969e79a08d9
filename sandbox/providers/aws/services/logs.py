"""CloudWatch log groups."""

from catalog.aws.logs import LOG_RETENTION_DAYS
from sandbox.providers.aws.ids import arn
from sandbox.providers.aws.services.kms import allows_service, find_key
from sandbox.providers.cloud.account import CloudObject
from sandbox.providers.cloud.errors import CloudError
from sandbox.providers.cloud.row import AutoName, ResourceType, constant, joined
from sandbox.providers.cloud.rules import all_of, matches, one_of


def _admit(made: CloudObject) -> None:
    name = made["kmsKeyId"]
    if name is None:
        return
    key = find_key(made.account, name)
    if key is None or not allows_service(key, f"logs.{made.account.location}.amazonaws.com"):
        group = arn("logs", "log-group:{name}")(made)
        raise CloudError(
            "AccessDeniedException",
            f"The specified KMS key does not exist or is not allowed to be used with Arn '{group}'",
        )


ROWS = (
    ResourceType(
        token="aws:cloudwatch/logGroup:LogGroup",  # noqa: S106 - a type token
        service="CloudWatch Logs",
        noun="CloudWatch Logs Log Group",
        id=joined("name"),
        name=AutoName("name", 512),
        replaces=("name", "logGroupClass"),
        defaults={"skipDestroy": False},
        check=all_of(
            matches("name", r"[\w./#-]+", "may hold letters, digits and ./#-_ only"),
            one_of("retentionInDays", 0, *LOG_RETENTION_DAYS),
            matches("kmsKeyId", r"arn:aws:kms:.+", "must be the ARN of a KMS key"),
        ),
        admit=_admit,
        outputs={
            "arn": arn("logs", "log-group:{name}"),
            "logGroupClass": constant("STANDARD"),
            "retentionInDays": constant(0),
            "deletionProtectionEnabled": constant(False),
        },
        exists=("ResourceAlreadyExistsException", "The specified log group already exists"),
        calls={"update": "PutRetentionPolicy"},
    ),
)
