"""Calls in the cluster fail on request as calls of a cloud do: before, after, or with the engine."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.host.layout import WORLD_VARIABLE
from sandbox.providers import base
from sandbox.providers.kubernetes.faults import FaultyKubernetesProvider
from sandbox.providers.kubernetes.provider import KubernetesProvider

SECRET = "kubernetes:core/v1:Secret"
IDENTITY: dict[str, str] = {"urn": f"urn:pulumi:dev::c::{SECRET}::key", "type": SECRET, "name": "key"}


@pytest.fixture
def provider(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FaultyKubernetesProvider:
    monkeypatch.setattr(
        KubernetesProvider, "create", lambda self, request: base.CreateResult(id="a/key", outputs={"x": 1})
    )
    monkeypatch.setattr(KubernetesProvider, "update", lambda self, request: {"x": 2})
    monkeypatch.setattr(KubernetesProvider, "delete", lambda self, request: None)
    return FaultyKubernetesProvider(tmp_path)


def plan(tmp_path: Path, **fault: Any) -> None:
    (tmp_path / "kubernetes").mkdir(exist_ok=True)
    row = {"type": SECRET, "error": "InternalError: sorry", **fault}
    (tmp_path / "kubernetes" / "faults.json").write_text(json.dumps([row]))


def create(provider: FaultyKubernetesProvider, *, preview: bool = False) -> base.CreateResult:
    return provider.create(base.CreateRequest(inputs={"a": "b"}, preview=preview, **IDENTITY))


def update(provider: FaultyKubernetesProvider) -> base.Properties:
    request = base.UpdateRequest(id="a/key", old_inputs={}, state={}, inputs={"a": "c"}, preview=False, **IDENTITY)
    return provider.update(request)


def test_a_call_is_refused_once(provider: FaultyKubernetesProvider, tmp_path: Path) -> None:
    plan(tmp_path)
    assert create(provider, preview=True).id == "a/key", "a preview makes no call"
    with pytest.raises(base.ProviderError, match="InternalError: sorry"):
        create(provider)
    assert create(provider).id == "a/key"


def test_an_object_is_there_and_its_call_failed(provider: FaultyKubernetesProvider, tmp_path: Path) -> None:
    plan(tmp_path, when="after")
    with pytest.raises(base.InitFailed) as made:
        create(provider)
    assert (made.value.id, made.value.outputs, made.value.inputs) == ("a/key", {"x": 1}, {"a": "b"})
    plan(tmp_path, when="after", operation="update")
    with pytest.raises(base.InitFailed) as changed:
        update(provider)
    assert (changed.value.id, changed.value.outputs) == ("a/key", {"x": 2})


@pytest.mark.parametrize("operation", ["create", "update", "delete"])
def test_the_engine_is_killed_behind_a_call(provider: FaultyKubernetesProvider, tmp_path: Path, operation: str) -> None:
    plan(tmp_path, when="killed", operation=operation)
    calls = {
        "create": lambda: create(provider),
        "update": lambda: update(provider),
        "delete": lambda: provider.delete(base.DeleteRequest(id="a/key", old_inputs={}, state={}, **IDENTITY)),
    }
    with pytest.raises(base.EngineKilled):
        calls[operation]()
    calls[operation]()


def test_without_a_world_nothing_can_be_planned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(WORLD_VARIABLE, raising=False)
    assert type(FaultyKubernetesProvider.of_environment()) is KubernetesProvider
