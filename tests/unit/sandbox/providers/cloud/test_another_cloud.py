"""A made-up cloud with projects, labels and links: all that a stand-in has to bring is its definition and its rows."""

import dataclasses
import json

import pytest

from sandbox.providers import base
from sandbox.providers.base import Failure, ProviderError
from sandbox.providers.cloud.definition import Cloud, Labels
from sandbox.providers.cloud.provider import CloudProvider
from sandbox.providers.cloud.row import AutoName, Blocker, Reference, ResourceType, filled
from sandbox.providers.cloud.schema.shapes import Schemas

DISK, VM = "acme:compute/disk:Disk", "acme:compute/vm:Vm"
OURS = {"name": "string", "project": "string", "zone": "string", "labels": {"map": "string"}}
SHOWN = {**OURS, "selfLink": "string", "allLabels": {"map": "string"}}
TYPES = {
    DISK: {
        "inputs": {"object": {**OURS, "sizeGb": "integer"}, "required": ["sizeGb"]},
        "outputs": {**SHOWN, "sizeGb": "integer"},
        "limits": {"sizeGb": {"min": 10, "max": 100}},
    },
    VM: {"inputs": {"object": {**OURS, "disk": "string"}, "required": []}, "outputs": {**SHOWN, "disk": "string"}},
}
SETTINGS = {"object": {"project": "string", "zone": "string", "defaultLabels": {"map": "string"}}, "required": []}
LINK = filled("projects/{account}/zones/{location}/{name}")
ROWS = (
    ResourceType(
        token=DISK,
        service="compute",
        noun="Disk",
        id=LINK,
        name=AutoName("name", 63, prefix_key=None),
        replaces=("name",),
        outputs={"selfLink": LINK},
        blocked_by=(Blocker(VM, "disk", "resourceInUse", "{id} is in use"),),
    ),
    ResourceType(
        token=VM,
        service="compute",
        noun="Vm",
        id=LINK,
        name=AutoName("name", 63, prefix_key=None),
        requires=(Reference("disk", DISK, "notFound", "{value} was not found"),),
        outputs={"selfLink": LINK},
    ),
)


def at(account, properties):
    found = dataclasses.replace(account, id=properties.get("project", account.id))
    return found.at(properties.get("zone", account.location))


def definition(folder):
    folder.mkdir()
    (folder / "compute.json").write_text(json.dumps({"sdk": "1.2.3", "types": TYPES}))
    settings = {"pulumi:providers:acme": {"inputs": SETTINGS, "outputs": {}}}
    (folder / "provider.json").write_text(json.dumps({"sdk": "1.2.3", "types": settings}))
    return Cloud(
        name="acme",
        title="Acme",
        schemas=Schemas(folder, "acme"),
        rows={row.token: row for row in ROWS},
        functions={"acme:index/whoami:whoami": lambda args, account: {"project": account.id}},
        location_key="zone",
        labels=Labels(own="labels", merged=("allLabels",)),
        placed_by=("project", "zone"),
        places=lambda account: {"project": account.id, "zone": account.location},
        at=at,
        check=lambda values: [Failure("labels", "too loud") for key in values.get("labels", {}) if key.isupper()],
        check_settings=lambda values: () if values.get("project") else [Failure("project", "is required")],
        replacing_settings=("project",),
        configure=lambda account, settings: dataclasses.replace(
            at(account, settings), default_labels=settings.get("defaultLabels", {})
        ),
        describe=lambda account: f"stand-in of {account.id}",
        word=lambda failed: ProviderError(f"{failed.operation} {failed.label}: {failed.error}"),
        missing=("notFound", "{noun} {id} was not found"),
        exists=("alreadyExists", "{id} exists"),
        extend="here",
    )


@pytest.fixture
def provider(tmp_path):
    found = CloudProvider(definition(tmp_path / "schemas"), tmp_path, account_id="p-0", location="z-0")
    found.log = lambda *_: None
    settings = {"project": "voice", "zone": "north-a", "defaultLabels": '{"env": "dev"}'}
    found.configure(base.ConfigureRequest(inputs=settings, urn=""))
    return found


def identity(token, name):
    return {"urn": f"urn:pulumi:dev::test::{token}::{name}", "type": token, "name": name}


