"""The few calls of the Pulumi CLI that verbs need, each with its failure worded."""

import contextlib
import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from core.input.problems import closest

__all__ = ["Engine", "EngineError", "Events", "analyze", "events_in"]

Event = Mapping[str, Any]

_HIDDEN = "[secret]"
"""What the engine prints for a secret output."""


class EngineError(RuntimeError):
    """The Pulumi CLI failed; the text holds what it said."""


@dataclass(frozen=True, slots=True)
class Events:
    """What the engine said, event by event, in a run that may have failed."""

    events: tuple[Event, ...]
    """Without those for debugging, which show secrets."""
    failed: bool
    said: str
    """Its words outside the events."""


@dataclass(frozen=True, slots=True)
class Engine:
    """The CLI found on PATH, for one stack, in the current project."""

    stack: str

    def cancel(self) -> bool:
        """Remove the lock of a dead update; False if there was none."""
        done = self._run("cancel", "--yes")
        if done.returncode and "no update" not in (done.stdout + done.stderr).lower():
            raise self._failure(done)
        return done.returncode == 0

    def export(self) -> dict[str, Any]:
        """The state as the backend holds it: secrets stay encrypted."""
        done = self._run("stack", "export")
        if done.returncode:
            raise self._failure(done)
        state: dict[str, Any] = json.loads(done.stdout)
        return state

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs; secret ones are hidden by the engine."""
        done = self._run("stack", "output", "--json")
        if done.returncode:
            raise self._failure(done)
        outputs: dict[str, Any] = json.loads(done.stdout or "{}")
        return outputs

    def output(self, name: str) -> Any:
        """One of the stack's outputs, in clear even if it is secret; None if there is none of that name."""
        value = self.outputs().get(name)
        if value != _HIDDEN:
            return value
        done = self._run("stack", "output", name, "--json", "--show-secrets")
        if done.returncode:
            raise self._failure(done)
        return json.loads(done.stdout)

    def kubeconfig(self) -> str:
        """Text of the stack's output `kubeconfig`; empty where there is none yet."""
        value = self.output("kubeconfig")
        return json.dumps(value) if isinstance(value, Mapping) else str(value or "")

    def settings(self) -> frozenset[str]:
        """Keys of the stack's configuration, e.g. `cartesia:apiKey`; no value is asked for."""
        done = self._run("config", "--json")
        if done.returncode:
            raise self._failure(done)
        return frozenset(json.loads(done.stdout or "{}"))

    def create(self) -> bool:
        """Make the stack in the backend, without selecting it; False if it was there."""
        done = self._run("stack", "init", "--no-select")
        if done.returncode and "already exists" not in done.stdout + done.stderr:
            raise self._failure(done)
        return done.returncode == 0

    def forget(self) -> None:
        """Remove a stack without resources from the backend. Its settings stay."""
        done = self._run("stack", "rm", "--yes", "--preserve-config")
        if done.returncode:
            raise self._failure(done)

    def set_secret(self, key: str, value: str) -> None:
        """Put a value into the stack's configuration, encrypted; it travels by standard input, never as an argument."""
        done = self._run("config", "set", "--secret", key, given=value)
        if done.returncode:
            raise self._failure(done)

    def changes(self) -> list[dict[str, Any]]:
        """Steps of a preview, each with `op`, `urn` and states in which secrets are hidden; nothing is changed."""
        done = self._run("preview", "--json")
        if done.returncode:
            raise _failed_preview(done) or self._failure(done)
        steps: list[dict[str, Any]] = json.loads(done.stdout).get("steps") or []
        return steps

    def replace_state(self, state: Mapping[str, Any]) -> None:
        """Put `state` in place of the backend's; it travels by standard input, never as an argument."""
        done = self._run("stack", "import", given=json.dumps(state))
        if done.returncode:
            raise self._failure(done)

    def refresh(self, show: Callable[[str], None]) -> None:
        """Read every recorded object again; lines of progress go to `show`."""
        self._stream(show, "refresh", "--yes", "--skip-preview", "--suppress-outputs", "--color", "never")

    def up(self, show: Callable[[str], None]) -> None:
        """Run the update; lines of progress go to `show`."""
        self._stream(show, "up", "--yes", "--skip-preview", "--suppress-outputs", "--color", "never")

    def destroy(self, urns: Iterable[str], show: Callable[[str], None]) -> None:
        """Delete these resources and nothing else; lines of progress go to `show`.

        Raises:
            EngineError: One of them is protected, or needed by another.
        """
        targets = [word for urn in urns for word in ("--target", urn)]
        flags = ("--yes", "--skip-preview", "--suppress-outputs", "--color", "never")
        self._stream(show, "destroy", *flags, *targets)

    def preview(self, pack: Path, config: Path | None = None) -> Events:
        """Preview the stack with a policy pack; nothing is changed.

        Args:
            pack: Folder of the pack.
            config: JSON file with the configuration of its policies.
        """
        flags = ["--json", *_pack(pack, config)]
        return _events(self._run("preview", *flags, variables={"PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "1"}))

    def preview_lines(
        self,
        options: Sequence[str] = (),
        *,
        folder: Path | None = None,
        variables: Mapping[str, str | None] | None = None,
    ) -> Iterator[str]:
        """Preview the stack and hand on each line of its events as it comes; nothing is changed.

        Debug lines are among them, which may show secrets: `read_events` drops them.

        Args:
            options: Further words for the command line.
            folder: Project to run in. Default: the current one.
            variables: Put over the environment; None takes one away.

        Raises:
            EngineError: It ended without any event; the text holds what it said.
        """
        project = ["--cwd", str(folder)] if folder else []
        command = ["pulumi", "preview", "--json", "--stack", self.stack, "--non-interactive", *project, *options]
        merged = {**os.environ, "PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "1", **(variables or {})}
        environment = {name: value for name, value in merged.items() if value is not None}
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
            count, code = 0, 0
            with _started(command, environment, said) as child:
                for line in child.stdout or ():
                    count += line.startswith("{")
                    yield line
                code = child.wait()
            if code and not count:
                said.seek(0)
                raise self._failure(subprocess.CompletedProcess(command, code, "", said.read()))

    def _failure(self, done: subprocess.CompletedProcess[str]) -> EngineError:
        """What the CLI said, and which stack a mistyped name must mean."""
        said = _said(done)
        near = closest(self.stack, self._known()) if "no stack named" in said else None
        return EngineError(f"{said}; did you mean {near}?" if near else said)

    def _known(self) -> list[str]:
        """Names of the project's stacks; none where the CLI does not tell."""
        listing = ["pulumi", "stack", "ls", "--json", "--non-interactive"]
        done = subprocess.run(listing, capture_output=True, text=True, check=False)
        try:
            return [str(row["name"]) for row in json.loads(done.stdout)]
        except (ValueError, TypeError, KeyError):
            return []

    def _stream(self, show: Callable[[str], None], *arguments: str) -> None:
        command = ["pulumi", *arguments, "--stack", self.stack, "--non-interactive"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as child:
            for line in child.stdout or ():
                show(line.rstrip())
        if child.returncode:
            raise EngineError(f"pulumi {arguments[0]} failed; its last lines are above")

    def _run(
        self, *arguments: str, given: str | None = None, variables: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return _pulumi(*arguments, "--stack", self.stack, given=given, variables=variables)


def analyze(state: Path, pack: Path, config: Path | None = None) -> Events:
    """Judge an exported state by a policy pack; needs neither backend, project nor cloud.

    Args:
        state: What `pulumi stack export` wrote.
        pack: Folder of the pack.
        config: JSON file with the configuration of its policies.
    """
    return _events(_pulumi("policy", "analyze", "--file", str(state), "--json", *_pack(pack, config)))


def events_in(lines: Iterable[str]) -> Iterator[Event]:
    """The events in lines of JSON, without those for debugging; a line that is none is left out."""
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and (event.get("diagnosticEvent") or {}).get("severity") != "debug":
            yield event


def _pack(pack: Path, config: Path | None) -> list[str]:
    flags = ["--policy-pack", str(pack)]
    return flags if config is None else [*flags, "--policy-pack-config", str(config)]


def _events(done: subprocess.CompletedProcess[str]) -> Events:
    return Events(tuple(events_in(done.stdout.splitlines())), bool(done.returncode), done.stderr.strip())


def _pulumi(
    *arguments: str, given: str | None = None, variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    command = ["pulumi", *arguments, "--non-interactive"]
    environment = {**os.environ, **(variables or {})}
    try:
        return subprocess.run(command, input=given, capture_output=True, text=True, check=False, env=environment)
    except FileNotFoundError as error:
        raise EngineError(_MISSING) from error


def _failed_preview(done: subprocess.CompletedProcess[str]) -> EngineError | None:
    """The errors among the diagnostics of a preview in JSON; None where it has none."""
    try:
        diagnostics = json.loads(done.stdout).get("diagnostics") or []
    except (ValueError, AttributeError):
        return None
    errors = [str(each.get("message", "")).strip() for each in diagnostics if each.get("severity") == "error"]
    return EngineError("\n".join(["the preview failed, and nothing was changed:", *errors])) if errors else None


@contextlib.contextmanager
def _started(command: list[str], environment: Mapping[str, str], said: IO[str]) -> Iterator[subprocess.Popen[str]]:
    """A child whose output is read as it comes; ended where its reader stops early."""
    try:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said, text=True, env=dict(environment)
        )
    except FileNotFoundError as error:
        raise EngineError(_MISSING) from error
    with child:
        try:
            yield child
        finally:
            if child.poll() is None:
                child.terminate()


_MISSING = "pulumi is not on PATH; in the sandbox, put `cartesia-infra sandbox run --` before"


def _said(done: subprocess.CompletedProcess[str]) -> str:
    text = (done.stderr or done.stdout).strip()
    return text.removeprefix("error: ") or f"pulumi ended with {done.returncode} and said nothing"
