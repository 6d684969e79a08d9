"""Wrong arguments of a release: each gives one clear line with the path and what to do, and nothing is registered."""

from typing import Any

import pytest

from components.args import ArgsError
from components.release.cartesia_release import CartesiaRelease
from components.release.resolve import resolve_cartesia_release
from tests.support.release_cases import (
    CANARY,
    CERTIFICATE,
    SA_JSON,
    air_gapped,
    changed,
    connected,
    refused,
)

WRONG_CONNECTED: list[tuple[str, Any, str, str]] = [
    # path of the change, value, start of the line, words of the line
    ("chart_path", ..., "chart_path", "required; folder"),
    ("chart_path", "", "chart_path", "non-empty string"),
    ("chart_path", "oci://registry/chart", "chart_path", "local folder; fetch and verify"),
    ("chart_path", "cartesia-1.0.tgz", "chart_path", "local folder; unpacked"),
    ("chart_pth", "./x", "chart_pth", "unknown key; chart_path"),
    ("release_tag", ..., "release_tag", "required; sonic-20260503"),
    ("release_tag", "latest", "release_tag", "must name one release; latest"),
    ("release_tag", "sonic-20260231", "release_tag", "real date"),
    ("release_tag", "sonic-20251118", "features.hot_reload", "sonic-20260310 or newer; raise the tag"),
    ("release_tag", "sonic-20260310", "features.models[0]", "sonic-20260503 or newer; raise the tag"),
    (
        "release_tag",
        "sonic-20260310",
        "workers.cartesia-sonic-azure-disco.model",
        "sonic-3.5 needs release_tag sonic-20260503; raise the tag",
    ),
    ("features/models", ["sonik-3"], "features.models[0]", "must be a model; did you mean"),
    ("features/models", "sonic-3", "features.models", "must be a list"),
    ("features/hot_reload", "yes", "features.hot_reload", "true or false"),
    ("features/hotReload", True, "features.hotReload", "unknown key; hot_reload"),
    ("features", ["hot_reload"], "features", "must be a map"),
    ("namespace", "Cartesia", "namespace", "namespace name"),
    ("namespace", "a" * 64, "namespace", "at most 63"),
    ("release_name", "cartesia_1", "release_name", "Helm release name"),
    ("release_name", "c" * 54, "release_name", "at most 53"),
    ("create_namespace", "no", "create_namespace", "true or false"),
    ("pod_security", "strict", "pod_security", "privileged, baseline, restricted"),
    ("api_key", ..., "api_key", "required; existing_secret, or set air_gapped"),
    ("api_key/value", "", "api_key.value", "one word"),
    ("api_key/value", "sk_car_x y", "api_key.value", "without blanks"),
    ("api_key/value", SA_JSON.replace(" ", ""), "api_key.value", "not a JSON file"),
    ("api_key/value", 12, "api_key.value", "must be text"),
    ("api_key/existing_secret", "mine", "api_key", "exactly one of value and existing_secret; both"),
    ("api_key", {}, "api_key", "exactly one of value and existing_secret; neither"),
    ("api_key", {"existing_secret": "My_Secret"}, "api_key.existing_secret", "secret's name"),
    ("api_key", {"existing_secret": "a", "data_key": "b"}, "api_key.data_key", "leave it out"),
    ("api_key/data_key", "a/b", "api_key.data_key", "key of a secret"),
    ("pull_secret", {}, "pull_secret", "exactly one of service_account_json and mirror; neither"),
    ("pull_secret/existing_secret", "x", "pull_secret.service_account_json", "cannot stand beside existing_secret"),
    ("pull_secret/service_account_json", "{}", "pull_secret.service_account_json.type", "service_account"),
    ("pull_secret/service_account_json", "not json", "pull_secret.service_account_json", "must be JSON"),
    (
        "pull_secret",
        {"mirror": {"registry": "https://r.example.com/x", "username": "u", "password": "p"}},
        "pull_secret.mirror.registry",
        "registry host; leave scheme and path out",
    ),
    ("pull_secret", {"mirror": {"registry": "r.example.com"}}, "pull_secret.mirror.password", "required and missing"),
    (
        "pull_secret",
        {"mirror": {"registry": "r.example.com", "username": "a:b", "password": "p"}},
        "pull_secret.mirror.username",
        "without a colon",
    ),
    (
        "pull_secret",
        {"mirror": {"registry": "r.example.com", "username": "u", "password": "p"}},
        "pull_secret",
        "logs in to r.example.com, but the images come from us-docker.pkg.dev",
    ),
    ("image_registry", "other.example.com/x", "pull_secret", "logs in to us-docker.pkg.dev; other.example.com"),
    ("image_registry", "https://r.example.com", "image_registry", "must have no scheme"),
    ("image_registry", "r.example.com/x/", "image_registry", "must not end in a slash"),
    ("image_registry", "r.example.com/x:tag", "image_registry", "no tag"),
    ("gcs_access/value", '{"type": "authorized_user"}', "gcs_access.value.type", "service_account"),
    ("workers/x", {}, "workers.x.model", "required and missing"),
    ("workers/x", {"model": "whisper"}, "workers.x.model", "must be a model of the catalogue"),
    ("workers/Bad_Name", {"model": "sonic-3"}, "workers.Bad_Name", "lower-case"),
    ("workers/x", {"model": "sonic-3", "min_replicas": 3, "max_replicas": 2}, "workers.x.max_replicas", "at least"),
    ("workers/x", {"model": "sonic-3", "min_replicas": -1}, "workers.x.min_replicas", "must be 0 to"),
    ("workers/x", {"model": "sonic-3", "max_replicas": 0}, "workers.x.max_replicas", "raise it to 1"),
    ("workers/x", {"model": "sonic-3", "min_replicas": 1.5}, "workers.x.min_replicas", "whole number"),
    ("workers/x", {"model": "sonic-3", "batch_size": 0}, "workers.x.batch_size", "raise it to 1"),
    ("workers/x", {"model": "sonic-3", "replicas": 2}, "workers.x.replicas", "unknown key"),
    ("workers", ["sonic-3"], "workers", "must be a map"),
    ("rollout/gpus_max", 3, "rollout", "never finish: workers may use 3 GPUs; at most 3; 4 GPUs; max_unavailable to 1"),
    ("rollout/gpus_max", 1, "rollout", "at least 2 GPUs; at most 1; raise the pools; allow_stall"),
    ("rollout/max_unavailable", -1, "rollout.max_unavailable", "must be 0 to"),
    ("rollout/max_unavailable", "1", "rollout.max_unavailable", "whole number"),
    ("ingress/host", ..., "ingress.host", "required and missing"),
    ("ingress/host", "https://api.example.com", "ingress.host", "without scheme"),
    ("ingress/host", "api.example.com:443", "ingress.host", "port"),
    ("ingress/certificate_arn", ..., "ingress", "TLS is not optional; neither"),
    ("ingress/tls_secret", "tls", "ingress", "exactly one of certificate_arn and tls_secret; both"),
    (
        "ingress/certificate_arn",
        "arn:aws:iam::123456789012:x",
        "ingress.certificate_arn",
        "ACM certificate; arn:aws:acm",
    ),
    ("ingress/annotations", {"a": 1}, "ingress.annotations.a", "must be a string; quotes"),
    ("monitoring", {"prometheus_address": "prometheus:9090"}, "monitoring.prometheus_address", "http(s) URL"),
    ("monitoring", {"autoscaling": True}, "monitoring.autoscaling", "key_paths.autoscaling; values.yaml"),
    ("license", {"persistence": True}, "license.storage_class", "required; gp3"),
    ("license", {"persistence": False, "seed": {"value": '{"a": 1}'}}, "license.persistence", "set it to true"),
    ("license", {"seed": {"value": "not json"}}, "license.seed.value", "must be JSON"),
    ("license", {"seed": {"value": SA_JSON}}, "license.seed.value", "not a service-account key"),
    ("license/storage_class", "GP 3", "license.storage_class", "class name"),
    ("api_service", "Api", "api_service", "Service name"),
    ("api_port", 70000, "api_port", "lower it to 65535"),
    ("timeout_seconds", 5, "timeout_seconds", "seconds; raise it to"),
    ("timeout_seconds", "30m", "timeout_seconds", "whole number"),
    ("key_paths/api_key_secret", ..., "api_key", "key_paths.api_key_secret; values.yaml; API key"),
    ("key_paths/workers", ..., "workers.cartesia-sonic-azure-disco.min_replicas", "key_paths.workers; values.yaml"),
    ("key_paths/ingress_host", ..., "ingress.host", "key_paths.ingress_host; values.yaml"),
    ("key_paths/hot_reload", ..., "features.hot_reload", "key_paths.hot_reload; values.yaml"),
    ("key_paths/pul_secret", "x", "key_paths.pul_secret", "unknown role; pull_secret"),
    ("key_paths/gcs_secret", "a..b", "key_paths.gcs_secret", "empty part"),
    ("key_paths/gcs_secret", "a[2].b", "key_paths.gcs_secret", "brackets"),
    ("key_paths/gcs_secret", "release.releaseTag", "key_paths.gcs_secret", "documented key; argument"),
    ("key_paths/gcs_secret", "apiKeySecret", "key_paths", "gcs_access and api_key; own path"),
    ("key_paths/gcs_secret", "apiKeySecret.inner", "key_paths", "write over each other"),
    ("key_paths/worker_min_replicas", "workers.min", "key_paths.worker_min_replicas", "must hold {worker}"),
    ("key_paths/gcs_secret", "gcs.{worker}", "key_paths.gcs_secret", "must not hold {worker}"),
    ("key_paths", {"api_key_secret": 7}, "key_paths.api_key_secret", "must be a string"),
    ("values", "release: {}", "values", "must be a map"),
    ("values/release", {"releaseTag": "sonic-20260310"}, "values.release.releaseTag", "release_tag too; remove one of"),
    ("values/infra", {"authenticate": False}, "values.infra.authenticate", "air_gapped; remove one of"),
    ("values/ingress", {"host": "b.example.com"}, "values.ingress.host", "ingress.host; values.ingress.host"),
    ("values/apiKeySecret", "other", "values.apiKeySecret", "argument api_key; remove one of"),
    ("values/workers", {"cartesia-sonic-azure-disco": {"minReplicas": 3}}, "values.workers", "min_replicas; got 3"),
    ("values/release", "flat", "values.release", "release_tag too"),
    ("values/l", [None], "values.l[0]", "null; leave the item out"),
    ("values/key", "-----BEGIN PRIVATE KEY-----", "values.key", "must not hold a private key; Kubernetes secret"),
    ("values/env", [{"value": "sk_car_0123456789"}], "values.env[0].value", "Cartesia API key; Kubernetes secret"),
    ("atomic", "yes", "atomic", "true or false"),
]

