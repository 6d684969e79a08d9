"""The table of roles: each is an argument that exists, can be given a path, and asks for what its argument says."""

import inspect

import pytest

from components.release.args import CartesiaReleaseArgs, ReleaseKeyPathsArgs
from components.release.resolve import resolve_cartesia_release
from components.release.roles import ROLES, Role
from core.input.shapes import fields
from core.kube.helm_values import tree
from tests.support.release_cases import connected

EACH = pytest.mark.parametrize("role", ROLES.values(), ids=ROLES)


def test_every_role_can_be_given_a_path() -> None:
    assert set(fields(ReleaseKeyPathsArgs)) == set(ROLES)


@EACH
def test_its_argument_is_one_of_the_release(role: Role) -> None:
    hint = CartesiaReleaseArgs
    assert role.argument
    for key in role.argument.split("."):
        hint = dict.get(fields(hint), key, (None,))[0] if key != "*" else hint.__args__[1]  # type: ignore[attr-defined]
        assert hint is not None


@EACH
def test_the_line_under_its_key_says_what_the_path_takes(role: Role) -> None:
    source = inspect.getsource(ReleaseKeyPathsArgs)
    line = source.partition(f"    {role.name}: NotRequired[str]\n")[2].partition("\n")[0]
    assert f"`{role.argument}`" in line
    assert role.holds in line


GIVEN = {
    "pod_monitor": ({"monitoring": {"pod_monitor": False}}, False),
    "autoscaling": ({"monitoring": {"autoscaling": True}}, True),
    "prometheus_address": ({"monitoring": {"prometheus_address": "http://a"}}, "http://a"),
    "nats_image": ({"nats_image": "nats:2"}, "nats:2"),
    "hot_reload": ({"features": {"hot_reload": False}}, False),
    "ingress_class": ({"ingress": {"host": "a.example", "tls_secret": "t", "class_name": "alb"}}, "alb"),
    "ingress_tls_secret": ({"ingress": {"host": "a.example", "tls_secret": "t"}}, "t"),
    "api_key_secret": ({"api_key": {"existing_secret": "mine"}}, "mine"),
    "pull_secret": ({"pull_secret": {"existing_secret": "mine"}}, "mine"),
}


@pytest.mark.parametrize("name", GIVEN)
def test_what_the_argument_says_stands_at_the_path(name: str) -> None:
    changes, value = GIVEN[name]
    paths = {role: f"at.{role}" for role, row in ROLES.items() if row.worker_key is None}
    spec = resolve_cartesia_release(connected(key_paths=paths, **changes))  # type: ignore[arg-type]
    assert tree(spec.settings)["at"][name] == value


@pytest.mark.parametrize(
    "name", ["pod_monitor", "autoscaling", "prometheus_address", "nats_image", "license_seed_secret"]
)
def test_an_argument_that_is_not_given_asks_for_nothing(name: str) -> None:
    paths = {role: f"at.{role}" for role, row in ROLES.items() if row.worker_key is None}
    spec = resolve_cartesia_release(connected(key_paths=paths))  # type: ignore[arg-type]
    assert name not in tree(spec.settings)["at"]
