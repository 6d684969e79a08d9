"""No secret of a stack is anywhere in plain text, whatever the engine is asked to do and however it ends.

Canaries are planted in the files that the sandbox's environment names and in the encrypted configuration. One world for
all tests, in the order of the file; after each, every byte written so far is searched. What may hold the secrets is
left out and nothing else: the files they were planted in, and the cluster's own database, whose secrets prove that the
canaries were used.
"""

import base64
import contextlib
import gzip
import html
import json
import re
import secrets
import subprocess
import threading
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from core.secrets.table import SECRETS
from sandbox.host.layout import Layout
from sandbox.vendor.account import write_service_account
from tests.support.canaries import Canaries, command_lines, longest_run
from tests.support.stack_world import INFRA, StackWorld

pytestmark = [pytest.mark.cluster, pytest.mark.engine]

CONNECTED = {"api-key", "private-key", "private-key-id"}
AIR_GAPPED = {"license", "mirror-password"}
MIRROR = "registry.example.com:5000"
ENGINE_PROPERTIES = re.compile(r'"msg":"(Unm|M)arshaling property for RPC\[.*"v":9}$')
"""Lines the engine writes from -v=9 on, secrets included, whoever its program is: docs/secrets.md warns of it."""
SEARCHED_KINDS = (
    ("v1", "ConfigMap"),
    ("v1", "Event"),
    ("v1", "Pod"),
    ("v1", "PersistentVolumeClaim"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
)


class WatchedWorld(StackWorld):
    """A world whose every word is kept, and which is searched for canaries."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said = folder / "said"
        self.seen_command_lines: set[bytes] = set()
        (folder / "tmp").mkdir()
        self.said.mkdir()
        super().__init__(folder, TMPDIR=str(folder / "tmp"), PULUMI_DEBUG_COMMANDS="true")
        self.planted = plant(self.layout)
        self.canaries = Canaries(self.planted)

    def engine(self, *words: str, check: bool = True) -> str:
        """Run the engine with an event log and return all it said."""
        done = self.pulumi(*words, "--event-log", str(self.said / f"{self._count()}.events"), check=check)
        assert check or done.returncode != 0
        return done.stdout + done.stderr

    def unwatched(self, *words: str) -> str:
        """What a command inside the sandbox prints, by the command line that a user types; it is not kept."""
        return super()._run([*INFRA, "sandbox", "run", "--", *words], self.variables, check=True).stdout

    def leaks(self) -> set[str]:
        """Where canaries lie that should not."""
        return self.canaries.found_below(self.folder, leave_out=self._may_hold_secrets)

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Note the command lines of all processes meanwhile."""
        over = threading.Event()

        def watch() -> None:
            while not over.wait(0.05):
                self.seen_command_lines.update(command_lines())

        thread = threading.Thread(target=watch)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _may_hold_secrets(self, path: Path) -> bool:
        allowed = (self.layout.secrets, self.layout.vendor_key, self.layout.engine)
        return path.name == "etcd" or self.folder / path in allowed

    def _count(self) -> int:
        return len(list(self.said.iterdir()))

    def _run(
        self, command: Sequence[str], variables: Mapping[str, str], check: bool
    ) -> subprocess.CompletedProcess[str]:
        done = super()._run(command, variables, check=False)
        lines = [line for line in done.stderr.splitlines() if not ENGINE_PROPERTIES.search(line)]
        text = "\n".join([done.stdout, *lines])
        (self.said / f"{self._count()}.txt").write_text(text)
        if check:
            assert done.returncode == 0, text[-6000:]
        return done


def plant(layout: Layout) -> dict[str, str]:
    """Write secrets with canaries before the sandbox makes up its own; each begins with its canary.

    So a message that shows only the start of a value is found as well. None has a form that anything could recognise.
    """
    made = {name: f"Canary{secrets.token_hex(10)}" for name in ("api-key", "license", "mirror-password")}
    layout.secrets.mkdir(parents=True)
    (layout.secrets / SECRETS["apiKey"].file).write_text(made["api-key"])
    (layout.secrets / SECRETS["license"].file).write_text(
        json.dumps({"token": made["license"], "issued_at": "2026-11-01T00:00:00Z"})
    )
    write_service_account(layout.vendor_key)
    key = json.loads(layout.vendor_key.read_text())
    first = {name: key[name] for name in ("private_key_id", "private_key")}
    layout.vendor_key.write_text(json.dumps(first | key, indent=2))
    return made | {"private-key": longest_run(key["private_key"]), "private-key-id": key["private_key_id"]}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WatchedWorld]:
    made = WatchedWorld(tmp_path_factory.mktemp("secrets"))
    with made.up():
        yield made


