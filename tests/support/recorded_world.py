"""A world in which the checkout's stacks are looked at with fixed secrets, driven by the command line alone.

`python -m tests.support.recorded_world [STACK ...]` makes the recordings again: those named, or all there are.
"""

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from tests.support import recordings
from tests.support.recordings import Chart, Plan, Resource
from tests.support.stack_world import StackWorld

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "tests" / "engine" / "recorded"
STACKS = tuple(sorted(path.name.removesuffix(".state.json") for path in FOLDER.glob("*.state.json")))
"""The stacks that are recorded; an environment that somebody adds to the checkout is theirs."""
API_KEY = "CanaryApiKey00000001"
PRIVATE_KEY = "CanaryPrivateKey00000001"
SECRETS = {
    "CARTESIA_API_KEY_FILE": API_KEY,
    "CARTESIA_SERVICE_ACCOUNT_FILE": json.dumps(
        {
            "type": "service_account",
            "project_id": "cartesia-canary",
            "private_key_id": "CanaryPrivateKeyId00000001",
            "private_key": "\n".join(["-----BEGIN PRIVATE KEY-----", PRIVATE_KEY, "-----END PRIVATE KEY-----", ""]),
            "client_email": "canary@cartesia-canary.iam.gserviceaccount.com",
            "token_uri": "https://oauth2.googleapis.com/token",
        }
    ),
}
"""Files that stacks read secrets from, by the variable that names them, and what is in them here."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What the engine says of one stack."""

    plan: Plan
    """What a first `up` would do."""
    changes: list[str]
    """What a preview would do to the recorded state."""
    stored: str
    """The state as the backend holds it after the import."""


class RecordedWorld(StackWorld):
    """A world whose secrets are canaries and whose bundle store lies where we know it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.folder = folder
        self.store = folder / "bundles"
        files = {name: folder / name for name in SECRETS}
        for name, path in files.items():
            path.write_text(SECRETS[name])
        bundle = {"CARTESIA_BUNDLE_STORE": self.store, "CARTESIA_LOCK_FILE": folder / "cartesia.lock"}
        self.bundle = [f"{name}={path}" for name, path in bundle.items()]
        secrets = [f"{name}={path}" for name, path in files.items()]
        self.given = [*self.bundle, *secrets, "PULUMI_DEBUG_COMMANDS=true"]

    def shell(self, script: str, *arguments: str) -> str:
        """Run a script inside, its arguments as $1 and so on."""
        return self.inside("env", *self.given, "sh", "-ec", script, "sh", *arguments).stdout

    @contextlib.contextmanager
    def ready(self) -> Iterator["RecordedWorld"]:
        try:
            self.infra("sandbox", "up")
            # With the sandbox's own key, which can be read as one; the canary only has the form.
            self.inside("env", *self.bundle, "cartesia-infra", "release", "fetch")
            yield self
        finally:
            self.infra("sandbox", "down", "--yes")

    @property
    def chart(self) -> Chart:
        lock = yaml.safe_load((self.folder / "cartesia.lock").read_text())
        return Chart(os.path.relpath(self.store, ROOT / "stacks"), lock["archive_sha256"], "")

    def first_plan(self, stack: str) -> dict[str, Any]:
        """The preview of a stack that has no state."""
        digest: dict[str, Any] = json.loads(self.shell('pulumi preview --json --non-interactive --stack "$1"', stack))
        return digest

    def record(self, stack: str) -> tuple[list[Resource], Plan]:
        """Deploy a stack and say what there is to record of it."""
        digest = self.first_plan(stack)
        chart = replace(self.chart, checksum=recordings.checksum_in(digest))
        self.shell('pulumi up --yes --skip-preview --non-interactive --stack "$1"', stack)
        exported = json.loads(self.shell('pulumi stack export --show-secrets --stack "$1"', stack))
        authority = (FOLDER / "authority.txt").read_text().strip()
        state = recordings.recorded_state(exported["deployment"]["resources"], chart, authority)
        return state, recordings.recorded_plan(digest, chart)

    def look(self, stack: str) -> Looked:
        """Plan a first `up` of a stack, then give it its recorded state and preview that."""
        digest = self.first_plan(stack)
        chart = replace(self.chart, checksum=recordings.checksum_in(digest))
        envelope = json.loads(self.shell('pulumi stack export --stack "$1"', stack))
        envelope["deployment"]["resources"] = recordings.usable_state(read_state(stack), chart)
        file, log = self.folder / f"{stack}.json", self.folder / f"{stack}.events"
        file.write_text(json.dumps(envelope))
        shown = self.shell(
            'pulumi stack import --stack "$1" --file "$2" >&2\n'
            'pulumi preview --json --show-sames --non-interactive --stack "$1" --event-log "$3"',
            *(stack, str(file), str(log)),
        )
        events = [json.loads(line) for line in log.read_text().splitlines()]
        changes = recordings.changes(json.loads(shown), events, read_state(stack))
        stored = self.shell('pulumi stack export --stack "$1"', stack)
        return Looked(recordings.recorded_plan(digest, chart), changes, stored)

    def look_at_all(self) -> dict[str, Looked]:
        """Every stack, two at a time."""
        with ThreadPoolExecutor(max_workers=2) as pool:
            return dict(zip(STACKS, pool.map(self.look, STACKS), strict=True))


def read_state(stack: str) -> list[Resource]:
    """The recorded state of a stack."""
    found: list[Resource] = json.loads((FOLDER / f"{stack}.state.json").read_text())
    return found


def read_plan(stack: str) -> Plan:
    """The recorded plan of a stack's first `up`."""
    found: Plan = json.loads((FOLDER / f"{stack}.plan.json").read_text())
    return found


def main() -> None:
    """Write every recording again."""
    with tempfile.TemporaryDirectory() as folder, RecordedWorld(Path(folder)).ready() as world:
        for stack in sys.argv[1:] or STACKS:
            state, plan = world.record(stack)
            for name, content in (("state", state), ("plan", plan)):
                text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False)
                (FOLDER / f"{stack}.{name}.json").write_text(text + "\n")
            sys.stdout.write(f"{stack}: {len(state)} resources recorded\n")


if __name__ == "__main__":
    main()