def check(provider, token, logical, /, **inputs):
    return provider.check(base.CheckRequest(olds={}, news=inputs, seed=b"seed", **identity(token, logical)))


def create(provider, token, logical, /, **inputs):
    checked = check(provider, token, logical, **inputs)
    assert not checked.failures
    return provider.create(base.CreateRequest(inputs=checked.inputs, preview=False, **identity(token, logical)))


def delete(provider, token, name, made):
    request = base.DeleteRequest(id=made.id, old_inputs={}, state=made.outputs, **identity(token, name))
    return provider.delete(request)


def test_an_object_has_link_place_and_labels_of_its_cloud(provider, tmp_path):
    made = create(provider, DISK, "data", name="data", sizeGb=20, labels={"team": "voice"})
    assert made.id == made.outputs["selfLink"] == "projects/voice/zones/north-a/data"
    assert made.outputs["allLabels"] == {"env": "dev", "team": "voice"}
    assert (made.outputs["project"], made.outputs["zone"]) == ("voice", "north-a")
    (file,) = (tmp_path / "acme" / "north-a" / "compute_disk").glob("*.json")
    assert json.loads(file.read_text())["zone"] == "north-a"


def test_an_object_may_be_placed_elsewhere(provider):
    made = create(provider, DISK, "data", name="data", sizeGb=20, zone="south-b", project="other")
    assert made.id == "projects/other/zones/south-b/data"


def test_limits_of_the_model_and_rules_of_the_cloud_are_held(provider):
    failures = check(provider, DISK, "data", sizeGb=5, labels={"LOUD": "x"}).failures
    assert [(failure.path, failure.reason) for failure in failures] == [
        ("labels", "too loud"),
        ("sizeGb", "expected sizeGb to be in the range (10 - 100), got 5"),
    ]


def test_the_words_of_a_refusal_are_the_clouds(provider):
    with pytest.raises(ProviderError, match="create vm: notFound: nothing was not found"):
        create(provider, VM, "vm", name="vm", disk="nothing")
    disk = create(provider, DISK, "data", name="data", sizeGb=20)
    with pytest.raises(ProviderError, match="create data: alreadyExists: projects/voice/zones/north-a/data exists"):
        create(provider, DISK, "data", name="data", sizeGb=20)
    vm = create(provider, VM, "vm", name="vm", disk=disk.id)
    with pytest.raises(ProviderError, match=r"resourceInUse: .* is in use"):
        delete(provider, DISK, "data", disk)
    delete(provider, VM, "vm", vm)
    delete(provider, DISK, "data", disk)
    with pytest.raises(ProviderError, match=r"update .*: notFound: Disk .* was not found"):
        provider.update(
            base.UpdateRequest(
                id=disk.id,
                old_inputs={},
                state=disk.outputs,
                inputs={"name": "data", "sizeGb": 30},
                preview=False,
                **identity(DISK, "data"),
            )
        )


def test_what_is_not_there_is_named(provider):
    with pytest.raises(ProviderError, match="stand-in for Acme has no acme:a/b:C; add a row to here"):
        check(provider, "acme:a/b:C", "c")
    with pytest.raises(ProviderError, match="stand-in for Acme has no function f; it has acme:index/whoami:whoami"):
        provider.invoke("f", {})
    assert provider.invoke("acme:index/whoami:whoami", {}) == {"project": "voice"}
    refused = provider.check_config(base.CheckRequest(olds={}, news={"projcet": "x"}, seed=b"", **identity("p", "p")))
    assert [failure.path for failure in refused.failures] == ["projcet", "project"]


def test_moving_an_object_or_its_labels_shows_in_the_diff(provider):
    disk = create(provider, DISK, "data", name="data", sizeGb=20)
    old = {"name": "data", "sizeGb": 20}

    def changes(news, state=disk.outputs):
        request = base.DiffRequest(id=disk.id, old_inputs=old, state=state, news=news, **identity(DISK, "data"))
        return provider.diff(request).changes

    assert changes(old) == {}
    assert changes({**old, "zone": "south-b"}) == {"zone": "add-replace"}
    assert changes(old, {**disk.outputs, "allLabels": {}}) == {"allLabels": "update"}
