"""Making, finding, changing and removing objects of the pretended account, with the refusals of the cloud.

Owns the order of steps, so that a kill at any moment leaves an object that a later `read` completes or an inventory
names: an object is on record before anything is done for it, and forgotten after everything is undone.
"""

import dataclasses
import datetime as dt
import secrets
import threading
from collections.abc import Mapping
from typing import Any

from sandbox.providers.base import EngineKilled, known, plain
from sandbox.providers.cloud.account import Account, CloudObject
from sandbox.providers.cloud.condition import broken, condition_of, in_service, repaired
from sandbox.providers.cloud.definition import Cloud
from sandbox.providers.cloud.errors import CloudError, HalfMadeError, UnfulfillableError
from sandbox.providers.cloud.faults import AFTER, KILLED, Fault, take_fault
from sandbox.providers.cloud.inputs import without_marks
from sandbox.providers.cloud.outputs import outputs_of
from sandbox.providers.cloud.row import Blocker, ResourceType
from sandbox.providers.cloud.store import GLOBAL, Record
from sandbox.providers.cloud.walk import values_at

CREATING, ACTIVE, DELETING = "creating", "active", "deleting"


def create(
    cloud: Cloud,
    row: ResourceType,
    account: Account,
    urn: str,
    inputs: Mapping[str, Any],
    wait: float,
    cancelled: threading.Event,
) -> Record:
    """Make an object. Its create call takes `wait` seconds after the object is there, unless it is cancelled.

    Raises:
        HalfMadeError: The object is there and not in service.
    """
    fault = take_fault(account.store, row.token, _logical(urn), "create")
    facts = _generated_name(row, inputs)
    draft = CloudObject(
        account=account, id="", inputs=_effective(inputs, facts), created=_now(), name=_logical(urn), facts=facts
    )
    with account.store.locked():
        fault = _admit(row, draft) or fault
        object_id = row.id(draft)
        location = location_of(row, account)
        if not row.upserts and account.store.get(row.token, location, object_id) is not None:
            code, message = row.exists or cloud.exists
            raise CloudError(code, message.format(**{**draft.inputs, "id": object_id}))
        record = Record(
            type=row.token,
            id=object_id,
            location=location,
            urn=urn,
            created=draft.created,
            status=CREATING,
            inputs=without_marks(inputs),
            facts=facts,
        )
        account.store.put(record)
    if fault and fault.when == AFTER:
        raise HalfMadeError(_half_create(cloud, row, account, record, fault), fault.error)
    record = finish_create(cloud, row, account, record)
    _kill(fault)
    cancelled.wait(wait)
    return record


def finish_create(cloud: Cloud, row: ResourceType, account: Account, record: Record) -> Record:
    """Do what creation means in the world; also completes a creation whose engine was killed."""
    facts = {**record.facts, **(row.on_create(made_of(account, record)) if row.on_create else {})}
    return _write(cloud, row, account, dataclasses.replace(record, facts=facts, status=ACTIVE))


def find(cloud: Cloud, row: ResourceType, account: Account, object_id: str) -> Record | None:
    """An object by its id or by a spelling that an import takes; a create or delete cut short is finished first."""
    record = account.store.get(row.token, location_of(row, account), object_id)
    if record is None and row.import_ids:
        record = next((r for r in account.all(row.token) if object_id in row.import_ids(made_of(account, r))), None)
    if record is None:
        return None
    take_fault(account.store, row.token, record.name, "read")
    if record.status == DELETING:
        _finish_delete(row, account, record)
        return None
    if record.status == CREATING:
        return finish_create(cloud, row, account, record)
    return _healed(cloud, row, account, record)


def _healed(cloud: Cloud, row: ResourceType, account: Account, record: Record) -> Record:
    if not condition_of(record.facts) or not row.heals or not row.heals(made_of(account, record)):
        return record
    return finish_create(cloud, row, account, dataclasses.replace(record, facts=in_service(record.facts)))


def update(cloud: Cloud, row: ResourceType, account: Account, object_id: str, inputs: Mapping[str, Any]) -> Record:
    """Change an object in place.

    Raises:
        HalfMadeError: The API took the change and could not carry it out.
    """
    fault = _planned_fault(row, account, object_id, "update")
    with account.store.locked():
        record = account.store.get(row.token, location_of(row, account), object_id)
        if record is None:
            raise missing(cloud, row, object_id)
        inputs = {**inputs, **{key: record.inputs[key] for key in row.kept if record.inputs.get(key) is not None}}
        old = made_of(account, record)
        new = dataclasses.replace(old, inputs=_effective(inputs, record.facts))
        fault = _admit(row, new) or fault
        if row.allow_update:
            row.allow_update(old, new)
        facts = repaired(row, old)
        if fault and fault.when == AFTER and row.broken.get("update"):
            raise HalfMadeError(_break(cloud, row, account, record, fault, "update"), fault.error)
        record = dataclasses.replace(record, inputs=without_marks(inputs), facts=facts)
        account.store.put(record)
    new = dataclasses.replace(new, facts=facts)
    changed = row.on_update(old, new) if row.on_update else None
    record = _write(cloud, row, account, dataclasses.replace(record, facts={**facts, **(changed or {})}))
    if fault and fault.when == AFTER:
        raise HalfMadeError(record, fault.error)
    _kill(fault)
    return record


