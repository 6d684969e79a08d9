"""What SageMaker itself says of the endpoints of this server, and the few things it does to them, in AWS's protocol.

A server in a world knows the store of the stand-in of AWS, which says what an endpoint is: its configuration, its state
and AWS's words on the last failure. Without one, the settings of the endpoint say it. How many instances run and with
which weight the server knows itself.

source: SageMaker API reference, `DescribeEndpoint`, `DescribeEndpointConfig`, `UpdateEndpointWeightsAndCapacities`,
`DeleteEndpoint`; the words of the refusal as the vendor's notebook looks for them (cartesia-aws).
Known differences from AWS: signatures must be there and are not verified; counts never differ from what is wanted; a
change of weights is in force at once; a pending configuration is not named.
"""

import dataclasses
import json
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from aiohttp import web

from sandbox.providers.cloud.store import Record, Store
from sandbox.voice.runtime import Endpoint, signature_of
from sandbox.voice.spec import SILENT, EndpointSpec

__all__ = ["API_PATH", "SageMakerApi"]

API_PATH = "/"
_SERVICES = ("SageMaker.", "Logs_20140328.")
_JSON = "application/x-amz-json-1.1"
_ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
_CONFIG = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
_LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"


class _RefusedError(Exception):
    """A call that AWS refuses, in its words."""


class SageMakerApi:
    """Answers what is asked of the control plane.

    Args:
        endpoints: The endpoints of the server, by name.
        store: Folder of the stand-in of AWS in the world; None for a server without one.
        remember: Writes the endpoints of the server down.
    """

    def __init__(self, endpoints: dict[str, Endpoint], store: Path | None, remember: Callable[[], None]) -> None:
        self._endpoints, self._remember = endpoints, remember
        self._store = Store(store, "region") if store is not None else None

    async def call(self, request: web.Request) -> web.Response:
        """One operation."""
        target = request.headers.get("X-Amz-Target")
        if target is None:
            raise web.HTTPNotFound  # not of this protocol
        signature = signature_of(request)
        if signature is None:
            return _refusal("MissingAuthenticationTokenException", "Missing Authentication Token")
        service = next((each for each in _SERVICES if target.startswith(each)), "")
        operation = getattr(self, f"_{target.removeprefix(service)}", None) if service else None
        if operation is None:
            return _refusal("UnknownOperationException", f"the stand-in has no {target}")
        try:
            return _answer(200, operation(json.loads(await request.read()), signature["region"]))
        except _RefusedError as refused:
            return _refusal("ValidationException", str(refused))
        except (ValueError, KeyError, TypeError) as error:
            return _refusal("SerializationException", f"the request cannot be read: {error!r}")

    def _DescribeEndpoint(self, asked: Mapping[str, Any], region: str) -> dict[str, Any]:  # noqa: N802 - AWS's name
        name = asked["EndpointName"]
        endpoint, record = self._endpoints.get(name), self._recorded(_ENDPOINT, name)
        if endpoint is not None and endpoint.spec.region not in (None, region):
            endpoint = None
        if endpoint is None and record is None:
            raise _RefusedError(f'Could not find endpoint "{_arn(region, name)}".')
        told = _told_by_store(record) if record is not None else _told_by_settings(name, endpoint)
        serving = endpoint is not None and told["EndpointStatus"] not in SILENT
        return {
            "EndpointName": name,
            "EndpointArn": _arn(region, name),
            "CreationTime": 0,
            "LastModifiedTime": 0,
            "ProductionVariants": _variants(endpoint.spec) if endpoint is not None and serving else [],
            **told,
        }

    def _DescribeEndpointConfig(self, asked: Mapping[str, Any], region: str) -> dict[str, Any]:  # noqa: N802 - as above
        name = asked["EndpointConfigName"]
        record = self._recorded(_CONFIG, name)
        if record is None:
            raise _RefusedError(f'Could not find endpoint configuration "{name}".')
        return {
            "EndpointConfigName": name,
            "EndpointConfigArn": record.outputs.get("arn") or _arn(region, name),
            "CreationTime": 0,
            "ProductionVariants": [_declared(each) for each in record.inputs["productionVariants"]],
        }

    def _UpdateEndpointWeightsAndCapacities(self, asked: Mapping[str, Any], region: str) -> dict[str, Any]:  # noqa: N802 - as above
        arn = _arn(region, asked["EndpointName"])
        if self._DescribeEndpoint(asked, region)["EndpointStatus"] != "InService":
            raise _RefusedError(f'Cannot update in-progress endpoint "{arn}".')
        endpoint = self._endpoints[asked["EndpointName"]]
        variants = dict(endpoint.spec.variants)
        for each in asked["DesiredWeightsAndCapacities"]:
            name = each["VariantName"]
            if name not in variants:
                raise _RefusedError(f'Could not find variant(s) "{name}".')
            weight = each.get("DesiredWeight", variants[name].weight)
            variants[name] = dataclasses.replace(variants[name], weight=weight)
        # The slots in use stay in use: only which variant the next call goes to changes.
        endpoint.spec = dataclasses.replace(endpoint.spec, variants=variants)
        self._remember()
        return {"EndpointArn": arn}

    def _DeleteEndpoint(self, asked: Mapping[str, Any], region: str) -> dict[str, Any]:  # noqa: N802 - as above
        self._DescribeEndpoint(asked, region)
        record = self._recorded(_ENDPOINT, asked["EndpointName"])
        if record is not None and self._store is not None:
            self._store.remove(record)
        self._endpoints.pop(asked["EndpointName"], None)
        self._remember()
        return {}

    def _DescribeLogGroups(self, asked: Mapping[str, Any], _region: str) -> dict[str, Any]:  # noqa: N802 - as above
        records = self._store.list(_LOG_GROUP) if self._store is not None else []
        prefix = asked.get("logGroupNamePrefix") or ""
        return {"logGroups": [{"logGroupName": each.id} for each in records if each.id.startswith(prefix)]}

    def _recorded(self, type_: str, name: str) -> Record | None:
        records = self._store.list(type_) if self._store is not None else []
        return next((record for record in records if record.id == name), None)


