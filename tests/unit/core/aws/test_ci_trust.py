"""A role trusts the jobs of one repository, and of no other that could call itself so."""

import fnmatch
import json
import re
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from core.aws.ci_trust import ISSUERS, repository_problem, trust_policy
from core.aws.iam_grammar import grammar_problems
from toolkit.main import cli

ACCOUNT = "111122223333"


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["ci-trust", "--stack", "eks-prod", "--account", ACCOUNT, *words])


def document(*words: str) -> Any:
    done = run(*words)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_the_role_that_deploys_trusts_the_environment_of_the_stack() -> None:
    statement = document("github", "team/infra")["Statement"][0]
    assert statement["Principal"] == {
        "Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
    }
    assert statement["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": "repo:team/infra:environment:eks-prod",
        }
    }


def test_the_role_that_previews_trusts_pull_requests() -> None:
    condition = document("--previews", "github", "team/infra")["Statement"][0]["Condition"]
    assert condition["StringEquals"]["token.actions.githubusercontent.com:sub"] == "repo:team/infra:pull_request"


def test_gitlab_has_branches_and_hosts_of_its_own() -> None:
    condition = document("--host", "git.example.com", "--branch", "release", "gitlab", "a/b/c")["Statement"][0][
        "Condition"
    ]
    assert condition["StringEquals"] == {
        "git.example.com:aud": "https://git.example.com",
        "git.example.com:sub": "project_path:a/b/c:ref_type:branch:ref:release",
    }
    previews = document("--previews", "gitlab", "a/b")["Statement"][0]["Condition"]
    assert previews["StringLike"] == {"gitlab.com:sub": "project_path:a/b:ref_type:branch:ref:*"}
    assert previews["StringEquals"] == {"gitlab.com:aud": "https://gitlab.com"}


@pytest.mark.parametrize(
    "words",
    [
        ["github", "*"],
        ["github", "team/*"],
        ["github", "team"],
        ["github", "https://github.com/team/infra"],
        ["github", "team/infra:pull_request"],
        ["gitlab", "team"],
        ["gitlab", "team/in fra"],
        ["bitbucket", "team/infra"],
        ["--branch", "*", "gitlab", "a/b"],
        ["--host", "https://gitlab.com", "gitlab", "a/b"],
        ["--account", "12", "github", "team/infra"],
    ],
)
def test_what_would_trust_others_is_refused(words: list[str]) -> None:
    assert run(*words).exit_code == 2


@given(st.sampled_from(sorted(ISSUERS)), st.text(max_size=30), st.booleans())
def test_no_accepted_name_matches_the_jobs_of_another_repository(name: str, repository: str, previews: bool) -> None:
    issuer = ISSUERS[name]
    if repository_problem(issuer, repository):
        return
    made = trust_policy(
        issuer, repository=repository, account=ACCOUNT, region="us-west-2", stack="s", previews=previews
    )
    assert grammar_problems(json.dumps(made)) == [] or "Principal" in made["Statement"][0]
    conditions = made["Statement"][0]["Condition"]
    subjects = [value for keys in conditions.values() for key, value in keys.items() if key.endswith(":sub")]
    assert len(subjects) == 1
    others = [f"repo:{repository}x:pull_request", f"project_path:x/{repository}:ref_type:branch:ref:main"]
    assert not any(fnmatch.fnmatchcase(other, re.sub(r"([\[\]?])", r"[\1]", subjects[0])) for other in others)
