"""Bad settings give one clear error each, all at once, and change nothing: path in the stack file, value, fix."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.bundle.lock import Lock, render_lock
from core.bundle.tree_digest import manifest_digest, render_manifest, scan_tree
from core.input.examples import EXAMPLES_VARIABLE
from sandbox.vendor import write_service_account
from stacks.settings import Settings, SettingsError, Sources, read_settings
from stacks.targets import TARGETS
from tests.support.settings_cases import DROP, ROOT, changed, sources, stack_file

CANARY = "sk_car_canary_7f3a"


@pytest.fixture(scope="session")
def account(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("key") / "key.json"
    write_service_account(path)
    return path.read_text()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout with a locked and unpacked archive."""
    digest = "ab" * 32
    home = tmp_path / ".cartesia" / "bundles" / digest
    chart = home / "tree" / "cartesia-kube" / "cartesia"
    shutil.copytree(ROOT / "sandbox" / "chart" / "cartesia", chart)
    manifest = render_manifest(scan_tree(home / "tree"))
    (home / "manifest").write_text(manifest)
    lock = Lock(
        bucket="cartesia-onprem",
        version="1.2.3",
        archive="cartesia-kube-latest.tar.gz",
        archive_sha256=digest,
        archive_bytes=10,
        tree_sha256=manifest_digest(manifest),
        chart_path="cartesia-kube/cartesia",
        chart_name="cartesia",
        chart_version="1.2.3",
    )
    (tmp_path / "cartesia.lock").write_text(render_lock(lock))
    (tmp_path / "stacks").mkdir()
    return tmp_path


@pytest.fixture
def load(root: Path, account: str) -> Callable[..., Settings]:
    def run(config: dict[str, Any], **options: Any) -> Settings:
        options.setdefault("secrets", {"apiKey": CANARY, "serviceAccountJson": account})
        return read_settings(sources(config, root, **options))

    return run


@pytest.mark.parametrize("name", sorted(p.name.split(".")[1] for p in (ROOT / "stacks").glob("Pulumi.eks-*.yaml")))
def test_every_stack_file_of_the_checkout_is_right(name: str, load: Callable[..., Settings]) -> None:
    file = stack_file(name)
    settings = load(file)
    assert settings.sections["eks"]["region"] == file["cartesia:eks"]["region"]
    assert settings.args["environment"] == "eks-test"
    chart = settings.args["release"]["chart_path"]
    assert chart == f"../.cartesia/bundles/{'ab' * 32}/tree/cartesia-kube/cartesia"
    assert settings.args["release"]["chart_version"] == "1.2.3"


def test_the_cluster_is_entered_with_profile_and_role_of_the_aws_provider(load: Callable[..., Settings]) -> None:
    role = "arn:aws:iam::123456789012:role/platform-engineers"
    settings = load(changed(stack_file("eks-dev"), "aws", {"profile": "prod", "roleArn": role}))
    assert settings.args["eks"]["credentials"] == {"profile": "prod", "role_arn": role}
    assert "credentials" not in load(stack_file("eks-prod")).args["eks"]


def test_the_vendors_key_is_no_login_for_a_registry_of_ones_own(load: Callable[..., Settings]) -> None:
    """Nodes pull from ECR by their role; the key is still needed for the vendor's buckets."""
    mirror = "123456789012.dkr.ecr.us-west-2.amazonaws.com/cartesia"
    release = load(changed(stack_file("eks-dev"), "release/imageRegistry", mirror)).args["release"]
    assert "pull_secret" not in release
    assert "value" in release["gcs_access"]


