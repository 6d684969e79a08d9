"""The page of the first day: its offline blocks run, and its figures are those of the stack files."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from catalog.aws.instances import INSTANCES
from core.aws.deployer import deployer_policies, deployer_statements, types_of
from tests.support.first_day import PAGE, PLAYED, ROOT, blocks, played

QUOTA = re.compile(r"^\| `(eks-\w+)` \| (L-\w+), .*? \| (\d+) \| `([\w.]+)` \| (\d+) \|$", re.M)
GROUPS = {"L-DB2E81BA": "gpu", "L-1216C47A": "default"}


def test_every_block_says_what_it_needs() -> None:
    marks = [mark for mark, _ in blocks()]
    assert set(marks) == {"needs AWS", "offline", "sandbox"}
    assert len(marks) == PAGE.count("```bash\n")


def test_every_block_for_the_sandbox_is_played() -> None:
    assert [text for mark, text in blocks() if mark == "sandbox"] == [played(text) for text in PLAYED]


def test_blocks_that_need_nothing_run_as_they_stand(tmp_path: Path) -> None:
    program = tmp_path / "bin" / "cartesia-infra"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m toolkit.main "$@"\n')
    program.chmod(0o755)
    (tmp_path / "stacks").symlink_to(ROOT / "stacks")
    script = "".join(text for mark, text in blocks() if mark == "offline")
    path = f"{program.parent}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "STACK": "eks-prod"}
    subprocess.run(["bash", "-euc", script], cwd=tmp_path, env=environment, check=True)
    written = [json.loads(each.read_text()) for each in sorted(tmp_path.glob("deployer-*.json"))]
    rights = deployer_statements(types_of("eks"), region="us-west-2", name="cartesia-prod", stack="eks-prod")
    assert written == list(deployer_policies(rights))


@pytest.mark.parametrize(("stack", "code", "nodes", "kind", "vcpus"), QUOTA.findall(PAGE))
def test_a_quota_is_that_of_the_stack_file(stack: str, code: str, nodes: str, kind: str, vcpus: str) -> None:
    file = yaml.safe_load((ROOT / f"stacks/Pulumi.{stack}.yaml").read_text())
    assert file["config"]["cartesia:eks"]["nodeGroups"][GROUPS[code]]["maxNodes"] == int(nodes)
    assert INSTANCES[kind].vcpus * int(nodes) == int(vcpus)
    state = json.loads((ROOT / f"tests/engine/recorded/{stack}.state.json").read_text())
    types = {
        each for one in state if one["type"].endswith(":NodeGroup") for each in one["inputs"].get("instanceTypes", ())
    }
    same = {each for each in types if bool(INSTANCES[each].gpus) == (GROUPS[code] == "gpu")}
    assert kind == max(same, key=lambda each: INSTANCES[each].vcpus)


def test_quotas_of_both_stacks_are_there() -> None:
    assert {(stack, code) for stack, code, *_ in QUOTA.findall(PAGE)} == {
        (stack, code) for stack in ("eks-dev", "eks-prod") for code in GROUPS
    }


def test_workflows_give_forks_no_token_and_ask_before_a_deploy() -> None:
    folder = ROOT / ".github/workflows"
    preview, up = (yaml.safe_load((folder / name).read_text())["jobs"] for name in ("preview.yml", "up.yml"))
    assert "head.repo.full_name == github.repository" in preview["preview"]["if"]
    assert up["up"]["environment"] == "${{ inputs.stack }}"
    scripts = [step["run"] for job in (preview["preview"], up["up"]) for step in job["steps"] if "run" in step]
    assert not [script for script in scripts if "${{" in script]
