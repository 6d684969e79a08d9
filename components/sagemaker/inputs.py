"""Arguments of the SageMaker resources as data: the variants of a configuration, and how an endpoint is updated."""

from typing import Any

import pulumi

from components.sagemaker.spec import SageMakerVoiceEndpointSpec, UpdateSpec

__all__ = ["deployment_config", "production_variants"]


def production_variants(spec: SageMakerVoiceEndpointSpec, model_name: pulumi.Input[str]) -> list[dict[str, Any]]:
    """The variants as `aws.sagemaker.EndpointConfiguration` takes them."""
    variants = []
    for variant in spec.variants:
        given: dict[str, Any] = {
            "variant_name": variant.name,
            "model_name": model_name,
            "instance_type": variant.instance_type,
            "initial_instance_count": variant.instances,
            "initial_variant_weight": variant.weight,
            "container_startup_health_check_timeout_in_seconds": spec.startup_seconds,
            "model_data_download_timeout_in_seconds": spec.download_seconds,
            # Without it AWS routes at random, and one instance refuses while others idle.
            "routing_configs": [{"routing_strategy": spec.routing.value}],
        }
        if spec.volume_gib is not None:
            given["volume_size_in_gb"] = spec.volume_gib
        if variant.inference_ami_version:
            given["inference_ami_version"] = variant.inference_ami_version
        variants.append(given)
    return variants


def deployment_config(update: UpdateSpec, alarm_names: list[pulumi.Output[str]]) -> dict[str, Any]:
    """How the endpoint moves to a new configuration, as `aws.sagemaker.Endpoint` takes it."""
    config: dict[str, Any] = {}
    if alarm_names:
        config["auto_rollback_configuration"] = {"alarms": [{"alarm_name": name} for name in alarm_names]}
    step = {"type": "CAPACITY_PERCENT", "value": update.step_percent}
    if update.strategy == "rolling":
        config["rolling_update_policy"] = {
            "maximum_batch_size": step,
            "rollback_maximum_batch_size": {"type": "CAPACITY_PERCENT", "value": 100},
            "wait_interval_in_seconds": update.bake_seconds,
            "maximum_execution_timeout_in_seconds": update.time_limit_seconds,
        }
        return config
    traffic: dict[str, Any] = {"type": update.strategy.upper(), "wait_interval_in_seconds": update.bake_seconds}
    if update.strategy == "canary":
        traffic["canary_size"] = step
    elif update.strategy == "linear":
        traffic["linear_step_size"] = step
    config["blue_green_update_policy"] = {
        "traffic_routing_configuration": traffic,
        "termination_wait_in_seconds": update.terminate_wait_seconds,
        "maximum_execution_timeout_in_seconds": update.time_limit_seconds,
    }
    return config
