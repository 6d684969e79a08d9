"""From what a component registers to the API calls the provider makes of it, checked against botocore's models.

Which property becomes which member of which operation is the stand-in's own table (`sandbox/providers/aws/api/`). A
property that no call takes and that is no setting of the provider is an error of the test, so nothing is passed over in
silence.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.model import ListShape, MapShape, Shape

from sandbox.providers.aws.api.models import elements, input_of, members_of, model, python_pattern, shape_at, target
from sandbox.providers.aws.api.operations import OPERATIONS, SETTINGS, Call
from sandbox.providers.aws.cloud import SCHEMAS
from tests.support.aws_mocks import Registered

__all__ = ["UNCHECKED", "UNCHECKED_SAGEMAKER", "against", "is_known", "model", "problems_of", "unchecked_table"]

ARN = re.compile(r"arn:(aws|aws-cn|aws-us-gov):[a-z0-9-]+:[a-z0-9-]*:(\d{12}|aws)?:\S+")
ID = re.compile(r"(vpc|subnet|igw|rtb|eipalloc|nat|lt|vpce|sg|cr)-[0-9a-f]{8,17}")

UNCHECKED: Mapping[str, Mapping[str, str]] = {
    "*": {
        "physical names that the engine makes": "made by the provider at deploy time from the logical name; lengths "
        "are bounded by `LONGEST_NAME` and `_GROUP_NAME`",
        "rules between services": "that a role, key, subnet or zone exists and may be used; only AWS knows",
        "quotas and regional offers": "that the account may start the instances, and that the region has them",
    },
    "Cluster": {
        "version": "a plain string in the model; that EKS offers it is from its calendar (`catalog/aws/eks.py`)",
        "vpcConfig.publicAccessCidrs": "plain strings in the model; form and ranges are held by our own rules",
        "kubernetesNetworkConfig.serviceIpv4Cidr": "a plain string in the model; ranges are held by our own rules",
    },
    "NodeGroup": {
        "instanceTypes": "plain strings for EKS; checked against the EC2 model instead",
        "version": "a plain string in the model",
        "launchTemplate": "EKS's list of what such a template may not hold is prose: no image, user data, profile or "
        "subnet is set",
    },
    "Addon": {
        "addonName, addonVersion": "plain strings in the model; names are those of the EKS user guide",
        "podIdentityAssociations.serviceAccount": "a plain string; the names are those of the add-ons' own manifests",
    },
    "AccessPolicyAssociation": {"policyArn": "form of the ARN only; that the policy exists is from the EKS user guide"},
    "RolePolicyAttachment": {"policyArn": "form of the ARN only; that AWS maintains the policy is from its reference"},
    "VpcEndpoint": {"serviceName": "a plain string in the model"},
    "LaunchTemplate": {
        "updateDefaultVersion": "told to the provider, which calls ModifyLaunchTemplate",
        "blockDeviceMappings.deviceName": "a plain string; /dev/xvda is the root of the Amazon Linux 2023 images",
    },
    "Tag": {"tag.key": "that the autoscaler understands it is from its documentation"},
}
"""What no published model can check, by class of resource."""

UNCHECKED_SAGEMAKER: Mapping[str, Mapping[str, str]] = {
    "Model": {
        "primaryContainer.modelPackageName": "form of the ARN only; that a subscription stands behind it is AWS's"
    },
    "EndpointConfiguration": {
        "productionVariants.instanceType": "that the listing takes the type; the model knows every type of SageMaker",
        "productionVariants.inferenceAmiVersion": "which driver the package needs is not published",
    },
    "Policy": {
        "targetTrackingScalingPolicyConfiguration.customizedMetricSpecification": "expressions are plain strings; a "
        "test computes them for three fleets. That the metric has the statistic is from the SageMaker guide",
    },
    "TopicSubscription": {"endpoint": "a plain string; its form is held by our own rules"},
    "Permission": {"functionName": "form of the ARN only; that the function exists is its owner's"},
    "Target": {"resourceId": "a plain string; the form is that of the Application Auto Scaling guide"},
    "ScheduledAction": {"schedule": "a plain string; the three forms are held by our own rule"},
    "MetricAlarm": {
        "metricQueries.expression": "a plain string; the functions used are those of the CloudWatch guide",
        "metricName": "metrics are not part of a model; names and dimensions are those of the SageMaker guide",
    },
    "Dashboard": {"dashboardBody": "a plain string; a test reads it as JSON"},
}


def is_known(type_: str) -> bool:
    """Whether the table says what becomes of a type's properties."""
    return type_ in OPERATIONS or type_ in SETTINGS


