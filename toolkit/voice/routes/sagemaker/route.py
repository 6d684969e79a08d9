"""The route over a SageMaker endpoint: `InvokeEndpointWithResponseStream` by boto3."""

from collections.abc import Mapping
from typing import Any, Self, TypeVar

import boto3
from botocore.exceptions import BotoCoreError

from catalog.speech import SPEECH_MODELS
from core.voice.sagemaker_request import DEFAULT_MODEL, resolve_speech_request
from core.voice.speech_request import SpeechRequest
from toolkit.voice.deadline import Guard
from toolkit.voice.route import Destination, RouteError, RouteKind
from toolkit.voice.routes.sagemaker.account import session_for
from toolkit.voice.routes.sagemaker.aio import AsyncSageMakerRoute
from toolkit.voice.routes.sagemaker.attempt import SageMakerAttempt
from toolkit.voice.routes.sagemaker.connections import close_connections
from toolkit.voice.routes.sagemaker.describe import describe_endpoint
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


def _check(args: Mapping[str, Any], model: str, passthrough: bool) -> SpeechRequest:
    return resolve_speech_request(args, model, passthrough=passthrough)


_Made = TypeVar("_Made", SageMakerRoute, AsyncSageMakerRoute)


def _connected(kind: type[_Made], to: Destination, concurrency: int) -> _Made:
    try:
        return kind.connect(
            to.endpoint,
            session=session_for(to),
            endpoint_url=to.url,
            connections=ConnectionSettings(concurrency=concurrency),
            variant=to.variant,
        )
    except (BotoCoreError, ValueError) as error:  # no region, an unknown profile, a URL that is none
        raise RouteError(f"{error}; check --region, --endpoint-url and the AWS profile") from error


def _connect(to: Destination, concurrency: int) -> SageMakerRoute:
    return _connected(SageMakerRoute, to, concurrency)


def _connect_async(to: Destination, concurrency: int) -> AsyncSageMakerRoute:
    return _connected(AsyncSageMakerRoute, to, concurrency)


ROUTE = RouteKind(
    models=(DEFAULT_MODEL, *(model for model in SPEECH_MODELS if model != DEFAULT_MODEL)),
    check=_check,
    of_outputs=destination_of_outputs,
    connect=_connect,
    connect_async=_connect_async,
    describe=describe_endpoint,
)
