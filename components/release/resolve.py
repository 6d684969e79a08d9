"""`resolve_cartesia_release`: from what the caller wrote to a `CartesiaReleaseSpec`, or one error with all mistakes."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from catalog.chart import API_DEPLOYMENT, API_PORT, NAMESPACE, RELEASE_NAME
from components.args import ArgsError
from components.names import check_image_registry, check_name
from components.release.args import (
    CartesiaReleaseArgs,
    ReleaseFeaturesArgs,
    ReleaseLicenseArgs,
    ReleaseMonitoringArgs,
    ReleaseRolloutArgs,
)
from components.release.blocks import (
    IngressPart,
    read_ingress,
    read_license,
    read_rollout,
    read_secrets,
    read_workers,
)
from components.release.helm_values import check_key_paths, check_values, settings_of
from components.release.roles import read_plain
from components.release.rules import check_features, check_mode, check_registry, check_rollout, misplaced_secrets
from components.release.spec import CartesiaReleaseSpec, ReleaseParts
from core.bundle.release_tag import ReleaseTag, read_release_tag
from core.input.problems import Problems
from core.input.reader import Reader

COMPONENT = "CartesiaRelease"

DEFAULT_TIMEOUT_SECONDS = 1800
"""Half an hour. The vendor documents no times, so this sums what an update waits for one after the other: a GPU node
from an empty pool (about 5 minutes), images with CUDA and model weights of unknown, large size (10), loading a model
(5), and a third of slack. Too short leaves a rollout half way; too long only delays the news of a failure."""

_BLOCKS: Final[Mapping[str, type]] = MappingProxyType(
    {
        "features": ReleaseFeaturesArgs,
        "license": ReleaseLicenseArgs,
        "rollout": ReleaseRolloutArgs,
        "monitoring": ReleaseMonitoringArgs,
    }
)
"""Blocks that are empty where they are absent."""

POD_SECURITY_LEVELS = ("privileged", "baseline", "restricted")
"""source: Kubernetes documentation, "Pod Security Standards", 2026-11-21."""


def resolve_cartesia_release(args: CartesiaReleaseArgs) -> CartesiaReleaseSpec:
    """Check the arguments as a whole and fill in defaults.

    Raises:
        ArgsError: At least one rule is broken; it names them all and shows no secret. A secret outside its place is
            told before all else.
    """
    misplaced = misplaced_secrets(args)
    if misplaced:
        raise ArgsError(COMPONENT, misplaced)  # alone: the text of any other problem might quote the secret
    problems = Problems()
    warnings = Problems()
    read = Reader(args, CartesiaReleaseArgs.__annotations__, "", problems)
    tag = read_release_tag(read.value("release_tag"), "release_tag", problems)
    parts = _read_parts(read, tag, problems)
    check_features(parts, tag, problems, warnings)
    check_mode(parts, problems)
    check_registry(parts, problems)
    check_rollout(parts, problems, warnings)
    check_key_paths(parts.key_paths, problems)
    settings = settings_of(parts, problems)
    values = read.mapping("values")
    check_values(settings, values, problems)
    namespace, release_name = read.text("namespace", NAMESPACE), read.text("release_name", RELEASE_NAME)
    check_name("namespace", namespace, "namespace", problems)
    check_name("release", release_name, "release_name", problems)
    create_namespace = read.flag("create_namespace", True)
    spec = CartesiaReleaseSpec(
        chart_path=_read_chart_path(read, problems),
        chart_version=read.text("chart_version"),
        foundation=read.text("foundation"),
        namespace=namespace,
        create_namespace=create_namespace,
        pod_security=_read_pod_security(read, create_namespace, problems),
        release_name=release_name,
        parts=parts,
        settings=tuple(settings),
        values=values,
        api_endpoint=_read_endpoint(read, parts.ingress, namespace, problems),
        timeout_seconds=read.whole("timeout_seconds", DEFAULT_TIMEOUT_SECONDS, low=10, high=21600, why="seconds"),
        wait=read.flag("wait", True),
        atomic=read.flag("atomic", False),
        warnings=tuple(warnings),
    )
    if spec.atomic and not spec.wait:
        rule = "needs wait: Helm rolls back what it waits for"
        problems.add("atomic", rule, got=True, fix="leave wait out", needs=("wait",))
    if problems:
        raise ArgsError(COMPONENT, problems)
    return spec


def _read_parts(read: Reader, tag: ReleaseTag | None, problems: Problems) -> ReleaseParts:
    blocks = {key: read.block(key, shape) for key, shape in _BLOCKS.items()}
    image_registry = read.text("image_registry")
    check_image_registry(image_registry, "image_registry", problems)
    return ReleaseParts(
        tag="" if tag is None else tag.text,
        air_gapped=read.flag("air_gapped", False),
        image_registry=image_registry,
        nats_image=read.text("nats_image"),
        hot_reload=blocks["features"].optional_flag("hot_reload"),
        models=tuple(blocks["features"].texts("models")),
        license=read_license(blocks["license"], problems),
        secrets=read_secrets(read, blocks, problems),
        workers=read_workers(read, tag, problems),
        rollout=read_rollout(blocks["rollout"]),
        ingress=read_ingress(read, problems),
        plain={role: value for block in blocks.values() for role, value in read_plain(block, block.path).items()},
        key_paths=read.text_map("key_paths"),
    )


def _read_chart_path(read: Reader, problems: Problems) -> str:
    if not read.required("chart_path", "give the folder of the verified, unpacked chart"):
        return ""
    path = read.text("chart_path")
    fix = "fetch and verify the vendor's archive, and give the folder of its chart"
    if "://" in path or path.endswith((".tgz", ".gz", ".tar")):
        problems.add("chart_path", "must be a local folder, for only what was unpacked was verified", got=path, fix=fix)
    # Helm takes a bare `a/b` that is missing on disk for a chart of a repository; with a dot it stays a missing folder.
    return path if path.startswith(("/", ".")) else f"./{path}"


def _read_pod_security(read: Reader, create_namespace: bool, problems: Problems) -> str:
    if not read.has("pod_security"):
        return ""
    if not create_namespace:
        fix = "label the namespace where it is made"
        rule = "needs create_namespace: the level is a label of the namespace"
        problems.add("pod_security", rule, fix=fix, needs=("create_namespace",))
    return read.choice("pod_security", POD_SECURITY_LEVELS, "baseline")


def _read_endpoint(read: Reader, ingress: IngressPart | None, namespace: str, problems: Problems) -> str:
    service = read.text("api_service", API_DEPLOYMENT)
    check_name("service", service, "api_service", problems)
    port = read.whole("api_port", API_PORT, low=1, high=65535)
    return f"https://{ingress.host}" if ingress is not None else f"http://{service}.{namespace}.svc:{port}"