SHIPPED = {
    "eks-dev": {"eks.publicAccessCidrs[0]", "eks.admins.platform"},
    "eks-prod": {
        "aws.accountId",
        "eks.publicAccessCidrs[0]",
        "eks.admins.platform",
        "eks.admins.on-call",
        "release.ingress.host",
        "release.ingress.certificateArn",
    },
}


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_file_is_refused_outside_of_the_sandbox_until_its_examples_are_replaced(
    name: str, load: Callable[..., Settings]
) -> None:
    with pytest.raises(SettingsError) as caught:
        load(stack_file(name), environment={EXAMPLES_VARIABLE: ""})
    assert {problem.path for problem in caught.value.problems} == {f"cartesia:{path}" for path in SHIPPED[name]}
    assert all("of your own" in problem.rule for problem in caught.value.problems)
    own = json.loads(
        json.dumps(stack_file(name))
        .replace("123456789012", "402117834129")
        .replace("203.0.113.0/24", "18.194.7.0/24")
        .replace("voice.example.com", "voice.acme.io")
    )
    assert load(own, environment={EXAMPLES_VARIABLE: ""}).args["environment"] == "eks-test"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("eks/kmsKeyArn", "arn:aws:kms:us-west-2:111122223333:key/0a-0b"),
        ("eks/privateAccessCidrs", ["198.51.100.0/24"]),
        ("aws/roleArn", "arn:aws:iam::444455556666:role/platform"),
        ("release/imageRegistry", "111122223333.dkr.ecr.us-west-2.amazonaws.com/cartesia"),
        ("release/values", {"deep": [{"down": "arn:aws:sns:us-west-2:000000000000:alarms"}]}),
    ],
)
def test_an_example_is_refused_wherever_it_stands(path: str, value: object, load: Callable[..., Settings]) -> None:
    with pytest.raises(SettingsError) as caught:
        load(changed(stack_file("eks-dev"), path, value), environment={EXAMPLES_VARIABLE: ""})
    told = [problem.path for problem in caught.value.problems if "of your own" in problem.rule]
    assert any(place.startswith(f"cartesia:{path.replace('/', '.')}") for place in told)


