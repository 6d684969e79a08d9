"""The argument blocks of a release, each read into a small checked value; rules between them are in `release_rules`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import pulumi

from catalog.chart import DEFAULT_MAX_UNAVAILABLE
from components.names import check_name
from components.release.args import (
    ReleaseIngressArgs,
    ReleaseLicenseArgs,
    ReleaseMonitoringArgs,
    ReleasePullSecretArgs,
    ReleaseRolloutArgs,
    ReleaseSecretArgs,
    ReleaseWorkerArgs,
)
from components.release.gcs_access import DEFAULT_DATA_KEY as GCS_DATA_KEY
from components.release.gcs_access import DEFAULT_SECRET_NAME as GCS_SECRET_NAME
from components.release.pull_secret import DEFAULT_SECRET_NAME as PULL_SECRET_NAME
from components.release.pull_secret import Login, read_login
from components.secret_inputs import SecretCheck, check_now
from core.bundle.release_tag import ReleaseTag, require_model
from core.capacity.rollout import WorkerReplicas
from core.input.problems import Problem, Problems, show
from core.input.reader import Reader


class SecretDefault(NamedTuple):
    """Name and key of a secret where the caller gives none; both are ours, since the vendor documents neither."""

    name: str
    data_key: str


API_KEY_SECRET: Final = SecretDefault("cartesia-api-key", "api-key")
GCS_SECRET: Final = SecretDefault(GCS_SECRET_NAME, GCS_DATA_KEY)
LICENSE_SECRET: Final = SecretDefault("cartesia-license", "license.json")

_ARN: Final = re.compile(r"arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/[A-Za-z0-9-]+")
_URL: Final = re.compile(r"https?://[^\s/@]+(/\S*)?")
_MOST: Final = 1000  # pods or GPUs; far above any cluster, low enough to catch a slip of the keyboard


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretPart:
    """One secret of the release: made from `value`, or there already."""

    argument: str
    secret_name: str
    data_key: str = ""
    value: pulumi.Input[str] | None = None
    login: Login | None = None

    @property
    def made(self) -> bool:
        """Whether the component makes it."""
        return self.value is not None or self.login is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class LicensePart:
    """Licence storage; None where the chart's own default stays."""

    persistence: bool | None
    storage_class: str
    seed: SecretPart | None
    uploaded_later: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IngressPart:
    """The way in."""

    host: str
    certificate_arn: pulumi.Input[str] | None
    tls_secret: str
    class_name: str
    annotations: Mapping[str, str]
    expose_license_paths: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutPart:
    """Update behaviour; None where nothing was said."""

    max_unavailable: int | None
    gpus_max: int | None
    allow_stall: bool

    @property
    def takes_away(self) -> int:
        """Pods an update may take away first, with the chart's default filled in."""
        return DEFAULT_MAX_UNAVAILABLE if self.max_unavailable is None else self.max_unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerPart:
    """One worker."""

    key: str
    model: str
    config_model: str
    """The model's id in worker configuration."""
    deployment: str
    replicas: WorkerReplicas
    batch_size: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoringPart:
    """Metrics and autoscaling; None where the chart's own default stays."""

    pod_monitor: bool | None
    autoscaling: bool | None
    prometheus_address: str


def optional_flag(read: Reader, key: str) -> bool | None:
    """True or false as given, None where it was not."""
    return read.flag(key, False) if read.has(key) else None


def optional_whole(read: Reader, key: str, low: int, high: int = _MOST) -> int | None:
    """A whole number as given, None where it was not."""
    return read.whole(key, low, low=low, high=high) if read.has(key) else None


def read_secret(
    read: Reader, key: str, check: SecretCheck, default: SecretDefault, problems: Problems
) -> SecretPart | None:
    """A secret block: exactly one of `value` and `existing_secret`."""
    if not read.has(key):
        return None
    block = Reader(read.value(key), ReleaseSecretArgs.__annotations__, read.at(key), problems)
    existing = block.text("existing_secret")
    check_name("secret", existing, block.at("existing_secret"), problems)
    made_name = block.text("secret_name", default.name)
    check_name("secret", made_name, block.at("secret_name"), problems)
    made_key = block.text("data_key", default.data_key)
    check_name("data key", made_key, block.at("data_key"), problems)
    if block.has("value") == bool(existing):
        found = "both" if existing else "neither"
        problems.add(block.path, "needs exactly one of value and existing_secret", got=found, fix="keep one of them")
        return None
    if existing:
        for unused in ("secret_name", "data_key"):
            if block.has(unused):
                problems.add(block.at(unused), "belongs to a secret made from value", fix="leave it out")
        return SecretPart(argument=block.path, secret_name=existing)
    check_now(block.value("value"), block.at("value"), check, problems)
    return SecretPart(argument=block.path, secret_name=made_name, data_key=made_key, value=block.value("value"))


