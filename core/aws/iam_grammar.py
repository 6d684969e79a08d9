"""Hold a policy document against IAM's grammar, as far as it can be without asking AWS.

Owns the form: keys, effects, actions, ARNs, principals, condition operators, sizes. Whether an action exists, or a
resource does, only AWS knows. source: IAM user guide, "Grammar of the IAM JSON policy language" and "IAM JSON policy
elements: Condition operators", 2026-11-21.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

__all__ = ["grammar_problems", "statement_problems"]

LONGEST_DOCUMENT: Final = 6144
"""Characters of a managed policy without white space. An inline one may be longer, a trust policy must be shorter."""

_STATEMENT_KEYS: Final = frozenset(
    {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
)
_ACTION: Final = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9*?]+")
_ARN: Final = re.compile(r"arn:(aws|aws-cn|aws-us-gov|\*):[a-z0-9-]*:[a-z0-9*-]*:(\d{12}|aws|\*)?:\S+")
_SERVICE: Final = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com(\.cn)?")
_SID: Final = re.compile(r"[A-Za-z0-9]+")
_CONDITION_KEY: Final = re.compile(r"[A-Za-z0-9.-]+(/[A-Za-z0-9._-]+)*:[A-Za-z0-9/_.:-]+")
_ACCOUNT: Final = re.compile(r"\d{12}")

_COMPARED: Final = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
_OPERATORS: Final = frozenset(
    {
        *(f"String{how}" for how in ("Equals", "NotEquals", "Like", "NotLike")),
        *("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"),
        *(f"Numeric{how}" for how in _COMPARED),
        *(f"Date{how}" for how in _COMPARED),
        *(f"Arn{how}" for how in ("Equals", "NotEquals", "Like", "NotLike")),
        *("Bool", "BinaryEquals", "IpAddress", "NotIpAddress", "Null"),
    }
)


def grammar_problems(text: str) -> list[str]:
    """What in a policy document breaks the grammar, each with its place. Empty where nothing does."""
    try:
        document = json.loads(text)
    except ValueError as error:
        return [f"is not JSON: {error}"]
    if not isinstance(document, dict):
        return ["must be an object"]
    return list(_document(document, text))


def _document(document: Mapping[str, Any], text: str) -> Iterator[str]:
    yield from (f"{key}: unknown element" for key in sorted(set(document) - {"Version", "Id", "Statement"}))
    if document.get("Version") != "2012-10-17":
        yield "Version: must be 2012-10-17"
    if len("".join(text.split())) > LONGEST_DOCUMENT:
        yield f"must be at most {LONGEST_DOCUMENT} characters"
    statements = document.get("Statement")
    if isinstance(statements, dict):
        statements = [statements]
    if not isinstance(statements, list) or not statements:
        yield "Statement: must hold at least one statement"
        return
    sids = [str(one["Sid"]) for one in statements if isinstance(one, dict) and "Sid" in one]
    if len(sids) != len(set(sids)):
        yield "Statement: each Sid may stand once"
    for index, statement in enumerate(statements):
        where = f"Statement[{index}]"
        if isinstance(statement, dict):
            yield from (f"{where}.{problem}" for problem in statement_problems(statement))
        else:
            yield f"{where}: must be an object"


def statement_problems(statement: Mapping[str, Any], *, free_sid: bool = False) -> Iterator[str]:
    """What in one statement breaks the grammar.

    Args:
        statement: The statement as read.
        free_sid: Whether its name may hold anything, as in the policies of keys and topics.
    """
    yield from (f"{key}: unknown element" for key in sorted(set(statement) - _STATEMENT_KEYS))
    if statement.get("Effect") not in ("Allow", "Deny"):
        yield "Effect: must be Allow or Deny"
    if "Sid" in statement and not free_sid and not _SID.fullmatch(str(statement["Sid"])):
        yield "Sid: must be letters and digits"
    if ("Action" in statement) == ("NotAction" in statement):
        yield "Action: exactly one of Action and NotAction must be there"
    for key in ("Action", "NotAction"):
        for action in _texts(statement.get(key, [])):
            if action != "*" and not _ACTION.fullmatch(action):
                yield f"{key}: {action!r} is not service:Action"
    yield from _resources(statement)
    for key in ("Principal", "NotPrincipal"):
        if key in statement:
            yield from (f"{key}{problem}" for problem in _principal(statement[key]))
    yield from _condition(statement.get("Condition", {}))


def _resources(statement: Mapping[str, Any]) -> Iterator[str]:
    trust = "Principal" in statement or "NotPrincipal" in statement
    given = [key for key in ("Resource", "NotResource") if key in statement]
    if len(given) > 1 or (not given and not trust):
        yield "Resource: exactly one of Resource and NotResource must be there"
    for key in given:
        values = _texts(statement[key])
        if not values:
            yield f"{key}: must not be empty"
        for value in values:
            if value != "*" and not _ARN.fullmatch(value):
                yield f"{key}: {value!r} is not an ARN"


def _principal(principal: Any) -> Iterator[str]:
    if principal == "*":
        return
    if not isinstance(principal, dict) or not principal:
        yield ': must be "*" or an object'
        return
    for kind, values in principal.items():
        if kind not in ("AWS", "Service", "Federated", "CanonicalUser"):
            yield f".{kind}: unknown kind of principal"
        for value in _texts(values):
            if kind == "Service" and not _SERVICE.fullmatch(value):
                yield f".Service: {value!r} is not a service principal"
            if kind == "AWS" and value != "*" and not (_ARN.fullmatch(value) or _ACCOUNT.fullmatch(value)):
                yield f".AWS: {value!r} is not an ARN or account"


def _condition(condition: Any) -> Iterator[str]:
    if not isinstance(condition, dict):
        yield "Condition: must be an object"
        return
    for operator, keys in condition.items():
        base = operator.removeprefix("ForAllValues:").removeprefix("ForAnyValue:").removesuffix("IfExists")
        if base not in _OPERATORS:
            yield f"Condition: {operator!r} is not an operator"
        if not isinstance(keys, dict) or not keys:
            yield f"Condition.{operator}: must hold a key"
            continue
        for key in keys:
            if not _CONDITION_KEY.fullmatch(key):
                yield f"Condition.{operator}: {key!r} is not a condition key"


def _texts(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]
