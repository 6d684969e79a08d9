"""Where the files of a world lie.

Owns the names under the world directory; every other module of the sandbox asks here.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

WORLD_VARIABLE = "CARTESIA_SANDBOX_DIR"
"""Environment variable that names the world directory."""

CHECKOUT = Path(__file__).resolve().parents[2]
"""Root of this checkout."""


ENTRIES = frozenset(
    {
        *(
            "aws",
            "bin",
            "bundles",
            "cartesia.lock",
            "eks-tokens",
            "ending",
            "engine",
            "gcp",
            "gcs",
            "helm",
            "in-use",
            "kubeconfig",
            "kubernetes",
            "lock",
            "logs",
        ),
        *("no-credentials", "planes", "project", "pulumi", "secrets", "vendor", "voice", "world.json"),
    }
)
"""Everything that a world may consist of, by name."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Paths of one world; makes no file."""

    root: Path

    @property
    def record(self) -> Path:
        """Which services run; there while the world is up."""
        return self.root / "world.json"

    @property
    def lock(self) -> Path:
        """Held by whoever changes the world."""
        return self.root / "lock"

    @property
    def in_use(self) -> Path:
        """Shared by the engines that run in the world."""
        return self.root / "in-use"

    @property
    def ending(self) -> Path:
        """There from the first step of `down` to its last: while it is, the rest is not a world any more."""
        return self.root / "ending"

    @property
    def bin(self) -> Path:
        """First folder of the sandbox's PATH."""
        return self.root / "bin"

    @property
    def engine(self) -> Path:
        """The engine itself with its language host; `bin/pulumi` calls it."""
        return self.root / "engine"

    @property
    def project(self) -> Path:
        """The project that the engine sees: the checkout's program, with stack files of the sandbox's own."""
        return self.root / "project"

    @property
    def secrets(self) -> Path:
        """Files with the secrets a customer would have; made up here, one file each."""
        return self.root / "secrets"

    @property
    def bundle_lock(self) -> Path:
        """Lock of the archive that the fake GCS serves; the checkout's own lock is the user's."""
        return self.root / "cartesia.lock"

    @property
    def bundles(self) -> Path:
        """Unpacked archives."""
        return self.root / "bundles"

    @property
    def planes(self) -> Path:
        """One folder a control plane."""
        return self.root / "planes"

    @property
    def logs(self) -> Path:
        """What the services write, one file each."""
        return self.root / "logs"

    @property
    def gcs(self) -> Path:
        """What the fake GCS stores."""
        return self.root / "gcs"

    @property
    def voice_record(self) -> Path:
        """Port and process of the voice server."""
        return self.root / "voice" / "server.json"

    @property
    def voice_endpoints(self) -> Path:
        """The endpoints that the voice server speaks for; it keeps this file itself."""
        return self.root / "voice" / "endpoints.json"

    @property
    def vendor(self) -> Path:
        """The vendor's archive as packed here, and the service-account key."""
        return self.root / "vendor"

    @property
    def vendor_buckets(self) -> Path:
        """`<bucket>/<object>` files that the fake GCS starts with."""
        return self.vendor / "buckets"

    @property
    def vendor_key(self) -> Path:
        """Service-account key the vendor would have sent."""
        return self.vendor / "service-account.json"

    @property
    def tokens(self) -> Path:
        """Answers of the `aws` program, a file for each cluster and API version."""
        return self.root / "eks-tokens"

    @property
    def kubeconfig(self) -> Path:
        """Link to the kubeconfig of the first claimed plane, for people."""
        return self.root / "kubeconfig"

    @property
    def pulumi_home(self) -> Path:
        """PULUMI_HOME."""
        return self.root / "pulumi" / "home"

    @property
    def pulumi_state(self) -> Path:
        """The `file://` backend."""
        return self.root / "pulumi" / "state"

    @property
    def helm(self) -> Path:
        """Where Helm keeps its cache, configuration and data."""
        return self.root / "helm"

    @property
    def nothing(self) -> Path:
        """Stands where programs look for credentials of the person; it is never made."""
        return self.root / "no-credentials"


def world_directory(environment: Mapping[str, str] = os.environ) -> Path:
    """The world directory a command means: CARTESIA_SANDBOX_DIR, else `.sandbox` of this checkout.

    Without links in it: processes are known by paths, so a world must have one name.
    """
    named = environment.get(WORLD_VARIABLE)
    return (Path(named) if named else CHECKOUT / ".sandbox").resolve()