def delete(cloud: Cloud, row: ResourceType, account: Account, object_id: str) -> None:
    """Remove an object; one already gone is fine."""
    fault = _planned_fault(row, account, object_id, "delete")
    with account.store.locked():
        record = account.store.get(row.token, location_of(row, account), object_id)
        if record is None:
            return
        for blocker in row.blocked_by:
            _refuse_if_used(blocker, account, record)
        if row.allow_delete:
            row.allow_delete(made_of(account, record))
        if fault and fault.when == AFTER:
            raise HalfMadeError(_break(cloud, row, account, record, fault, "delete"), fault.error)
        record = dataclasses.replace(record, status=DELETING)
        account.store.put(record)
    _finish_delete(row, account, record)
    _kill(fault)


def missing(cloud: Cloud, row: ResourceType, object_id: str) -> CloudError:
    """The cloud's answer to a change of an object that is gone."""
    return CloudError(cloud.missing[0], cloud.missing[1].format(noun=row.noun, id=object_id))


def made_of(account: Account, record: Record) -> CloudObject:
    """A record as the functions of its row see it."""
    return CloudObject(
        account=account,
        id=record.id,
        inputs=_effective(record.inputs, record.facts),
        created=record.created,
        name=record.name,
        facts=record.facts,
    )


def location_of(row: ResourceType, account: Account) -> str:
    """Where objects of this type are kept."""
    return GLOBAL if row.is_global else account.location


def _write(cloud: Cloud, row: ResourceType, account: Account, record: Record) -> Record:
    record = dataclasses.replace(record, outputs=outputs_of(cloud, row, made_of(account, record), record.inputs))
    account.store.put(record)
    return record


def _admit(row: ResourceType, made: CloudObject) -> Fault | None:
    """Refuse what the API refuses at once; what it takes and cannot fulfil is a fault of the creation."""
    for reference in row.requires:
        targets = made.account.all(reference.type)
        for value in values_at(made.inputs, reference.path):
            if not any(value == (r.id if reference.by == "id" else r.outputs.get(reference.by)) for r in targets):
                raise CloudError(reference.code, reference.message.format(value=value))
    try:
        if row.admit:
            row.admit(made)
    except UnfulfillableError as error:
        return Fault(when=AFTER, error=error, status=error.status)
    return None


def _finish_delete(row: ResourceType, account: Account, record: Record) -> None:
    if row.on_delete:
        row.on_delete(made_of(account, record))
    account.store.remove(record)


def _half_create(cloud: Cloud, row: ResourceType, account: Account, record: Record, fault: Fault) -> Record:
    work = row.on_half_made or row.on_create
    facts = {**record.facts, **(work(made_of(account, record)) if work else {})}
    return _break(cloud, row, account, dataclasses.replace(record, facts=facts, status=ACTIVE), fault, "create")


def _break(cloud: Cloud, row: ResourceType, account: Account, record: Record, fault: Fault, operation: str) -> Record:
    facts = broken(row, record.facts, fault, operation)
    return _write(cloud, row, account, dataclasses.replace(record, facts=facts))


def _kill(fault: Fault | None) -> None:
    if fault and fault.when == KILLED:
        raise EngineKilled(str(fault.error))


def _planned_fault(row: ResourceType, account: Account, object_id: str, operation: str) -> Fault | None:
    record = account.store.get(row.token, location_of(row, account), object_id)
    return take_fault(account.store, row.token, record.name, operation) if record is not None else None


def _refuse_if_used(blocker: Blocker, account: Account, record: Record) -> None:
    value = record.id if blocker.to == "id" else record.outputs.get(blocker.to)
    users = account.where(blocker.type, blocker.path, value)
    if any(user.status != DELETING and user.id != record.id for user in users):
        raise CloudError(blocker.code, blocker.message.format(id=record.id))


def _generated_name(row: ResourceType, inputs: Mapping[str, Any]) -> dict[str, Any]:
    auto = row.name
    if auto is None or auto.prefix_key is None or inputs.get(auto.key) is not None:
        return {}
    # The provider's own suffix: a time and a counter, 26 characters; only its length matters here.
    return {"generated": {auto.key: f"{plain(inputs[auto.prefix_key])}{secrets.token_hex(13)}"}}


def _effective(inputs: Mapping[str, Any], facts: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**facts.get("generated", {}), **known(without_marks(inputs))}


def _logical(urn: str) -> str:
    return urn.rsplit("::", 1)[-1]


def _now() -> str:
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