def opened(value: Any) -> Any:
    """A value with its secrets as the provider gets them."""
    if isinstance(value, dict):
        if "4dabf18193072939515e22adb298388d" in value:
            return value["value"]
        return {key: opened(item) for key, item in value.items()}
    return [opened(item) for item in value] if isinstance(value, list) else value


def problems_of(resource: Registered) -> list[str]:
    """What of one resource the service models refuse, or nobody checked."""
    inputs = opened(resource.inputs)
    left = set(inputs) - {*SETTINGS["*"], *SETTINGS.get(resource.type, ())}
    found: list[str] = []
    for call in OPERATIONS.get(resource.type, ()):
        request = Request(call, SCHEMAS.inputs_of(resource.type)["object"])
        request.fill(inputs, request.top, "", "")
        left -= request.taken
        needless = {f"input.{member}: is required" for member in call.supplied}
        told = [problem for problem in against(request.params, request.top, "input") if problem not in needless]
        found += [f"{call.operation}.{problem}" for problem in (*request.problems, *told)]
    found += [f"{key}: no API member is known for it" for key in sorted(left)]
    found += [f"{path}: {value!r} is no ARN" for path, value in texts(inputs) if _bad_arn(path, value)]
    found += [f"{path}: {value!r} is no id" for path, value in texts(inputs) if _bad_id(path, value)]
    return found


class Request:
    """The input of one call, filled from the properties of a resource."""

    def __init__(self, call: Call, sdk: Mapping[str, Any]) -> None:
        self.call, self.sdk, self.top = call, sdk, input_of(call)
        self.params: dict[str, Any] = {}
        self.taken: set[str] = set()
        self.problems: list[str] = []
        self._open = {"": self.params}

    def fill(self, value: Mapping[str, Any], shape: Shape, path: str, at: str) -> None:
        """Put what is in one object, which the property `path` holds and the member `at` takes, where it goes."""
        for key, item in value.items():
            inner = f"{path}.{key}" if path else key
            goes = target(self.call, inner, at, shape)
            if goes is not None:
                self.taken.add(path or key)
                self._put(goes, self._converted(item, inner, goes))
            elif path:
                self.problems.append(f"{inner}: no such member")

    def _converted(self, item: Any, path: str, goes: str) -> Any:
        shape, sdk = shape_at(self.top, goes), self._sdk(path)
        if isinstance(item, list):
            return [self._converted(one, path, goes) for one in item]
        if not isinstance(item, dict) or isinstance(shape, MapShape):
            return _typed(item, elements(shape), sdk)
        if isinstance(sdk, dict) and "map" in sdk:
            first, second = list(members_of(shape))[:2]
            return [{first: key, second: one} for key, one in item.items()]
        before, self._open[goes] = self._open.get(goes), {}
        self.fill(item, shape, path, goes)
        filled = self._open.pop(goes)
        if before is not None:
            self._open[goes] = before
        return filled

    def _put(self, goes: str, value: Any) -> None:
        """Into the innermost object that is being filled, making objects and lists on the way."""
        inside = max((at for at in self._open if not at or goes.startswith(f"{at}.")), key=len)
        holder, at = self._open[inside], inside
        *between, leaf = goes.removeprefix(f"{inside}.").split(".")
        for part in between:
            at = f"{at}.{part}".lstrip(".")
            listed = isinstance(shape_at(self.top, at), ListShape)
            holder = holder.setdefault(part, [{}] if listed else {})
            holder = holder[0] if isinstance(holder, list) else holder
        if isinstance(shape_at(self.top, goes), ListShape) and not isinstance(value, list):
            value = [value]
        known = holder.get(leaf)
        if isinstance(known, dict) and isinstance(value, dict):
            known.update(value)
        elif isinstance(known, list) and isinstance(known[0], dict) and isinstance(value[0], dict):
            known[0].update(value[0])
        else:
            holder[leaf] = value

    def _sdk(self, path: str) -> Any:
        shape: Any = {"object": self.sdk}
        for part in path.split("."):
            while isinstance(shape, dict) and "list" in shape:
                shape = shape["list"]
            shape = shape.get("object", {}).get(part, "any") if isinstance(shape, dict) else "any"
        while isinstance(shape, dict) and "list" in shape:
            shape = shape["list"]
        return shape


