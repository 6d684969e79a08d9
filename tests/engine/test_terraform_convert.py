"""`terraform convert` with the real engine: secrets end encrypted in the stack file, and a failure leaves nothing."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.toolchain import ensure
from tests.support.canaries import Canaries

ROOT = Path(__file__).resolve().parents[2]
CANARY = "TerraformCanary0123456789"
VARIABLES = f'eks_admin_users = []\nname = "moved"\ncartesia_api_key = "sk_car_{CANARY}"\n'


class Checkout:
    """A project with a backend of its own, and the command run in it."""

    def __init__(self, folder: Path, pulumi: Path) -> None:
        self.folder = folder
        self.backend = folder / "backend"
        self.variables = {
            **{key: value for key, value in os.environ.items() if not key.startswith("PULUMI")},
            "PATH": f"{pulumi}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_BACKEND_URL": f"file://{self.backend}",
            "PULUMI_CONFIG_PASSPHRASE": "converting",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        self.backend.mkdir()
        (folder / "stacks").mkdir()
        shutil.copy(ROOT / "Pulumi.yaml", folder)
        (folder / "x.tfvars").write_text(VARIABLES)

    def convert(self, to: str = "moved", **variables: str) -> subprocess.CompletedProcess[str]:
        words = ["-m", "toolkit.main", "terraform", "convert", "x.tfvars", "--to", f"stacks/Pulumi.{to}.yaml"]
        return self._run([sys.executable, *words], variables)

    def pulumi(self, *words: str) -> str:
        return self._run(["pulumi", *words, "--non-interactive"], {}).stdout

    def left(self) -> set[str]:
        """Files of stacks: settings, and what the backend keeps."""
        found = [*self.folder.glob("stacks/*"), *self.backend.rglob("stacks/**/*.json")]
        return {str(each.relative_to(self.folder)) for each in found}

    def _run(self, command: list[str], variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
        environment = self.variables | variables
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path, ensure(["pulumi"])["pulumi"].parent)


@pytest.mark.engine
def test_a_secret_ends_encrypted_and_nowhere_else(checkout: Checkout) -> None:
    done = checkout.convert()
    assert (done.returncode, done.stderr) == (0, "")
    text = (checkout.folder / "stacks" / "Pulumi.moved.yaml").read_text()
    assert "secure:" in text and "clusterName: moved" in text
    assert CANARY in checkout.pulumi("config", "get", "cartesia:apiKey", "--stack", "moved")
    canaries = Canaries({"key": CANARY})
    assert canaries.found_in(done.stdout + done.stderr) == set()
    assert canaries.found_below(checkout.folder, leave_out=lambda path: path.name == "x.tfvars") == set()

    again = checkout.convert()
    assert again.returncode == 2
    assert "must not have settings already" in again.stderr
    assert (checkout.folder / "stacks" / "Pulumi.moved.yaml").read_text() == text


@pytest.mark.engine
def test_a_stack_that_was_made_before_keeps_its_key(checkout: Checkout) -> None:
    checkout.pulumi("stack", "init", "moved")
    salt = (checkout.folder / "stacks" / "Pulumi.moved.yaml").read_text()
    done = checkout.convert()
    assert done.returncode == 0, done.stderr
    text = (checkout.folder / "stacks" / "Pulumi.moved.yaml").read_text()
    assert salt.strip() in text
    assert CANARY in checkout.pulumi("config", "get", "cartesia:apiKey", "--stack", "moved")


@pytest.mark.engine
def test_an_engine_that_cannot_encrypt_leaves_nothing(checkout: Checkout) -> None:
    done = checkout.convert(PULUMI_CONFIG_PASSPHRASE="", PULUMI_BACKEND_URL="file:///nonexistent/backend")
    assert done.returncode == 2
    assert "nothing was written" in done.stderr
    assert checkout.left() == set()
