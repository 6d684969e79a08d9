"""Ask Terraform's AWS provider again what it plans when one property of an existing object changes.

`python -m tests.support.ask_provider [--plugins DIR] [--write]` needs `terraform` on PATH and the provider where
`terraform init` finds it, or below DIR. Of each recorded type it takes an object out of the recorded states, gives
Terraform that object as its state and, as its configuration, one copy for each recorded change. A plan without refresh
asks no cloud. `--write` rewrites the recording; what cannot be asked this way keeps what is recorded, and is counted.
"""

import argparse
import copy
import datetime as dt
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.support.provider_facts import FILE, recording
from tests.support.provider_objects import empty, objects_of, state_of, terraform_type

_SOURCE: Final = "hashicorp/aws"
_SETTINGS: Final[Mapping[str, Any]] = {
    # Nothing is called: a plan without refresh only compares.
    "region": "us-west-2",
    "access_key": "x",
    "secret_key": "x",
    "skip_credentials_validation": True,
    "skip_metadata_api_check": True,
    "skip_requesting_account_id": True,
    "skip_region_validation": True,
}
_MINUTES: Final = 10
_NO_TERRAFORM: Final = "terraform is not on PATH: the recorded facts were not asked again"
_NO_PROVIDER: Final = "the provider {source} is not on this machine: the recorded facts were not asked again\n{said}"


@dataclass(frozen=True, slots=True)
class Question:
    """One recorded change, as Terraform is asked about it."""

    token: str
    path: str
    """As recorded, with the mark of a removal."""
    type: str
    config: Mapping[str, Any]


class CannotAskError(RuntimeError):
    """Terraform or the provider is missing or refuses; the text says what to do."""


class Terraform:
    """One folder in which the provider is installed."""

    def __init__(self, folder: Path, plugins: Path | None, version: str | None) -> None:
        if shutil.which("terraform") is None:
            raise CannotAskError(_NO_TERRAFORM)
        self.folder = folder
        wanted = {"source": _SOURCE, **({"version": version} if version else {})}
        self.versions: Mapping[str, int] = {}
        self.head = {"terraform": {"required_providers": {"aws": wanted}}, "provider": {"aws": dict(_SETTINGS)}}
        self.put("main.tf.json", self.head)
        given = ["-plugin-dir", str(plugins)] if plugins else []
        done = self._run("init", "-input=false", "-no-color", *given)
        if done.returncode:
            raise CannotAskError(_NO_PROVIDER.format(source=_SOURCE, said=(done.stderr or done.stdout).strip()[-400:]))

    def put(self, name: str, content: Mapping[str, Any]) -> None:
        (self.folder / name).write_text(json.dumps(content))

    def schemas(self) -> Mapping[str, Any]:
        """Schema by resource type."""
        found = json.loads(self._run("providers", "schema", "-json").stdout)["provider_schemas"]
        schemas: Mapping[str, Any] = next(iter(found.values()))["resource_schemas"]
        self.versions = {type_: schema["version"] for type_, schema in schemas.items()}
        return schemas

    def version(self) -> str:
        """Version of the provider."""
        found = json.loads(self._run("version", "-json").stdout)["provider_selections"]
        return str(next(iter(found.values())))

    def refused(self) -> set[str]:
        """Addresses of the copies whose configuration the provider's validators refuse."""
        return _blamed(json.loads(self._run("validate", "-json").stdout)["diagnostics"])

    def changes(self) -> tuple[dict[str, Mapping[str, Any]], set[str]]:
        """What is planned, by address, and the addresses of the copies that cannot be planned."""
        done = self._run("plan", "-refresh=false", "-input=false", "-json", "-out=plan", "-lock=false")
        if done.returncode:
            rows = [json.loads(line).get("diagnostic") for line in done.stdout.splitlines()]
            blamed = _blamed([row for row in rows if row])
            if not blamed:
                raise CannotAskError(f"terraform plan failed: {done.stdout[-2000:]}")
            return {}, blamed
        plan = json.loads(self._run("show", "-json", "plan").stdout)
        return {row["address"]: row["change"] for row in plan["resource_changes"]}, set()

    def _run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["terraform", *words], cwd=self.folder, capture_output=True, text=True, timeout=_MINUTES * 60, check=False
        )


def ask(terraform: Terraform) -> dict[tuple[str, str], str]:
    """What the provider plans, by type token and recorded path; without those it could not be asked about."""
    schemas = terraform.schemas()
    objects = dict(objects_of(schemas))
    questions = [each for token in objects for each in _questions(token, objects[token], schemas)]
    asked = {f"{each.type}.q{number}": each for number, each in enumerate(questions)}
    base = {token: f"{terraform_type(token)}.base{number}" for number, token in enumerate(objects)}
    alone = {address: objects[token] for token, address in base.items()}
    states = {address: {**empty(token, schemas), **objects[token]} for token, address in base.items()}
    # What the provider would fill in (defaults, `tags_all`) belongs to an object that exists: taken from its own plan.
    for address, change in _planned(terraform, alone, states).items():
        states[address] |= change.get("after") or {}
    configs = alone | {address: each.config for address, each in asked.items()}
    known = {address: states[base[each.token]] for address, each in asked.items()} | states
    planned = {each: _plan_of(change["actions"]) for each, change in _planned(terraform, configs, known).items()}
    # An object that would change although nothing was changed tells nothing about the change that was made.
    steady = {token for token, address in base.items() if planned.get(address) == "nothing"}
    return {
        (each.token, each.path): planned[address]
        for address, each in asked.items()
        if address in planned and each.token in steady
    }


