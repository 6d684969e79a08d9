"""The component package: every language sees every component, input and output, each with a description."""

import importlib
import inspect
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_origin

import pulumi
import pytest
from pulumi.provider.experimental.component import ComponentProvider

from components.package import COMPONENTS, NAME, version
from sandbox.host.layout import Layout
from sandbox.launchers import PROGRAMS, write_bin
from sandbox.toolchain import ensure

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "components"


def descriptions(schema: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Path and description of everything a reader of the schema meets."""
    for token, resource in schema["resources"].items():
        yield token, resource.get("description", "")
        for kind in ("inputProperties", "properties"):
            for name, prop in resource.get(kind, {}).items():
                yield f"{token} {kind} {name}", prop.get("description", "")
    for token, shape in schema["types"].items():
        yield token, shape.get("description", "")
        for name, prop in shape.get("properties", {}).items():
            yield f"{token} {name}", prop.get("description", "")


@pytest.fixture(scope="module")
def analysed() -> dict[str, Any]:
    """The schema as the SDK reads it from the annotations, without an engine."""
    provider = ComponentProvider(COMPONENTS, NAME, None, version())
    found = json.loads(provider.schema)
    assert isinstance(found, dict)
    return found


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The schema as the engine prints it after starting the package as a plugin."""
    layout = Layout(tmp_path_factory.mktemp("world"))
    write_bin(layout, ensure(list(PROGRAMS)))
    environment = {
        "PATH": os.pathsep.join([str(layout.bin), str(Path(sys.executable).parent), os.environ["PATH"]]),
        "HOME": str(layout.root),
        "PULUMI_HOME": str(layout.pulumi_home),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }
    command = ["pulumi", "package", "get-schema", str(FOLDER)]
    run = subprocess.run(command, env=environment, cwd=layout.root, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    assert isinstance(found, dict)
    return found


@pytest.mark.engine
def test_the_engine_gets_the_schema_that_the_annotations_say(served: dict[str, Any], analysed: dict[str, Any]) -> None:
    assert served["name"] == NAME == "cartesia"
    assert served["version"] == version()
    assert set(served["resources"]) == set(analysed["resources"])
    for token, resource in analysed["resources"].items():
        for kind in ("requiredInputs", "required"):
            assert served["resources"][token].get(kind, []) == resource.get(kind, []), (token, kind)
    assert dict(descriptions(served)) == dict(descriptions(analysed))


def test_everything_has_a_description_of_one_line(analysed: dict[str, Any]) -> None:
    found = dict(descriptions(analysed))
    assert len(found) > 100
    assert [path for path, text in found.items() if not text.strip()] == []
    assert [path for path, text in found.items() if "\n" in text.strip() and " " in path] == []


def test_every_component_of_the_room_is_offered() -> None:
    found = set()
    for path in sorted(FOLDER.rglob("*.py")):
        if path.stem in ("__init__", "__main__"):
            continue
        module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        for item in vars(module).values():
            if (
                inspect.isclass(item)
                and issubclass(item, pulumi.ComponentResource)
                and item.__module__ == module.__name__
            ):
                found.add(item)
    assert found == set(COMPONENTS)


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: component.__name__)
def test_token_and_class_have_one_name(component: type) -> None:
    assert f'"{NAME}:index:{component.__name__}"' in inspect.getsource(component)


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: component.__name__)
def test_annotated_outputs_are_the_assigned_and_the_registered_ones(component: type) -> None:
    annotated = {name for name, hint in component.__annotations__.items() if get_origin(hint) is pulumi.Output}
    source = inspect.getsource(component)
    assigned = set(re.findall(r"self\.(\w+)\s*(?::[^=]+)?=[^=]", source))
    [registered] = re.findall(r"register_outputs\(\s*\{(.*?)\}\s*\)", source, flags=re.DOTALL)
    assert annotated <= assigned
    every = f"key: getattr(self, key) for key in {component.__name__}.__annotations__"
    named = set(re.findall(r'"(\w+)"\s*:', registered))
    assert (annotated if registered == every and not annotated ^ set(component.__annotations__) else named) == annotated


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: component.__name__)
def test_the_host_can_call_the_constructor(component: type) -> None:
    parameters = inspect.signature(component.__init__).parameters  # type: ignore[misc]
    assert list(parameters) == ["self", "name", "args", "opts"]
    assert parameters["opts"].default is None


def test_importing_the_host_starts_nothing() -> None:
    """Tools import `__main__` while they look for components; only the engine's run may serve."""
    code = "import runpy; runpy.run_path('components/__main__.py', run_name='components_main')"
    run = subprocess.run([sys.executable, "-P", "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (run.returncode, run.stdout) == (0, ""), run.stderr
