"""The IAM policies of a deployer: what the types of resources of a stack need, in documents that IAM accepts."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from catalog.aws.deployer import DEPLOYER_RIGHTS, LOOKUPS, Rights
from core.aws.iam_grammar import LONGEST_DOCUMENT
from core.aws.regions import partition_of

__all__ = ["deployer_policies", "deployer_statements", "only_reading", "state_statements", "types_of"]

_SERVICES = {
    "eks": ("ec2", "eks", "iam", "kms", "autoscaling"),
    "sagemaker": ("sagemaker", "appautoscaling", "cloudwatch", "iam", "lambda", "sns"),
}
_WATCHED_EKS = ("aws:cloudwatch/logGroup:LogGroup",)

_READS = ("Describe", "Get", "List")
_Conditions = tuple[tuple[str, str, tuple[str, ...]], ...]


def types_of(section: str) -> tuple[str, ...]:
    """Types of AWS resources that a target may register.

    Args:
        section: Section of the stack file that chooses the target: `eks` or `sagemaker`.
    """
    return tuple(kind for kind in DEPLOYER_RIGHTS if _belongs(kind, section))


def _belongs(kind: str, section: str) -> bool:
    service = kind.split(":")[1].split("/")[0]
    if service == "cloudwatch" and section == "eks":
        return kind in _WATCHED_EKS
    return service in _SERVICES[section]


def deployer_statements(types: Iterable[str], *, region: str, name: str, stack: str) -> tuple[Rights, ...]:
    """The rights of some types of resources, those on the same ARNs in one.

    Args:
        types: As in `DEPLOYER_RIGHTS`.
        region: Region of the stack.
        name: Name of the cluster or of the endpoint.
        stack: Name of the stack, which is the value of the tag `cartesia:stack` on all that it makes.
    """
    places = {"partition": partition_of(region), "region": region, "name": name, "stack": stack}
    merged: dict[tuple[str, tuple[str, ...], _Conditions], dict[str, str]] = {}
    for rights in (LOOKUPS, *(each for kind in types for each in DEPLOYER_RIGHTS[kind])):
        arns = tuple(pattern.format(**places) for pattern in rights.resources)
        conditions = tuple(
            (operator, key, tuple(value.format(**places) for value in values))
            for operator, key, values in rights.conditions
        )
        key = (rights.actions[0].split(":")[0], arns, conditions)
        merged.setdefault(key, {}).update(dict.fromkeys(rights.actions, rights.reason))
    return tuple(
        Rights(tuple(sorted(actions)), arns, "; ".join(sorted({*actions.values()} - {""})), conditions)
        for (_, arns, conditions), actions in sorted(merged.items())
    )


def only_reading(statements: Iterable[Rights]) -> tuple[Rights, ...]:
    """What of some rights changes nothing: what a preview or a refresh takes.

    Args:
        statements: As `deployer_statements` gives them.
    """
    kept = ((each, tuple(action for action in each.actions if _reads(action))) for each in statements)
    return tuple(replace(each, actions=actions) for each, actions in kept if actions)


def _reads(action: str) -> bool:
    return action.split(":")[1].startswith(_READS)


def state_statements(bucket: str, prefix: str, key_arn: str, partition: str, *, reading: bool) -> tuple[Rights, ...]:
    """The rights on a state that lies in S3, and on the key of its secrets.

    A preview decrypts secrets as an update does, but takes no lock and writes none.

    Args:
        bucket: Name of the bucket.
        prefix: Path of the state below it; empty for the whole bucket.
        key_arn: ARN of the KMS key that encrypts the stack's secrets; empty where it is none of KMS.
        partition: AWS partition.
        reading: Whether the state is only read.
    """
    objects = f"arn:{partition}:s3:::{bucket}/{prefix}{'/' if prefix else ''}*"
    writes = () if reading else ("s3:DeleteObject", "s3:PutObject")
    found = [
        Rights(("s3:ListBucket",), (f"arn:{partition}:s3:::{bucket}",)),
        Rights(("s3:GetObject", *writes), (objects,)),
    ]
    if key_arn:
        found.append(Rights(("kms:Decrypt", *(() if reading else ("kms:Encrypt",))), (key_arn,)))
    return tuple(found)


def deployer_policies(statements: Iterable[Rights]) -> tuple[Mapping[str, Any], ...]:
    """Policy documents that hold the statements, each within the size of a managed policy."""
    documents: list[list[dict[str, Any]]] = [[]]
    for index, rights in enumerate(statements):
        one: dict[str, Any] = {
            "Sid": f"{rights.actions[0].split(':')[0].title().replace('-', '')}{index}",
            "Effect": "Allow",
            "Action": list(rights.actions),
            "Resource": list(rights.resources),
        }
        if rights.conditions:
            one["Condition"] = _conditions(rights)
        if _size([*documents[-1], one]) > LONGEST_DOCUMENT:
            documents.append([])
        documents[-1].append(one)
    return tuple(_document(held) for held in documents)


def _conditions(rights: Rights) -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = {}
    for operator, key, values in rights.conditions:
        found.setdefault(operator, {})[key] = list(values)
    return found


def _document(statements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": statements}


def _size(statements: list[dict[str, Any]]) -> int:
    return len("".join(json.dumps(_document(statements)).split()))