def _planned(
    terraform: Terraform, configs: Mapping[str, Mapping[str, Any]], states: Mapping[str, Mapping[str, Any]]
) -> dict[str, Mapping[str, Any]]:
    """What is planned for these configurations, with these states before; those that are refused are left out."""
    terraform.put("terraform.tfstate", {"version": 4, "serial": 1, "lineage": "facts", "outputs": {}, "resources": []})
    left = _without(terraform, configs, terraform.refused)
    terraform.put("terraform.tfstate", state_of({each: states[each] for each in left}, terraform.versions))
    found: dict[str, Mapping[str, Any]] = {}

    def look() -> set[str]:
        changes, blamed = terraform.changes()
        found.update(changes)
        return blamed

    _without(terraform, left, look)
    return found


def _without(
    terraform: Terraform, configs: Mapping[str, Mapping[str, Any]], look: Callable[[], set[str]]
) -> dict[str, Mapping[str, Any]]:
    """The configurations that are left when nothing more is blamed; each has a file, for that is what errors name."""
    left = dict(configs)
    for address, config in left.items():
        type_, _, name = address.partition(".")
        shown = {key: value for key, value in config.items() if key != "id"}
        terraform.put(f"{address}.tf.json", {"resource": {type_: {name: shown}}})
    while blamed := look() & left.keys():
        for address in blamed:
            del left[address]
            (terraform.folder / f"{address}.tf.json").unlink()
    return left


def _blamed(diagnostics: Iterable[Mapping[str, Any]]) -> set[str]:
    """Addresses that errors name, by themselves or by the file they stand in."""
    found = set()
    for row in diagnostics:
        if row["severity"] == "error":
            file = str((row.get("range") or {}).get("filename") or "").removesuffix(".tf.json")
            found |= {str(row.get("address") or ""), file}
    return found - {""}


def _questions(token: str, values: Mapping[str, Any], schemas: Mapping[str, Any]) -> Iterator[Question]:
    type_ = terraform_type(token)
    for recorded in recording()["types"][token]["changes"]:
        config = copy.deepcopy(dict(values))
        if _change(
            config, recorded.removesuffix("-").split("."), schemas[type_]["block"], remove=recorded.endswith("-")
        ):
            yield Question(token, recorded, type_, config)


def _change(values: dict[str, Any], path: Sequence[str], block: Mapping[str, Any], *, remove: bool) -> bool:
    """Change or remove what is at a path, in place; False where there is nothing to change."""
    name, *rest = path
    if rest:
        inner = values.get(name)
        nested = block.get("block_types", {}).get(name, {}).get("block")
        return bool(inner and nested) and _change(inner[0], rest, nested, remove=remove)
    if remove:
        return values.pop(name, None) is not None
    attribute = block.get("attributes", {}).get(name)
    if attribute is None or name not in values:
        return False
    values[name] = _other(values[name])
    return True


def _other(value: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, str):
        return {"true": "false", "false": "true"}.get(value) or f"{value}x"
    if isinstance(value, list):
        return [*[_other(each) for each in value[:1]], *value[1:]]
    return {**value, "changed": "x"}


def _plan_of(actions: Sequence[str]) -> str:
    if "delete" in actions:
        return "replace"
    return "nothing" if list(actions) == ["no-op"] else "update"


def rewritten(answers: Mapping[tuple[str, str], str], version: str, today: dt.date) -> dict[str, Any]:
    """The recording with what was asked again; what was not asked stays as it was."""
    document = copy.deepcopy(dict(recording()))
    document["source"] |= {"version": version, "date": today.isoformat()}
    for (token, path), plan in answers.items():
        if document["types"][token]["changes"][path].partition(" ")[0] != plan:
            document["types"][token]["changes"][path] = plan
    return document


def main() -> int:
    """Ask, say what differs from the recording, and keep it if told to; 1 where something differs and is not kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.ask_provider", description=__doc__)
    parser.add_argument("--plugins", type=Path, help="folder of providers, as `terraform init -plugin-dir` takes it")
    parser.add_argument("--version", help="version of the provider  [default: any that is there]")
    parser.add_argument("--write", action="store_true", help="rewrite the recording")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        try:
            terraform = Terraform(Path(folder), chosen.plugins, chosen.version)
            answers, version = ask(terraform), terraform.version()
        except CannotAskError as error:
            sys.stdout.write(f"{error}\n")
            return 0
    known = {
        (token, path): plan for token, row in recording()["types"].items() for path, plan in row["changes"].items()
    }
    other = {key: plan for key, plan in answers.items() if known[key].partition(" ")[0] != plan}
    sys.stdout.write(f"{_SOURCE} {version}: {len(answers)} of {len(known)} changes asked again, {len(other)} differ\n")
    sys.stdout.writelines(
        f"  {token} {path}: {known[token, path]} -> {plan}\n" for (token, path), plan in other.items()
    )
    if chosen.write:
        FILE.write_text(json.dumps(rewritten(answers, version, dt.datetime.now(dt.UTC).date()), indent=1) + "\n")
    return int(bool(other) and not chosen.write)


if __name__ == "__main__":
    sys.exit(main())
