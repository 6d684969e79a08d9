"""Every outcome of an update of a SageMaker endpoint: the stack says the truth, and callers are served.

One world and one stack for all tests, in the order of the file. Calls run from the first deployment to the last test.
"""

import dataclasses
import json
import threading
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from sandbox.environment import environment
from sandbox.providers.aws.inventory import inventory
from sandbox.providers.cloud.store import Record, Store
from sandbox.voice.control import VoiceControl
from tests.support.stack_world import StackWorld

pytestmark = [pytest.mark.cluster, pytest.mark.engine]

STACK, NAME = "sagemaker-dev", "cartesia-dev"
ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
CONFIG = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
PACKAGE = "arn:aws:sagemaker:us-east-2:123456789012:model-package/sonic-3-5-example"
NO_CAPACITY = "CapacityError: Unable to provision requested ML compute capacity"
TIMEOUT = "TimeoutError: timeout while waiting for state to become 'InService' (last state: 'Updating')"
FLEET = {"AllTraffic": {"minInstances": 2, "maxInstances": 6}}


class Site:
    """The stack in its world."""

    def __init__(self, world: StackWorld) -> None:
        self.world = world
        self.store = Store(world.layout.root / "aws", "region")

    def plan(self, **fault: Any) -> None:
        """What becomes of the next call on the endpoint."""
        row = {"type": ENDPOINT, "when": "after", **fault}
        folder = self.world.layout.root / "aws"
        folder.mkdir(exist_ok=True)
        (folder / "faults.json").write_text(json.dumps([row]))

    def endpoint(self) -> Record:
        (found,) = self.store.list(ENDPOINT)
        return found

    def configurations(self) -> set[str]:
        return {record.id for record in self.store.list(CONFIG)}

    def up(self) -> str:
        done = self.world.up_stack(STACK, check=False)
        said = done.stdout + done.stderr
        assert "Traceback" not in said
        return "" if done.returncode == 0 else said

    def settle(self, *, config: str = "", failure: str = "") -> None:
        """AWS ends what it was doing: on this configuration, or on the old one with a reason."""
        record = self.endpoint()
        facts = {key: value for key, value in record.facts.items() if key not in ("condition", "last_failure")}
        inputs = {**record.inputs, **({"endpointConfigName": config} if config else {})}
        outputs = {**record.outputs, "endpointConfigName": inputs["endpointConfigName"]}
        facts |= {"last_failure": failure} if failure else {}
        self.store.put(dataclasses.replace(record, facts=facts, inputs=inputs, outputs=outputs))

    def status(self) -> dict[str, Any]:
        done = self.world.inside("cartesia-infra", "endpoint", "status", "--stack", STACK, "--json", check=False)
        report: dict[str, Any] = json.loads(done.stdout)
        assert (done.returncode == 0) is report["fine"]
        return report

    def told_truly(self) -> None:
        """One configuration, which answers, which the output names, and nothing left to do."""
        live = self.endpoint().inputs["endpointConfigName"]
        assert self.configurations() == {live}
        assert self.world.outputs(STACK)["configName"] == live
        assert self.world.preview(STACK) == {}
        assert self.status()["fine"]


class Callers:
    """Two callers that call again and again, and note every answer that is not a stream."""

    def __init__(self, world: StackWorld) -> None:
        inside = environment(world.layout.root)
        self._client = boto3.session.Session(
            aws_access_key_id="sandbox", aws_secret_access_key="sandbox", region_name="us-east-2"
        ).client(
            "sagemaker-runtime",
            endpoint_url=inside["AWS_ENDPOINT_URL"],
            config=Config(retries={"total_max_attempts": 1, "mode": "standard"}),
        )
        self.answered = 0
        self.failed: list[str] = []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._call, daemon=True) for _ in range(2)]

    def __enter__(self) -> "Callers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(10)

    def _call(self) -> None:
        body = {
            "context_id": "c",
            "transcript": "Hello.",
            "language": "en",
            "output_format": {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 8000},
            "voice": {"mode": "id", "id": "694f9389-aac1-45b6-b726-9d9369183238"},
        }
        while not self._stop.wait(0.05):
            try:
                answer = self._client.invoke_endpoint_with_response_stream(
                    EndpointName=NAME, ContentType="application/json", Body=json.dumps(body)
                )
                for _ in answer["Body"]:
                    pass
                self.answered += 1
            except (BotoCoreError, ClientError) as error:
                self.failed.append(str(error))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with StackWorld(tmp_path_factory.mktemp("outcomes")).up() as world:
        made = Site(world)
        world.settings(STACK).set(sagemaker__variants=FLEET)
        assert made.up() == ""
        yield made


