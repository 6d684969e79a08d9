import json

import yaml
from hypothesis import given
from hypothesis import strategies as st

from core.kube.kubeconfig import eks_kubeconfig, in_one_line


def made(name="voice", **credentials):
    return eks_kubeconfig(
        cluster_name=name,
        region="us-west-2",
        endpoint="https://api.example",
        certificate_authority="Q0E=",
        **credentials,
    )


def test_a_kubeconfig_asks_aws_for_a_token_and_holds_none():
    config = yaml.safe_load(made())
    (user,) = config["users"]
    assert set(user["user"]) == {"exec"}
    assert user["user"]["exec"]["command"] == "aws"
    assert user["user"]["exec"]["args"] == (
        ["--region", "us-west-2", "eks", "get-token", "--cluster-name", "voice", "--output", "json"]
    )
    assert user["user"]["exec"]["apiVersion"] == "client.authentication.k8s.io/v1beta1"


def test_the_token_is_asked_for_as_profile_and_role_when_they_are_given():
    role = "arn:aws:iam::111122223333:role/deploy"
    (user,) = yaml.safe_load(made(profile="prod", role_arn=role))["users"]
    args = user["user"]["exec"]["args"]
    assert args[:2] == ["--profile", "prod"]
    assert args[-2:] == ["--role-arn", role]
    assert "get-token" in args


def test_context_cluster_and_user_fit_together():
    config = yaml.safe_load(made())
    (context,) = config["contexts"]
    assert config["current-context"] == context["name"]
    assert context["context"]["cluster"] == config["clusters"][0]["name"]
    assert context["context"]["user"] == config["users"][0]["name"]
    assert config["clusters"][0]["cluster"] == {
        "server": "https://api.example",
        "certificate-authority-data": "Q0E=",
    }


@given(st.from_regex(r"[0-9A-Za-z][A-Za-z0-9_-]{0,99}", fullmatch=True))
def test_the_same_cluster_gives_the_same_bytes_and_any_name_survives(name):
    assert made(name) == made(name)
    assert yaml.safe_load(made(name))["clusters"][0]["name"] == name


@given(st.text(min_size=1, max_size=60), st.text(max_size=60))
def test_one_line_says_the_same(name, profile):
    text = made(name, profile=profile)
    line = in_one_line(text)
    assert yaml.safe_load(line) == json.loads(text)
    assert line.splitlines() == [line]
    assert not line.startswith('{"'), "the engine would unfold JSON"
