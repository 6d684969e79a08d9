"""Errors and warnings in the words of the stack file: its keys' spelling, its name and the line."""

import ast
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from components.release.args import CartesiaReleaseArgs
from components.release.resolve import resolve_cartesia_release
from components.warn import warn, wording
from core.input.problems import Problem
from core.input.shapes import _names
from stacks.file.wording import worded
from stacks.settings import SettingsError, read_settings
from stacks.targets import TARGETS
from tests.support import broken_settings as broken
from tests.support.release_cases import changed, connected
from tests.support.settings_cases import sources
from tests.unit.stacks.test_settings import CANARY, account, root  # noqa: F401 - fixtures

ROOT = Path(__file__).resolve().parents[3]
NAME = "stacks/Pulumi.eks-test.yaml"


@pytest.fixture
def refused(root: Path, account: str) -> Callable[..., SettingsError]:  # noqa: F811 - the fixtures
    """What is said of a configuration that stands in the stack file as it is, or in none."""

    def run(config: dict[str, Any], text: str | None) -> SettingsError:
        (root / "stacks").mkdir(exist_ok=True)
        if text is not None:
            (root / NAME).write_text(text, encoding="utf-8")
        secrets = {"apiKey": CANARY, "serviceAccountJson": account}
        with pytest.raises(SettingsError) as caught:
            read_settings(sources(config, root, secrets=secrets))
        return caught.value

    return run


def broken_config() -> dict[str, Any]:
    config = broken.full(broken.connected())
    config["cartesia:eks"]["regoin"] = config["cartesia:eks"].pop("region")
    config["cartesia:release"]["timeoutSeconds"] = "soon"
    return config


def test_every_error_says_file_and_line(refused: Callable[..., SettingsError]) -> None:
    config = broken_config()
    text = yaml.safe_dump({"config": config})
    error = refused(config, text)
    rows = text.split("\n")
    assert len(error.problems) == 2
    for problem in error.problems:
        name, _, line = problem.place.rpartition(":")
        assert name == NAME
        assert problem.path.rpartition(".")[2] in rows[int(line) - 1]
        assert f"{NAME}:{line}: {problem.path}: " in str(error)


@pytest.mark.parametrize("text", [None, "", "config: [", "config:\n  other:key: 1\n", "\x00"])
def test_file_without_the_settings_gives_no_line_and_no_error(
    text: str | None, refused: Callable[..., SettingsError]
) -> None:
    error = refused(broken_config(), text)
    assert [problem.place for problem in error.problems] == ["", ""]
    assert "\n  cartesia:" in str(error)


WARNED = {
    "tag": connected(release_tag="sonic-custom"),
    "slow": changed(connected(), "rollout/gpus_max", 5),
    "stall": changed(changed(connected(), "rollout/gpus_max", 3), "rollout/allow_stall", True),
    "short": changed(changed(connected(), "rollout/gpus_max", 1), "rollout/allow_stall", True),
}


@pytest.mark.parametrize("case", WARNED)
def test_every_warning_is_spelled_as_the_file_is(case: str, tmp_path: Path) -> None:
    [warning] = resolve_cartesia_release(WARNED[case]).warnings
    (tmp_path / "stacks").mkdir()
    (tmp_path / NAME).write_text("config:\n  cartesia:release:\n    rollout: {}\n    releaseTag: sonic-custom\n")
    told = worded(warning, CartesiaReleaseArgs, TARGETS["eks"], sources({}, tmp_path, secrets={}))
    assert told.path in ("cartesia:release.rollout", "cartesia:release.releaseTag")
    assert told.place == f"{NAME}:{3 if told.path.endswith('rollout') else 4}"
    snake = {name for name in _names(CartesiaReleaseArgs, set()) if "_" in name}
    assert not snake.intersection(re.findall(r"\w+", str(told)))


def test_warnings_of_all_kinds_are_among_the_cases() -> None:
    source = (ROOT / "components" / "release" / "rules.py").read_text()
    added = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and is_warning(node)]
    assert len(added) == 3, "a new warning needs a case above"
    assert {str(warning.rule)[:14] for args in WARNED.values() for warning in resolve_cartesia_release(args).warnings}


def is_warning(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Attribute) and ast.unparse(node.func) == "warnings.add"


def test_components_and_stacks_warn_in_one_way() -> None:
    found = [
        path.relative_to(ROOT).as_posix()
        for room in ("components", "stacks")
        for path in (ROOT / room).rglob("*.py")
        if re.search(r"\blog\.(warn|info|error)\(", path.read_text(encoding="utf-8"))
    ]
    assert found == ["components/warn.py"]


def test_wording_holds_within_the_program_that_asks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, resource: told.append(text))
    problem = Problem("rollout", "is slow", "", "wait")
    with wording(lambda found, shape: found.below(f"cartesia:{shape.__name__}")):
        warn(problem, CartesiaReleaseArgs, None)  # type: ignore[arg-type]
    warn(problem, CartesiaReleaseArgs, None)  # type: ignore[arg-type]
    assert told == ["cartesia:CartesiaReleaseArgs.rollout: is slow; wait", "rollout: is slow; wait"]
