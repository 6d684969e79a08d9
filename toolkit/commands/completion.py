"""`cartesia-infra completion`: what Tab offers, for the user's shell."""

import os
from pathlib import Path

import click
from click.shell_completion import get_completion_class

__all__ = ["completion"]

_PROGRAM = "cartesia-infra"
_VARIABLE = "_CARTESIA_INFRA_COMPLETE"

_EXAMPLE = """
\b
Examples:
  cartesia-infra completion bash --install
  eval "$(cartesia-infra completion zsh)"
  cartesia-infra completion fish > ~/.config/fish/completions/cartesia-infra.fish
"""


@click.command(epilog=_EXAMPLE)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.option("--install", is_flag=True, help="Write it to where the shell looks, instead of printing it.")
@click.pass_context
def completion(ctx: click.Context, shell: str, install: bool) -> None:
    """Print the completion for a shell, or install it: verbs, options, and the stacks of this checkout."""
    text = _script(ctx.find_root().command, shell)
    if not install:
        click.echo(text)
        return
    file = _place(shell)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        added = _add_to_zshrc(file) if shell == "zsh" else ""
    except OSError as error:
        raise click.ClickException(f"{error.filename}: {error.strerror}; print it without --install instead") from error
    click.echo(f"wrote {file}{added}; it works in the next {shell}")


def _script(command: click.Command, shell: str) -> str:
    made = get_completion_class(shell)
    if made is None:
        raise TypeError(f"click has no completion for {shell}")
    # Made without asking the shell for its version, which need not be installed here.
    complete = made(command, {}, _PROGRAM, _VARIABLE)
    return complete.source_template % complete.source_vars()


def _place(shell: str) -> Path:
    """Where each shell looks; zsh has no such place, so its start-up file is given one line."""
    home = Path.home()
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    return {
        "bash": data / "bash-completion" / "completions" / _PROGRAM,
        "fish": config / "fish" / "completions" / f"{_PROGRAM}.fish",
        "zsh": data / _PROGRAM / "completion.zsh",
    }[shell]


def _add_to_zshrc(file: Path) -> str:
    start = Path(os.environ.get("ZDOTDIR") or Path.home()) / ".zshrc"
    line = f'[ -r "{file}" ] && . "{file}"'
    before = start.read_text() if start.exists() else ""
    if line in before.splitlines():
        return ""
    with start.open("a") as out:
        out.write(("" if before.endswith("\n") or not before else "\n") + line + "\n")
    return f" and a line in {start}"
