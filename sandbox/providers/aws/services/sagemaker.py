"""SageMaker models, endpoint configurations and endpoints. An endpoint is a record; the voice server speaks for it.

An update that AWS undoes is a planned fault `after`: the endpoint serves as before, and the call succeeds, since that
is what the provider makes of it. With the status `Updating` it outlasts the provider instead. A creation that fails or
outlasts the provider leaves an endpoint of which the provider tells the engine nothing.

Known differences: a variant without a name stays without; an update is over at once unless a fault says otherwise;
guardrails are recorded and have no effect, as for Marketplace containers in AWS; endpoints of one name in two regions
would share a voice.

source: terraform-provider-aws, internal/service/sagemaker/endpoint.go and wait.go, issues #46663, #48997; SageMaker API
reference, EndpointSummary (states) and DeleteEndpointConfig (allowed while in use); 2026-11-25.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from catalog.aws.sagemaker import DEFAULT_SLOTS, LIMITS, LISTINGS, PACKAGE_ARN_PATTERN
from sandbox.providers.aws.ids import arn
from sandbox.providers.aws.rules import trusts
from sandbox.providers.aws.services import tokens
from sandbox.providers.aws.services.iam import role_of_arn
from sandbox.providers.base import Failure
from sandbox.providers.cloud.account import Account, CloudObject
from sandbox.providers.cloud.errors import CloudError
from sandbox.providers.cloud.row import AutoName, Reference, ResourceType, joined
from sandbox.providers.cloud.rules import all_of, between, matches

IN_SERVICE: Final = "InService"
INVALID: Final = "ValidationException"
_NAME: Final = r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"
_WORDS: Final = "can have only hyphens and alphanumeric characters"
_POLICIES: Final = ("rollingUpdatePolicy", "blueGreenUpdatePolicy")


def scalable_id(endpoint: str, variant: str) -> str:
    """How Application Auto Scaling names a variant."""
    return f"endpoint/{endpoint}/variant/{variant}"


def variants_of(account: Account, config_name: object) -> dict[str, Mapping[str, Any]]:
    """Variants by name of the configuration with a name; empty if there is none."""
    config = account.find(tokens.ENDPOINT_CONFIGURATION, config_name)
    return {one.get("variantName", ""): one for one in config.inputs["productionVariants"]} if config else {}


def _admit_model(made: CloudObject) -> None:
    role = role_of_arn(made.account, made["executionRoleArn"])
    if role is None or not trusts(role["assumeRolePolicy"], "sagemaker.amazonaws.com"):
        message = f"Could not assume role {made['executionRoleArn']}. Please ensure that the role exists and allows "
        raise CloudError(INVALID, message + "principal 'sagemaker.amazonaws.com' to assume the role.")
    package = made.at("primaryContainer.modelPackageName")
    if package is None:
        return
    found = re.fullmatch(PACKAGE_ARN_PATTERN, package)
    if found and found["region"] != made.account.location:
        raise CloudError(INVALID, f"Model package {package} does not exist in region {made.account.location}.")
    if not made["enableNetworkIsolation"]:
        message = "requires EnableNetworkIsolation to be true, since it contains a product from AWS Marketplace."
        raise CloudError(INVALID, f"Model package {package} {message}")


def _check_configuration(values: Mapping[str, Any]) -> Iterator[Failure]:
    seen: set[str] = set()
    for index, variant in enumerate(values.get("productionVariants") or ()):
        name = variant.get("variantName")
        if name in seen:
            yield Failure(f"productionVariants[{index}].variantName", f"variant names must be unique; got {name} twice")
        seen.add(name)
        if variant.get("serverlessConfig") is None and variant.get("initialInstanceCount", 1) < 1:
            yield Failure(f"productionVariants[{index}].initialInstanceCount", "must be at least 1")


def _check_endpoint(values: Mapping[str, Any]) -> Iterator[Failure]:
    config = values.get("deploymentConfig") or {}
    given = [key for key in _POLICIES if config.get(key)]
    if len(given) > 1:
        both = ",".join(_POLICIES)
        yield Failure("deploymentConfig", f"only one of `{both}` can be specified, but `{','.join(given)}` were")


def _move(old: CloudObject, new: CloudObject) -> None:
    """AWS refuses to change the type of, or to drop, a variant that the autoscaler knows."""
    if new.account.find(tokens.ENDPOINT_CONFIGURATION, old["endpointConfigName"]) is None:
        raise CloudError(INVALID, f'Could not find endpoint configuration "{old["endpointConfigName"]}".')
    before, after = (variants_of(made.account, made["endpointConfigName"]) for made in (old, new))
    held = []
    for name, variant in before.items():
        changed = name not in after or after[name].get("instanceType") != variant.get("instanceType")
        if changed and new.account.where(tokens.SCALABLE_TARGET, "resourceId", scalable_id(new.id, name)):
            held.append(name)
    if held:
        names = ", ".join(held)
        raise CloudError(
            INVALID,
            f'The variant(s) "[{names}]" must be deregistered as scalable targets with AWS Auto Scaling before they '
            "can be removed or have their instance type changed.",
        )


def _serve(made: CloudObject) -> Mapping[str, Any]:
    """Have the voice server speak for the endpoint: each variant with the instances its configuration starts with."""
    return _voiced(made, IN_SERVICE)


def _silent(made: CloudObject) -> Mapping[str, Any]:
    """An endpoint that did not come into service: it is there, and no call finds it."""
    return _voiced(made, "Creating")


def _voiced(made: CloudObject, status: str) -> Mapping[str, Any]:
    variants = variants_of(made.account, made["endpointConfigName"])
    settings = {
        "region": made.account.location,
        "status": status,
        "model": _spoken_model(made.account, variants),
        "config": made["endpointConfigName"],
        # The container's own figure, whatever the program plans with.
        "slots": DEFAULT_SLOTS,
        "variants": {name or "AllTraffic": _voice(variant) for name, variant in variants.items()},
    }
    made.account.voices.serve_endpoint(made.account.world_dir, made.id, settings)
    return {"deployments": 1}


def _voice(variant: Mapping[str, Any]) -> dict[str, Any]:
    routing: Mapping[str, Any] = next(iter(variant.get("routingConfigs") or ()), {})
    return {
        "instances": variant.get("initialInstanceCount") or 1,
        "routing": routing.get("routingStrategy") or "RANDOM",
        "weight": variant.get("initialVariantWeight", 1.0),
    }


def _spoken_model(account: Account, variants: Mapping[str, Mapping[str, Any]]) -> str:
    """What is in the package, which only its vendor could say: as the tag on the model says, else the newest."""
    names = {variant["modelName"] for variant in variants.values()}
    tags = [model.inputs.get("tags") or {} for model in account.all(tokens.SAGEMAKER_MODEL) if model.id in names]
    known = [tag["cartesia-model"] for tag in tags if tag.get("cartesia-model") in LISTINGS]
    return known[0] if known else max(LISTINGS)


def _withdraw(made: CloudObject) -> None:
    made.account.voices.withdraw_endpoint(made.account.world_dir, made.id)


def _updated(old: CloudObject, new: CloudObject) -> Mapping[str, Any]:
    """Every move, and every change of guardrails, starts the fleet anew at the counts of its configuration."""
    moved = any(old[key] != new[key] for key in ("endpointConfigName", "deploymentConfig"))
    if moved:
        _serve(new)
    return {"deployments": int(new.facts.get("deployments", 1)) + moved}


def _named(key: str = "name") -> tuple[Any, ...]:
    return (matches(key, _NAME, _WORDS),)


ROWS = (
    ResourceType(
        token=tokens.SAGEMAKER_MODEL,
        service="SageMaker",
        noun="SageMaker AI Model",
        id=joined("name"),
        name=AutoName("name", LIMITS.name_length, prefix_key=None),
        replaces=(
            *("name", "containers", "enableNetworkIsolation", "executionRoleArn", "inferenceExecutionConfig"),
            *("primaryContainer", "vpcConfig"),
        ),
        unordered=("vpcConfig.subnets", "vpcConfig.securityGroupIds"),
        check=all_of(
            *_named(),
            matches("executionRoleArn", r"arn:aws:iam::\d{12}:role/.+", "must be the ARN of an IAM role"),
            matches("primaryContainer.modelPackageName", PACKAGE_ARN_PATTERN, "must be the ARN of a model package"),
        ),
        admit=_admit_model,
        outputs={"arn": arn("sagemaker", "model/{name}")},
        exists=(INVALID, 'Cannot create already existing model "{id}".'),
        calls={"update": "AddTags"},
    ),
    ResourceType(
        token=tokens.ENDPOINT_CONFIGURATION,
        service="SageMaker",
        noun="SageMaker AI Endpoint Configuration",
        id=joined("name"),
        name=AutoName("name", LIMITS.name_length),
        replaces=(
            *("name", "namePrefix", "asyncInferenceConfig", "dataCaptureConfig", "executionRoleArn", "kmsKeyArn"),
            *("productionVariants", "shadowProductionVariants"),
        ),
        check=all_of(
            *_named(),
            *_named("productionVariants.variantName"),
            matches(
                "productionVariants.instanceType", r"ml\.[a-z0-9-]+\.[a-z0-9]+", "must be a SageMaker instance type"
            ),
            between("productionVariants.initialVariantWeight", 0, float("inf")),
            matches("kmsKeyArn", r"arn:aws:kms:.+", "must be the ARN of a KMS key"),
            _check_configuration,
        ),
        requires=(
            Reference(
                "productionVariants.modelName",
                tokens.SAGEMAKER_MODEL,
                INVALID,
                'Could not find model "{value}".',
            ),
        ),
        outputs={"arn": arn("sagemaker", "endpoint-config/{name}")},
        exists=(INVALID, 'Cannot create already existing endpoint configuration "{id}".'),
        calls={"create": "CreateEndpointConfig", "update": "AddTags", "delete": "DeleteEndpointConfig"},
    ),
    ResourceType(
        token=tokens.ENDPOINT,
        service="SageMaker",
        noun="SageMaker AI Endpoint",
        id=joined("name"),
        name=AutoName("name", LIMITS.name_length, prefix_key=None),
        replaces=("name",),
        removable=("deploymentConfig", "deploymentConfig.autoRollbackConfiguration"),
        check=all_of(*_named(), *_named("endpointConfigName"), _check_endpoint),
        in_service=IN_SERVICE,
        broken={"create": "Failed", "update": IN_SERVICE},
        unnoticed=("update",),
        id_after_wait=True,
        out_of_service=(INVALID, 'Cannot update in-progress endpoint "{id}": its status is {status}.'),
        on_half_made=_silent,
        requires=(
            Reference(
                "endpointConfigName",
                tokens.ENDPOINT_CONFIGURATION,
                INVALID,
                'Could not find endpoint configuration "{value}".',
            ),
            Reference(
                "deploymentConfig.autoRollbackConfiguration.alarms.alarmName",
                tokens.METRIC_ALARM,
                INVALID,
                "Alarm {value} of AutoRollbackConfiguration does not exist.",
            ),
        ),
        allow_update=_move,
        on_create=_serve,
        on_update=_updated,
        on_delete=_withdraw,
        outputs={"arn": arn("sagemaker", "endpoint/{name}")},
        exists=(INVALID, 'Cannot create already existing endpoint "{id}".'),
        calls={"update": "UpdateEndpoint"},
    ),
)