WRONG_AIR_GAPPED: list[tuple[str, Any, str, str]] = [
    ("license/persistence", ..., "license.persistence", "must be true when air_gapped; storage_class"),
    ("license/persistence", False, "license.persistence", "must be true when air_gapped; got false"),
    ("license/storage_class", ..., "license.storage_class", "required with license.persistence; gp3"),
    ("license/seed", ..., "license.seed", "required when air_gapped; uploaded_later"),
    ("features/hot_reload", True, "features.hot_reload", "no bucket; set it to false"),
    ("image_registry", ..., "image_registry", "private registry; mirror the images"),
    (
        "image_registry",
        "us-docker.pkg.dev/cartesia-external/self-serve",
        "image_registry",
        "private registry when air_gapped; mirror",
    ),
    ("nats_image", ..., "nats_image", "required when air_gapped; mirror it too"),
    ("gcs_access", {"existing_secret": "gcs"}, "gcs_access", "out of reach; remove it"),
    ("key_paths/hot_reload", ..., "air_gapped", "key_paths.hot_reload; values.yaml"),
    (
        "ingress",
        {"host": "a.example.com", "certificate_arn": CERTIFICATE},
        "ingress.expose_license_paths",
        "/license and /audit; leave the ingress out",
    ),
    ("air_gapped", "true", "air_gapped", "true or false"),
]


