"""The page of the first day: its offline blocks run, and its figures are those of the stack files."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

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


def workflows() -> dict[str, dict[str, Any]]:
    folder = ROOT / ".github/workflows"
    return {name: yaml.safe_load((folder / f"{name}.yml").read_text())["jobs"] for name in ("preview", "up")}


def test_no_code_of_a_pull_request_runs_where_a_token_can_write() -> None:
    jobs = workflows()["preview"]
    assert set(jobs) == {"preview", "comment", "fork"}
    rights = {
        name: {right for key, right in job["permissions"].items() if key != "id-token"} for name, job in jobs.items()
    }
    writing = {name for name, given in rights.items() if "write" in given}
    assert writing == {"comment"}
    (checkout,) = [step for step in jobs["comment"]["steps"] if "actions/checkout" in step.get("uses", "")]
    assert checkout["with"]["ref"] == "${{ github.event.pull_request.base.sha }}"
    assert "secrets." not in yaml.safe_dump(jobs["fork"])
    assert set(jobs["fork"]["permissions"].values()) == {"read"}
    assert "--without-secrets" in jobs["fork"]["steps"][-2]["run"]


def test_a_deploy_compares_the_plan_before_it_applies_it() -> None:
    (script,) = [step["run"] for step in workflows()["up"]["up"]["steps"] if "run" in step]
    preview, up = (script.index(word) for word in ("--expect-from github", "pulumi up"))
    assert preview < up
    assert "--plan plan.json" in script and "--save-plan plan.json" in script


def test_actions_are_pinned_by_digest_and_no_checkout_leaves_its_token() -> None:
    steps = [step for jobs in workflows().values() for job in jobs.values() for step in job["steps"] if "uses" in step]
    assert len(steps) > 10
    assert [step["uses"] for step in steps if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", step["uses"])] == []
    checkouts = [step for step in steps if "actions/checkout" in step["uses"]]
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


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