def air_gapped(**more: Any) -> dict[str, Any]:
    """Changes that turn the stack's release into one without any call to the vendor."""
    return {
        "release__airGapped": True,
        "addons__imageRegistry": f"{MIRROR}/nvidia",
        "release__features": {"models": ["sonic-3.5"]},
        "release__imageRegistry": f"{MIRROR}/cartesia",
        "release__natsImage": f"{MIRROR}/nats:2.12",
        "release__license": {"persistence": True, "storageClass": "gp3"},
        "release__pullSecret": {"mirror": {"registry": MIRROR, "username": "puller"}},
        "release__keyPaths__natsImage": "natsImage",
        "release__keyPaths__licenseSeedSecret": "licenseSeedSecret",
        **more,
    }


def pods(world: WatchedWorld) -> set[tuple[str, str]]:
    """Name and id of every pod of the release that is not ending."""
    found = (pod["metadata"] for pod in world.kube().list("v1", "Pod", namespace="cartesia"))
    return {(each["name"], each["uid"]) for each in found if "deletionTimestamp" not in each}


@contextlib.contextmanager
def spoiled(path: Path, text: str) -> Iterator[None]:
    """A file with another content for a while."""
    before = path.read_text()
    path.write_text(text)
    try:
        yield
    finally:
        path.write_text(before)


def assert_only_secrets_hold(world: WatchedWorld, expected: set[str]) -> None:
    """In the cluster the canaries are in secrets, where they belong, and not in Helm's records or other objects."""
    kube = world.kube()
    helm, own = [], []
    for secret in kube.list("v1", "Secret", namespace="cartesia"):
        data = {key: base64.b64decode(value) for key, value in secret["data"].items()}
        if secret["type"] == "helm.sh/release.v1":
            helm.append(gzip.decompress(base64.b64decode(data["release"])))
        else:
            own.extend(data.values())
    assert helm
    assert [world.canaries.found_in(record) for record in helm] == [set()] * len(helm)
    assert world.canaries.found_in(b"\0".join(own)) == expected
    objects = [kube.list(version, kind, namespace="cartesia") for version, kind in SEARCHED_KINDS]
    assert world.canaries.found_in(json.dumps(objects)) == set()


