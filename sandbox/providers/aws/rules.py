"""Rules of AWS that several services share: regions, tags, instance types, IAM documents."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from catalog.aws.instances import INSTANCES
from core.aws.iam_grammar import statement_problems
from core.input.problems import nearest
from sandbox.providers.base import Failure
from sandbox.providers.cloud.row import Check
from sandbox.providers.cloud.rules import each, matches

Values = Mapping[str, Any]
_LOGGED_POLICY_KEYS: Final = {"Version", "Id", "Statement"}
_MOST_TAGS: Final = 50
_REGION: Final = re.compile(r"[a-z]{2}(-[a-z]+)+-\d\Z")


def common_rules(values: Mapping[str, Any]) -> Iterator[Failure]:
    """Rules on the region and tags of any resource."""
    region = values.get("region")
    if region is not None and not _REGION.match(region):
        yield Failure("region", f"invalid AWS Region: {region}")
    tags = values.get("tags") or {}
    if len(tags) > _MOST_TAGS:
        yield Failure("tags", f"at most {_MOST_TAGS} tags are allowed; got {len(tags)}")
    for key, value in tags.items():
        if key.lower().startswith("aws:"):
            yield Failure(f'tags["{key}"]', "tag keys that begin with aws: are reserved for AWS")
        if not 1 <= len(key) <= 128:
            yield Failure(f'tags["{key}"]', f"a tag key has 1 to 128 characters; got {len(key)}")
        if len(value) > 256:
            yield Failure(f'tags["{key}"]', f"a tag value has at most 256 characters; got {len(value)}")


def instance_type(path: str) -> Check:
    """An EC2 type that the catalogue knows."""
    return each(
        path,
        lambda value: None if value in INSTANCES else f"unknown instance type {value}; {nearest(value, INSTANCES)}",
    )


def arn(path: str, service: str, resource: str) -> Check:
    """An ARN of a service whose resource part starts with `resource`."""
    pattern = rf"arn:aws[\w-]*:{service}:[a-z0-9-]*:(\d{{12}}|aws)?:{resource}.+"
    return matches(path, pattern, f"must be the ARN of a {service} {resource.rstrip('/:')}")


def policy(path: str, kind: str = "identity") -> Check:
    """An IAM policy document.

    Args:
        path: Where it is.
        kind: `identity` (has resources, no principal), `trust` (principal, `sts:` actions, no resource) or `resource`
            (principal and resource).
    """
    return each(path, lambda value: next(iter(policy_faults(value, kind)), None))


def policy_faults(text: str, kind: str) -> Iterator[str]:
    """What is wrong with an IAM document by IAM's grammar; source: IAM User Guide, "Grammar of the IAM JSON policy"."""
    try:
        document = json.loads(text)
    except ValueError as error:
        yield f"contains an invalid JSON policy: {error}"
        return
    if not isinstance(document, dict) or "Statement" not in document:
        yield "contains an invalid JSON policy: no Statement"
        return
    unknown = sorted(document.keys() - _LOGGED_POLICY_KEYS)
    if unknown:
        yield f"MalformedPolicyDocument: unknown element {unknown[0]}"
    if document.get("Version", "2012-10-17") not in ("2012-10-17", "2008-10-17"):
        yield f"MalformedPolicyDocument: The policy must have a valid version: got {document['Version']}"
    statements = document["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        yield from _statement_faults(statement, kind)


def statements(text: str) -> list[dict[str, Any]]:
    """Statements of a valid document."""
    found = json.loads(text)["Statement"]
    return found if isinstance(found, list) else [found]


def principals(statement: Values, kind: str) -> list[str]:
    """Principals of one kind (`Service`, `AWS`, `Federated`) in a statement; `*` counts as any."""
    principal = statement.get("Principal") or {}
    if principal == "*":
        return ["*"]
    found = principal.get(kind) or []
    return found if isinstance(found, list) else [found]


def trusts(document: str, service: str) -> bool:
    """Whether a trust policy lets an AWS service assume the role."""
    return any(row.get("Effect") == "Allow" and service in principals(row, "Service") for row in statements(document))


def _statement_faults(statement: Any, kind: str) -> Iterator[str]:
    if not isinstance(statement, dict):
        yield "MalformedPolicyDocument: a statement must be an object"
        return
    has_principal = "Principal" in statement or "NotPrincipal" in statement
    has_resource = "Resource" in statement or "NotResource" in statement
    if kind == "identity" and has_principal:
        yield "MalformedPolicyDocument: Policy document should not specify a principal."
    if kind != "identity" and not has_principal:
        yield "MalformedPolicyDocument: Missing required field Principal"
    if kind == "trust" and has_resource:
        yield "MalformedPolicyDocument: Has prohibited field Resource"
    if kind != "trust" and not has_resource:
        yield "MalformedPolicyDocument: Policy statement must contain resources."
    actions = statement.get("Action", [])
    for action in actions if isinstance(actions, list) else [actions]:
        if kind == "trust" and not str(action).startswith("sts:"):
            yield "MalformedPolicyDocument: AssumeRole policy may only specify STS AssumeRole actions."
    for problem in statement_problems(statement, free_sid=kind == "resource"):
        yield f"MalformedPolicyDocument: Syntax errors in policy. ({problem})"