@pytest.fixture(scope="module")
def callers(site: Site) -> Iterator[Callers]:
    with Callers(site.world) as calling:
        yield calling


def test_an_update_that_succeeds_ends_on_the_new_configuration(site: Site, callers: Callers) -> None:
    before = site.endpoint().inputs["endpointConfigName"]
    site.world.settings(STACK).set(sagemaker__modelPackageArn=f"{PACKAGE}/2")
    assert site.up() == ""
    assert site.endpoint().inputs["endpointConfigName"] != before
    site.told_truly()


def test_an_update_that_aws_undoes_deletes_nothing_and_says_why(site: Site, callers: Callers) -> None:
    """The provider reports success; only the configuration that answers tells."""
    before = site.endpoint().inputs["endpointConfigName"]
    site.world.settings(STACK).set(sagemaker__modelPackageArn=f"{PACKAGE}/3")
    site.plan(operation="update", error=NO_CAPACITY)
    said = site.up()
    assert f"the endpoint {NAME} was not moved to" in said
    assert "Unable to provision requested ML compute capacity" in said
    assert "Nothing was deleted" in said
    assert site.endpoint().inputs["endpointConfigName"] == before
    assert before in site.configurations()
    assert len(site.configurations()) == 2
    assert site.world.outputs(STACK)["configName"] == before
    report = site.status()
    assert (report["liveConfig"], report["fine"]) == (before, False)
    assert "compute capacity" in report["reason"]
    scaled = [record for record in inventory(site.world.layout.root) if record.type.endswith(":Target")]
    assert len(scaled) == 1  # the fleet that went on scales
    assert site.up() == ""  # AWS has capacity again
    assert site.endpoint().inputs["endpointConfigName"] != before
    site.told_truly()


def test_settings_put_back_after_a_failure_end_where_they_began(site: Site, callers: Callers) -> None:
    site.world.settings(STACK).set(sagemaker__volumeGib=64)
    site.plan(operation="update", error=NO_CAPACITY)
    assert "was not moved" in site.up()
    site.world.settings(STACK).set(sagemaker__volumeGib=32)
    assert site.up() == ""
    site.told_truly()


@pytest.mark.parametrize("ends_well", [True, False])
def test_an_update_that_outlasts_the_provider_is_settled_by_what_aws_makes_of_it(
    site: Site, callers: Callers, ends_well: bool
) -> None:
    before = site.endpoint().inputs["endpointConfigName"]
    site.world.settings(STACK).set(sagemaker__startupSeconds=1200 if ends_well else 1500)
    site.plan(operation="update", status="Updating", error=TIMEOUT)
    assert "timeout while waiting" in site.up()
    wanted = (site.configurations() - {before}).pop()
    assert "is Updating" in site.up()  # refused before anything is asked of AWS
    assert site.configurations() == {before, wanted}
    if ends_well:
        site.settle(config=wanted)
    else:
        site.settle(failure="The new fleet failed its health checks")
        assert "failed its health checks" in site.up()
        assert site.configurations() == {before, wanted}
    assert site.up() == ""
    assert site.endpoint().inputs["endpointConfigName"] == wanted
    site.told_truly()


def test_an_engine_killed_in_an_update_is_recovered(site: Site, callers: Callers) -> None:
    site.world.settings(STACK).set(sagemaker__modelPackageArn=f"{PACKAGE}/4")
    site.plan(operation="update", when="killed", error="Killed: the machine went away")
    assert site.up()
    site.world.inside("cartesia-infra", "recover", "--stack", STACK, "--up")
    site.told_truly()


