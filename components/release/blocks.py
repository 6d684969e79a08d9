"""The argument blocks of a release, each read into a small checked value. Rules between them are in `rules`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi

from catalog.chart import DEFAULT_MAX_UNAVAILABLE
from components.names import check_name
from components.release.args import (
    ReleaseIngressArgs,
    ReleasePullSecretArgs,
    ReleaseSecretArgs,
    ReleaseWorkerArgs,
)
from components.release.pull_secret import read_login
from components.release.roles import MOST, read_plain
from components.secret_inputs import check_now
from core.bundle.release_tag import ReleaseTag, require_model
from core.capacity.rollout import WorkerReplicas
from core.input.problems import Problem, Problems, show
from core.input.reader import Reader
from core.secrets.checks import SecretCheck
from core.secrets.table import SecretArgument, argument_of, arguments

_ARN: Final = re.compile(r"arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/[A-Za-z0-9-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretPart:
    """One secret of the release: made from `value`, or there already."""

    argument: str
    secret_name: str
    data_key: str = ""
    value: pulumi.Input[str] | None = None
    login: Mapping[str, Any] | None = None
    """The registry login as the caller wrote it, for `RegistryPullSecret`."""
    registry: str = ""
    """Host that the login is for."""

    @property
    def made(self) -> bool:
        """Whether the component makes it."""
        return self.value is not None or self.login is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class LicensePart:
    """Licence storage. None where the chart's own default stays."""

    persistence: bool | None
    storage_class: str
    uploaded_later: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IngressPart:
    """The `ingress` block, checked: what the chart needs to take requests from outside over TLS."""

    host: str
    certificate_arn: pulumi.Input[str] | None
    tls_secret: str
    class_name: str
    annotations: Mapping[str, str]
    expose_license_paths: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutPart:
    """Update behaviour. None where nothing was said."""

    max_unavailable: int | None
    gpus_max: int | None
    allow_stall: bool

    @property
    def takes_away(self) -> int:
        """Pods an update may take away first, with the chart's default filled in."""
        return DEFAULT_MAX_UNAVAILABLE if self.max_unavailable is None else self.max_unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerPart:
    """One of `workers`, checked: its model, the names it has in the chart, and its count."""

    key: str
    model: str
    config_model: str
    """The model's id in worker configuration."""
    deployment: str
    replicas: WorkerReplicas
    plain: Mapping[str, Any]
    """What goes into the values as it was given, by role."""


def read_secrets(root: Reader, blocks: Mapping[str, Reader], problems: Problems) -> dict[str, SecretPart]:
    """Every secret that the release is given or finds there, by argument."""
    found = {"pull_secret": read_pull_secret(root, problems)} | {
        argument.block: read_secret(blocks.get(holder, root), key, secret.check, argument, problems)
        for secret, argument in arguments()
        for holder, _, key in (argument.block.rpartition("."),)
        if argument.plain
    }
    return {block: part for block, part in found.items() if part is not None}


def read_secret(
    read: Reader, key: str, check: SecretCheck, default: SecretArgument, problems: Problems
) -> SecretPart | None:
    """A secret block: exactly one of `value` and `existing_secret`."""
    if not read.has(key):
        return None
    block = read.block(key, ReleaseSecretArgs)
    existing = block.text("existing_secret")
    check_name("secret", existing, block.at("existing_secret"), problems)
    made_name = block.text("secret_name", default.secret_name)
    check_name("secret", made_name, block.at("secret_name"), problems)
    made_key = block.text("data_key", default.data_key)
    check_name("data key", made_key, block.at("data_key"), problems)
    if block.has("value") == bool(existing):
        found = "both" if existing else "neither"
        needs = (block.at("value"), block.at("existing_secret"))
        rule = "needs exactly one of value and existing_secret"
        problems.add(block.path, rule, got=found, fix="keep one of them", needs=needs)
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
    block = read.block("pull_secret", ReleasePullSecretArgs)
    name = block.text("secret_name", argument_of("pull_secret").secret_name)
    check_name("secret", name, block.at("secret_name"), problems)
    if not block.has("existing_secret"):
        login = read_login(block, problems)
        if login is None:
            return None
        given = {key: block.value(key) for key in ("service_account_json", "mirror") if block.has(key)}
        return SecretPart(argument=block.path, secret_name=name, login=given, registry=login.host)
    existing = block.text("existing_secret")
    check_name("secret", existing, block.at("existing_secret"), problems)
    for unused in ("service_account_json", "mirror", "secret_name"):
        if block.has(unused):
            problems.add(block.at(unused), "cannot stand beside existing_secret", fix="keep one of the two")
    return SecretPart(argument=block.path, secret_name=existing)


def read_license(block: Reader, problems: Problems) -> LicensePart:
    """Licence storage."""
    storage_class = block.text("storage_class")
    check_name("class", storage_class, block.at("storage_class"), problems)
    return LicensePart(
        persistence=block.optional_flag("persistence"),
        storage_class=storage_class,
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
    block = read.block("ingress", ReleaseIngressArgs)
    block.required("host", "give the DNS name of the API")
    host = block.text("host")
    check_name("host", host, block.at("host"), problems)
    tls_secret = block.text("tls_secret")
    check_name("secret", tls_secret, block.at("tls_secret"), problems)
    if block.has("certificate_arn") == bool(tls_secret):
        rule = "needs exactly one of certificate_arn and tls_secret: API keys travel in headers, so TLS is not optional"
        needs = (block.at("certificate_arn"), block.at("tls_secret"))
        found = "both" if tls_secret else "neither"
        problems.add("ingress", rule, got=found, fix="give the one your ingress takes", needs=needs)
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


def read_rollout(block: Reader) -> RolloutPart:
    """Update behaviour and GPU budget."""
    return RolloutPart(
        max_unavailable=block.optional_whole("max_unavailable", 0, MOST),
        gpus_max=block.optional_whole("gpus_max", 0, MOST),
        allow_stall=block.flag("allow_stall", False),
    )


def read_workers(read: Reader, tag: ReleaseTag | None, problems: Problems) -> tuple[WorkerPart, ...]:
    """The workers in the order of their keys, each model known and not too new for the tag."""
    found: list[WorkerPart] = []
    for key, block in read.blocks("workers", ReleaseWorkerArgs):
        check_name("service", key, block.path, problems)
        if not block.required("model", "name the model it serves, e.g. sonic-3.5"):
            continue
        model = require_model(tag, block.text("model"), block.at("model"), problems)
        low = block.whole("min_replicas", 1, low=0, high=MOST)
        high = block.whole("max_replicas", max(low, 1), low=1, high=MOST)
        plain = read_plain(block, "workers.*")
        if high < low:
            rule = f"must be at least min_replicas ({low})"
            fix, needs = f"raise it to {low} or lower min_replicas", (block.at("min_replicas"),)
            problems.add(block.at("max_replicas"), rule, got=high, fix=fix, needs=needs)
        if model is not None:
            found.append(
                WorkerPart(
                    key=key,
                    model=model.name,
                    config_model=model.aliases[0] if model.aliases else model.name,
                    deployment=model.image or key,
                    replicas=WorkerReplicas(key, low, high),
                    plain=plain,
                )
            )
    return tuple(found)
