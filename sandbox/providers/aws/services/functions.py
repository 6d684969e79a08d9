"""The right of other services to call a Lambda function: a record. The function is somebody else's."""

import uuid

from sandbox.providers.aws.services import tokens
from sandbox.providers.cloud.account import CloudObject
from sandbox.providers.cloud.row import ResourceType
from sandbox.providers.cloud.rules import all_of, matches


def _statement(made: CloudObject) -> str:
    return str(made["statementId"] or f"pulumi-{uuid.uuid4()}")


ROWS = (
    ResourceType(
        token=tokens.LAMBDA_PERMISSION,
        service="Lambda",
        noun="Lambda Permission",
        id=_statement,
        replaces=("*",),
        check=all_of(
            matches("action", r"(lambda:[*]|lambda:[a-zA-Z]+|[*])", "must be an action of Lambda"),
            matches("principal", r"[\w.-]+|\*", "must be a service, an account or *"),
        ),
        outputs={"statementId": lambda made: made.id},
        calls={"create": "AddPermission", "delete": "RemovePermission"},
    ),
)
