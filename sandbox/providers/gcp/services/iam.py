"""Service accounts, and who may do what in a project."""

from typing import Final

from sandbox.providers.cloud.account import Account, CloudObject
from sandbox.providers.cloud.errors import CloudError
from sandbox.providers.cloud.row import ResourceType, filled
from sandbox.providers.cloud.rules import all_of, length, matches
from sandbox.providers.gcp.facts.project import DEFAULT_NODE_ACCOUNT, SERVICE_AGENT
from sandbox.providers.gcp.rules import member, role
from sandbox.providers.gcp.services import tokens

_DOMAIN: Final = "iam.gserviceaccount.com"
_ACCOUNT_ID: Final = r"[a-z]([-a-z0-9]{4,28}[a-z0-9])"
_PREFIX: Final = "serviceAccount:"


def email_of(made: CloudObject) -> str:
    """Address of a service account."""
    return f"{made['accountId']}@{made.account.id}.{_DOMAIN}"


def account_exists(account: Account, email: str) -> bool:
    """Whether a service account is there. Those of other projects are taken on trust."""
    if email in (SERVICE_AGENT, DEFAULT_NODE_ACCOUNT) or not email.endswith(f"@{account.id}.{_DOMAIN}"):
        return not email.startswith("service-") or email == SERVICE_AGENT or "container-engine-robot" not in email
    return any(row.outputs.get("email") == email for row in account.all(tokens.ACCOUNT))


def check_member(made: CloudObject) -> None:
    """Refuse a member whose service account does not exist."""
    who = str(made["member"])
    if who.startswith(_PREFIX) and "[" not in who and not account_exists(made.account, who.removeprefix(_PREFIX)):
        raise CloudError("badRequest", f"Service account {who.removeprefix(_PREFIX)} does not exist.")


def _etag(made: CloudObject) -> str:
    return "BwY" + made.derived("etag", 8) + "="


ROWS = (
    ResourceType(
        token=tokens.ACCOUNT,
        service="iam",
        noun="service account",
        id=lambda made: f"projects/{made.account.id}/serviceAccounts/{email_of(made)}",
        replaces=("accountId",),
        check=all_of(
            matches("accountId", _ACCOUNT_ID, "must be 6 to 30 small letters, digits and inner dashes, a letter first"),
            length("displayName", 0, 100),
            length("description", 0, 256),
        ),
        outputs={
            "email": email_of,
            "member": lambda made: _PREFIX + email_of(made),
            "name": lambda made: f"projects/{made.account.id}/serviceAccounts/{email_of(made)}",
            "uniqueId": lambda made: str(int(made.derived("number", 16), 16)),
        },
        exists=("alreadyExists", "Service account {accountId} already exists within the project."),
    ),
    ResourceType(
        token=tokens.PROJECT_MEMBER,
        service="cloudresourcemanager",
        noun="IAM member of the project",
        id=filled("{account}/{role}/{member}"),
        replaces=("member", "role", "condition"),
        check=all_of(member(), role()),
        admit=check_member,
        outputs={"etag": _etag},
        upserts=True,
        import_ids=lambda made: (f"{made.account.id} {made['role']} {made['member']}",),
    ),
)
