"""What is on disk of the voice server: its port and process, and the endpoints it speaks for.

Read by every command that runs inside the sandbox, so it imports next to nothing; `sandbox.voice.service` starts the
server.
"""

from dataclasses import dataclass
from typing import Any, cast

from sandbox.host.layout import Layout
from sandbox.host.ports import HOST
from sandbox.host.processes import Process
from sandbox.host.records import read_json, write_json

__all__ = ["NAME", "VoiceRecord", "needed_voice", "recorded_voice", "save_voice", "served_endpoints"]

NAME = "voice-server"


@dataclass(frozen=True, slots=True)
class VoiceRecord:
    """What is recorded of the server."""

    port: int
    process: Process | None
    """None where no endpoint has needed it yet."""

    @property
    def url(self) -> str:
        """Where it listens, or will."""
        return f"http://{HOST}:{self.port}"

    @property
    def alive(self) -> bool:
        """Whether its process runs."""
        return self.process is not None and self.process.alive


def recorded_voice(layout: Layout) -> VoiceRecord | None:
    """The record; None in a world that was never up."""
    value = read_json(layout.voice_record) or {}
    if "port" not in value:
        return None
    process = Process(value["pid"], value["started"]) if "started" in value else None
    return VoiceRecord(int(value["port"]), process)


def served_endpoints(layout: Layout) -> dict[str, dict[str, Any]]:
    """Settings of every endpoint by name, as the server would have them after a restart."""
    return cast(dict[str, dict[str, Any]], read_json(layout.voice_endpoints) or {})


def needed_voice(layout: Layout) -> VoiceRecord | None:
    """The record of a server that must run; None while there is no endpoint."""
    return recorded_voice(layout) if served_endpoints(layout) else None


def save_voice(layout: Layout, record: VoiceRecord) -> None:
    """Write the record."""
    process = {} if record.process is None else {"pid": record.process.pid, "started": record.process.started}
    write_json(layout.voice_record, {"port": record.port, **process})