def _typed(item: Any, shape: Shape, sdk: Any) -> Any:
    """Numbers and truths that the provider takes as text and sends as what they are."""
    if sdk != "string" or not isinstance(item, str):
        return item
    if shape.type_name in ("integer", "long", "float", "double"):
        return float(item)
    return {"true": True, "false": False}.get(item, item) if shape.type_name == "boolean" else item


def against(value: Any, shape: Shape, path: str) -> Iterator[str]:
    """Every way in which `value` breaks `shape`: members, types, enums, patterns, lengths, ranges."""
    kind = shape.type_name
    rules = shape.metadata
    if kind == "structure" and not isinstance(value, list):
        if not isinstance(value, dict):
            yield f"{path}: must be a structure"
            return
        yield from (f"{path}.{key}: no such member" for key in value if key not in shape.members)
        yield from (f"{path}.{key}: is required" for key in shape.required_members if key not in value)
        for key, item in value.items():
            if key in shape.members:
                yield from against(item, shape.members[key], f"{path}.{key}")
    elif kind != "list" and isinstance(value, list):
        # The SDK takes many where the API takes one a call.
        for index, item in enumerate(value):
            yield from against(item, shape, f"{path}[{index}]")
    elif kind == "list":
        if not isinstance(value, list):
            yield f"{path}: must be a list"
            return
        yield from _within(len(value), rules, path)
        for index, item in enumerate(value):
            yield from against(item, shape.member, f"{path}[{index}]")
    elif kind == "map":
        yield from _within(len(value), rules, path)
        for key, item in value.items():
            yield from against(key, shape.key, f"{path}.<key>")
            yield from against(item, shape.value, f"{path}.{key}")
    elif kind == "string":
        if not isinstance(value, str):
            yield f"{path}: must be text, is {value!r}"
            return
        yield from _within(len(value), rules, path)
        if rules.get("enum") and value not in rules["enum"]:
            yield f"{path}: {value!r} is not one of its values"
        if rules.get("pattern") and not re.fullmatch(python_pattern(rules["pattern"]), value, re.DOTALL):
            yield f"{path}: {value!r} does not fit {rules['pattern']}"
    elif kind in ("integer", "long"):
        if isinstance(value, bool) or not (isinstance(value, int) or (isinstance(value, float) and value.is_integer())):
            yield f"{path}: must be a whole number, is {value!r}"
            return
        yield from _within(value, rules, path)
    elif kind in ("float", "double"):
        if isinstance(value, bool) or not isinstance(value, int | float):
            yield f"{path}: must be a number, is {value!r}"
            return
        yield from _within(value, rules, path)
    elif kind == "boolean" and not isinstance(value, bool):
        yield f"{path}: must be true or false, is {value!r}"


def _within(size: float, rules: Mapping[str, Any], path: str) -> Iterator[str]:
    if size < rules.get("min", size):
        yield f"{path}: {size} is below {rules['min']}"
    if size > rules.get("max", size):
        yield f"{path}: {size} is above {rules['max']}"


def texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from texts(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from texts(item, f"{path}[{index}]")
    elif isinstance(value, str):
        yield path, value


def _bad_arn(path: str, value: str) -> bool:
    return (path.endswith(("Arn", "arn")) or value.startswith("arn:")) and not ARN.fullmatch(value)


def _bad_id(path: str, value: str) -> bool:
    leaf = re.sub(r"\[\d+\]", "", path).rpartition(".")[2]
    ids = (
        "vpcId",
        "subnetId",
        "subnetIds",
        "routeTableId",
        "routeTableIds",
        "gatewayId",
        "natGatewayId",
        "allocationId",
    )
    return leaf in (*ids, "securityGroups", "capacityReservationId") and not ID.fullmatch(value)


def unchecked_table(table: Mapping[str, Mapping[str, str]] = UNCHECKED) -> str:
    """One part of `docs/fidelity.md`."""
    rows = [
        f"| {'all' if cls == '*' else f'`{cls}`'} | {prop if cls == '*' else f'`{prop}`'} | {why} |"
        for cls, props in table.items()
        for prop, why in props.items()
    ]
    return "\n".join(["| resource | what | why, and what holds it instead |", "| --- | --- | --- |", *rows])
