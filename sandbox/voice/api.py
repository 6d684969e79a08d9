"""What SageMaker itself says of the endpoints of this server: `DescribeEndpoint`, in AWS's JSON protocol.

Owns that one operation, which a caller needs to know what answers. source: SageMaker API reference, `DescribeEndpoint`;
the words of the refusal as the vendor's notebook looks for them (github.com/cartesia-ai/cartesia-aws).
Known differences from AWS: signatures must be there and are not verified; counts never differ from what is wanted.
"""

import json
import uuid
from collections.abc import Mapping

from aiohttp import web

from sandbox.voice.runtime import Endpoint, signature_of
from sandbox.voice.spec import EndpointSpec

__all__ = ["API_PATH", "SageMakerApi"]

API_PATH = "/"
_TARGET = "SageMaker.DescribeEndpoint"
_JSON = "application/x-amz-json-1.1"


class SageMakerApi:
    """Answers what is asked of the control plane.

    Args:
        endpoints: The endpoints of the server, by name.
    """

    def __init__(self, endpoints: Mapping[str, Endpoint]) -> None:
        self._endpoints = endpoints

    async def call(self, request: web.Request) -> web.Response:
        """One operation."""
        target = request.headers.get("X-Amz-Target")
        if target is None:
            raise web.HTTPNotFound  # not of this protocol
        signature = signature_of(request)
        if signature is None:
            return _refusal(400, "MissingAuthenticationTokenException", "Missing Authentication Token")
        if target != _TARGET:
            return _refusal(400, "UnknownOperationException", "the stand-in has DescribeEndpoint only")
        try:
            name = json.loads(await request.read())["EndpointName"]
        except (ValueError, KeyError, TypeError):
            return _refusal(400, "SerializationException", "EndpointName is missing")
        region = signature["region"]
        endpoint = self._endpoints.get(name)
        if endpoint is None or endpoint.spec.region not in (None, region):
            return _refusal(400, "ValidationException", f'Could not find endpoint "{_arn(region, name)}".')
        return _answer(200, _description(name, region, endpoint.spec))


def _description(name: str, region: str, spec: EndpointSpec) -> dict[str, object]:
    total = sum(variant.weight for variant in spec.variants.values())
    return {
        "EndpointName": name,
        "EndpointArn": _arn(region, name),
        "EndpointConfigName": spec.config or name,
        "EndpointStatus": spec.status,
        "CreationTime": 0,
        "LastModifiedTime": 0,
        "ProductionVariants": [
            {
                "VariantName": key,
                "CurrentWeight": variant.weight / total,
                "DesiredWeight": variant.weight / total,
                "CurrentInstanceCount": variant.instances,
                "DesiredInstanceCount": variant.instances,
            }
            for key, variant in spec.variants.items()
        ],
    }


def _arn(region: str, name: str) -> str:
    return f"arn:aws:sagemaker:{region}:000000000000:endpoint/{str(name).lower()}"


def _refusal(status: int, kind: str, message: str) -> web.Response:
    return _answer(status, {"__type": kind, "message": message})


def _answer(status: int, fields: Mapping[str, object]) -> web.Response:
    headers = {"x-amzn-RequestId": str(uuid.uuid4())}
    return web.Response(body=json.dumps(fields).encode(), status=status, content_type=_JSON, headers=headers)