def _told_by_store(record: Record) -> dict[str, Any]:
    condition, reason = record.facts.get("condition") or {}, record.facts.get("last_failure")
    told = {
        "EndpointConfigName": record.inputs["endpointConfigName"],
        "EndpointStatus": condition.get("status") or "InService",
    }
    return {**told, "FailureReason": reason} if reason else told


def _told_by_settings(name: str, endpoint: Endpoint | None) -> dict[str, Any]:
    spec = endpoint.spec if endpoint is not None else EndpointSpec()
    return {"EndpointConfigName": spec.config or name, "EndpointStatus": spec.status}


def _variants(spec: EndpointSpec) -> list[dict[str, Any]]:
    return [
        {
            "VariantName": name,
            "CurrentWeight": variant.weight,
            "DesiredWeight": variant.weight,
            "CurrentInstanceCount": variant.instances,
            "DesiredInstanceCount": variant.instances,
        }
        for name, variant in spec.variants.items()
    ]


def _declared(variant: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "VariantName": variant.get("variantName") or "AllTraffic",
        "ModelName": variant["modelName"],
        "InitialInstanceCount": variant.get("initialInstanceCount") or 1,
        "InitialVariantWeight": variant.get("initialVariantWeight", 1.0),
    }


def _arn(region: str, name: str) -> str:
    return f"arn:aws:sagemaker:{region}:000000000000:endpoint/{str(name).lower()}"


def _refusal(kind: str, message: str) -> web.Response:
    return _answer(400, {"__type": kind, "message": message})


def _answer(status: int, fields: Mapping[str, Any]) -> web.Response:
    headers = {"x-amzn-RequestId": str(uuid.uuid4())}
    return web.Response(body=json.dumps(fields).encode(), status=status, content_type=_JSON, headers=headers)
