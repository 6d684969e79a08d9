"""`cartesia-infra terraform`: variables of the vendor's modules as a stack file, and what Terraform made taken over."""

import json
from collections.abc import Callable
from pathlib import Path

import click

from clients.engine import EngineError
from core.input.stack_names import stack_of
from toolkit.plain_errors import plain_errors

_CONVERT_EXAMPLE = """
\b
Examples:
  cartesia-infra terraform convert aws-terraform.tfvars --to stacks/Pulumi.moved.yaml --dry-run
  cartesia-infra terraform convert aws-terraform.tfvars --to stacks/Pulumi.moved.yaml
  cartesia-infra terraform convert terraform.tfvars more.tfvars --var region=us-west-2 --dry-run
"""
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def terraform() -> None:
    """From Terraform to a stack: convert its variables, read its outputs, adopt what it made."""


@terraform.command(epilog=_CONVERT_EXAMPLE)
@click.argument("files", nargs=-1, required=True, type=_FILE)
@click.option(
    "--to", "to", type=click.Path(dir_okay=False, path_type=Path), help="Stack file to write, Pulumi.<stack>.yaml."
)
@click.option("--var", "given", multiple=True, metavar="NAME=VALUE", help="One variable, as Terraform's -var takes it.")
@click.option(
    "--cloud", type=click.Choice(["aws", "gcp"]), help="Whose modules take them. Default: seen by the variables."
)
@click.option("--without-secrets", is_flag=True, help="Leave secrets out; set them later from files.")
@click.option("--dry-run", is_flag=True, help="Print the stack file and the account, and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the account as JSON.")
def convert(
    files: tuple[Path, ...],
    to: Path | None,
    given: tuple[str, ...],
    cloud: str | None,
    without_secrets: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Convert the variables in FILES to a stack file.

    Files win over each other as in Terraform. Every variable has a line in the account: where it went, what was filled
    in, and what no setting takes. The last stands in the stack file under terraform:notConverted, where nothing reads
    it. Secrets are encrypted under the stack's key and shown nowhere.
    """
    from toolkit.terraform.account import as_data, as_text
    from toolkit.terraform.convert import convert as converted
    from toolkit.terraform.document import stack_file_text
    from toolkit.terraform.place import free_place, put
    from toolkit.terraform.variables import read_variables

    if to is None and not dry_run:
        raise click.UsageError("say where the stack file goes with --to, or look at it first with --dry-run")
    there = free_place(to) if to is not None else None
    done = converted(read_variables(files, given), cloud=cloud, read=_reader(files))
    text = stack_file_text(done, ", ".join(file.name for file in files))
    if to is not None and not dry_run:
        with plain_errors(EngineError, OSError, fix="nothing was written"):
            put(to, text, there, {} if without_secrets else done.secrets)
    if as_json:
        click.echo(
            json.dumps({"file": str(to) if to else None, "written": not dry_run, "account": as_data(done)}, indent=2)
        )
        return
    if dry_run:
        click.echo(text)
    click.echo(as_text(done))
    if not dry_run:
        click.echo(
            f"\n{to} is written. Next: complete it, then `pulumi preview --stack <stack>`, which checks all of it."
        )


def _stack(file: Path | None) -> str:
    return stack_of(file) if file else ""


def _reader(files: tuple[Path, ...]) -> Callable[[str], str | None]:
    """Reads a file that a variable names: as it stands, or beside the first file of variables."""

    def read(name: str) -> str | None:
        for place in (Path(name), files[0].parent / name):
            try:
                return place.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError):
                continue
        return None

    return read
