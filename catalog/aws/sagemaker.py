"""Sonic on SageMaker: listings, instance types, concurrency, limits and metric names, one row a fact.

Leaves alone what a request may say (`catalog.speech`) and how facts become a fleet (`core.capacity.routing`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = [
    "CONCURRENCY_FIGURES",
    "CONCURRENCY_METRIC",
    "DEFAULT_INSTANCE_TYPE",
    "DEFAULT_SLOTS",
    "INFERENCE_AMIS",
    "INSTANCE_TYPES",
    "LIMITS",
    "LISTINGS",
    "MAX_VARIANTS",
    "METRIC_NAMESPACE",
    "PACKAGE_ARN_MAX",
    "PACKAGE_ARN_PATTERN",
    "ROUTING_FOR_LANGUAGE_MODELS",
    "Concurrency",
    "Limits",
    "Listing",
    "SageMakerInstance",
    "quota_name",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One model on AWS Marketplace. The package ARN belongs to subscriber and region, so no row holds one."""

    model: str
    """What settings write."""
    url: str
    """Where to subscribe and accept the terms, by hand."""


LISTINGS: Mapping[str, Listing] = MappingProxyType(
    {
        row.model: row
        for row in (
            Listing(model="sonic-3", url="https://aws.amazon.com/marketplace/pp/prodview-w2bmik3jypagm"),
            Listing(model="sonic-3.5", url="https://aws.amazon.com/marketplace/pp/prodview-h5rfrnvkbnlki"),
        )
    }
)
"""Models by name. source: README files of github.com/cartesia-ai/cartesia-aws, 2026-11-21."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Concurrency:
    """One figure the vendor gives for requests served at once by an `ml.g6e.xlarge`."""

    slots: int
    """Requests at once."""
    said: str
    """Where."""


CONCURRENCY_FIGURES = (
    Concurrency(slots=8, said="page `cloud-service-provisioning` and the Sonic 3 README"),
    Concurrency(slots=10, said="the Sonic 3.5 README"),
    Concurrency(slots=4, said="the section on 429 of the same pages: a container serves at most 4"),
)
"""The vendor's three figures, which disagree. source: docs.cartesia.ai/self-hosted and cartesia-aws, 2026-11-21."""
DEFAULT_SLOTS = min(figure.slots for figure in CONCURRENCY_FIGURES)
"""What is safe to plan with until a load test of the own package says more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SageMakerInstance:
    """An endpoint instance type."""

    name: str
    """As SageMaker writes it."""
    gpu: str
    """Model of its one GPU."""
    listed: bool
    """Whether the vendor's listing takes it today."""
    note: str
    """Why this row is here."""


DEFAULT_INSTANCE_TYPE = "ml.g6e.xlarge"
INSTANCE_TYPES: Mapping[str, SageMakerInstance] = MappingProxyType(
    {
        row.name: row
        for row in (
            SageMakerInstance(name=DEFAULT_INSTANCE_TYPE, gpu="L40S", listed=True, note="the vendor's type"),
            SageMakerInstance(name="ml.g6e.2xlarge", gpu="L40S", listed=False, note="same GPU, more CPU and memory"),
            SageMakerInstance(name="ml.g6e.4xlarge", gpu="L40S", listed=False, note="same GPU, more CPU and memory"),
            SageMakerInstance(
                name="ml.g7e.2xlarge", gpu="RTX PRO 6000", listed=False, note="allowed for some hours, then removed"
            ),
        )
    }
)
"""Types worth naming. source: docs.cartesia.ai/self-hosted and the history of cartesia-aws, 2026-11-21."""


def quota_name(instance_type: str) -> str:
    """The name of the Service Quotas entry, by which its code is looked up; 0 in new accounts, per region."""
    return f"{instance_type} for endpoint usage"


INFERENCE_AMIS = (
    "al2-ami-sagemaker-inference-gpu-2",
    "al2-ami-sagemaker-inference-gpu-2-1",
    "al2-ami-sagemaker-inference-gpu-3-1",
    "al2023-ami-sagemaker-inference-gpu-4-1",
)
"""GPU images by driver, oldest first (535, 535, 550, 580); which one the package needs is not published.

source: SageMaker API reference, ProductionVariant, 2026-11-21.
"""

PACKAGE_ARN_PATTERN = (
    r"arn:(?P<partition>aws[a-z-]*):sagemaker:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12}):model-package/"
    r"(?P<name>[a-zA-Z0-9](?:[a-zA-Z0-9-]){0,62})(?<!-)(?:/[0-9]{1,9})?"
)
"""A model package, versioned or not. source: SageMaker API reference, CreateModel, ModelPackageName, 2026-11-21."""
PACKAGE_ARN_MAX = 176
"""Longest package ARN, characters. source: the same."""

ROUTING_FOR_LANGUAGE_MODELS = ("PREFIX_AWARE", "KV_AWARE")
"""Strategies that follow the prompts of language models. They have no meaning for speech. source: the same API."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds that the SageMaker API and the provider both accept, by the fields of the API's service model."""

    name_length: int = 63
    """Endpoint, configuration, model and variant names."""
    startup_seconds: tuple[int, int] = (60, 3600)
    """Model download, and container start until its first healthy answer, each."""
    volume_gib: tuple[int, int] = (1, 512)
    """Storage volume of an instance."""
    create_wait_seconds: int = 3600
    """How long the provider waits for a new endpoint; it takes no other figure."""
    subnets: tuple[int, int] = (2, 16)
    """Subnets of a model: two in different zones at least, by the developer guide; the API's own least is 1."""
    security_groups: int = 5
    """Security groups of a model."""


LIMITS = Limits()
"""source: SageMaker API reference, CreateEndpointConfig, CreateEndpoint and CreateModel; SageMaker developer guide,
"Give SageMaker AI hosted endpoints access to resources in your VPC"; terraform-provider-aws,
internal/service/sagemaker/endpoint.go and wait.go; 2026-11-25."""

MAX_VARIANTS = 3
"""Variants of one endpoint here. One alarm watches the counts of all with three metrics each, and CloudWatch takes ten.

source: CloudWatch user guide, "Create an alarm based on a metric math expression", 2026-11-21.
"""

METRIC_NAMESPACE = "AWS/SageMaker"
"""Invocation metrics, by EndpointName and VariantName. source: SageMaker developer guide, monitoring, 2026-11-21."""
CONCURRENCY_METRIC = "ConcurrentRequestsPerModel"
"""Requests in one instance, every 10 s, those that wait included. source: SageMaker developer guide, "Define a scaling
policy"; developers.deepgram.com, "Observability for Amazon SageMaker"; 2026-11-25."""
