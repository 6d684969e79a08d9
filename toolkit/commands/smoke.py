"""`cartesia-infra smoke`: is this endpoint speaking, completely, in the right format and fast enough?"""

import dataclasses
import json
import uuid
from pathlib import Path

import click

from catalog.speech import ENCODINGS, EXAMPLE_VOICE_ID, SPEECH_MODELS
from clients.engine import Engine, EngineError
from toolkit.plain_errors import plain_errors
from toolkit.stack_option import stack_option
from toolkit.voice.client import VoiceClient
from toolkit.voice.retry import RetryPolicy
from toolkit.voice.route import Destination, RouteError, RouteKind
from toolkit.voice.routes.table import ROUTES, load_route
from toolkit.voice.smoke import SmokeLimits, SmokeReport, smoke_test

_TEXT = "Hello! This is a short test of the voice endpoint, one sentence long."

_EXAMPLE = """
\b
Examples:
  cartesia-infra smoke --stack sagemaker-prod
  cartesia-infra smoke --route sagemaker --endpoint sonic-3-5 --region us-east-2 --out hello.wav
  cartesia-infra sandbox run -- cartesia-infra smoke --stack sagemaker-dev --json
"""


@click.command(epilog=_EXAMPLE)
@click.option(
    "--route", type=click.Choice(list(ROUTES)), default=next(iter(ROUTES)), show_default=True, help="How to get there."
)
@stack_option("Stack whose outputs name endpoint, region and model.")
@click.option("--endpoint", help="Name of the SageMaker endpoint, instead of --stack.")
@click.option("--region", help="Region of the endpoint; default: the stack's, else that of the AWS profile.")
@click.option("--endpoint-url", help="Address of the runtime instead of AWS's own, e.g. a VPC endpoint or the sandbox.")
@click.option(
    "--model",
    type=click.Choice(list(SPEECH_MODELS)),
    help="Model the endpoint runs; default: the stack's, else the newest that the route has.",
)
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
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the audio as a WAV file.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def smoke(
    route: str,
    stack: str | None,
    endpoint: str | None,
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
    out: Path | None,
    as_json: bool,
) -> int:
    """Speak one sentence and check the answer.

    Checks bytes, sample rate, duration, level and silence of the audio, the time to the first audio and the real-time
    factor. Exit code 1 when the call failed or something is wrong with the answer.
    """
    kind = load_route(route)
    target = _target(kind, stack, endpoint)
    request = kind.check(
        {
            "context_id": f"smoke-{uuid.uuid4()}",
            "transcript": text,
            "language": language,
            "output_format": {"container": "raw", "encoding": encoding, "sample_rate": sample_rate},
            "voice": {"mode": "id", "id": voice},
        },
        model or target.model or next(iter(kind.models)),
    )
    limits = SmokeLimits(ttfa_seconds=max_ttfa, real_time_factor=max_rtf)
    to = dataclasses.replace(target, region=region or target.region, url=endpoint_url)
    with _client(kind, to, attempts) as client:
        report = smoke_test(client, request, deadline, limits)
    written = out if out is not None and report.speech is not None and _write(out, report) else None
    if as_json:
        named = {"route": route, "endpoint": target.endpoint, "out": None if written is None else str(written)}
        click.echo(json.dumps(named | report.as_data(), indent=2))
    else:
        click.echo(_as_text(target.endpoint, report, written))
    return 0 if report.fine else 1


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


def _as_text(endpoint: str, report: SmokeReport, written: Path | None) -> str:
    lines = []
    if report.audio is not None and report.speech is not None:
        form, figures = report.request.output_format, report.speech.metrics
        lines.append(
            f"audio   {report.audio.seconds:.2f} s, {form.encoding} at {form.sample_rate} Hz,"
            f" {report.audio.bytes} bytes, {report.audio.level_dbfs:.1f} dBFS, {report.audio.silent_share:.0%} silent"
        )
        if figures.ttfa_seconds is not None and figures.real_time_factor is not None:
            lines.append(f"timing  first audio after {figures.ttfa_seconds:.3f} s, RTF {figures.real_time_factor:.3f}")
    if written is not None:
        lines.append(f"file    {written}")
    lines += [f"finding {finding}" for finding in report.findings]
    lines.append(f"{endpoint}: {'fine' if report.fine else f'{len(report.findings)} finding(s)'}")
    return "\n".join(lines)
