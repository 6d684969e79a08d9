"""Entry point of `cartesia-infra`: which verbs there are, and how a run ends.

Owns the table of verbs, the exit codes and the wording of failures. A verb's module is imported when it is called and
not before, for `--help` and the small verbs must not wait for the large ones.
"""

import difflib
import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import click
from click.shell_completion import CompletionItem

from core.input.problems import InvalidInput
from toolkit.interrupts import EXIT, acknowledged


class Exit(IntEnum):
    """Exit codes of every verb."""

    FINE = 0
    FINDINGS = 1
    """It did its work and found something that needs attention."""
    WRONG = 2
    """Wrong use, bad input, or something outside that is not as it must be; the text says what to do."""
    BUG = 3
    """A mistake of ours."""
    INTERRUPTED = EXIT


@dataclass(frozen=True, slots=True)
class Verb:
    """One row of the table: adding a verb is a row here and its module."""

    module: str
    """Holds a click command named as the verb, with `_` for `-`."""
    help: str
    """One line."""


VERBS: dict[str, Verb] = {
    "sandbox": Verb("toolkit.commands.sandbox", "The local world: real engine and Kubernetes, stand-in cloud."),
    "release": Verb("toolkit.commands.release", "The vendor's archive: fetch, verify, lock."),
    "status": Verb("toolkit.commands.cluster.status", "What runs in a stack's cluster, and why something does not."),
    "versions": Verb("toolkit.commands.cluster.versions", "What is pinned of AWS's versions, and what is newest."),
    "smoke": Verb("toolkit.commands.smoke", "Speak one sentence over a route and check the answer."),
    "preview": Verb("toolkit.commands.preview", "What a change would do to every stack, as one verdict and diff."),
    "policy": Verb("toolkit.commands.policy", "Judge stacks by the rules of the policy pack."),
    "recover": Verb("toolkit.commands.recover", "Make a stack whole after its update was killed."),
    "secrets": Verb("toolkit.commands.secrets", "What secrets open, who reads them, and rotation of one."),
    "terraform": Verb("toolkit.commands.terraform", "Convert its variables, read its outputs, adopt what it made."),
    "deployer-policy": Verb("toolkit.commands.deployer_policy", "The IAM rights that deploying a stack takes."),
    "caller-policy": Verb("toolkit.commands.caller_policy", "The IAM rights that calling a SageMaker endpoint takes."),
    "endpoint": Verb("toolkit.commands.endpoint", "What a SageMaker endpoint really runs; adopt or delete a lost one."),
    "canary": Verb("toolkit.commands.canary", "Move calls to a variant with another package, and back."),
    "logs": Verb("toolkit.commands.logs", "What the containers wrote about one request."),
    "ci-trust": Verb("toolkit.commands.deployer_policy", "Which CI jobs may take on the role that deploys a stack."),
    "costs": Verb("toolkit.commands.costs", "What of a stack costs money, and how much at your prices."),
    "completion": Verb("toolkit.commands.completion", "Have Tab offer verbs, options and stacks in your shell."),
}


class Verbs(click.Group):
    """A group that imports a verb only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Verbs in the order of the table."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a verb."""
        if cmd_name not in VERBS:
            return None
        command = getattr(importlib.import_module(VERBS[cmd_name].module), cmd_name.replace("-", "_"))
        if not isinstance(command, click.Command):
            raise TypeError(f"{VERBS[cmd_name].module} has no click command for {cmd_name}")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it, and with the nearest verb for a misspelt one."""
        if args and args[0] not in VERBS and not args[0].startswith("-") and not ctx.resilient_parsing:
            near = difflib.get_close_matches(args[0], VERBS, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(VERBS)}."
            raise click.UsageError(f"there is no verb {args[0]!r}; {hint}", ctx)
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """What Tab offers, without importing any verb."""
        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        return [CompletionItem(name, help=verb.help) for name, verb in VERBS.items() if name.startswith(incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table of verbs, without importing any."""
        with formatter.section("Verbs"):
            formatter.write_dl([(name, verb.help) for name, verb in VERBS.items()])


_EPILOG = """\
\b
Exit codes: 0 fine, 1 findings, 2 wrong use or bad input, 3 a bug.
Every verb explains itself: cartesia-infra VERB --help
"""


@click.group(cls=Verbs, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cartesia-infra")
def cli() -> None:
    """Run Cartesia's self-hosted voice stack: try it locally, deploy it, look after it."""


def main(args: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code.

    Args:
        args: Words after the program's name; None takes those of this process.
    """
    try:
        words = sys.argv[1:] if args is None else list(args)
        with acknowledged():
            result = cli.main(args=words, prog_name="cartesia-infra", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.Abort:
        click.echo("interrupted", err=True)
        return Exit.INTERRUPTED
    except click.ClickException as error:
        error.show()
        return Exit.WRONG
    except InvalidInput as error:
        click.echo(str(error), err=True)
        return Exit.WRONG
    except BrokenPipeError:
        # Whoever read our output has enough; closing it properly would only fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.FINE
    except Exception:  # noqa: BLE001 - the last line of defence, so that a bug does not look like findings
        click.echo(f"{traceback.format_exc()}\nThis is a bug in cartesia-infra; please report it.", err=True)
        return Exit.BUG
    return result if isinstance(result, int) else Exit.FINE


if __name__ == "__main__":
    sys.exit(main())
