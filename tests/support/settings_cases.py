"""Stack files of the checkout as tests change them, and what `read_settings` reads them from."""

import copy
import json
from pathlib import Path
from typing import Any

import yaml

from core.input.examples import EXAMPLES_ALLOWED, EXAMPLES_VARIABLE
from stacks.settings import Sources

ROOT = Path(__file__).resolve().parents[2]


def stack_file(name: str) -> dict[str, Any]:
    config: dict[str, Any] = yaml.safe_load((ROOT / "stacks" / f"Pulumi.{name}.yaml").read_text())["config"]
    return {key: value for key, value in config.items() if not (isinstance(value, dict) and "secure" in value)}


def sources(
    config: dict[str, Any],
    root: Path,
    *,
    secrets: dict[str, str],
    environment: dict[str, str] | None = None,
    plain: frozenset[str] = frozenset(),
) -> Sources:
    encoded = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    encoded |= {f"cartesia:{key}": value for key, value in secrets.items()}
    return Sources(
        stack="eks-test",
        config=encoded | {"pulumi:tags": "{}", "aws:region": "eu-west-1"},
        is_secret=lambda key: key.removeprefix("cartesia:") in set(secrets) - plain,
        environment={EXAMPLES_VARIABLE: EXAMPLES_ALLOWED, **(environment or {})},
        root=root,
        program=root / "stacks",
    )


def changed(config: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """`config` with one value set, or removed where `value` is DROP; maps on the way are made."""
    result = copy.deepcopy(config)
    key, *rest = path.split("/")
    node: Any = result
    parts = [f"cartesia:{key}", *rest]
    for part in parts[:-1]:
        node = node.setdefault(part, {})
    if value is DROP:
        node.pop(parts[-1], None)
    else:
        node[parts[-1]] = value
    return result


DROP = object()