ENCODINGS = {
    "plain": lambda text: text.encode(),
    "json": lambda text: json.dumps({"a": text}).encode(),
    "json in json": lambda text: json.dumps(json.dumps({"a": text})).encode(),
    "url": lambda text: urllib.parse.quote(text, safe="").encode(),
    "html": lambda text: html.escape(text).encode(),
    "hex": lambda text: text.encode().hex().encode(),
    "hex in capitals": lambda text: text.encode().hex().upper().encode(),
    "base64, first place": lambda text: base64.b64encode(text.encode()),
    "base64, second place": lambda text: base64.b64encode(b"x" + text.encode()),
    "base64, third place": lambda text: base64.b64encode(b"xx" + text.encode() + b"y"),
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(text.encode()),
    "base64 in lines": lambda text: base64.encodebytes(b"x" * 40 + text.encode()),
    "base64 twice": lambda text: base64.b64encode(b"xx" + base64.b64encode(b"x" + text.encode())),
    "gzip": lambda text: gzip.compress(text.encode()),
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("wrapped", ["{}", '_json_key:{{"k": "\n{}>?~/+&"}}'])
def test_the_search_finds_a_planted_canary(encoding: str, wrapped: str, tmp_path: Path) -> None:
    canaries = Canaries({"planted": "Canary0123456789abcdefABCDEF", "other": "Other0123456789abcdefABCDEF"})
    (tmp_path / "deep").mkdir()
    (tmp_path / "clean").write_text("Canary0123456789 and nothing else")
    (tmp_path / "left-out").write_text("Canary0123456789abcdefABCDEF")
    content = ENCODINGS[encoding](wrapped.format("Canary0123456789abcdefABCDEF"))
    (tmp_path / "deep" / "file").write_bytes(b"\xff\0 " * (encoding != "gzip") + content)
    found = canaries.found_below(tmp_path, leave_out=lambda path: path.name == "left-out")
    assert found == {"deep/file: planted"}


def test_a_canary_that_could_be_met_by_chance_is_refused() -> None:
    with pytest.raises(ValueError, match="canary short"):
        Canaries({"short": "abc"})


def test_a_connected_release_shows_no_secret(world: WatchedWorld) -> None:
    world.engine("preview", "--diff")
    with world.watched():
        said = world.engine("up", "--yes", "--skip-preview", "--logtostderr", "-v=9")
    # Nothing in that log but the engine's own lines about properties; at the levels below 9 there are none of those.
    verbose = [line for line in said.splitlines() if ENGINE_PROPERTIES.search(line)]
    assert world.canaries.found_in("\n".join(verbose)) == CONNECTED
    assert world.canaries.found_in("\n".join(set(said.splitlines()) - set(verbose))) == set()
    assert_only_secrets_hold(world, CONNECTED)
    assert world.leaks() == set()


def test_no_process_is_given_a_secret_on_its_command_line(world: WatchedWorld) -> None:
    seen = b"\n".join(world.seen_command_lines)
    assert [word for word in (b"helm", b"pulumi", b"sandbox.providers.kubernetes") if word not in seen] == []
    assert world.canaries.found_in(seen) == set()


def test_secrets_that_are_malformed_are_refused_unseen(world: WatchedWorld) -> None:
    key = world.layout.vendor_key.read_text()
    cut = key[: key.index(world.planted["private-key"]) + 100]
    with spoiled(world.layout.vendor_key, cut):
        said = world.engine("preview", check=False)
        assert "serviceAccountJson: must be JSON" in said
    with spoiled(world.layout.secrets / SECRETS["apiKey"].file, f"{world.planted['api-key']} and more"):
        said = world.engine("up", "--yes", "--skip-preview", check=False)
        assert "must be one word" in said
    assert world.leaks() == set()


def test_a_rotated_key_restarts_its_readers_alone_and_is_shown_nowhere(world: WatchedWorld) -> None:
    kept, given = world.layout.secrets / SECRETS["apiKey"].file, world.layout.secrets / "given"
    given.write_text(f"{world.planted['api-key']}Rotated")
    before = pods(world)
    with world.settings().changed(), world.watched():
        # Encrypted in the stack file, it comes before the file that the sandbox's environment names.
        setting = "pulumi config set --secret cartesia:apiKey --stack eks-dev"
        world.inside("sh", "-c", f'{setting} <"$1"', "sh", str(kept))
        rotate = ("cartesia-infra", "secrets", "rotate", "apiKey", "--stack", "eks-dev", "--file", str(given))
        told = json.loads(world.inside(*rotate, "--json").stdout)
    assert (told["source"], told["otherChanges"]) == ("configuration", [])
    readers = [(each["name"], each["state"]) for each in told["workloads"]]
    assert readers == [("cartesia-license-proxy", "restarted")]
    secret = world.kube().get("v1", "Secret", "cartesia-api-key", "cartesia")
    assert secret is not None
    assert base64.b64decode(secret["data"]["api-key"]).decode() == given.read_text()
    gone = before - pods(world)
    assert gone
    assert all(name.startswith("cartesia-license-proxy-") for name, _ in gone)
    assert world.canaries.found_in(b"\n".join(world.seen_command_lines)) == set()
    assert world.leaks() == set()


def test_an_air_gapped_release_that_fails_shows_no_secret(world: WatchedWorld) -> None:
    # This one comes encrypted in the stack file; the others come from files.
    path = world.layout.secrets / "given"
    path.write_text(world.planted["mirror-password"])
    setting = "pulumi config set --secret cartesia:mirrorPassword --stack eks-dev"
    world.inside("sh", "-c", f'{setting} <"$1"', "sh", str(path))
    stuck = {"cartesia-sonic-azure-disco": {"model": "sonic-3.5", "minReplicas": 3}}
    more = {"release__workers": stuck, "release__timeoutSeconds": 10, "release__rollout": {"allowStall": True}}
    with world.settings().changed(**air_gapped(**more)):
        said = world.engine("up", "--yes", "--skip-preview", check=False)
        assert "Insufficient nvidia.com/gpu" in said
    # What is no longer wanted goes at the end of an update, which this one did not reach.
    assert_only_secrets_hold(world, AIR_GAPPED | CONNECTED)
    assert world.leaks() == set()


def test_an_air_gapped_release_shows_no_secret(world: WatchedWorld) -> None:
    world.settings().set(**air_gapped())
    world.pulumi("preview", "--json")
    world.engine("up", "--yes", "--skip-preview", "--diff")
    assert_only_secrets_hold(world, AIR_GAPPED)
    assert world.leaks() == set()


def test_looking_at_the_stack_shows_no_secret(world: WatchedWorld) -> None:
    world.engine("refresh", "--yes", "--skip-preview", "--diff")
    world.infra("sandbox", "status", "--stack", "eks-dev")
    world.inside("cartesia-infra", "recover", "--stack", "eks-dev", "--json")
    for verb in ("status", "versions"):  # 1: the release is air-gapped, and has something to tell
        assert world.inside("cartesia-infra", verb, "--stack", "eks-dev", "--json", check=False).returncode in (0, 1)
        assert world.inside("cartesia-infra", verb, "--stack", "eks-dev", check=False).returncode in (0, 1)
    world.inside("cartesia-infra", "release", "inspect", check=False)
    looks = ("stack export", "stack output --json", "stack", "stack history --json", "config --json")
    commands = (f"pulumi {look} --stack eks-dev --non-interactive" for look in looks)
    world.inside("sh", "-c", " && ".join(commands))
    assert world.leaks() == set()


def test_the_state_does_hold_the_secrets_for_who_can_decrypt_it(world: WatchedWorld) -> None:
    """Without this, the search could find nothing because nothing was there."""
    shown = world.unwatched("pulumi", "stack", "export", "--show-secrets", "--stack", "eks-dev")
    assert world.canaries.found_in(shown) == AIR_GAPPED


def test_destroying_shows_no_secret(world: WatchedWorld) -> None:
    world.engine("destroy", "--yes", "--skip-preview")
    assert world.inventory() == []
    assert world.leaks() == set()