GPU = "eks/nodeGroups/gpu"
CASES: list[tuple[str, object, list[str]]] = [
    # keys and types
    ("ekss", {}, ["cartesia:ekss: unknown key", 'did you mean "eks"']),
    ("eks", "big", ["cartesia:eks: must be a map", '"big"']),
    ("eks", DROP, [f"cartesia: must have exactly one of the sections {', '.join(TARGETS)}", "add one"]),
    ("release", DROP, ["cartesia:release: is required and missing"]),
    ("production", "yes", ["cartesia:production: must be true or false", '"yes"']),
    ("eks/region", 5, ["cartesia:eks.region: must be a string; got 5"]),
    ("eks/region", DROP, ["cartesia:eks.region: is required"]),
    ("eks/clustername", "x", ["cartesia:eks.clustername: unknown key", 'did you mean "clusterName"']),
    ("eks/cluster_name", "x", ["cartesia:eks.cluster_name: unknown key", 'did you mean "clusterName"']),
    ("eks/availabilityZones", "us-west-2a", ["cartesia:eks.availabilityZones: must be a list"]),
    (
        f"{GPU}/maxNodes",
        "3",
        [f"cartesia:{GPU.replace('/', '.')}.maxNodes: must be a whole number", '"3"', "without quotes"],
    ),
    (f"{GPU}/maxNodes", 2.5, ["maxNodes: must be a whole number; got 2.5"]),
    (f"{GPU}/maxNodes", DROP, ["cartesia:eks.nodeGroups.gpu.maxNodes: is required"]),
    (f"{GPU}/taints", {"a": 1}, ["cartesia:eks.nodeGroups.gpu.taints: must be a list"]),
    (f"{GPU}/labels", {"a": 1}, ["cartesia:eks.nodeGroups.gpu.labels.a: must be a string; got 1"]),
    (f"{GPU}/minNode", 1, ["cartesia:eks.nodeGroups.gpu.minNode: unknown key", 'did you mean "minNodes"']),
    ("aws/accountId", 123456789012, ["cartesia:aws.accountId: must be a string", "quotes"]),
    ("addons/devicePlugin/enabled", "no", ["cartesia:addons.devicePlugin.enabled: must be true or false"]),
    ("release/timeoutSeconds", "30m", ["cartesia:release.timeoutSeconds: must be a whole number"]),
    ("release/values", [], ["cartesia:release.values: must be a map"]),
    # rules of the cluster
    ("eks/clusterName", "-bad", ["cartesia:eks.clusterName:", '"-bad"']),
    ("eks/region", "mars-1", ["cartesia:eks.region:", "mars-1"]),
    ("eks/availabilityZones", ["us-west-2a"], ["cartesia:eks.availabilityZones:"]),
    ("eks/availabilityZones", ["us-west-2a", "eu-west-1b"], ["cartesia:eks.availabilityZones", "eu-west-1b"]),
    ("eks/kubernetesVersion", "latest", ["cartesia:eks.kubernetesVersion:", "latest"]),
    ("eks/network/cidr", "10.0.0.0", ["cartesia:eks.network.cidr:"]),
    ("eks/network/cidr", "10.0.0.0/28", ["cartesia:eks.network.cidr:"]),
    ("eks/network/cidr", "172.20.0.0/16", ["overlap"]),
    (
        "eks/publicAccessCidrs",
        ["0.0.0.0/0"],
        ["cartesia:eks.publicAccessCidrs", "0.0.0.0/0", "allowPublicAccessFromAnywhere"],
    ),
    ("eks/nodeGroups", {}, ["cartesia:eks.nodeGroups", "default"]),
    (f"{GPU}/profile", "rtx", ["cartesia:eks.nodeGroups.gpu.profile:", "rtx"]),
    (f"{GPU}/minNodes", 9, ["cartesia:eks.nodeGroups.gpu", "minNodes", "9"]),
    (f"{GPU}/diskGib", 20, ["cartesia:eks.nodeGroups.gpu.diskGib:", "100"]),
    (f"{GPU}/amiType", "AL2023_x86_64_STANDARD", ["cartesia:eks.nodeGroups.gpu.amiType:"]),
    ("eks/nodeGroups/default/amiType", "AL2023_x86_64_NVIDIA", ["cartesia:eks.nodeGroups.default.amiType:"]),
    (
        "eks/nodeGroups/default/instanceTypes",
        ["m99.huge"],
        ["cartesia:eks.nodeGroups.default.instanceTypes[0]:", "m99.huge"],
    ),
    ("eks/nodeGroups/default/instanceTypes", ["g4dn.xlarge"], ["g4dn"]),
    (f"{GPU}/capacity", "capacity_block", ["cartesia:eks.nodeGroups.gpu.capacityReservationId"]),
    ("eks/admins", {"me": "arn:aws:iam::12:user/me"}, ["cartesia:eks.admins.me:"]),
    # rules of the release
    ("release/releaseTag", "latest", ["cartesia:release.releaseTag:", "latest"]),
    ("release/releaseTag", "sonic-20251118", ["cartesia:release.", "sonic-20260310", "sonic-20260503"]),
    ("release/airGapped", True, ["cartesia:release.license.persistence", "cartesia:release.imageRegistry"]),
    ("release/airGapped", True, ["cartesia:addons.imageRegistry: is required with release.airGapped"]),
    ("release/imageRegistry", "https://r.example.com/x", ["cartesia:release.imageRegistry:"]),
    ("release/keyPaths", {}, ["cartesia:release.apiKey: needs keyPaths.", "values.yaml"]),
    ("release/rollout", {"maxUnavailable": -1}, ["cartesia:release.rollout.maxUnavailable:"]),
    ("release/workers", {"w": {"model": "sonic-9"}}, ["cartesia:release.workers.w.model:", "sonic-9"]),
    ("release/timeoutSeconds", 5, ["cartesia:release.timeoutSeconds:"]),
    ("release/values", {"release": {"releaseTag": "sonic-20260310"}}, ["releaseTag", "values"]),
    ("release/values", {"x": "sk_car_Zk3v9QmX2LwT7RbYc5Hn1A"}, ["cartesia:release.values"]),
    ("release/ingress", {"host": "voice.example.com"}, ["cartesia:release.ingress"]),
    # secrets and the archive
    ("release/chartPath", "/tmp/chart", ["cartesia:release.chartPath: must not be set"]),
    (
        "release/apiKey",
        {"value": CANARY},
        ["cartesia:release.apiKey.value: must not be in a stack file", "--secret cartesia:apiKey"],
    ),
    # the chart on disk is the judge of its paths
    (
        "release/keyPaths/pullSecret",
        "foo.bar",
        ["cartesia:release.keyPaths.pullSecret: must be a path", "release inspect"],
    ),
    ("release/keyPaths/gcsSecret", "gcsSecrets", ['did you mean "gcsSecret"?']),
    ("release/keyPaths/workerModel", "worker.{worker}.model", ["there is no worker"]),
    ("bundle/lock", "other.lock", ["cartesia:bundle.lock:", '"other.lock"', "release fetch"]),
]


@pytest.mark.parametrize(("path", "value", "words"), CASES, ids=[f"{n}-{p}" for n, (p, _, _) in enumerate(CASES)])
def test_bad_settings_are_one_clear_error(
    path: str, value: object, words: list[str], load: Callable[..., Settings]
) -> None:
    with pytest.raises(SettingsError) as caught:
        load(changed(stack_file("eks-dev"), path, value))
    text = str(caught.value)
    assert text.startswith("stack eks-test: ")
    assert [word for word in words if word not in text] == [], text
    assert CANARY not in text
    assert all(problem.fix for problem in caught.value.problems)


