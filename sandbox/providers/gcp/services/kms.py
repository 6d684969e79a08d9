"""Key rings and keys. Neither is ever deleted: names stay taken, and only the versions of a key go."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sandbox.providers.base import Failure
from sandbox.providers.cloud.account import Account, CloudObject
from sandbox.providers.cloud.errors import CloudError
from sandbox.providers.cloud.row import AutoName, ResourceType, constant, filled
from sandbox.providers.cloud.rules import all_of, matches, one_of
from sandbox.providers.cloud.store import Record
from sandbox.providers.gcp.rules import member, role
from sandbox.providers.gcp.services import tokens
from sandbox.providers.gcp.services.iam import check_member

ENCRYPTER: Final = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
_NAME: Final = r"[a-zA-Z0-9_-]{1,63}"
_SECONDS: Final = re.compile(r"(\d+)(\.\d+)?s")
_SHORTEST_ROTATION: Final = 86400
_FORGOTTEN: Final = "gcp:kms/forgotten:Forgotten"
"""Where names stand that were used once."""


def find_key(account: Account, key_id: object) -> Record | None:
    """A key by id."""
    return account.find(tokens.CRYPTO_KEY, key_id)


def may_encrypt(account: Account, key_id: str, email: str) -> bool:
    """Whether a service account may use a key."""
    return any(
        row.inputs["role"] == ENCRYPTER and row.inputs["member"] == f"serviceAccount:{email}"
        for row in account.where(tokens.CRYPTO_KEY_MEMBER, "cryptoKeyId", key_id)
    )


def location_of_key(key_id: str) -> str:
    """Location in the id of a key."""
    return key_id.split("/")[3]


def _ring_id(made: CloudObject) -> str:
    return f"projects/{made.account.id}/locations/{made['location']}/keyRings/{made['name']}"


def _refuse_used(made: CloudObject, wanted: str) -> None:
    if not made.id and made.account.find(_FORGOTTEN, wanted) is not None:
        raise CloudError("alreadyExists", f"{wanted} already exists.")


def _forget(made: CloudObject) -> None:
    made.account.store.put(
        Record(
            type=_FORGOTTEN,
            id=made.id,
            location=made.account.location,
            urn="",
            created=made.created,
            status="active",
            inputs={},
        )
    )


def _check_rotation(values: Mapping[str, Any]) -> Iterator[Failure]:
    period = values.get("rotationPeriod")
    if period is None:
        return
    found = _SECONDS.fullmatch(period)
    if found is None or int(found[1]) < _SHORTEST_ROTATION:
        yield Failure("rotationPeriod", f"must be a duration of at least {_SHORTEST_ROTATION}s, e.g. 7776000s")


def _admit_key(made: CloudObject) -> None:
    if made.account.find(tokens.KEY_RING, made["keyRing"]) is None:
        raise CloudError("notFound", f"KeyRing {made['keyRing']} not found.")
    _refuse_used(made, f"{made['keyRing']}/cryptoKeys/{made['name']}")


def _admit_member(made: CloudObject) -> None:
    if find_key(made.account, made["cryptoKeyId"]) is None:
        raise CloudError("notFound", f"CryptoKey {made['cryptoKeyId']} not found.")
    check_member(made)


ROWS = (
    ResourceType(
        token=tokens.KEY_RING,
        service="cloudkms",
        noun="KeyRing",
        id=_ring_id,
        name=AutoName("name", 63, prefix_key=None),
        replaces=("name", "location"),
        check=all_of(matches("name", _NAME, "must be 1 to 63 letters, digits, - and _")),
        admit=lambda made: _refuse_used(made, _ring_id(made)),
        on_delete=_forget,
        exists=("alreadyExists", "KeyRing {id} already exists."),
    ),
    ResourceType(
        token=tokens.CRYPTO_KEY,
        service="cloudkms",
        noun="CryptoKey",
        id=filled("{keyRing}/cryptoKeys/{name}"),
        name=AutoName("name", 63, prefix_key=None),
        replaces=(
            "name",
            "keyRing",
            "purpose",
            "cryptoKeyBackend",
            "destroyScheduledDuration",
            "importOnly",
            "skipInitialVersionCreation",
        ),
        defaults={"purpose": "ENCRYPT_DECRYPT"},
        check=all_of(
            matches("name", _NAME, "must be 1 to 63 letters, digits, - and _"),
            one_of("purpose", "ENCRYPT_DECRYPT", "ASYMMETRIC_SIGN", "ASYMMETRIC_DECRYPT", "MAC"),
            _check_rotation,
        ),
        admit=_admit_key,
        on_delete=_forget,
        outputs={
            "primaries": lambda made: [{"name": f"{made.id}/cryptoKeyVersions/1", "state": "ENABLED"}],
            "versionTemplate": constant(
                {"algorithm": "GOOGLE_SYMMETRIC_ENCRYPTION", "protectionLevel": "SOFTWARE"},
            ),
            "destroyScheduledDuration": constant("2592000s"),
            "importOnly": constant(False),
        },
        exists=("alreadyExists", "CryptoKey {id} already exists."),
    ),
    ResourceType(
        token=tokens.CRYPTO_KEY_MEMBER,
        service="cloudkms",
        noun="IAM member of the key",
        id=filled("{cryptoKeyId}/{role}/{member}"),
        replaces=("cryptoKeyId", "member", "role", "condition"),
        check=all_of(member(), role()),
        admit=_admit_member,
        outputs={"etag": lambda made: "BwY" + made.derived("etag", 8) + "="},
        upserts=True,
        import_ids=lambda made: (f"{made['cryptoKeyId']} {made['role']} {made['member']}",),
    ),
)
