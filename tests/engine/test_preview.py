"""The verb over the real engine: full previews, previews without secrets, plans that are compared, saved events."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support import recordings
from tests.support.previews.record import Recorder
from tests.support.recorded_world import API_KEY, PRIVATE_KEY, STACKS, read_state

pytestmark = [pytest.mark.cluster, pytest.mark.engine]


class Site(Recorder):
    """A world with recorded states in which something differs from what the stacks ask for."""

    def load_changed(self, stack: str) -> None:
        digest = self.first_plan(stack)
        chart = recordings.Chart(self.chart.store, self.chart.archive, recordings.checksum_in(digest))
        envelope = json.loads(self.shell('pulumi stack export --stack "$1"', stack))
        envelope["deployment"]["resources"] = [
            _changed(each) for each in recordings.usable_state(read_state(stack), chart)
        ]
        file = self.folder / f"{stack}.json"
        file.write_text(json.dumps(envelope))
        self.shell('pulumi stack import --stack "$1" --file "$2" >&2', stack, str(file))

    def report(self, *words: str, code: int = 0, **variables: str) -> dict[str, Any]:
        given = [*self.given, *(f"{name}={value}" for name, value in variables.items())]
        done = self.inside("env", *given, "cartesia-infra", "preview", "--json", *words, check=False)
        assert done.returncode == code, done.stderr
        self.said = done.stdout + done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found


def _changed(resource: dict[str, Any]) -> dict[str, Any]:
    """A pool with another GPU, and a fleet of another size: in what was asked for and in what came of it."""
    if resource["urn"].endswith("::voice-cluster-gpu") and "nodeGroup" in resource["type"]:
        return _with(resource, instanceTypes=["g5.2xlarge"])
    if resource["type"].endswith(":EndpointConfiguration"):
        (variant,) = resource["inputs"]["productionVariants"]
        return _with(resource, productionVariants=[variant | {"initialInstanceCount": 7}])
    return resource


def _with(resource: dict[str, Any], **values: Any) -> dict[str, Any]:
    return resource | {side: resource[side] | values for side in ("inputs", "outputs")}


@dataclass(frozen=True, slots=True)
class Seen:
    full: dict[str, Any]
    secretless: dict[str, Any]
    said: str
    events: str


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("preview")).ready() as world:
        assert isinstance(world, Site)
        with ThreadPoolExecutor(max_workers=2) as pool:
            list(pool.map(world.load_changed, STACKS))
        yield world


@pytest.fixture(scope="module")
def seen(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    saved = tmp_path_factory.mktemp("events")
    words = [word for stack in STACKS for word in ("--stack", stack)]
    full = site.report(*words, "--save-events", str(saved))
    said = site.said
    # No passphrase, no secret file: whatever it takes, it must bring itself.
    wrong = dict.fromkeys(("CARTESIA_API_KEY_FILE", "CARTESIA_SERVICE_ACCOUNT_FILE"), "/nonexistent")
    secretless = site.report(*words, "--without-secrets", PULUMI_CONFIG_PASSPHRASE="not the passphrase", **wrong)
    events = "".join(path.read_text() for path in sorted(saved.iterdir()))
    return Seen(full, secretless, said + site.said, events)


def test_a_replacement_is_told_with_what_forces_it_and_what_is_at_stake(seen: Seen) -> None:
    (pool,) = [each for each in seen.full["changes"] if each["name"] == "voice-cluster-gpu"]
    assert (pool["kind"], pool["forcedBy"], pool["order"]) == ("replace", ["instanceTypes"], "create before delete")
    assert "all nodes of the pool" in pool["stake"]
    assert seen.full["verdict"] == "needs attention"


def test_without_secrets_the_preview_is_the_same(seen: Seen) -> None:
    digests = [{each["name"]: each["digest"] for each in report["stacks"]} for report in (seen.full, seen.secretless)]
    assert digests[0] == digests[1]
    assert seen.full["changes"] == seen.secretless["changes"]
    assert seen.full["reasons"] == seen.secretless["reasons"]
    told = {each["name"]: dict(each["secrets"]) for each in seen.secretless["stacks"]}
    assert set(told["eks-dev"].values()) == {"not known"}
    assert len(told["eks-dev"]) == len(told["eks-prod"]) == 3
    assert told["sagemaker-dev"] == told["sagemaker-prod"] == {}
    assert len(seen.full["changes"]) > 4
    assert all(each["secretless"] for each in seen.secretless["stacks"])


def test_no_secret_is_said_or_saved(seen: Seen) -> None:
    for canary in (API_KEY, PRIVATE_KEY):
        assert canary not in seen.said
        assert canary not in seen.events
    assert "resourcePreEvent" in seen.events
    assert '"severity":"debug"' not in seen.events


def test_a_plan_that_was_not_approved_stops_and_is_saved_for_the_update(site: Site, seen: Seen, tmp_path: Path) -> None:
    """One preview tells both: its digest is that of the first one, and it is not the approved one."""
    plan = tmp_path / "plan.json"
    again = site.report("--stack", "sagemaker-dev", "--expect", "0" * 64, "--save-plan", str(plan), code=1)
    assert "the plan differs from the approved one" in site.said
    (digest,) = [each["digest"] for each in seen.full["stacks"] if each["name"] == "sagemaker-dev"]
    assert again["stacks"][0]["digest"] == digest
    assert json.loads(plan.read_text())["resourcePlans"]
