"""What a report of 10,000 changed resources and five large releases takes: every format written, and its memory.

The baseline reads the same events with `json` alone.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import yaml

from benchmarks.record import Benchmark, Figure, Rounds
from toolkit.preview.hiding import Hiding
from toolkit.preview.releases import Rendering
from toolkit.preview.render import as_html, as_json, as_markdown
from toolkit.preview.run.previews import report_lines
from toolkit.preview.verdict import report_of

RESOURCES = 10_000
_TYPES = ("aws:ec2/route:Route", "aws:eks/nodeGroup:NodeGroup", "aws:iam/rolePolicy:RolePolicy", "random:index:Pet")
_OPS = ("update", "update", "replace", "create", "delete")


def events() -> Iterator[str]:
    """The events of a preview in which everything changes."""
    for number in range(RESOURCES):
        yield json.dumps({"sequence": number, "resourcePreEvent": {"metadata": _step(number), "planning": True}})
    for number in range(5):
        yield json.dumps({"sequence": number, "resourcePreEvent": {"metadata": _release(number), "planning": True}})
    yield json.dumps({"summaryEvent": {"resourceChanges": {"update": 4000}, "result": "succeeded"}})
    yield json.dumps({"cancelEvent": {}})


def _step(number: int) -> dict[str, Any]:
    kind, op = _TYPES[number % len(_TYPES)], _OPS[number % len(_OPS)]
    urn = f"urn:pulumi:big::cartesia::{kind}::resource-{number}"
    statement = {"Sid": "Read", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": f"arn:aws:s3:::b{number}"}
    old = {"size": number, "policy": json.dumps({"Statement": [statement]}), "tags": {"team": "x", "a": "1"}}
    changed = json.dumps({"Statement": [statement | {"Action": ["s3:PutObject"]}]})
    new = {"size": number + 1, "policy": changed, "tags": {"team": "y", "a": "1"}}
    sides = [{"urn": urn, "type": kind, "inputs": each, "outputs": each} for each in (old, new)]
    keys = ["size"] if op == "replace" else []
    return {
        "op": op,
        "urn": urn,
        "type": kind,
        "old": None if op == "create" else sides[0],
        "new": None if op == "delete" else sides[1],
        "keys": keys,
        "detailedDiff": {"size": {"diffKind": "update", "inputDiff": True}},
    }


def _release(number: int) -> dict[str, Any]:
    kind = "kubernetes:helm.sh/v3:Release"
    urn = f"urn:pulumi:big::cartesia::{kind}::release-{number}"
    sides = [
        {
            "urn": urn,
            "type": kind,
            "inputs": {"name": f"r{number}", "chart": "c", "values": _values(tag)},
            "outputs": {},
        }
        for tag in ("1", "2")
    ]
    return {"op": "update", "urn": urn, "type": kind, "old": sides[0], "new": sides[1], "detailedDiff": None}


def _values(tag: str) -> dict[str, Any]:
    env = [{"name": f"E{number}", "value": str(number)} for number in range(5)]
    return {f"w{number}": {"image": f"i:{tag if number % 3 else '0'}", "env": env} for number in range(300)}


def _objects(wanted: Rendering) -> str:
    """A chart that makes one Deployment of each value."""
    return yaml.dump_all(
        [
            {"kind": "Deployment", "metadata": {"name": name}, "spec": {"containers": [{"name": "c", **value}]}}
            for name, value in wanted.values.items()
        ],
        Dumper=yaml.CSafeDumper,
    )


def measure_once() -> dict[str, float]:
    """Processor seconds of each part, and the most memory; in a process of its own."""
    import resource  # not on every system

    lines = list(events())
    begin = time.process_time()
    for line in lines:
        json.loads(line)
    read = time.process_time()
    report = report_of([report_lines("big", lines, Hiding(), _objects)])
    folded = time.process_time()
    for render in (as_markdown, as_html, as_json):
        render(report)
    done = time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    return {
        "plain": read - begin,
        "fold": folded - read,
        "fold_ratio": (folded - read) / (read - begin),
        "render": done - folded,
        "memory": peak,
    }


def _run(rounds: int) -> Rounds:
    code = "import json; from benchmarks.measures.preview_report import measure_once; print(json.dumps(measure_once()))"
    for _ in range(rounds):
        done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
        yield json.loads(done.stdout)


BENCHMARK = Benchmark(
    name="preview_report",
    what="A report of 10,000 changed resources and five large releases, in processor seconds, in a fresh process.",
    baseline="`json.loads` of the same events",
    figures=(
        Figure(key="render", what="Markdown, HTML and JSON written", unit="s", target=1.5),
        Figure(key="fold", what="events folded, objects of releases compared", unit="s"),
        Figure(key="fold_ratio", what="events folded / baseline", unit="x"),
        Figure(key="memory", what="most memory", unit="MB", target=300.0),
    ),
    rounds=5,
    run=_run,
)