def read_pull_secret(read: Reader, problems: Problems) -> SecretPart | None:
    """The registry login, made or there already."""
    if not read.has("pull_secret"):
        return None
    block = Reader(read.value("pull_secret"), ReleasePullSecretArgs.__annotations__, "pull_secret", problems)
    name = block.text("secret_name", PULL_SECRET_NAME)
    check_name("secret", name, block.at("secret_name"), problems)
    if not block.has("existing_secret"):
        login = read_login(block, problems)
        return None if login is None else SecretPart(argument=block.path, secret_name=name, login=login)
    existing = block.text("existing_secret")
    check_name("secret", existing, block.at("existing_secret"), problems)
    for unused in ("service_account_json", "mirror", "secret_name"):
        if block.has(unused):
            problems.add(block.at(unused), "cannot stand beside existing_secret", fix="keep one of the two")
    return SecretPart(argument=block.path, secret_name=existing)


def read_license(read: Reader, check: SecretCheck, problems: Problems) -> LicensePart:
    """Licence storage and seed."""
    block = Reader(read.value("license") or {}, ReleaseLicenseArgs.__annotations__, "license", problems)
    storage_class = block.text("storage_class")
    check_name("class", storage_class, block.at("storage_class"), problems)
    seed = read_secret(block, "seed", check, LICENSE_SECRET, problems)
    return LicensePart(
        persistence=optional_flag(block, "persistence"),
        storage_class=storage_class,
        seed=seed,
        uploaded_later=block.flag("uploaded_later", False),
    )


def arn_problems(value: str, path: str) -> list[Problem]:
    """What is wrong with the ARN of an ACM certificate."""
    if _ARN.fullmatch(value):
        return []
    rule = "must be the ARN of an ACM certificate"
    return [Problem(path, rule, show(value), "write it as arn:aws:acm:<region>:<12 digits>:certificate/<id>")]


def read_ingress(read: Reader, problems: Problems) -> IngressPart | None:
    """The ingress, which always has TLS."""
    if not read.has("ingress"):
        return None
    block = Reader(read.value("ingress"), ReleaseIngressArgs.__annotations__, "ingress", problems)
    block.required("host", "give the DNS name of the API")
    host = block.text("host")
    check_name("host", host, block.at("host"), problems)
    tls_secret = block.text("tls_secret")
    check_name("secret", tls_secret, block.at("tls_secret"), problems)
    if block.has("certificate_arn") == bool(tls_secret):
        rule = "needs exactly one of certificate_arn and tls_secret: API keys travel in headers, so TLS is not optional"
        problems.add("ingress", rule, got="both" if tls_secret else "neither", fix="give the one your ingress takes")
    elif block.has("certificate_arn"):
        check_now(block.value("certificate_arn"), block.at("certificate_arn"), arn_problems, problems)
    class_name = block.text("class_name")
    check_name("class", class_name, block.at("class_name"), problems)
    return IngressPart(
        host=host,
        certificate_arn=block.value("certificate_arn"),
        tls_secret=tls_secret,
        class_name=class_name,
        annotations=block.text_map("annotations"),
        expose_license_paths=block.flag("expose_license_paths", False),
    )


def read_rollout(read: Reader, problems: Problems) -> RolloutPart:
    """Update behaviour and GPU budget."""
    block = Reader(read.value("rollout") or {}, ReleaseRolloutArgs.__annotations__, "rollout", problems)
    return RolloutPart(
        max_unavailable=optional_whole(block, "max_unavailable", 0),
        gpus_max=optional_whole(block, "gpus_max", 0),
        allow_stall=block.flag("allow_stall", False),
    )


def read_monitoring(read: Reader, problems: Problems) -> MonitoringPart:
    """Metrics and autoscaling."""
    block = Reader(read.value("monitoring") or {}, ReleaseMonitoringArgs.__annotations__, "monitoring", problems)
    address = block.text("prometheus_address")
    if address and not _URL.fullmatch(address):
        fix = "write it like http://prometheus-operated.monitoring:9090"
        problems.add(block.at("prometheus_address"), "must be an http(s) URL without a login", got=address, fix=fix)
    return MonitoringPart(
        pod_monitor=optional_flag(block, "pod_monitor"),
        autoscaling=optional_flag(block, "autoscaling"),
        prometheus_address=address,
    )


def read_workers(read: Reader, tag: ReleaseTag | None, problems: Problems) -> tuple[WorkerPart, ...]:
    """The workers in the order of their keys, each model known and not too new for the tag."""
    found: list[WorkerPart] = []
    for key, item in sorted(read.mapping("workers").items()):
        block = Reader(item, ReleaseWorkerArgs.__annotations__, f"workers.{key}", problems)
        check_name("service", key, block.path, problems)
        if not block.required("model", "name the model it serves, e.g. sonic-3.5"):
            continue
        model = require_model(tag, block.text("model"), block.at("model"), problems)
        low = block.whole("min_replicas", 1, low=0, high=_MOST)
        high = block.whole("max_replicas", max(low, 1), low=1, high=_MOST)
        if high < low:
            rule = f"must be at least min_replicas ({low})"
            problems.add(block.at("max_replicas"), rule, got=high, fix=f"raise it to {low} or lower min_replicas")
        if model is not None:
            found.append(
                WorkerPart(
                    key=key,
                    model=model.name,
                    config_model=model.aliases[0] if model.aliases else model.name,
                    deployment=model.image or key,
                    replicas=WorkerReplicas(key, low, high),
                    batch_size=optional_whole(block, "batch_size", 1, 4096),
                )
            )
    return tuple(found)
