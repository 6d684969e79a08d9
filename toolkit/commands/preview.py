"""`cartesia-infra preview`: what a change would do, as one report."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import click

from clients.engine import EngineError
from core.input.stack_names import meant_stack, stack_names
from core.secrets.table import SECRETS
from toolkit.beats import beats
from toolkit.plain_errors import plain_errors
from toolkit.policy.findings import Report as PolicyReport
from toolkit.policy.formats import FORMATS
from toolkit.preview.hiding import Hiding
from toolkit.preview.model import Report, StackReport, Verdict
from toolkit.preview.post.approved import approved_digests, differing
from toolkit.preview.post.forge import ForgeError
from toolkit.preview.post.table import FORGES
from toolkit.preview.render import as_html, as_json, as_markdown
from toolkit.preview.render.reading import ReportError, read_report
from toolkit.preview.run.charts import local_charts
from toolkit.preview.run.previews import Plan, engine_options, preview_stacks
from toolkit.preview.run.touched import GitError, changed_files, default_base, merge_base, touched_stacks
from toolkit.preview.secretless.runs import Secretless
from toolkit.preview.tokens import without_tokens
from toolkit.preview.verdict import report_of
from toolkit.stack_option import stack_option

_ROOT = Path(__file__).resolve().parents[2]
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path, resolve_path=True)
_NEW_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path, resolve_path=True)
_EXAMPLE = """\
\b
Examples:
  cartesia-infra preview
  cartesia-infra preview --stack eks-prod --html preview.html
  cartesia-infra preview --base origin/main --post github
  cartesia-infra preview --from-events eks-prod.events.jsonl --json
  cartesia-infra sandbox run -- cartesia-infra preview --all --without-secrets
"""


@click.command(epilog=_EXAMPLE)
@stack_option("Stack to preview; may be given more than once.", multiple=True)
@click.option("--all", "every", is_flag=True, help="Preview every stack of the checkout.")
@click.option("--base", help="Branch or commit to compare with.  [default: the main branch]")
@click.option("--from-events", "logs", multiple=True, type=_FILE, help="Report on a saved event log; runs nothing.")
@click.option("--from-report", "saved", type=_FILE, help="Show or post a report that --json printed; runs nothing.")
@click.option("--refresh", is_flag=True, help="Also compare the state with the cloud, and report drift.")
@click.option("--without-secrets", is_flag=True, help="Run on a copy with placeholders: no passphrase, no key.")
@click.option("--states", type=_FOLDER, help="With --without-secrets: folder of exported states, STACK.json.")
@click.option("--no-policies", is_flag=True, help="Run no policy pack.")
@click.option("--pack", type=_FOLDER, default=_ROOT / "policies", help="Policy pack.  [default: the checkout's]")
@click.option("--config", type=_FILE, help="JSON file with levels and parameters of rules.")
@click.option("--parallel", type=click.IntRange(min=1), help="Previews at once.  [default: one for each core]")
@click.option(
    "--format", "form", type=click.Choice(["markdown", "html", "json"]), default="markdown", show_default=True
)
@click.option("--json", "as_data", is_flag=True, help="The same as --format json.")
@click.option("--markdown", type=_NEW_FILE, help="Also write the report as Markdown to this file.")
@click.option("--html", type=_NEW_FILE, help="Also write the report as an HTML page to this file.")
@click.option("--sarif", type=_NEW_FILE, help="Also write what the policies found to this file, as SARIF.")
@click.option("--save-events", type=_FOLDER, help="Also save each stack's events in this folder.")
@click.option("--save-plan", type=_NEW_FILE, help="Also save the engine's plan of one stack, for `pulumi up --plan`.")
@click.option(
    "--secret-file", "secrets", multiple=True, type=_FILE, help="File with a secret to hide wherever it stands."
)
@click.option("--hide-tokens", is_flag=True, help="Also hide words that look drawn at random.")
@click.option("--link", default="", help="Address of the HTML page, for the comment.")
@click.option("--post", type=click.Choice(list(FORGES)), help="Comment on the pull or merge request of this CI run.")
@click.option("--dry-run", is_flag=True, help="With --post: say what would be sent, and send nothing.")
@click.option("--expect", help="Digest of the approved plan of the one stack; a differing plan is a finding.")
@click.option("--expect-from", type=click.Choice(list(FORGES)), help="Take that digest from the comment of --request.")
@click.option("--request", type=click.IntRange(min=1), help="Number of the pull or merge request.")
@click.option("--fail-on", type=click.Choice(["blocked", "attention"]), default="blocked", show_default=True)
def preview(
    stack: tuple[str, ...],
    every: bool,
    base: str | None,
    logs: tuple[Path, ...],
    saved: Path | None,
    refresh: bool,
    without_secrets: bool,
    states: Path | None,
    no_policies: bool,
    pack: Path,
    config: Path | None,
    parallel: int | None,
    form: str,
    as_data: bool,
    markdown: Path | None,
    html: Path | None,
    sarif: Path | None,
    save_events: Path | None,
    save_plan: Path | None,
    secrets: tuple[Path, ...],
    hide_tokens: bool,
    link: str,
    post: str | None,
    dry_run: bool,
    expect: str | None,
    expect_from: str | None,
    request: int | None,
    fail_on: str,
) -> None:
    """Preview every stack that a change touches, policies included, and tell what it would do. Changes nothing.

    Without --stack, --all or something saved, the stacks are those whose files differ from --base, and all of them if
    the program itself differs. The exit code is 1 if the verdict is `blocked`, or the plan is not the approved one.
    """
    wanted = Wanted(stack, every, base, logs, saved)
    _require_fitting(wanted, save_plan, expect or expect_from, without_secrets, states)
    options = engine_options(None if no_policies else pack, config, refresh=refresh, save_plan=save_plan)
    with beats("preview") as say, plain_errors(EngineError, GitError, ForgeError, ReportError, OSError):
        posting = FORGES[post](os.environ, request) if post else None
        approved = _approved(expect, expect_from, request)
        plan = Plan(
            parallel or os.cpu_count() or 1, Hiding(_known_secrets(secrets)), local_charts(_ROOT / "stacks"), say
        )
        plan = replace(plan, save=save_events)
        if saved is not None:
            reports = list(read_report(saved.read_text(encoding="utf-8")).stacks)
        elif logs:
            reports = preview_stacks([str(each) for each in logs], lambda name: _saved(Path(name)), plan)
        else:
            copies = Secretless(_ROOT, wanted.start(), states, options)
            lines = copies.lines if without_secrets else copies.lines_of_any
            reports = preview_stacks(wanted.names(say), lines, replace(plan, finish=copies.finished))
        report = report_of(reports)
        report = without_tokens(report) if hide_tokens else report
        _write(markdown, lambda: as_markdown(report, link=link))
        _write(html, lambda: as_html(report))
        _write(sarif, lambda: _sarif(report))
        sent = posting.send(report, link, dry_run=dry_run) if posting else []
    for line in sent:
        click.echo(line, err=True)
    click.echo(_RENDERERS["json" if as_data else form](report).rstrip("\n"))
    wrong = differing(report, approved) if approved is not None else []
    for line in wrong:
        click.echo(line, err=True)
    if wrong or _severe(report, fail_on):
        raise SystemExit(1)


_RENDERERS: Final[Mapping[str, Callable[[Report], str]]] = {
    "markdown": as_markdown,
    "html": as_html,
    "json": as_json,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which stacks were asked for."""

    stacks: tuple[str, ...]
    every: bool
    base: str | None
    logs: tuple[Path, ...]
    report: Path | None

    def names(self, say: Callable[[str], None]) -> list[str]:
        """Names of the stacks to preview.

        Raises:
            GitError: Git cannot tell what changed.
        """
        known = stack_names(_ROOT / "stacks")
        if self.stacks:
            return list(self.stacks)
        if self.every:
            return known
        base = self.base or default_base(_ROOT)
        touched = touched_stacks(changed_files(_ROOT, base), known)
        for gone in touched.removed:
            say(f"{gone}: its file was removed; destroy the stack before, for afterwards nothing knows it")
        why = f" ({touched.reason} changed)" if touched.reason else ""
        say(f"{len(touched.stacks)} stacks differ from {base}{why}")
        return list(touched.stacks)

    def start(self) -> str:
        """The commit that deployed states are from; empty where git cannot tell."""
        try:
            return merge_base(_ROOT, self.base or default_base(_ROOT))
        except GitError:
            if self.base:
                raise
            return ""


