"""The Google Cloud stand-in as a Pulumi provider."""

from pathlib import Path

from sandbox.providers.cloud.account import Nodes, Planes, Voices
from sandbox.providers.cloud.provider import CloudProvider, settings_of_environment
from sandbox.providers.gcp.cloud import GCP
from sandbox.providers.gcp.facts.project import FIRST_PROJECT


class GcpProvider(CloudProvider):
    """Serves the pretended projects of one world."""

    def __init__(
        self,
        world_dir: Path,
        *,
        planes: Planes | None = None,
        nodes: Nodes | None = None,
        voices: Voices | None = None,
        delay_seconds: float = 0,
    ) -> None:
        super().__init__(
            GCP,
            world_dir,
            account_id=FIRST_PROJECT,
            location=FIRST_PROJECT,
            planes=planes,
            nodes=nodes,
            voices=voices,
            delay_seconds=delay_seconds,
        )

    @classmethod
    def from_environment(cls) -> "GcpProvider":
        """The stand-in of the world that the environment names; without one it refuses to run."""
        world_dir, delay_seconds = settings_of_environment("pulumi-resource-gcp")
        return cls(world_dir, delay_seconds=delay_seconds)
