"""The route over a SageMaker endpoint: `InvokeEndpointWithResponseStream` by boto3."""

from typing import Any, Self

import boto3
from botocore.exceptions import BotoCoreError

from catalog.speech import SPEECH_MODELS
from core.voice.sagemaker_request import DEFAULT_MODEL, resolve_speech_request
from core.voice.speech_request import SpeechRequest
from toolkit.voice.deadline import Guard
from toolkit.voice.route import Destination, RouteError, RouteKind
from toolkit.voice.routes.sagemaker.attempt import SageMakerAttempt
from toolkit.voice.routes.sagemaker.connections import close_connections
from toolkit.voice.routes.sagemaker.outputs import destination_of_outputs
from toolkit.voice.routes.sagemaker.pool import ConnectionSettings, connect_runtime
from toolkit.voice.routes.sagemaker.target import other_spelling, target_of

__all__ = ["ROUTE", "SageMakerRoute"]


class SageMakerRoute:
    """A `toolkit.voice.route.Route` to one endpoint.

    Args:
        runtime: A client made by `connect_runtime`.
        endpoint_name: The endpoint.
        variant: Production variant that must answer, also one of weight 0; None for the weights to choose.
    """

    def __init__(self, runtime: Any, endpoint_name: str, variant: str | None = None) -> None:
        self._runtime = runtime
        self._target = target_of(endpoint_name, variant)

    @classmethod
    def connect(
        cls,
        endpoint_name: str,
        *,
        session: boto3.session.Session | None = None,
        region: str | None = None,
        endpoint_url: str | None = None,
        connections: ConnectionSettings | None = None,
        variant: str | None = None,
    ) -> Self:
        """A route with a pool of its own; credentials come from `session`, by default the standard chain."""
        runtime = connect_runtime(
            session or boto3.session.Session(),
            connections or ConnectionSettings(),
            region=region,
            endpoint_url=endpoint_url,
        )
        return cls(runtime, endpoint_name, variant)

    def attempt(self, request: SpeechRequest, guard: Guard) -> SageMakerAttempt:
        """One invocation."""
        return SageMakerAttempt(self._runtime, self._target, request, guard)

    def rephrase(self, request: SpeechRequest) -> SpeechRequest | None:
        """The other name of 16-bit audio, where the model is documented with both."""
        return other_spelling(request)

    def close(self) -> None:
        """Close every connection."""
        close_connections(self._runtime)


def _connect(to: Destination, concurrency: int) -> SageMakerRoute:
    try:
        return SageMakerRoute.connect(
            to.endpoint,
            session=boto3.session.Session(region_name=to.region),
            endpoint_url=to.url,
            connections=ConnectionSettings(concurrency=concurrency),
        )
    except (BotoCoreError, ValueError) as error:  # no region, an unknown profile, a URL that is none
        raise RouteError(f"{error}; check --region, --endpoint-url and the AWS profile") from error


ROUTE = RouteKind(
    models=(DEFAULT_MODEL, *(model for model in SPEECH_MODELS if model != DEFAULT_MODEL)),
    check=resolve_speech_request,
    of_outputs=destination_of_outputs,
    connect=_connect,
)
