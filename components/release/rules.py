"""Rules between the blocks of a release: connected or air-gapped, registry and login, ingress, GPUs for an update."""

from collections.abc import Mapping
from typing import Any, Final

from catalog.chart import LICENSE_PATHS
from catalog.releases import REGISTRY_HOST
from components.release.spec import ReleaseParts
from core.bundle.release_tag import ReleaseTag, require_feature, require_model
from core.capacity.rollout import RolloutBudget, RolloutVerdict, rollout_budget
from core.input.problems import Problem, Problems
from core.input.secret_scan import secrets_in
from core.kube.docker_config import registry_host
from core.secrets.table import arguments

SECRET_PLACES: Final = frozenset(argument.path for _, argument in arguments()) | {("pull_secret", "mirror", "username")}
"""The only arguments that may hold a secret. The user name of a login may look like one (`_json_key`)."""


def misplaced_secrets(args: Any) -> list[Problem]:
    """A problem for each thing that looks like a secret outside its place. Plain arguments end up in plain text."""
    given = sorted({argument.block for _, argument in arguments()})
    fix = (
        f"give secrets by {', '.join(given[:-1])} or {given[-1]}; put any other into a Kubernetes secret and "
        "give the chart its name"
    )
    if not isinstance(args, Mapping):
        return []
    places = ((key, _without_secrets(value, (key,))) for key, value in args.items())
    return [
        Problem(path, f"must not hold {kind}: state and Helm's history would keep it in plain text", "", fix)
        for key, value in places
        for path, kind in secrets_in(value, key)
    ]


def _without_secrets(value: Any, path: tuple[str, ...]) -> Any:
    if path in SECRET_PLACES:
        return None
    if not isinstance(value, Mapping):
        return value
    return {key: _without_secrets(item, (*path, key)) for key, item in value.items()}


def check_features(parts: ReleaseParts, tag: ReleaseTag | None, problems: Problems, warnings: Problems) -> None:
    """What the release is meant to do must be in the tag."""
    for index, model in enumerate(parts.models):
        require_model(tag, model, f"features.models[{index}]", problems)
    if tag is None:
        return
    if parts.hot_reload:
        require_feature(tag, "hot_reload", "features.hot_reload", problems)
    if tag.day is None:
        rule = "is not of the form sonic-YYYYMMDD, so nothing was checked against its date"
        warnings.add("release_tag", rule, got=tag.text, fix="make sure it has the features and models asked for")


def check_mode(parts: ReleaseParts, problems: Problems) -> None:
    """Connected releases log in with the API key. Air-gapped ones must have all that replaces the vendor's cloud."""
    if parts.air_gapped:
        _check_air_gapped(parts, problems)
    elif "api_key" not in parts.secrets:
        fix = "give its value or existing_secret, or set air_gapped"
        rule = "is required: a connected release asks the vendor's cloud for its licence"
        problems.add("api_key", rule, fix=fix, needs=("air_gapped", "api_key"))
    if parts.license.persistence and not parts.license.storage_class:
        rule = "is required with license.persistence: new clusters may have no default storage class"
        fix = "name a class of the cluster, e.g. gp3"
        problems.add("license.storage_class", rule, fix=fix, needs=("license.persistence",))
    if parts.license.persistence is False and "license.seed" in parts.secrets:
        rule = "must not be false with license.seed: the seed is copied to the volume"
        problems.add("license.persistence", rule, got=False, fix="set it to true")


