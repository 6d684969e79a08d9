"""Every mistake of a stack file is told in one go, none twice, and none that only follows from another."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.input.problems import Problem
from stacks.settings import SettingsError, read_settings
from tests.support import broken_settings as broken
from tests.support.settings_cases import sources
from tests.unit.stacks.test_settings import CANARY, account, root  # noqa: F401 - fixtures

Told = Callable[[Mapping[str, Any]], list[Problem]]

FILES = {"connected": broken.connected, "air-gapped": broken.air_gapped, "fleet": broken.fleet}
PLACES = {name: list(broken.places(make())) for name, make in FILES.items()}
IN_GO = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def told(root: Path, account: str) -> Told:  # noqa: F811 - the fixtures
    """What is said of a configuration whose secrets are all right."""
    every = {"apiKey": CANARY, "serviceAccountJson": account, "license": '{"a": 1}', "mirrorPassword": "x"}

    def run(config: Mapping[str, Any]) -> list[Problem]:
        secrets = {} if "sagemaker" in config or "saegmaker" in config else every
        try:
            read_settings(sources(broken.full(config), root, secrets=secrets))
        except SettingsError as error:
            return list(error.problems)
        return []

    return run


def wrong_for(value: Any) -> list[Any]:
    """Values of other types than that of `value`."""
    number = "five" if isinstance(value, int | float) and not isinstance(value, bool) else 5
    return [number, None, [[]], *([] if isinstance(value, dict) else [{"a": {"b": 1}}])]


def has_a_type(path: broken.Path) -> bool:
    """Whether the shape says what stands there: `values` is the caller's own."""
    return path[:2] != ("release", "values") or len(path) == 2


@pytest.mark.parametrize("name", FILES)
def test_the_files_are_right_before_anything_is_broken(name: str, told: Told) -> None:
    assert told(FILES[name]()) == []


@pytest.mark.parametrize(("name", "path"), [(name, path) for name in FILES for path in PLACES[name]])
def test_a_value_of_the_wrong_type_is_one_error(name: str, path: broken.Path, told: Told) -> None:
    config = FILES[name]()
    for value in wrong_for(broken.at(config, path)) if has_a_type(path) else ():
        found = told(broken.put(config, path, value))
        assert len(found) == 1, (value, [str(problem) for problem in found])
        assert found[0].path.startswith(broken.shown(path))


OWN_NAMES = {"tags", "admins", "labels", "annotations", "callerRoles", "variants", "schedules", "nodeGroups", "workers"}
"""Maps whose keys are names that the user chooses."""
NAMED = [
    (name, path)
    for name in FILES
    for path in PLACES[name]
    if isinstance(key := path[-1], str) and key.isalnum() and len(key) > 4 and broken.swapped(key) != key
    if has_a_type(path) and path[:-1][-1:] not in {(own,) for own in OWN_NAMES}
]


@pytest.mark.parametrize(("name", "path"), NAMED)
def test_a_misspelt_key_is_one_error_that_names_the_key(name: str, path: broken.Path, told: Told) -> None:
    (problem,) = told(broken.misspelt(FILES[name](), path))
    assert problem.rule == "unknown key"
    assert f'"{path[-1]}"' in problem.fix


