"""The policy pack in the real engine, over plain resources of any program and over the recorded stacks.

Nothing is deployed and no provider runs: examples are registered without one, and states are judged from files.
"""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from clients.engine import Engine, EngineError, analyze
from core.bundle.lock import Lock, render_lock
from policies.table import RULES
from sandbox.host.layout import WORLD_VARIABLE, Layout
from sandbox.launchers import PROGRAMS, write_bin
from sandbox.toolchain import ensure
from tests.support.policy_rules import PRODUCTION, read_cases, urn_of, with_unknown
from tests.support.recorded_world import API_KEY, PRIVATE_KEY, STACKS, read_state
from toolkit.policy.findings import Report, read_report
from toolkit.policy.judged import Judge

pytestmark = pytest.mark.engine

ROOT = Path(__file__).resolve().parents[2]
PACK = ROOT / "policies"
CHART = ROOT / "sandbox" / "chart" / "cartesia"
CASES = read_cases()
CONFIG = {rule: dict(case.parameters) for rule, case in CASES.items() if case.parameters}
ON_THAT_DAY = {rule: {"today": "2026-11-25"} for rule in ("eks-version-supported", "eks-version-days-left")}
"""So that the test does not fail on the day on which support of a version ends."""
ADVICE = {
    "alarm-topic-subscribed",
    "deployment-recreated-with-its-volume",
    "eks-addon-pinned",
    "gke-maintenance-window",
    "gpu-nodes-added-by-somebody",
    "gpu-pod-budget",
    "gpu-pod-grace",
    "ingress-class-served",
    "node-ami-pinned",
    "pod-no-escalation",
    "pod-not-root",
}
"""What the example stacks and the reference chart leave to whoever copies them; nothing of it ends an update."""
PROGRAM = """
import asyncio, json
import pulumi

def value_of(given):
    if given == {unknown!r}:
        unknown, known, secret = (asyncio.get_running_loop().create_future() for _ in range(3))
        unknown.set_result(None), known.set_result(False), secret.set_result(False)
        return pulumi.Output(set(), unknown, known, secret)
    if isinstance(given, dict):
        return {{key: value_of(each) for key, each in given.items()}}
    return [value_of(each) for each in given] if isinstance(given, list) else given

made = {{}}
for each in json.load(open("resources.json")):
    parent = made[each["name"].partition("/")[0]] if "under" in each else None
    options = pulumi.ResourceOptions(protect=each.get("protect"), parent=parent)
    inputs = value_of(each["inputs"])
    one = made[each["name"]] = pulumi.ComponentResource(each["type"], each["name"], inputs, options, remote=False)
    one.register_outputs(inputs)  # rules on a whole stack are shown the outputs, of which a provider's hold the inputs
"""