def test_an_update_of_a_grown_fleet_is_refused_with_the_number_until_it_keeps_its_size(
    site: Site, callers: Callers
) -> None:
    control = VoiceControl(environment(site.world.layout.root)["AWS_ENDPOINT_URL"])
    served = control.endpoints()[NAME]
    grown = {**served["variants"]["AllTraffic"], "instances": 5}
    control.put_endpoint(NAME, **{**served, "variants": {"AllTraffic": grown}})
    before = inventory(site.world.layout.root)
    site.world.settings(STACK).set(sagemaker__modelPackageArn=f"{PACKAGE}/5")
    said = site.up()
    assert "AllTraffic runs 5, the update starts 2" in said
    assert "variants.AllTraffic.instances to 5" in said
    live = [record for record in inventory(site.world.layout.root) if record.type == ENDPOINT]
    assert live == [record for record in before if record.type == ENDPOINT]
    counted = site.world.inside("cartesia-infra", "endpoint", "counts", "--stack", STACK).stdout
    assert counted == "variants:\n  AllTraffic:\n    instances: 5\n"
    site.world.settings(STACK).set(sagemaker__variants={"AllTraffic": {**FLEET["AllTraffic"], "instances": 5}})
    assert site.up() == ""
    assert control.endpoints()[NAME]["variants"]["AllTraffic"]["instances"] == 5
    site.told_truly()


def test_a_canary_is_moved_in_steps_promoted_and_taken_back(site: Site, callers: Callers) -> None:
    fleet = {"main": {"instances": 4}, "canary": {"instances": 1, "weight": 0, "modelPackageArn": f"{PACKAGE}/6"}}
    site.world.settings(STACK).set(sagemaker__variants=fleet)
    assert site.up() == ""
    moved = site.endpoint().facts["deployments"]

    def weights() -> dict[str, float]:
        return {row["name"]: row["weight"] for row in site.status()["variants"]}

    def canary(*words: str, check: bool = True) -> str:
        done = site.world.inside("cartesia-infra", "canary", *words, "--stack", STACK, check=check)
        return done.stdout + done.stderr

    assert weights() == {"main": 1.0, "canary": 0.0}
    canary("to", "20", "--steps", "2", "--pause", "0")
    assert weights() == {"main": pytest.approx(0.8), "canary": pytest.approx(0.2)}
    refused = canary("promote", check=False)
    assert "canary runs 1 and needs 4" in refused
    assert weights() == {"main": pytest.approx(0.8), "canary": pytest.approx(0.2)}
    canary("promote", "--anyway")
    assert weights() == {"main": 0.0, "canary": 1.0}
    canary("back")
    assert weights() == {"main": 1.0, "canary": 0.0}
    assert site.endpoint().facts["deployments"] == moved  # no weight redeploys a fleet
    assert site.world.preview(STACK) == {}


def test_callers_were_served_through_all_of_it(callers: Callers) -> None:
    assert callers.answered > 100
    assert callers.failed == []


def test_a_creation_that_outlasts_the_provider_is_found_and_adopted(site: Site) -> None:
    site.world.pulumi("destroy", "--yes", "--skip-preview", stack=STACK)
    site.plan(status="Creating", error=TIMEOUT)
    assert "timeout while waiting" in site.up()
    again = site.up()
    assert f"the endpoint {NAME} exists (Creating) and is not in the state" in again
    assert f"cartesia-infra endpoint adopt --stack {STACK}" in again
    early = site.world.inside("cartesia-infra", "endpoint", "adopt", "--stack", STACK, check=False)
    assert early.returncode == 2
    assert "only one in service is taken over" in early.stderr
    site.settle()
    site.world.inside("cartesia-infra", "endpoint", "adopt", "--stack", STACK)
    assert site.up() == ""
    site.told_truly()


def test_an_endpoint_that_failed_to_come_up_is_deleted_on_one_command(site: Site) -> None:
    site.world.pulumi("destroy", "--yes", "--skip-preview", stack=STACK)
    site.plan(error=NO_CAPACITY)
    assert "compute capacity" in site.up()
    again = site.world.inside("cartesia-infra", "endpoint", "delete", "--stack", STACK, "--dry-run").stdout
    assert "would delete cartesia-dev in us-east-2: Failed" in again
    site.world.inside("cartesia-infra", "endpoint", "delete", "--stack", STACK, "--yes")
    assert site.up() == ""
    site.told_truly()


def test_destroy_takes_all_of_it(site: Site) -> None:
    site.world.pulumi("destroy", "--yes", "--skip-preview", stack=STACK)
    assert site.world.inventory() == []
