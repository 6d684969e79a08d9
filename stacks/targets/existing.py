"""The target of clusters made elsewhere: section `existing` beside those of every cluster.

Owns reading the files that the section names; what is secret in a kubeconfig is handed on as a secret. Leaves alone the
rules of the section (`components.existing`).
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NotRequired

import pulumi

from components.existing.args import ExistingClusterArgs
from components.voice_stack import VoiceStack, VoiceStackArgs
from core.given.kubeconfig_file import holds_secret, kubeconfig_problems
from core.input.problems import BROKEN, Problems
from stacks.release_settings import prepare_release
from stacks.target import Sources, Target
from stacks.targets.aws import AwsSettings, aws_provider
from stacks.targets.chart import judge_chart
from stacks.targets.cluster import ClusterSettings, check_voice_stack, voice_stack_arguments
from stacks.targets.gcp import GcpSettings, gcp_provider

__all__ = ["EXISTING", "ExistingSettings"]

_SECTION = "existing"


class ExistingSettings(ClusterSettings):
    """All keys of a stack file on a cluster made elsewhere but the secrets."""

    aws: NotRequired[AwsSettings]
    """How to reach the AWS account, for a cluster that is named by `eksCluster`."""
    gcp: NotRequired[GcpSettings]
    """How to reach Google Cloud, for a cluster that is named by `gkeCluster`."""
    existing: ExistingClusterArgs
    """The cluster."""


def _prepare(raw: dict[str, Any], secrets: Mapping[str, Any], sources: Sources, problems: Problems) -> None:
    prepare_release(raw, secrets, sources, problems)
    section = raw.get(_SECTION)
    if not isinstance(section, dict):
        return
    raw[_SECTION] = section = dict(section)
    for key, read in (("kubeconfig", _kubeconfig), ("terraformOutputs", _outputs)):
        block = section.get(key)
        if isinstance(block, dict) and "file" in block:
            section[key] = {**block, "content": _content(block, key, read, sources, problems)}


def _content(block: dict[str, Any], key: str, read: Any, sources: Sources, problems: Problems) -> Any:
    """What a file holds; `BROKEN` after adding a problem."""
    path = f"cartesia:{_SECTION}.{key}"
    if "content" in block:
        problems.add(f"{path}.content", "must not stand beside file", fix="keep one of the two")
        return BROKEN
    name = block["file"]
    if not isinstance(name, str) or not name:
        return BROKEN  # for the shape to refuse
    try:
        text = (sources.root / Path(name).expanduser()).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        problems.add(f"{path}.file", f"must name a readable file ({reason})", got=name, fix="correct the path")
        return BROKEN
    return read(text, block, f"{path}.file", problems)


def _kubeconfig(text: str, block: Mapping[str, Any], path: str, problems: Problems) -> Any:
    wrong = kubeconfig_problems(text, str(block.get("context") or ""), path)
    problems.extend(wrong)
    if wrong:
        return BROKEN
    return pulumi.Output.secret(text) if holds_secret(text) else text


def _outputs(text: str, _block: Mapping[str, Any], path: str, problems: Problems) -> Any:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        fix = "write it with `terraform output -json`"
        problems.add(path, "must be a map of outputs in JSON", fix=fix)
        return BROKEN
    return found


def _arguments(settings: ExistingSettings, stack: str) -> VoiceStackArgs:
    return voice_stack_arguments(settings, stack, _SECTION, settings["existing"])


def _provider(settings: ExistingSettings, stack: str) -> Any:
    """That of the cloud in which the cluster is looked up by name; none in any other way."""
    cluster = settings["existing"]
    if cluster.get("eks_cluster"):
        return aws_provider(settings.get("aws", {}), cluster["eks_cluster"]["region"], stack)
    if cluster.get("gke_cluster"):
        return gcp_provider(settings.get("gcp", {}), cluster["gke_cluster"]["project"], stack)
    return None


EXISTING = Target(
    section=_SECTION,
    title="a cluster made elsewhere",
    shape=ExistingSettings,
    takes_secrets=True,
    prepare=_prepare,
    arguments=_arguments,
    check=check_voice_stack,
    judge=judge_chart,
    provider=_provider,
    component=VoiceStack,
    environment=_SECTION,
)
