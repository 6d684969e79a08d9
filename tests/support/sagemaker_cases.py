"""Arguments of `SageMakerVoiceEndpoint` that tests start from: the least one can write, and all at once."""

from typing import Any

ARN = "arn:aws:sagemaker:us-east-2:570011132906:model-package/sonic-3-5-example"

MEASURED: dict[str, Any] = {
    "source": "measured/sonic-3-5.json",
    "slots_per_instance": 8,
    "first_audio_p50_ms": 140.0,
    "first_audio_p99_ms": 410.0,
    "start_seconds": 420.0,
}

SMALL: dict[str, Any] = {
    "endpoint_name": "voice-dev",
    "region": "us-east-2",
    "model": "sonic-3.5",
    "model_package_arn": ARN,
}

SCALED: dict[str, Any] = {
    **SMALL,
    "endpoint_name": "voice-prod",
    "variants": {"AllTraffic": {"min_instances": 4, "max_instances": 12}},
}

FULL: dict[str, Any] = {
    "endpoint_name": "voice-full",
    "region": "us-east-2",
    "model": "sonic-3",
    "model_package_arn": f"{ARN}/7",
    "variants": {
        "main": {"instances": 5, "min_instances": 4, "max_instances": 12},
        "reserve": {
            "instance_type": "ml.g6e.2xlarge",
            "unlisted_type_reason": "load-tested with the vendor on 2026-10-01",
            "instances": 2,
            "min_instances": 2,
            "max_instances": 6,
            "weight": 0,
            "inference_ami_version": "al2023-ami-sagemaker-inference-gpu-4-1",
        },
    },
    "slots_per_instance": 8,
    "refusal_budget_percent": 0.5,
    "routing": "LEAST_OUTSTANDING_REQUESTS",
    "kms_key_arn": "arn:aws:kms:us-east-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "volume_gib": 256,
    "startup_seconds": 1200,
    "download_seconds": 2400,
    "update": {"fewer_instances_reason": "the load of the night is a tenth"},
    "scaling": {
        "growth_percent": 25,
        "scale_in_hold_seconds": 1800,
        "scale_out_hold_seconds": 30,
        "schedules": {
            "morning": {
                "schedule": "cron(0 7 ? * MON-FRI *)",
                "timezone": "Europe/Berlin",
                "variant": "main",
                "min_instances": 6,
                "max_instances": 12,
            },
            "night": {"schedule": "at(2027-01-01T20:00:00)", "variant": "main", "min_instances": 4, "max_instances": 8},
        },
    },
    "alarms": {
        "topic_arn": "arn:aws:sns:us-east-2:111122223333:on-call",
        "client_error_percent": 2.5,
        "server_error_percent": 0.5,
        "first_chunk_p50_ms": 400,
        "first_chunk_p99_ms": 1500,
        "refused_budgets": 4,
        "subscriptions": {
            "on-call": {"mail": "on-call@example.com"},
            "pager": {"https_url": "https://events.example.com/integration/0123456789abcdef/enqueue"},
            "sorter": {"lambda_arn": "arn:aws:lambda:us-east-2:111122223333:function:sorter"},
        },
        "overhead_p50_ms": 50,
        "overhead_p99_ms": 400,
    },
    "logs": {
        "retention_days": 90,
        "kms_key_arn": "arn:aws:kms:us-east-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    },
    "model_network": {
        "subnet_ids": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
        "security_group_ids": ["sg-0123456789abcdef0"],
    },
    "runtime_network": {
        "vpc_id": "vpc-0123456789abcdef0",
        "subnet_ids": ["subnet-0123456789abcdef0"],
        "security_group_ids": ["sg-0123456789abcdef1"],
    },
    "caller_roles": {"api": "voice-api", "batch": "voice-batch"},
    "tags": {"team": "voice"},
}

VARIED: dict[str, dict[str, Any]] = {
    "small": SMALL,
    "scaled": SCALED,
    "full": FULL,
    "fixed": {**SMALL, "variants": {"AllTraffic": {"instances": 4}}, "assumed_routing": "eight_routers"},
    "growing": {**SCALED, "scaling": {"growing_target": True, "growth_percent": 20}},
    "measured": {**SCALED, "measured": MEASURED},
    "canary": {
        **SMALL,
        "variants": {
            "main": {"instances": 4},
            "canary": {
                "instances": 1,
                "weight": 0,
                "model_package_arn": f"{ARN}/8",
                "reservation_arn": "arn:aws:sagemaker:us-east-2:111122223333:training-plan/voice",
            },
        },
        "runtime_network": {"vpc_endpoint_id": "vpce-0123456789abcdef0"},
    },
    "random": {
        **SMALL,
        "variants": {"AllTraffic": {"instances": 2}},
        "routing": "RANDOM",
        "random_routing_reason": "comparing strategies for a week",
    },
    "three": {
        **SMALL,
        "variants": {"a": {"max_instances": 3}, "b": {"max_instances": 2}, "c": {"weight": 0.5}},
        "scaling": {"step_out": False, "scale_in": False},
        "execution_role_arn": "arn:aws:iam::111122223333:role/voice/model",
    },
}
"""Good settings that between them use every branch."""