def named(rule: str, resources: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The resources of an example under names, and in a state in a stack, that tell them from those of others."""
    return [{**each, "name": f"{rule}--{each['name']}", "stack": f"{rule}-prod"} for each in resources]


def exported(resources: list[dict[str, Any]]) -> dict[str, Any]:
    """A state of resources that a state has, or that an example has."""
    manifest = {"time": "2026-01-01T00:00:00Z", "magic": "", "version": ""}
    rows = resources if all("urn" in each for each in resources) else state_of(resources)
    return {"version": 3, "deployment": {"manifest": manifest, "resources": rows}}


def state_of(resources: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Resources as an exported state has them."""
    return [
        {
            "urn": urn_of(each, each["stack"]),
            "type": each["type"],
            "custom": False,
            "inputs": each["inputs"],
            "outputs": each["inputs"],
            "protect": bool(each.get("protect")),
        }
        for each in resources
    ]


class Site:
    """A project of plain resources, and files of states."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        layout = Layout(folder / "world")
        write_bin(layout, ensure(list(PROGRAMS)))
        self.folder = folder / "project"
        self.monkeypatch = monkeypatch
        self.folder.mkdir()
        (folder / "backend").mkdir()
        variables = {
            "PATH": os.pathsep.join([str(layout.bin), str(Path(sys.executable).parent), os.environ["PATH"]]),
            "HOME": str(folder),
            WORLD_VARIABLE: str(layout.root),
            "PULUMI_HOME": str(layout.pulumi_home),
            "PULUMI_BACKEND_URL": f"file://{folder / 'backend'}",
            "PULUMI_CONFIG_PASSPHRASE": "test",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "CARTESIA_LOCK_FILE": str(folder / "cartesia.lock"),
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(self.folder)
        runtime = f"runtime:\n  name: python\n  options: {{virtualenv: {sys.prefix}}}\n"
        (self.folder / "Pulumi.yaml").write_text(f"name: voice\n{runtime}")
        (self.folder / f"Pulumi.{PRODUCTION}.yaml").write_text("config: {}\n")
        (self.folder / "__main__.py").write_text(PROGRAM.format(unknown=UNKNOWN_STRING_VALUE))
        self.config = self.folder / "config.json"

    def analyzed(self, resources: list[dict[str, Any]], config: dict[str, Any] = CONFIG) -> Report:
        self.config.write_text(json.dumps(config))
        file = self.folder / "state.json"
        file.write_text(json.dumps(exported(resources)))
        return read_report(analyze(file, PACK, self.config))

    def previewed(self, resources: list[dict[str, Any]]) -> Report:
        (self.folder / "resources.json").write_text(json.dumps(resources))
        self.config.write_text(json.dumps(CONFIG))
        engine = Engine(PRODUCTION)
        if not list((self.folder.parent / "backend").rglob(f"{PRODUCTION}.json")):
            assert not engine._run("stack", "init").returncode
        return read_report(engine.preview(PACK, self.config))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield Site(tmp_path_factory.mktemp("policies"), monkeypatch)


def own_findings(report: Report) -> set[str]:
    """Rules that found fault with their own example."""
    return {each.rule for each in report.findings if f"::{each.rule}--" in each.urn}


def test_every_rule_finds_fault_with_its_bad_example_and_no_other(site: Site) -> None:
    bad = [each for rule, case in CASES.items() for each in named(rule, case.bad)]
    good = [each for rule, case in CASES.items() for each in named(rule, case.good)]
    assert own_findings(site.analyzed(state_of(bad))) == set(RULES)
    assert own_findings(site.analyzed(state_of(good))) == set()


def test_what_a_preview_does_not_know_is_counted_for_every_rule(site: Site) -> None:
    report = site.previewed([each for rule, case in CASES.items() for each in named(rule, with_unknown(case))])
    assert own_findings(report) == set()
    assert {each.rule for each in report.unjudged if f"::{each.rule}--" in each.urn} == set(RULES)


def test_the_stacks_of_the_checkout_pass(site: Site) -> None:
    """All at once, with the objects of their charts: their names stand in their URNs."""
    recorded = json.dumps(exported([each for stack in STACKS for each in read_state(stack)]))
    file = site.folder / "stacks.json"
    file.write_text(recorded.replace("{bundle store}/{archive}/tree/cartesia-kube/cartesia", str(CHART)))
    site.config.write_text(json.dumps(ON_THAT_DAY))
    report = Judge(PACK, site.config, site.folder).state(file)
    assert not [each for each in report.findings if each.mandatory or each.rule.startswith("waiver-")]
    assert {each.rule for each in report.findings} <= ADVICE
    assert not report.unjudged
    assert API_KEY not in str(report) and PRIVATE_KEY not in str(report)


CLUSTER = "aws:eks/cluster:Cluster"
LOST = f"urn:pulumi:losing-prod::voice::{CLUSTER}::voice"
PROVIDER = "urn:pulumi:losing-prod::voice::pulumi:providers:aws::aws"
DEPLOYED = [
    {"urn": PROVIDER, "custom": True, "id": "one", "type": "pulumi:providers:aws", "inputs": {"region": "us-west-2"}},
    {"urn": LOST, "custom": True, "id": "voice", "type": CLUSTER, "inputs": {}, "provider": f"{PROVIDER}::one"},
]
"""A cluster that the program knows no more."""
LOCK = Lock(
    bucket="vendor",
    version="0.1.0",
    archive="cartesia-kube-0.1.0.tar.gz",
    archive_sha256="a" * 64,
    archive_bytes=1,
    tree_sha256="b" * 64,
    chart_path="cartesia-kube/cartesia",
    chart_name="cartesia",
    chart_version="0.1.0",
)
RELEASE = {
    "type": "kubernetes:helm.sh/v3:Release",
    "name": "cartesia",
    "inputs": {
        "chart": str(CHART),
        "values": {
            "infra": {"imageRegistry": "registry.example.com/voice"},
            "licenseProxy": {"persistence": {"enabled": True}},
            "release": {"releaseTag": "sonic-20260503"},
            "workers": {"cartesia-sonic-azure-disco": {"model": "azure-disco"}},
        },
    },
}


@pytest.fixture(scope="module")
def losing(site: Site) -> Site:
    """A stack with a cluster that its program, which makes a release, knows no more."""
    engine = Engine("losing-prod")
    assert not engine._run("stack", "init").returncode
    state = {"version": 3, "deployment": {"manifest": {"time": "2026-01-01T00:00:00Z"}, "resources": DEPLOYED}}
    assert not engine._run("stack", "import", given=json.dumps(state)).returncode
    return site


def test_a_preview_is_judged_with_its_charts_and_what_it_would_delete(losing: Site) -> None:
    site = losing
    (site.folder / "resources.json").write_text(json.dumps([RELEASE]))
    report = Judge(PACK, None, site.folder).preview("losing-prod")
    assert {(each.rule, each.urn) for each in report.findings if each.mandatory} == {
        ("deletion-waived", LOST),
        ("release-images-mirrored", rendered_urn("losing-prod", "apps/v1:StatefulSet", "cartesia-nats")),
    }
    worker = rendered_urn("losing-prod", "apps/v1:Deployment", "cartesia-sonic-azure-disco")
    assert ("gpu-pod-grace", worker) in {(each.rule, each.urn) for each in report.findings}


WAIVERS = f"""\
waivers:
  - rule: deletion-waived
    resource: {LOST}
    reason: moved to another account
    owner: platform
    expires: 2099-12-31
  - rule: release-images-mirrored
    resource: "urn:pulumi:losing-prod::*::cartesia/cartesia-nats"
    reason: the reference chart has no key for it
    owner: platform
    expires: 2099-12-31
"""


def test_what_is_judged_beside_a_preview_can_be_waived(losing: Site, tmp_path: Path) -> None:
    site = losing
    (site.folder / "resources.json").write_text(json.dumps([RELEASE]))
    report = Judge(copied_pack(tmp_path, WAIVERS), None, site.folder).preview("losing-prod")
    assert not [each for each in report.findings if each.mandatory or each.rule.startswith("waiver-")]
    assert {each.rule for each in report.findings} >= {"gpu-pod-grace"}


def test_waivers_that_cannot_be_read_end_the_check_with_their_line(site: Site, tmp_path: Path) -> None:
    file = site.folder / "release.json"
    file.write_text(json.dumps(exported([{**RELEASE, "stack": "with-prod"}])))
    pack = copied_pack(tmp_path, WAIVERS.replace("expires: 2099-12-31", "expires: never"))
    with pytest.raises(EngineError, match=r"waivers\.yaml: 2 problems") as caught:
        Judge(pack, None, site.folder, charts=False).state(file)
    assert "line 6: `expires` must be a day" in str(caught.value)


def copied_pack(folder: Path, waivers: str) -> Path:
    """The pack with other waivers; its code is a copy, too, since it runs with what lies beside it."""
    pack = folder / "policies"
    shutil.copytree(PACK, pack, ignore=shutil.ignore_patterns("__pycache__"))
    (pack / "waivers.yaml").write_text(waivers)
    return pack


def rendered_urn(stack: str, kind: str, name: str) -> str:
    return f"urn:pulumi:{stack}::voice::{RELEASE['type']}$kubernetes:{kind}::cartesia/{name}"


def test_a_state_is_judged_with_its_charts(site: Site) -> None:
    file = site.folder / "release.json"
    file.write_text(json.dumps(exported([{**RELEASE, "stack": "with-prod"}])))
    nats = rendered_urn("with-prod", "apps/v1:StatefulSet", "cartesia-nats")
    assert nats in {each.urn for each in Judge(PACK, None, site.folder).state(file).findings}
    assert not Judge(PACK, None, site.folder, charts=False).state(file).findings


def test_a_chart_beside_the_locked_archive_is_found(site: Site) -> None:
    file = site.folder / "release.json"
    file.write_text(json.dumps(exported([{**RELEASE, "stack": "with-prod"}])))
    lock = site.folder.parent / "cartesia.lock"
    lock.write_text(render_lock(LOCK))
    try:
        (found,) = Judge(PACK, None, site.folder, charts=False).state(file).findings
    finally:
        lock.unlink()
    assert found.rule == "release-chart-locked"


OF_SOMEBODY = """
import json
import pulumi
import pulumi_aws as aws

provider = pulumi.ResourceOptions(provider=aws.Provider("aws", region="us-west-2"))
eks = {"Effect": "Allow", "Principal": {"Service": "eks.amazonaws.com"}, "Action": "sts:AssumeRole"}
right = {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
role = aws.iam.Role("role", assume_role_policy=json.dumps({"Statement": [eks]}), opts=provider)
policy = aws.iam.Policy("policy", policy=json.dumps(right), opts=provider)
aws.iam.RolePolicyAttachment("attached", role=role.name, policy_arn=policy.arn, opts=provider)
key = aws.kms.Key("key", description="voice", opts=provider)
aws.s3.Bucket("bucket", force_destroy=True, tags={"key": key.arn}, opts=provider)
"""
"""A program that nobody here wrote, with classes of the SDK and values that only its provider can tell."""


def test_a_program_of_anybody_is_judged_and_what_its_provider_has_not_told_yet_is_counted(site: Site) -> None:
    folder = site.folder / "somebody"
    folder.mkdir()
    (folder / "__main__.py").write_text(OF_SOMEBODY)
    project = (site.folder / "Pulumi.yaml").read_text()
    (folder / "Pulumi.yaml").write_text(project)
    site.monkeypatch.chdir(folder)
    try:
        engine = Engine("their-prod")
        assert not engine._run("stack", "init").returncode
        report = read_report(engine.preview(PACK))
    finally:
        site.monkeypatch.chdir(site.folder)
    found = {(each.rule, each.urn.rpartition("::")[2]) for each in report.findings}
    assert {("kms-rotates", "key"), ("stateful-protected", "bucket"), ("stateful-protected", "key")} <= found
    unjudged = {(each.rule, each.urn.rpartition("::")[2], each.properties) for each in report.unjudged}
    assert unjudged == {("iam-no-administrator", "attached", "policyArn")}


def test_a_pack_that_cannot_be_loaded_is_an_error(site: Site, tmp_path: Path) -> None:
    (tmp_path / "PulumiPolicy.yaml").write_text("runtime: python\n")
    (tmp_path / "__main__.py").write_text("import nothing_of_this_name\n")
    file = tmp_path / "state.json"
    file.write_text(
        json.dumps({"version": 3, "deployment": {"resources": state_of(named("gpu-taint", CASES["gpu-taint"].good))}})
    )
    with pytest.raises(EngineError):
        read_report(analyze(file, tmp_path))