def _require_fitting(
    wanted: Wanted, save_plan: Path | None, expect: str | None, without_secrets: bool, states: Path | None
) -> None:
    """Refuse options that contradict each other, before anything is run."""
    ways = [bool(wanted.stacks), wanted.every, bool(wanted.logs), wanted.report is not None]
    if sum(ways) > 1:
        raise click.UsageError("name --stack, --all, --from-events or --from-report, and one of them only")
    if (wanted.logs or wanted.report) and (without_secrets or save_plan):
        raise click.UsageError("what was saved runs nothing, so --without-secrets and --save-plan have no effect")
    if states is not None and not without_secrets:
        raise click.UsageError("--states needs --without-secrets")
    if (save_plan or expect) and not wanted.report and len(wanted.stacks) + len(wanted.logs) != 1:
        raise click.UsageError("a plan is one stack's: name one --stack")
    known = stack_names(_ROOT / "stacks")
    for stack in wanted.stacks:
        if without_secrets and stack not in known:
            raise click.UsageError(f"there is no stack file of {stack}; {meant_stack(stack, known)}")


def _known_secrets(files: tuple[Path, ...]) -> list[str]:
    """Contents of the files that are named, and of those that the secrets' variables name."""
    named = [Path(path) for each in SECRETS.values() if (path := os.environ.get(each.variable))]
    return [path.read_text(encoding="utf-8", errors="replace") for path in (*files, *named) if path.is_file()]


def _saved(file: Path) -> list[str]:
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    if not any(line.lstrip().startswith("{") for line in lines):
        raise EngineError(f"{file.name} is no event log; save one with --save-events, or `pulumi preview --event-log`")
    return lines


def _approved(expect: str | None, forge: str | None, request: int | None) -> Mapping[str, str] | None:
    """Digests that were approved, by stack; None where nothing is compared."""
    if forge is not None:
        return approved_digests(FORGES[forge](os.environ, request))
    return None if expect is None else dict.fromkeys(stack_names(_ROOT / "stacks"), expect)


def _severe(report: Report, fail_on: str) -> bool:
    if report.verdict is Verdict.BLOCKED:
        return True
    return fail_on == "attention" and report.verdict is Verdict.ATTENTION


def _sarif(report: Report) -> str:
    return FORMATS["sarif"](sum((_policies(each) for each in report.stacks), PolicyReport((), ())))


def _policies(stack: StackReport) -> PolicyReport:
    return PolicyReport(stack.findings, stack.unjudged)


def _write(path: Path | None, text: Callable[[], str]) -> None:
    if path is not None:
        path.write_text(text().rstrip("\n") + "\n", encoding="utf-8")
