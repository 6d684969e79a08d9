"""The page `docs/policies.md`: every rule of the policy pack, with examples from the tests.

Owns the order of the page and how an example is written. What a rule says of itself is in its record.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from policies.pack import EXPIRED, UNJUDGED, UNMATCHED
from policies.rule import Rule
from policies.table import AREAS, RULES

__all__ = ["page"]

_EXAMPLES = Path(__file__).resolve().parents[2] / "tests" / "support" / "policy_cases"

_HEAD = f"""\
<!-- Written by `python -m docs.generate` from the rules and from the examples of their tests. Change those. -->
# Policies: what a stack may not be

`policies/` is a CrossGuard pack with {len(RULES)} rules. It judges plain resources of pulumi-aws, pulumi-gcp and
pulumi-kubernetes, so it works on any Pulumi program; rules that read Cartesia's values say so and stay silent on
other charts.

```bash
cartesia-infra policy check --stack eks-prod
cartesia-infra policy check --file export.json --format sarif --output policy.sarif
pulumi preview --stack eks-prod --policy-pack policies
```

The exit code is 1 where a mandatory rule is broken. A state (`--file`, from `pulumi stack export`) is judged without
backend, cloud or passphrase. Formats are `text`, `json`, `sarif` (2.1.0) and `junit`. Findings name properties and
never show what stands in them, since a pack sees secrets in clear.

## What only `policy check` judges

The engine shows a pack the values of a Helm release and not its pods, and resources but not what happens to them.
`cartesia-infra policy check` adds both, in a second run of the same pack that needs no backend and no cloud:

- **Objects of charts.** A release whose chart lies on this machine is rendered by `helm template`, without a cluster,
  and each object but secrets is judged as if the program had registered it. Its URN is that of the release with
  `$kubernetes:apps/v1:Deployment::<release>/<name>` or the like behind the type. What cannot be rendered is counted
  (`chart-rendered`). `--no-charts` leaves it out. Rendering stands in the command and not in the pack, because it would
  hold up every `pulumi preview` by a second for a few charts, and would need Helm wherever a preview runs.
- **What an update takes away.** Of a preview (`--stack`, `--event-log`) each deletion and replacement is judged: see
  [Updates](#updates). A waiver for one names the resource that would go.

`pulumi preview --policy-pack policies` runs all other rules.

## What a preview does not know

A preview does not know what only the update will tell. A rule judges what is known, and never finds fault with the
rest. What it asked for and was not told is counted by rule and resource (`not judged at preview`), by the advisory
policy `{UNJUDGED}`. Judge the exported state after the update, where every value is known.

## Levels and parameters

`--config FILE`, or `--policy-pack-config FILE` of Pulumi, is a JSON object: a rule's id to a level (`advisory`,
`mandatory`, `disabled`), or to its parameters with `enforcementLevel`. `cartesia-infra policy check` refuses names
that the pack does not have, with their line; Pulumi itself passes over them.

```json
{{"gpu-budget": {{"maximumGpus": 64}}, "eks-addon-pinned": "mandatory"}}
```

Production stacks are those whose names match `productionStacks`, a list of patterns.

## Waivers

`policies/waivers.yaml` holds findings that somebody answers for: `rule`, `resource` (a pattern of URNs), `reason`,
`owner` and `expires`, the last day. An expired waiver waives nothing and is a finding of `{EXPIRED}`; one that
matches nothing is a finding of `{UNMATCHED}`. A file that breaks a rule stops the check with the line.
"""


def page() -> str:
    """The text of the page."""
    examples = _examples()
    return "\n".join([_HEAD, *(line for area, rules in AREAS.items() for line in _area(area, rules, examples))])


def _examples() -> dict[str, Mapping[str, Any]]:
    files = sorted(_EXAMPLES.glob("*.yaml"))
    return {rule: row for file in files for rule, row in yaml.safe_load(file.read_text(encoding="utf-8")).items()}


def _area(area: str, rules: tuple[Rule, ...], examples: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    yield f"## {area}\n"
    for rule in rules:
        yield from _rule(rule, examples[rule.id])


def _rule(rule: Rule, example: Mapping[str, Any]) -> Iterator[str]:
    yield f"### `{rule.id}`\n"
    yield f"{rule.reason} {rule.fix}\n"
    yield f"Level {rule.level.value}, severity {rule.severity.value}. Source: {rule.source}.\n"
    yield from (f"- `{name}`: {row['description']} Default: `{row['default']!r}`." for name, row in rule.schema.items())
    if rule.schema:
        yield ""
    shown = {key: _example(example, key) for key in ("good", "bad")}
    yield f"```yaml\n{yaml.dump(shown, sort_keys=False, width=100, Dumper=_Plain)}```\n"


def _example(example: Mapping[str, Any], key: str) -> Any:
    kind = {"type": example["type"]} if "type" in example else {}
    given = {"parameters": example["parameters"]} if "parameters" in example else {}
    return {**kind, **given, "inputs": example[key]} if kind else {**given, "resources": example[key]}


class _Plain(yaml.SafeDumper):
    """Writes a value again where it stands twice, instead of naming it."""

    def ignore_aliases(self, data: Any) -> bool:
        """Every value is written where it stands."""
        return True
