"""Networks of an endpoint: those of its instances and the door of its callers, collecting every mistake."""

import re
from typing import Any

from catalog.aws.sagemaker import LIMITS
from components.sagemaker.args import SageMakerModelNetworkArgs, SageMakerRuntimeNetworkArgs
from components.sagemaker.spec import DoorSpec
from core.aws.ids import SECURITY_GROUP, SUBNET, VPC, is_id
from core.input.problems import BROKEN
from core.input.reader import Reader

__all__ = ["check_model_network", "resolve_door"]

_VPC_ENDPOINT = re.compile(r"vpce-[0-9a-f]{8,17}")
_MAKING = ("vpc_id", "subnet_ids", "security_group_ids")


def check_model_network(parent: Reader) -> None:
    """Subnets and groups of the instances. Whether the subnets lie in two zones, only AWS can tell."""
    if parent.has("model_network"):
        read = parent.block("model_network", SageMakerModelNetworkArgs)
        zones = "AWS demands two subnets in different zones"
        _check_ids(read, "subnet_ids", LIMITS.subnets, SUBNET, zones)
        _check_ids(read, "security_group_ids", (1, LIMITS.security_groups), SECURITY_GROUP)


def resolve_door(parent: Reader) -> DoorSpec:
    """The way in for callers: none, one that is there, or a new one."""
    given = parent.has("runtime_network")
    read = parent.block("runtime_network", SageMakerRuntimeNetworkArgs)
    existing = read.text("vpc_endpoint_id")
    if existing:
        _check_existing(read, existing)
    elif given:
        read.required("vpc_id", "name the VPC of the callers, or an existing door in vpc_endpoint_id")
        _check_id(read, "vpc_id", read.value("vpc_id"), VPC)
        _check_ids(read, "subnet_ids", (1, 16), SUBNET)
        _check_ids(read, "security_group_ids", (1, 5), SECURITY_GROUP)
    private, others = read.flag("private_dns", True), read.flag("allow_other_endpoints", True)
    if given and not existing and private and not others:
        rule = "must not be false with private_dns, or every other caller of SageMaker in the VPC is locked out"
        needs = (read.at("private_dns"),)
        fix = "set private_dns to false and call by the door's own name, or drop this key"
        read.problems.add(read.at("allow_other_endpoints"), rule, got=False, fix=fix, needs=needs)
    made = given and not existing
    return DoorSpec(made=made, existing_id=existing, private_dns=private, only_this_endpoint=not others)


def _check_existing(read: Reader, existing: str) -> None:
    if not _VPC_ENDPOINT.fullmatch(existing):
        rule, fix = "must be an id that starts with vpce-", "copy the id of the VPC endpoint"
        read.problems.add(read.at("vpc_endpoint_id"), rule, got=existing, fix=fix)
    for key in (*_MAKING, "private_dns", "allow_other_endpoints"):
        if read.has(key):
            rule = "has no meaning with vpc_endpoint_id: whoever made that door decides"
            read.problems.add(read.at(key), rule, fix="drop one of the two", needs=(read.at("vpc_endpoint_id"),))


def _check_ids(read: Reader, key: str, bounds: tuple[int, int], prefix: str, why: str = "") -> None:
    low, high = bounds
    if not read.required(key, f"give at least {low} such as {prefix}0123456789abcdef0"):
        return
    items = read.items(key)
    if isinstance(read.value(key), list | tuple) and BROKEN not in items and not low <= len(items) <= high:
        rule = f"must be {low} to {high} ids" + (f" ({why})" if why else "")
        read.problems.add(read.at(key), rule, got=len(items), fix="add some" if len(items) < low else "drop some")
    texts = [item for item in items if isinstance(item, str)]
    if len(set(texts)) < len(texts):
        read.problems.add(read.at(key), "must name each id once", got=texts, fix="drop the second")
    for index, item in enumerate(items):
        _check_id(read, f"{key}[{index}]", item, prefix)


def _check_id(read: Reader, key: str, value: Any, prefix: str) -> None:
    if isinstance(value, str) and not is_id(value, prefix):
        read.problems.add(read.at(key), f"must be an id that starts with {prefix}", got=value, fix="copy the id")
    elif isinstance(value, int | float | bool):
        read.problems.add(read.at(key), "must be a string", got=value, fix="put the value in quotes")
