"""A release held against the reference chart, rendered by the real Helm: what was asked for must be there."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from clients.helm import HelmError, HelmMissingError, Renderer
from components.release.asked import asked_of, plain_values
from components.release.resolve import resolve_cartesia_release
from components.release.roles import ROLES
from core.chart.judge import rendering_problems, rendering_warnings
from core.chart.objects import Rendering
from core.input.problems import Problem
from sandbox.toolchain import ensure
from tests.support.release_cases import air_gapped, changed, connected

CHART = Path(__file__).resolve().parents[2] / "sandbox" / "chart"
Judge = Callable[..., tuple[list[Problem], list[Problem]]]


@pytest.fixture(scope="module")
def key_paths() -> dict[str, str]:
    listed = yaml.safe_load((CHART / "keys.yaml").read_text())
    return {role: path for role, path in listed.items() if role in ROLES}


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    render = Renderer(CHART / "cartesia", search=str(ensure(["helm"], progress=False)["helm"].parent))

    def judged(args: dict[str, Any], edit: Callable[[str], str] = str) -> tuple[list[Problem], list[Problem]]:
        spec = resolve_cartesia_release(args)
        values = plain_values(spec)
        assert values is not None
        seen = Rendering.read(edit(render(values, name=spec.release_name, namespace=spec.namespace)))
        asked = asked_of(spec)
        return list(rendering_problems(asked, seen)), list(rendering_warnings(asked, seen))

    return judged


def test_what_the_reference_chart_takes_is_found_in_its_place(judge: Judge, key_paths: dict[str, str]) -> None:
    for args in (connected(key_paths=key_paths, values={}), air_gapped(key_paths=key_paths, values={})):
        problems, _ = judge(args)
        assert problems == []


WRONG = [
    ("key_paths/pull_secret", "gcsSecret", {"gcs_secret": "imagePullSecret"}, "key_paths.pull_secret"),
    ("key_paths/gcs_secret", "imagePullSecret", {"pull_secret": "gcsSecret"}, "key_paths.gcs_secret"),
    ("key_paths/api_key_secret", "ingress.tlsSecret", {}, "key_paths.api_key_secret"),
    ("key_paths/ingress_host", "ingress.certificate", {"ingress_certificate": "ingress.host"}, "values"),
]


@pytest.mark.parametrize(("place", "path", "others", "told"), WRONG, ids=[row[0] for row in WRONG])
def test_a_value_at_a_path_of_another_role_is_refused(
    place: str, path: str, others: dict[str, str], told: str, judge: Judge, key_paths: dict[str, str]
) -> None:
    """The paths exist and Helm takes them. Only the rendering shows that nothing comes of it."""
    args = changed(connected(key_paths={**key_paths, **others}, values={}), place, path)
    try:
        problems, _ = judge(args)
    except HelmError as error:
        assert told == "values", error  # a schema refused it first
        return
    assert told in {problem.path for problem in problems}


def test_a_worker_that_the_chart_does_not_render_is_refused(key_paths: dict[str, str]) -> None:
    asked = asked_of(resolve_cartesia_release(connected(key_paths=key_paths, values={})))
    told = [problem.path for problem in rendering_problems(asked, Rendering(()))]
    assert told[:2] == ["workers.cartesia-sonic-azure-disco", "workers.cartesia-sonic-rosy-dragon"]


LOST = [
    ("nvidia.com/gpu: 1", "cpu: 1", "workers.cartesia-sonic-azure-disco"),
    ("maxUnavailable: 0", "maxUnavailable: 1", "rollout.max_unavailable"),
    (":sonic-20260503", ":sonic-20251118", "release_tag"),
    ("- name: cartesia-registry", "- name: another", "key_paths.pull_secret"),
    ("secretName: cartesia-gcs", "secretName: another", "key_paths.gcs_secret"),
    ("name: cartesia-api-key", "name: another", "key_paths.api_key_secret"),
]


@pytest.mark.parametrize(("rendered", "instead", "told"), LOST, ids=[row[2] for row in LOST])
def test_what_a_chart_drops_is_refused(
    rendered: str, instead: str, told: str, judge: Judge, key_paths: dict[str, str]
) -> None:
    """A chart of the same keys whose templates do something else with them."""
    args = connected(key_paths=key_paths, values={})
    assert judge(args)[0] == []
    problems, _ = judge(args, lambda text: text.replace(rendered, instead))
    assert told in {problem.path for problem in problems}


def test_a_license_proxy_that_cannot_roll_is_warned_about(judge: Judge, key_paths: dict[str, str]) -> None:
    """One replica, a quarter of surge, and a disk that is on one node at a time."""
    _, warnings = judge(air_gapped(key_paths=key_paths, values={}))
    told = [problem for problem in warnings if problem.path == "license.persistence"]
    assert len(told) == 1
    assert "cartesia-license-proxy" in told[0].rule
    assert "Recreate" in told[0].fix
    assert not [problem for problem in judge(connected(key_paths=key_paths, values={}))[1] if "volume" in problem.rule]


def test_a_worker_that_nobody_counted_is_warned_about(judge: Judge, key_paths: dict[str, str]) -> None:
    _, warnings = judge(connected(key_paths=key_paths, values={"workers": {"cartesia-sonic-royal-plant": {}}}))
    assert any("cartesia-sonic-royal-plant" in problem.rule for problem in warnings)


def test_without_helm_it_is_said(tmp_path: Path) -> None:
    with pytest.raises(HelmMissingError, match="not on PATH"):
        Renderer(CHART / "cartesia", search=str(tmp_path))