def test_all_problems_of_all_sections_come_at_once(load: Callable[..., Settings]) -> None:
    config = stack_file("eks-dev")
    for path, value in (("eks/region", 5), ("release/timeoutSeconds", "x"), ("production", "x"), ("extra", {})):
        config = changed(config, path, value)
    with pytest.raises(SettingsError) as caught:
        load(config, secrets={"apiKey": CANARY, "serviceAccountJson": "{}"})
    paths = {problem.path for problem in caught.value.problems}
    assert paths >= {"cartesia:extra", "cartesia:eks.region", "cartesia:release.timeoutSeconds", "cartesia:production"}
    assert any(path.startswith("cartesia:serviceAccountJson") for path in paths)


def test_a_secret_in_plain_text_is_refused_and_not_shown(load: Callable[..., Settings], account: str) -> None:
    secrets = {"apiKey": CANARY, "serviceAccountJson": account}
    with pytest.raises(SettingsError, match="cartesia:apiKey: must not be plain text") as caught:
        load(stack_file("eks-dev"), secrets=secrets, plain=frozenset({"apiKey"}))
    assert CANARY not in str(caught.value)


def test_an_encrypted_section_is_refused(root: Path) -> None:
    given = sources(stack_file("eks-dev"), root, secrets={})
    everything_secret = Sources(given.stack, given.config, lambda key: True, {}, root, root / "stacks")
    with pytest.raises(SettingsError, match="cartesia:eks: must not be or hold an encrypted value"):
        read_settings(everything_secret)


def test_secrets_may_come_from_files_that_variables_name(
    load: Callable[..., Settings], tmp_path: Path, account: str
) -> None:
    (tmp_path / "key").write_text(f"{CANARY}\n")
    (tmp_path / "sa.json").write_text(account)
    environment = {
        "CARTESIA_API_KEY_FILE": str(tmp_path / "key"),
        "CARTESIA_SERVICE_ACCOUNT_FILE": str(tmp_path / "sa.json"),
    }
    settings = load(stack_file("eks-dev"), secrets={}, environment=environment)
    assert set(settings.args["release"]["api_key"]) == {"value"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "must name a readable file"),
        (b"", "names an empty file"),
        (b"\xff\xfe", "names an empty file"),
        (b"\xff\xfea", "must name a readable file"),
        (b"\x30\x82\x09\xff", "must name a readable file .is a PKCS #12"),
    ],
)
def test_a_secret_file_that_cannot_be_used_is_named(
    content: bytes | None, words: str, load: Callable[..., Settings], tmp_path: Path
) -> None:
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError, match=f"CARTESIA_API_KEY_FILE: {words}"):
        load(stack_file("eks-dev"), secrets={}, environment={"CARTESIA_API_KEY_FILE": str(file)})


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda root: (root / "cartesia.lock").unlink(), "release fetch"),
        (lambda root: (root / "cartesia.lock").write_text("{"), "cartesia.lock"),
        (lambda root: (root / "cartesia.lock").write_text("bucket: 1\n"), "cartesia.lock.bucket"),
        (lambda root: _chart_file(root).write_text("name: other\n"), "expected"),
        (lambda root: _chart_file(root).unlink(), "Chart.yaml"),
        (lambda root: (_chart_file(root).parent / "extra.yaml").write_text("x"), "extra.yaml"),
    ],
    ids=["no lock", "broken lock", "wrong lock", "changed chart", "missing file", "extra file"],
)
def test_only_the_locked_and_undamaged_chart_is_used(
    damage: Callable[[Path], object], words: str, load: Callable[..., Settings], root: Path
) -> None:
    os.chmod(_chart_file(root), 0o644)  # noqa: PTH101 - the store is read-only
    damage(root)
    with pytest.raises(SettingsError) as caught:
        load(stack_file("eks-dev"))
    assert words in str(caught.value)


def _chart_file(root: Path) -> Path:
    return root / ".cartesia" / "bundles" / ("ab" * 32) / "tree" / "cartesia-kube" / "cartesia" / "Chart.yaml"


def test_the_environment_says_where_lock_and_store_lie_before_the_stack_file(
    load: Callable[..., Settings], root: Path
) -> None:
    (root / "elsewhere").mkdir()
    (root / "cartesia.lock").rename(root / "elsewhere" / "my.lock")
    (root / ".cartesia").rename(root / "elsewhere" / "c")
    environment = {
        "CARTESIA_LOCK_FILE": "elsewhere/my.lock",
        "CARTESIA_BUNDLE_STORE": str(root / "elsewhere/c/bundles"),
    }
    config = changed(stack_file("eks-dev"), "bundle", {"lock": "nowhere"})
    assert load(config, environment=environment).args["release"]["chart_path"].startswith("../elsewhere/c/bundles/")