def _check_air_gapped(parts: ReleaseParts, problems: Problems) -> None:
    if parts.license.persistence is not True:
        rule = "must be true when air_gapped: licence and audit logs live on the volume"
        problems.add("license.persistence", rule, got=parts.license.persistence, fix="set it, with storage_class")
    if parts.hot_reload:
        rule = "must not be true when air_gapped: there is no bucket to reach"
        problems.add("features.hot_reload", rule, got=True, fix="set it to false or leave it out")
    if not parts.image_registry or registry_host(parts.image_registry) == REGISTRY_HOST:
        rule = "must be a private registry when air_gapped"
        got = parts.image_registry or None
        problems.add("image_registry", rule, got=got, fix="mirror the images and give the mirror's prefix")
    if not parts.nats_image and parts.key_paths.get("nats_image") != "":
        rule = "is required when air_gapped: NATS comes from a public registry"
        fix = "mirror it too, or set key_paths.nats_image to an empty string"
        problems.add("nats_image", rule, fix=fix, needs=("key_paths.nats_image",))
    if "license.seed" not in parts.secrets and not parts.license.uploaded_later:
        rule = "is required when air_gapped: nothing runs without a licence"
        fix = "give it, or set license.uploaded_later to true and upload it once the release is up"
        problems.add("license.seed", rule, fix=fix, needs=("license.seed", "license.uploaded_later"))
    if "gcs_access" in parts.secrets:
        rule = "must be left out when air_gapped: the vendor's buckets are out of reach"
        problems.add("gcs_access", rule, fix="remove it")
    if parts.ingress is not None and not parts.ingress.expose_license_paths:
        rule = f"must be true: an air-gapped ingress shows {' and '.join(LICENSE_PATHS)} without a login"
        fix = "set it if the ingress is internal or filters these paths, or leave the ingress out"
        problems.add("ingress.expose_license_paths", rule, got=False, fix=fix)


def check_registry(parts: ReleaseParts, problems: Problems) -> None:
    """A login must be for the registry the images come from, else every pull fails with it in place."""
    pull_secret = parts.secrets.get("pull_secret")
    if pull_secret is None or pull_secret.login is None:
        return
    login = pull_secret.registry
    images = registry_host(parts.image_registry) if parts.image_registry else REGISTRY_HOST
    if login != images:
        rule = f"logs in to {login}, but the images come from {images}"
        fix, needs = "give the login of that registry, or change image_registry", ("image_registry", "pull_secret")
        problems.add("pull_secret", rule, fix=fix, needs=needs)


def check_rollout(parts: ReleaseParts, problems: Problems, warnings: Problems) -> None:
    """An update must be able to finish with the GPUs there are."""
    rollout = parts.rollout
    if rollout.gpus_max is None or not parts.workers:
        return
    budget = rollout_budget((worker.replicas for worker in parts.workers), rollout.gpus_max, rollout.takes_away)
    if budget.verdict is RolloutVerdict.FITS:
        return
    if budget.verdict is RolloutVerdict.SLOW:
        rule, fix = _slow(budget)
        warnings.add("rollout", rule, fix=fix)
        return
    rule, fix = _stuck(budget)
    if rollout.allow_stall:
        warnings.add("rollout", rule, fix=fix)
    else:
        fix = f"{fix}; or set rollout.allow_stall to true to go on all the same"
        problems.add("rollout", rule, fix=fix, needs=("rollout", "workers"))


def _slow(budget: RolloutBudget) -> tuple[str, str]:
    rule = (
        f"an update would use up to {budget.surge} GPUs beside the {budget.most} of the workers, and the pools give at "
        f"most {budget.available}"
    )
    return rule, "it finishes, with fewer new pods at a time"


def _stuck(budget: RolloutBudget) -> tuple[str, str]:
    if budget.verdict is RolloutVerdict.SHORT:
        rule = f"the workers need at least {budget.least} GPUs and the pools give at most {budget.available}"
        return rule, f"raise the pools to {budget.most + 1} GPUs, or lower min_replicas"
    rule = (
        f"an update could never finish: workers may use {budget.most} GPUs, the pools give at most "
        f"{budget.available}, and with max_unavailable 0 no old pod goes before a new one has a GPU "
        f"(up to {budget.surge} more)"
    )
    fix = (
        f"raise the pools to at least {budget.most + 1} GPUs ({budget.most + budget.surge} for full speed), or set "
        "rollout.max_unavailable to 1 and accept fewer streams during updates"
    )
    return rule, fix
