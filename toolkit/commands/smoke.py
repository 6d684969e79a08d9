"""`cartesia-infra smoke`: is this endpoint speaking, in every variant, completely, in the right format, fast enough?

Owns the words of the command line and of the report. Leaves alone what is asked in which order
(`toolkit/voice/survey.py`).
"""

import dataclasses
import json
import os
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from catalog.speech import ENCODINGS, EXAMPLE_VOICE_ID
from clients.engine import Engine, EngineError
from core.secrets.checks import api_key_text
from toolkit.plain_errors import plain_errors
from toolkit.recovery.project import find_project
from toolkit.stack_option import stack_option
from toolkit.voice.client import VoiceClient
from toolkit.voice.retry import RetryPolicy
from toolkit.voice.route import Destination, Live, RouteError, RouteKind
from toolkit.voice.routes.table import ROUTES, load_route
from toolkit.voice.smoke import SmokeLimits, SmokeReport, smoke_test
from toolkit.voice.survey import Survey, survey

_TEXT = "Hello! This is a short test of the voice endpoint, one sentence long."

_EXAMPLE = """
\b
Examples:
  cartesia-infra smoke --stack sagemaker-prod
  cartesia-infra smoke --route sagemaker --endpoint sonic-3-5 --region us-east-2 --out hello.wav
  cartesia-infra smoke --route direct --stack eks-prod --api-key-file ~/.cartesia/api-key
  cartesia-infra smoke --route keypool --endpoint https://keypool.example.com --api-key-file ~/.keypool/token
  cartesia-infra smoke --route direct --endpoint http://127.0.0.1:5000 --model sonic-3.5
  cartesia-infra sandbox run -- cartesia-infra smoke --stack sagemaker-dev --json
"""