# Mistakes of three kinds that have nothing to do with each other: path, value, words of the rule, path that is told.
APART: Mapping[str, tuple[broken.Path, Any, str, str]] = {
    "type in production": (("production",), "yes", "true or false", "cartesia:production"),
    "type in aws": (("aws", "accountId"), 5, "a string", "cartesia:aws.accountId"),
    "key in aws": (("aws", "colour"), "red", "unknown key", "cartesia:aws.colour"),
    "key in eks": (("eks", "version"), "1.35", "unknown key", "cartesia:eks.version"),
    "rule in eks": (("eks", "network", "cidr"), "8.0.0.0/16", "private block", "cartesia:eks.network.cidr"),
    "type in eks": (("eks", "flowLogs"), 3, "true or false", "cartesia:eks.flowLogs"),
    "rule in a group": (
        ("eks", "nodeGroups", "default", "instanceTypes"),
        ["m7g.large"],
        "catalog/aws|x86_64",
        "cartesia:eks.nodeGroups.default.instanceTypes[0]",
    ),
    "type in a group": (
        ("eks", "nodeGroups", "default", "autoscaled"),
        "no",
        "true or false",
        "cartesia:eks.nodeGroups.default.autoscaled",
    ),
    "type in addons": (("addons", "imagePullSecrets"), 5, "a list", "cartesia:addons.imagePullSecrets"),
    "rule in addons": (
        ("addons", "storageClass", "reclaimPolicy"),
        "Keep",
        "one of",
        "cartesia:addons.storageClass.reclaimPolicy",
    ),
    "rule in release": (("release", "namespace"), "No Name", "must", "cartesia:release.namespace"),
    "type in release": (("release", "timeoutSeconds"), "long", "a whole number", "cartesia:release.timeoutSeconds"),
    "rule in ingress": (("release", "ingress", "host"), "a b", "must", "cartesia:release.ingress.host"),
    "key in ingress": (("release", "ingress", "colour"), 1, "unknown key", "cartesia:release.ingress.colour"),
    "rule in licence": (("release", "license", "storageClass"), "A B", "must", "cartesia:release.license.storageClass"),
    "type in licence": (
        ("release", "license", "uploadedLater"),
        1,
        "true or",
        "cartesia:release.license.uploadedLater",
    ),
    "rule in a worker": (
        ("release", "workers", "cartesia-sonic-azure-disco", "model"),
        "sonic-9",
        "must",
        "cartesia:release.workers.cartesia-sonic-azure-disco.model",
    ),
    "rule in key paths": (
        ("release", "keyPaths", "podMonitor"),
        "a..b",
        "dotted",
        "cartesia:release.keyPaths.podMonitor",
    ),
    "key at the top": (("colour",), "red", "unknown key", "cartesia:colour"),
}


@IN_GO
@given(chosen=st.sets(st.sampled_from(sorted(APART)), min_size=1))
def test_mistakes_apart_from_each_other_are_all_told_and_none_twice(chosen: set[str], told: Told) -> None:
    config = broken.connected()
    for name in chosen:
        path, value, _, _ = APART[name]
        config = broken.put(config, path, value)
    found = told(config)
    assert sorted(problem.path for problem in found) == sorted(APART[name][3] for name in chosen)


@pytest.mark.parametrize("name", APART)
def test_each_of_them_is_told_by_its_rule(name: str, told: Told) -> None:
    path, value, rule, where = APART[name]
    (problem,) = told(broken.put(broken.connected(), path, value))
    assert problem.path == where
    assert any(words in problem.rule for words in rule.split("|"))


@IN_GO
@given(data=st.data(), name=st.sampled_from(sorted(FILES)))
def test_wrong_types_anywhere_hide_no_other_wrong_type(data: st.DataObject, name: str, told: Told) -> None:
    config = FILES[name]()
    possible = [path for path in PLACES[name] if has_a_type(path) and len(path) > 1]
    chosen = data.draw(st.lists(st.sampled_from(possible), min_size=1, max_size=6, unique=True))
    # A value inside a broken one is gone with it.
    apart = [path for path in chosen if not any(path != other and path[: len(other)] == other for other in chosen)]
    for path in apart:
        config = broken.put(config, path, wrong_for(broken.at(FILES[name](), path))[0])
    found = [problem.path for problem in told(config)]
    assert sorted(found) == sorted(map(broken.shown, apart))


def test_a_rule_across_sections_is_told_beside_a_type_error_elsewhere(told: Told) -> None:
    config = broken.put(broken.air_gapped(), ("addons",), {"storageClass": {"name": 5}})
    assert {problem.path for problem in told(config)} == {
        "cartesia:addons.storageClass.name",
        "cartesia:addons.imageRegistry",
    }


def test_a_licence_that_exists_is_not_given_a_second_time(told: Told) -> None:
    config = broken.put(broken.air_gapped(), ("release", "license", "seed"), {"existingSecret": "licence"})
    assert told(config) == []