def line_of(text: str, path: str) -> str:
    lines = [line.strip() for line in text.splitlines()[1:]]
    found = [line for line in lines if line.startswith((f"{path}:", f"{path}."))]
    assert found, f"no line for {path} in\n{text}"
    return "\n".join(found)


@pytest.mark.parametrize(("path", "value", "where", "words"), WRONG_CONNECTED)
def test_a_wrong_argument_is_named_with_its_fix_and_nothing_is_registered(
    path: str, value: Any, where: str, words: str
) -> None:
    text = refused(lambda: CartesiaRelease("voice", changed(connected(), path, value)))
    assert text.startswith("CartesiaRelease: ")
    line = line_of(text, where)
    assert all(word in line for word in words.split("; ")), line
    assert CANARY not in text


@pytest.mark.parametrize(("path", "value", "where", "words"), WRONG_AIR_GAPPED)
def test_an_air_gapped_release_lacks_nothing_that_replaces_the_cloud(
    path: str, value: Any, where: str, words: str
) -> None:
    text = refused(lambda: CartesiaRelease("voice", changed(air_gapped(), path, value)))
    line = line_of(text, where)
    assert all(word in line for word in words.split("; ")), line
    assert CANARY not in text


def test_all_mistakes_are_told_at_once() -> None:
    args = connected(release_tag="latest", namespace="X", timeout_seconds=1, bogus=1)
    text = refused(lambda: CartesiaRelease("voice", args))
    assert text.startswith("CartesiaRelease: 4 problems\n")