@click.command(epilog=_EXAMPLE)
@click.option(
    "--route", type=click.Choice(list(ROUTES)), default=next(iter(ROUTES)), show_default=True, help="How to get there."
)
@stack_option("Stack whose outputs name endpoint, region and model.")
@click.option("--endpoint", help="Name of the SageMaker endpoint, or URL of API or gateway, instead of --stack.")
@click.option(
    "--api-key-file",
    envvar="CARTESIA_API_KEY_FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File with the API key, or the gateway's key or token. Default: what CARTESIA_API_KEY_FILE names.",
)
@click.option("--account", help="Name of the provider account within the gateway, for route truefoundry.")
@click.option("--variant", "variants", multiple=True, help="Variant to ask, by name; default: every one that runs.")
@click.option("--profile", help="Profile of the AWS configuration that calls; default: aws.profile of the stack file.")
@click.option("--role-arn", help="Role to assume for the call; default: aws.roleArn of the stack file.")
@click.option("--region", help="Region of the endpoint; default: the stack's, else that of the AWS profile.")
@click.option("--endpoint-url", help="Address of the runtime instead of AWS's own, e.g. a VPC endpoint or the sandbox.")
@click.option("--model", help="Model the endpoint runs; default: the stack's, else the newest that the route has.")
@click.option("--text", default=_TEXT, help="What to say; default: one English sentence.")
@click.option("--language", default="en", show_default=True, help="Language of the text.")
@click.option("--voice", default=EXAMPLE_VOICE_ID, show_default=True, help="Voice id.")
@click.option("--encoding", default="pcm_s16le", show_default=True, help=f"One of {', '.join(ENCODINGS)}.")
@click.option("--sample-rate", type=int, default=44100, show_default=True, help="Hz.")
@click.option(
    "--deadline",
    type=click.FloatRange(min=0, min_open=True),
    default=30.0,
    show_default=True,
    help="Seconds for the whole call.",
)
@click.option(
    "--attempts",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Attempts before the first audio; more hides refusals.",
)
@click.option(
    "--max-ttfa",
    type=float,
    default=SmokeLimits().ttfa_seconds,
    show_default=True,
    help="Seconds to the first audio that are fine.",
)
@click.option(
    "--max-rtf",
    type=float,
    default=SmokeLimits().real_time_factor,
    show_default=True,
    help="Real-time factor that is fine.",
)
@click.option(
    "--extra", help='Fields of a newer package as a JSON object, sent unchecked, e.g. \'{"accent": "en-GB"}\'.'
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the audio as a WAV file.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def smoke(
    route: str,
    stack: str | None,
    endpoint: str | None,
    api_key_file: Path | None,
    account: str | None,
    variants: tuple[str, ...],
    profile: str | None,
    role_arn: str | None,
    region: str | None,
    endpoint_url: str | None,
    model: str | None,
    text: str,
    language: str,
    voice: str,
    encoding: str,
    sample_rate: int,
    deadline: float,
    attempts: int,
    max_ttfa: float,
    max_rtf: float,
    extra: str | None,
    out: Path | None,
    as_json: bool,
) -> int:
    """Speak one sentence and check the answer, for each variant of the endpoint.

    First AWS is asked what runs there: a configuration other than the stack's, or an endpoint that is not in service,
    is a finding. Then every variant that runs speaks, also one of weight 0. Checks bytes, sample rate, duration, level
    and silence of the audio, the time to the first audio and the real-time factor. Exit code 1 when a call failed or
    something is wrong with an answer.
    """
    kind = load_route(route)
    target = _target(kind, stack, endpoint)
    to = dataclasses.replace(
        _with_credentials(target, stack, profile, role_arn),
        region=region or target.region,
        url=endpoint_url,
        account=account,
        api_key=_key(api_key_file) if kind.takes_key else None,
    )
    request = kind.check(
        {
            "context_id": f"smoke-{uuid.uuid4()}",
            "transcript": text,
            "language": language,
            "output_format": {"container": "raw", "encoding": encoding, "sample_rate": sample_rate},
            "voice": {"mode": "id", "id": voice},
            **_object(extra),
        },
        model or target.model or next(iter(kind.models)),
        extra is not None,
    )
    if request.unchecked:
        click.echo(f"warning: sent unchecked: {', '.join(request.unchecked)}", err=True)
    limits = SmokeLimits(ttfa_seconds=max_ttfa, real_time_factor=max_rtf)

    def ask(variant: str | None) -> SmokeReport:
        with _client(kind, dataclasses.replace(to, variant=variant), attempts) as client:
            return smoke_test(client, request, deadline, limits)

    found = survey(to, _describe(kind, to), ask, variants)
    written = out if out is not None and found.shown.speech is not None and _write(out, found.shown) else None
    if as_json:
        named = {"route": route, "endpoint": target.endpoint, "out": None if written is None else str(written)}
        click.echo(json.dumps(named | found.as_data(), indent=2))
    else:
        click.echo(_as_text(target.endpoint, found, written))
    return 0 if found.fine else 1


def _key(file: Path | None) -> str | None:
    if file is None:
        return None
    with plain_errors(OSError, UnicodeDecodeError, fix="name a file that holds the API key alone"):
        return api_key_text(file.read_text(encoding="utf-8"))


def _object(extra: str | None) -> dict[str, Any]:
    try:
        given = json.loads(extra or "{}")
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise click.BadParameter("must be a JSON object", param_hint="--extra")
    return given


def _describe(kind: RouteKind, to: Destination) -> Callable[[], Live] | None:
    """How the provider is asked; not at all where an address of the runtime alone was given."""

    ask = kind.describe
    if ask is None or to.url is not None:
        return None

    def describe() -> Live:
        with plain_errors(RouteError):
            return ask(to)

    return describe


def _with_credentials(to: Destination, stack: str | None, profile: str | None, role_arn: str | None) -> Destination:
    """The options, else what the stack file says, by which its deployment reaches the account."""
    project = find_project(Path.cwd()) if stack is not None else None
    if project is None or os.environ.get("CARTESIA_AWS_CREDENTIALS") == "environment" or profile or role_arn:
        return dataclasses.replace(to, profile=profile, role_arn=role_arn)
    said = {key: project.setting_of(str(stack), "cartesia:aws", key) for key in ("profile", "roleArn")}
    return dataclasses.replace(to, profile=said["profile"], role_arn=said["roleArn"])


def _target(kind: RouteKind, stack: str | None, endpoint: str | None) -> Destination:
    if (stack is None) == (endpoint is None):
        raise click.UsageError("name what to call: either --stack or --endpoint")
    if endpoint is not None:
        return Destination(endpoint=endpoint)
    name = str(stack)
    with plain_errors(EngineError):
        return kind.of_outputs(Engine(name).outputs(), name)


def _client(kind: RouteKind, to: Destination, attempts: int) -> VoiceClient:
    with plain_errors(RouteError):
        return VoiceClient(kind.connect(to, 1), retry=RetryPolicy(max_attempts=attempts))


def _write(out: Path, report: SmokeReport) -> bool:
    if report.speech is None or (report.audio is not None and not report.audio.whole_samples):
        return False  # the finding already says why
    with plain_errors(OSError, fix="choose another --out"):
        out.write_bytes(report.speech.wav())
    return True


def _as_text(endpoint: str, found: Survey, written: Path | None) -> str:
    lines = []
    if found.live is not None:
        named = f"configuration {found.live.deployment}, " if found.live.deployment else ""
        lines.append(f"live    {named}{found.live.status}")
    for part, report in found.answers.items():
        if len(found.answers) > 1:
            lines.append(f"variant {part}")
        lines += _answer(report)
    if written is not None:
        lines.append(f"file    {written}")
    lines += [f"note    {note}" for note in found.notes]
    lines += [f"finding {finding}" for finding in found.findings]
    lines.append(f"{endpoint}: {'fine' if found.fine else f'{len(found.findings)} finding(s)'}")
    return "\n".join(lines)


def _answer(report: SmokeReport) -> list[str]:
    lines = []
    if report.audio is not None and report.speech is not None:
        form, figures = report.request.output_format, report.speech.metrics
        lines.append(
            f"audio   {report.audio.seconds:.2f} s, {form.encoding} at {form.sample_rate} Hz,"
            f" {report.audio.bytes} bytes, {report.audio.level_dbfs:.1f} dBFS, {report.audio.silent_share:.0%} silent"
        )
        if figures.ttfa_seconds is not None and figures.real_time_factor is not None:
            lines.append(f"timing  first audio after {figures.ttfa_seconds:.3f} s, RTF {figures.real_time_factor:.3f}")
        if figures.odd_metadata:
            said = ", ".join(f"{name} ({count})" for name, count in sorted(figures.odd_metadata.items()))
            lines.append(f"note    not as documented, and harmless: {said}")
    return lines
