"""Reads IAM policy documents, which stand in inputs as JSON text."""

from collections.abc import Iterator

from policies.reading import Value

__all__ = ["EVERYBODY", "allowing", "names_everybody"]

EVERYBODY = "*"


def allowing(document: Value) -> Iterator[Value]:
    """The statements of a document that allow something."""
    for statement in document.json["Statement"].items():
        if statement["Effect"].is_("Allow"):
            yield statement


def names_everybody(statement: Value) -> bool:
    """Whether a statement's principal is everybody, without a condition."""
    principal = statement["Principal"]
    if statement["Condition"].is_not(None):
        return False
    return principal.is_(EVERYBODY) or (bool(principal.keys_if_map()) and _aws_everybody(principal))


def _aws_everybody(principal: Value) -> bool:
    return any(item.is_(EVERYBODY) for item in principal["AWS"].items())