@pytest.mark.parametrize("make", [connected, air_gapped])
def test_the_good_arguments_of_this_table_are_good(make: Any) -> None:
    assert resolve_cartesia_release(make()).warnings == ()


PLAIN_PLACES = [
    "release_tag",
    "chart_path",
    "chart_version",
    "namespace",
    "release_name",
    "image_registry",
    "nats_image",
    "pod_security",
    "api_service",
    "timeout_seconds",
    "workers/x",
    "features/models",
    "ingress/host",
    "ingress/certificate_arn",
    "ingress/tls_secret",
    "ingress/class_name",
    "key_paths/pull_secret",
    "values/release",
    "values/infra",
    "api_key/secret_name",
    "api_key/data_key",
    "license/storage_class",
    "pull_secret/mirror",
    "monitoring/prometheus_address",
]


@pytest.mark.parametrize("place", PLAIN_PLACES)
@pytest.mark.parametrize("secret", [SA_JSON, f"sk_car_{CANARY}", f"x sk_car_{CANARY}/"], ids=["json", "key", "inside"])
def test_a_secret_pasted_into_the_wrong_place_is_not_shown(place: str, secret: str) -> None:
    text = refused(lambda: CartesiaRelease("voice", changed(connected(), place, secret)))
    assert place.replace("/", ".") in text
    assert "must not hold" in text
    assert CANARY not in text


@pytest.mark.parametrize("tag", ["sonic-custom", "v9"])
def test_a_tag_of_another_form_warns_and_goes_on(tag: str) -> None:
    spec = resolve_cartesia_release(connected(release_tag=tag))
    [warning] = map(str, spec.warnings)
    assert warning.startswith("release_tag: is not of the form")
    assert tag in warning


def test_a_stall_can_be_accepted_and_is_still_told() -> None:
    args = changed(changed(connected(), "rollout/gpus_max", 3), "rollout/allow_stall", True)
    [warning] = map(str, resolve_cartesia_release(args).warnings)
    assert "never finish" in warning
    assert "max_unavailable to 1" in warning


def test_few_spare_gpus_are_slow_and_said_so() -> None:
    [warning] = map(str, resolve_cartesia_release(changed(connected(), "rollout/gpus_max", 5)).warnings)
    assert "it finishes" in warning


def test_without_a_figure_for_gpus_nothing_is_guessed() -> None:
    args = connected(rollout={})
    assert resolve_cartesia_release(args).warnings == ()


def test_whole_numbers_may_arrive_as_floats_from_the_wire() -> None:
    args = changed(connected(timeout_seconds=900.0, api_port=80.0), "rollout/gpus_max", 9.0)
    spec = resolve_cartesia_release(args)
    assert isinstance(spec.timeout_seconds, int)
    assert isinstance(spec.parts.rollout.gpus_max, int)


@pytest.mark.parametrize(
    ("given", "expected"),
    [("cartesia-kube/cartesia", "./cartesia-kube/cartesia"), ("./c", "./c"), ("../c", "../c"), ("/opt/c", "/opt/c")],
)
def test_a_missing_chart_folder_can_never_become_a_look_up_in_a_repository(given: str, expected: str) -> None:
    assert resolve_cartesia_release(connected(chart_path=given)).chart_path == expected


def test_the_endpoint_is_the_ingress_or_the_service() -> None:
    assert resolve_cartesia_release(connected()).api_endpoint == "https://api.voice.example.com"
    args = connected(namespace="voice", api_port=80)
    del args["ingress"]
    assert resolve_cartesia_release(args).api_endpoint == "http://cartesia-api.voice.svc:80"


def test_helm_rolls_back_only_what_it_waits_for() -> None:
    with pytest.raises(ArgsError) as error:
        resolve_cartesia_release(changed(changed(connected(), "wait", False), "atomic", True))
    (problem,) = error.value.problems
    assert (problem.path, problem.fix) == ("atomic", "leave wait out")
    assert "needs wait" in problem.rule
    for wait, atomic in ((True, True), (True, False), (False, False)):
        spec = resolve_cartesia_release(changed(changed(connected(), "wait", wait), "atomic", atomic))
        assert (spec.wait, spec.atomic) == (wait, atomic)
