"""Pull secret content: the shape every kubelet reads, the same bytes for the same login."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kube.docker_config import docker_config, is_registry_host, registry_host

WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@given(WORDS.filter(lambda word: ":" not in word), WORDS)
def test_the_login_can_be_read_back(username: str, password: str) -> None:
    entry = json.loads(docker_config("us-docker.pkg.dev", username, password))["auths"]["us-docker.pkg.dev"]
    assert (entry["username"], entry["password"]) == (username, password)
    assert base64.b64decode(entry["auth"]).decode() == f"{username}:{password}"


def test_equal_logins_give_equal_bytes_and_this_is_what_they_are() -> None:
    expected = '{"auths":{"a.b":{"auth":"dTpw","password":"p","username":"u"}}}'
    assert docker_config("a.b", "u", "p") == expected == docker_config("a.b", "u", "p")


@pytest.mark.parametrize(
    "host",
    ["us-docker.pkg.dev", "localhost", "localhost:5000", "registry.example.com:443", "10.0.0.1:5000"],
)
def test_registry_hosts(host: str) -> None:
    assert is_registry_host(host)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://a.b",
        "a.b/",
        "a.b/c",
        "A.b",
        "a b",
        "a..b",
        "-a.b",
        "a.b:",
        "a.b:x",
        "a.b:123456",
        "user@a.b",
        "a.b\n",
    ],
)
def test_what_is_no_registry_host(text: str) -> None:
    assert not is_registry_host(text)


def test_the_host_of_a_prefix() -> None:
    assert registry_host("us-docker.pkg.dev/cartesia-external/self-serve") == "us-docker.pkg.dev"
    assert registry_host("localhost:5000") == "localhost:5000"
