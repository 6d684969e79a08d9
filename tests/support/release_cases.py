"""Arguments of a good release, canaries, and the recorder's answers for the Kubernetes provider."""

import asyncio
import copy
import json
import warnings
from collections.abc import Callable
from typing import Any

import pulumi
from pulumi.runtime import mocks

from tests.support.aws_mocks import AwsMocks, Recording, record

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import pulumi_kubernetes as kubernetes

    for _module in (kubernetes.core.v1, kubernetes.apps.v1, kubernetes.helm.v3):
        vars(_module)

CANARY = "c4n4ryc4n4ryc4n4ry"
PEM = f"-----BEGIN PRIVATE KEY-----\n{CANARY}MIIEvQ\n-----END PRIVATE KEY-----\n"
SA_JSON = json.dumps(
    {
        "type": "service_account",
        "project_id": "acme-voice",
        "private_key_id": f"{CANARY}id",
        "private_key": PEM,
        "client_email": "acme@acme-voice.iam.gserviceaccount.com",
        "token_uri": "https://oauth2.googleapis.com/token",
    }
)
API_KEY = f"sk_car_{CANARY}"
LICENSE = json.dumps({"issued_at": "2026-05-01T00:00:00Z", "signature": CANARY})

KEY_PATHS = {
    "pull_secret": "imagePullSecrets[0].name",
    "gcs_secret": "gcs.secret",
    "api_key_secret": "apiKeySecret",
    "license_seed_secret": "licenseSeedSecret",
    "hot_reload": "hotReload",
    "nats_image": "nats.image",
    "ingress_enabled": "ingress.enabled",
    "ingress_host": "ingress.host",
    "ingress_certificate": "ingress.certificate",
    "ingress_class": "ingress.className",
    "ingress_annotations": "ingress.annotations",
    "workers": "workers",
}
CERTIFICATE = "arn:aws:acm:us-west-2:123456789012:certificate/12345678-1234-1234-1234-123456789012"


def connected(**changes: Any) -> dict[str, Any]:
    """A release that uses every connected block."""
    args = {
        "chart_path": ".cartesia/bundles/abc/cartesia-kube/cartesia",
        "chart_version": "1.4.0",
        "release_tag": "sonic-20260503",
        "features": {"hot_reload": True, "models": ["sonic-3.5"]},
        "api_key": {"value": API_KEY},
        "pull_secret": {"service_account_json": SA_JSON},
        "gcs_access": {"value": SA_JSON},
        "workers": {
            "cartesia-sonic-azure-disco": {"model": "sonic-3.5", "min_replicas": 1, "max_replicas": 2},
            "cartesia-sonic-rosy-dragon": {"model": "sonic-3", "batch_size": 4},
        },
        "rollout": {"max_unavailable": 0, "gpus_max": 9},
        "ingress": {"host": "api.voice.example.com", "certificate_arn": CERTIFICATE, "class_name": "alb"},
        "key_paths": dict(KEY_PATHS),
        "values": {"extra": {"list": [1, 2]}},
    }
    return {**copy.deepcopy(args), **changes}


def air_gapped(**changes: Any) -> dict[str, Any]:
    """A release without any call to the vendor."""
    args = connected(
        air_gapped=True,
        image_registry="registry.example.com:5000/cartesia",
        nats_image="registry.example.com:5000/nats:2.12",
        features={"models": ["sonic-3.5"]},
        license={"persistence": True, "storage_class": "gp3", "seed": {"value": LICENSE}},
        pull_secret={"mirror": {"registry": "registry.example.com:5000", "username": "u", "password": f"pw{CANARY}"}},
    )
    for left_out in ("api_key", "gcs_access", "ingress"):
        del args[left_out]
    return {**args, **changes}


def changed(args: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The arguments with one value at a `/`-separated path; `...` takes the key away."""
    result = dict(args)
    *way, last = path.split("/")
    at = result
    for key in way:
        at[key] = dict(at.get(key, {}))
        at = at[key]
    if value is ...:
        del at[last]
    else:
        at[last] = value
    return result


class Listening(mocks.Mocks):
    """Notes every registration, for tests that want none."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def call(self, args: mocks.MockCallArgs) -> dict[str, Any]:
        raise AssertionError(f"invoked {args.token}")

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        self.seen.append(args.name)
        return args.name, dict(args.inputs)


def refused(program: Callable[[], Any]) -> str:
    """The text of the error that `program` must raise, after making sure that nothing was registered."""
    listening = Listening()
    pulumi.runtime.set_mocks(listening)
    try:
        program()
    except pulumi.RunError as error:
        asyncio.get_event_loop().run_until_complete(asyncio.sleep(0))
        assert listening.seen == []
        return str(error)
    raise AssertionError("no error")


def recorded(program: Callable[[], Any], monkeypatch: Any, *, preview: bool = False) -> Recording:
    """Run a program whose Helm releases come up as deployed."""
    plain = AwsMocks.new_resource

    def answer(self: AwsMocks, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        ident, out = plain(self, args)
        return ident, {**out, "status": {"status": "deployed"}} if args.typ.endswith(":Release") else out

    monkeypatch.setattr(AwsMocks, "new_resource", answer)
    return record(program, preview=preview)
