"""The real programs, where they are at hand, say that they are what the table pins."""

import re
import subprocess

import pytest

from sandbox.toolchain import ALL, Tool, find
from sandbox.toolchain.resolve import fits


def ask(tool: Tool, *args: str) -> str:
    program = find(tool.name)
    if program is None:
        pytest.skip(f"{tool.name} is neither built nor on PATH; `python -m sandbox.toolchain {tool.name}` builds it")
    done = subprocess.run([program, *args], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("tool", [tool for tool in ALL.values() if tool.version_args], ids=lambda tool: tool.name)
def test_version_is_the_pinned_one(tool: Tool) -> None:
    found = re.search(tool.version_pattern, ask(tool, *tool.version_args))
    program = find(tool.name)
    assert found is not None and program is not None
    assert fits(tool, found.group(1), program.parent), found.group()


def test_program_without_a_version_starts() -> None:
    assert "-public-host" in ask(ALL["fake-gcs-server"], "-h")


def test_helm_without_a_cluster_renders_for_the_kubernetes_it_was_built_with(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    chart = tmp_path_factory.mktemp("chart")
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: probe\nversion: 0.0.1\n")
    (chart / "templates").mkdir()
    (chart / "templates" / "kube.yaml").write_text("minor: {{ .Capabilities.KubeVersion.Minor | quote }}\n")
    rendered = ask(ALL["helm"], "template", "probe", str(chart))
    assert f'minor: "{ALL["kubectl"].version.split(".")[1]}"' in rendered
