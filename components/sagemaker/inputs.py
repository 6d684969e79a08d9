"""Arguments of the SageMaker resources as data: the variants of a configuration."""

from collections.abc import Mapping
from typing import Any

import pulumi

from components.sagemaker.spec import SageMakerVoiceEndpointSpec

__all__ = ["production_variants"]


def production_variants(
    spec: SageMakerVoiceEndpointSpec, model_names: Mapping[str, pulumi.Input[str]]
) -> list[dict[str, Any]]:
    """The variants as `aws.sagemaker.EndpointConfiguration` takes them; `model_names` has the model of each variant."""
    variants = []
    for variant in spec.variants:
        given: dict[str, Any] = {
            "variant_name": variant.name,
            "model_name": model_names[variant.name],
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
        if variant.reservation_arn:
            # The only preference there is. Without room in the reservation the update fails, and nothing else is paid.
            given["capacity_reservation_config"] = {
                "capacity_reservation_preference": "capacity-reservations-only",
                "ml_reservation_arn": variant.reservation_arn,
            }
        variants.append(given)
    return variants
