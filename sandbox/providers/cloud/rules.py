"""Small rules that rows of `services` combine: patterns, ranges, choices, CIDRs, IAM documents.

Each makes a `Check`. A path goes through lists; the failure names the element. Wording is the Terraform provider's.
"""

import ipaddress
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from catalog.aws.instances import INSTANCES
from core.input.problems import nearest
from sandbox.providers.base import UNKNOWN, Failure, path_text
from sandbox.providers.cloud.row import Check

Values = Mapping[str, Any]
_LOGGED_POLICY_KEYS: Final = {"Version", "Id", "Statement"}


def all_of(*checks: Check) -> Check:
    """Every rule, in order."""
    return lambda values: [failure for check in checks for failure in check(values)]


def each(path: str, test: Callable[[Any], str | None]) -> Check:
    """`test` on every value at `path`; it returns what is wrong, or None."""

    def check(values: Values) -> Iterator[Failure]:
        for where, value in _walk(values, path.split("."), ()):
            wrong = test(value)
            if wrong is not None:
                yield Failure(path_text(where), wrong)

    return check


def one_of(path: str, *allowed: Any) -> Check:
    """A closed set of values."""
    shown = " ".join(json.dumps(item) for item in allowed)
    return each(
        path, lambda value: None if value in allowed else f"expected {path} to be one of [{shown}], got {value}"
    )


def matches(path: str, pattern: str, what: str) -> Check:
    """The whole value fits `pattern`; `what` says it in words."""
    compiled = re.compile(pattern)
    return each(path, lambda value: None if compiled.fullmatch(value) else f"{what}; got {value}")


def length(path: str, low: int, high: int) -> Check:
    """Characters of a text, or items of a list."""
    text = f"expected length of {path} to be in the range ({low} - {high})"

    def check(values: Values) -> Iterator[Failure]:
        parts = path.split(".")
        for where, value in _walk(values, parts[:-1], ()) if len(parts) > 1 else [((), values)]:
            item = value.get(parts[-1]) if isinstance(value, Mapping) else None
            if item is not None and not low <= len(item) <= high:
                yield Failure(path_text((*where, parts[-1])), f"{text}, got {len(item)}")

    return check


def between(path: str, low: float, high: float) -> Check:
    """A number in a closed range."""
    return each(
        path,
        lambda value: (
            None if low <= value <= high else f"expected {path} to be in the range ({low} - {high}), got {value}"
        ),
    )


def cidr(path: str, shortest: int = 0, longest: int = 32) -> Check:
    """An IPv4 network without host bits, of a prefix length in the range."""

    def test(value: str) -> str | None:
        try:
            network = ipaddress.IPv4Network(value, strict=False)
        except ValueError:
            return f'"{value}" is not a valid IPv4 CIDR block'
        if str(network) != value:
            return f'"{value}" is not a valid IPv4 CIDR block; did you mean "{network}"?'
        if not shortest <= network.prefixlen <= longest:
            return f"expected {path} to have a prefix between /{shortest} and /{longest}, got /{network.prefixlen}"
        return None

    return each(path, test)


def exactly_one(*keys: str) -> Check:
    """One and only one of some top-level inputs. An unknown one is absent, so too few is left to AWS."""

    def check(values: Values) -> Iterator[Failure]:
        given = [key for key in keys if values.get(key) is not None]
        if len(given) > 1:
            yield Failure(given[1], f"only one of `{','.join(keys)}` can be specified, but `{','.join(given)}` were")

    return check


def not_together(first: str, second: str) -> Check:
    """Two top-level inputs that exclude each other."""

    def check(values: Values) -> Iterator[Failure]:
        if values.get(first) is not None and values.get(second) is not None:
            yield Failure(first, f'"{first}": conflicts with {second}')

    return check


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
    if statement.get("Effect") not in ("Allow", "Deny"):
        yield f"MalformedPolicyDocument: Effect must be Allow or Deny, got {statement.get('Effect')}"
    if ("Action" in statement) == ("NotAction" in statement):
        yield "MalformedPolicyDocument: a statement needs either Action or NotAction"
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
        elif action != "*" and not re.fullmatch(r"[\w-]+:[\w*?]+", str(action)):
            yield f"MalformedPolicyDocument: Actions/Conditions must be prefaced by a vendor, got {action}"


def _walk(value: Any, parts: list[str], where: tuple[str | int, ...]) -> Iterable[tuple[tuple[str | int, ...], Any]]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _walk(item, parts, (*where, index))
    elif not parts:
        if value is not None and value is not UNKNOWN:
            yield where, value
    elif isinstance(value, Mapping):
        yield from _walk(value.get(parts[0]), parts[1:], (*where, parts[0]))
