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
from core.aws.costs import cost_drivers, read_prices, total
from core.aws.deployer import deployer_policies, deployer_statements, types_of
from core.input.problems import Problems
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


STACKS_STEP = next(
    step["run"]
    for step in yaml.safe_load((ROOT / ".github/workflows/preview.yml").read_text())["jobs"]["preview"]["steps"]
    if step.get("id") == "stacks"
)


def git(folder: Path, *words: str) -> str:
    identity = ["-c", "user.name=n", "-c", "user.email=e@example.com"]
    done = subprocess.run(["git", *identity, *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("changed", "names"),
    [
        (["README.md"], ""),
        (["stacks/Pulumi.eks-dev.yaml"], "eks-dev"),
        (["stacks/Pulumi.eks-dev.yaml", "stacks/Pulumi.sagemaker-prod.yaml", "docs/x.md"], "eks-dev sagemaker-prod"),
        (["components/eks/cluster.py"], "eks-dev eks-prod sagemaker-prod"),
        (["stacks/settings.py", "stacks/Pulumi.eks-dev.yaml"], "eks-dev eks-prod sagemaker-prod"),
        (["cartesia.lock"], "eks-dev eks-prod sagemaker-prod"),
        (["-stacks/Pulumi.eks-prod.yaml"], ""),
        (["-components/eks/cluster.py", "-stacks/Pulumi.eks-prod.yaml"], "eks-dev sagemaker-prod"),
    ],
)
def test_the_workflow_previews_the_stacks_that_a_change_touches(tmp_path: Path, changed: list[str], names: str) -> None:
    files = [f"stacks/Pulumi.{stack}.yaml" for stack in ("eks-dev", "eks-prod", "sagemaker-prod")]
    git(tmp_path, "init", "--quiet")
    for file in (*files, "components/eks/cluster.py", "stacks/settings.py", "cartesia.lock", "README.md", "docs/x.md"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text("1")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "base")
    base = git(tmp_path, "rev-parse", "HEAD")
    for file in changed:
        path = tmp_path / file.removeprefix("-")
        path.unlink() if file.startswith("-") else path.write_text("2")
    git(tmp_path, "commit", "--quiet", "-am", "change")
    output = tmp_path / "output"
    variables = {**os.environ, "BASE": base, "GITHUB_OUTPUT": str(output)}
    subprocess.run(["bash", "-euo", "pipefail", "-c", STACKS_STEP], cwd=tmp_path, env=variables, check=True)
    assert output.read_text() == f"names={names}\n"


def counted(stack: str) -> str:
    state = json.loads((ROOT / f"tests/engine/recorded/{stack}.state.json").read_text())
    rows = [(each, " or ".join(f"`{item}`" for item in each.items)) for each in cost_drivers(state)]
    return ", ".join(
        f"{each.always}{f' to {each.most}' if each.most != each.always else ''} {name}" for each, name in rows
    )


@pytest.mark.parametrize("stack", ["eks-dev", "eks-prod", "sagemaker-dev", "sagemaker-prod"])
def test_what_costs_is_counted_from_the_stacks(stack: str) -> None:
    assert f"| `{stack}` | {counted(stack)} |" in PAGE


def test_the_price_file_of_the_page_has_every_name_that_eks_prod_asks_for() -> None:
    (example,) = re.findall(r"```yaml\n(currency.*?)```", PAGE, re.S)
    problems = Problems()
    prices = read_prices(yaml.safe_load(example), problems)
    assert not problems
    state = json.loads((ROOT / "tests/engine/recorded/eks-prod.state.json").read_text())
    assert total(cost_drivers(state), prices).missing == ()
