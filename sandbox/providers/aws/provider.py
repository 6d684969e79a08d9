"""The AWS stand-in as a Pulumi provider."""

from pathlib import Path
from typing import Final

from sandbox.providers.aws.cloud import AWS
from sandbox.providers.aws.facts.account import ACCOUNT_ID
from sandbox.providers.cloud.account import Nodes, Planes, Voices
from sandbox.providers.cloud.provider import CloudProvider, settings_of_environment

_FIRST_REGION: Final = "us-east-1"
"""Until the engine says which; it always does."""


class AwsProvider(CloudProvider):
    """Serves one region of the pretended account of one world."""

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
            AWS,
            world_dir,
            account_id=ACCOUNT_ID,
            location=_FIRST_REGION,
            planes=planes,
            nodes=nodes,
            voices=voices,
            delay_seconds=delay_seconds,
        )

    @classmethod
    def from_environment(cls) -> "AwsProvider":
        """The stand-in of the world that the environment names; without one it refuses to run."""
        world_dir, delay_seconds = settings_of_environment("pulumi-resource-aws")
        return cls(world_dir, delay_seconds=delay_seconds)
