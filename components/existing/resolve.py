"""`resolve_existing_cluster`: from what the caller wrote to what is used, or one error that names every mistake."""

import base64
import re
from collections.abc import Mapping
from typing import Any, Final

from catalog.gpus import MIN_GPU_MEMORY_GIB, refusal_of_gpu
from components.args import ArgsError
from components.cluster import GpuPoolSpec
from components.existing.args import (
    ExistingClusterArgs,
    ExistingEksArgs,
    ExistingGkeArgs,
    ExistingGpuPoolArgs,
    ExistingKubeconfigArgs,
    ExistingRequirementsArgs,
    ExistingTerraformArgs,
)
from components.existing.spec import (
    EKS_NAME,
    GKE_NAME,
    KUBECONFIG,
    TERRAFORM,
    WAYS,
    ByName,
    ExistingClusterSpec,
)
from components.names import check_entry_name, check_name
from components.survey.hook import Requirements
from core.aws.regions import read_region
from core.gcp.places import read_location, read_project
from core.given.kubeconfig_file import holds_secret, kubeconfig_problems, one_context
from core.given.terraform_outputs import CLUSTER_FACTS, cluster_facts
from core.input.problems import Problems, nearest
from core.input.reader import Reader
from core.kube.kubeconfig import eks_kubeconfig, gke_kubeconfig

__all__ = ["COMPONENT", "resolve_existing_cluster"]

COMPONENT: Final = "ExistingCluster"
_MOST_NODES: Final = 10_000
_MOST_GPUS: Final = 64
_LABEL: Final = re.compile(r"([a-z0-9]([a-z0-9.-]*[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?")


def resolve_existing_cluster(args: ExistingClusterArgs) -> ExistingClusterSpec:
    """Check the arguments as a whole and fill in defaults.

    Raises:
        ArgsError: At least one rule is broken; it names them all.
    """
    problems = Problems()
    read = Reader(args, ExistingClusterArgs.__annotations__, "", problems)
    given = [way for way in WAYS if read.has(way)]
    _check_one(problems, given)
    named, kubeconfig = _cluster(read, given)
    pools = tuple(_pool(one, name) for name, one in read.blocks("gpu_pools", ExistingGpuPoolArgs))
    spec = ExistingClusterSpec(
        way=given[0] if given else "",
        named=named,
        kubeconfig=kubeconfig,
        requires=_requires(read, pools),
        gpu_pools=pools,
    )
    if problems:
        raise ArgsError(COMPONENT, problems)
    return spec


def _check_one(problems: Problems, given: list[str]) -> None:
    if not given:
        rule = "is required and missing: the cluster is named in no other way either"
        fix = "name it by its name in EKS or GKE, by a kubeconfig, or by outputs of Terraform"
        problems.add(EKS_NAME, rule, fix=fix)
    for way in given[1:]:
        rule = f"must not stand beside {given[0]}: one cluster is named once"
        problems.add(way, rule, fix="keep one of the two")


def _cluster(read: Reader, given: list[str]) -> tuple[ByName | None, str]:
    """The cluster by name, or its kubeconfig where that is known."""
    named: ByName | None = None
    kubeconfig = ""
    if EKS_NAME in given:
        named = _eks(read.block(EKS_NAME, ExistingEksArgs))
    if GKE_NAME in given:
        named = _gke(read.block(GKE_NAME, ExistingGkeArgs))
    if KUBECONFIG in given:
        kubeconfig = _kubeconfig(read.block(KUBECONFIG, ExistingKubeconfigArgs))
    if TERRAFORM in given:
        kubeconfig = _terraform(read.block(TERRAFORM, ExistingTerraformArgs))
    return named, kubeconfig


def _eks(read: Reader) -> ByName:
    read.required("cluster_name", "name the cluster")
    return ByName(
        cluster_name=read.text("cluster_name"),
        region=read_region(read),
        profile=read.text("profile"),
        role_arn=read.text("role_arn"),
    )


def _gke(read: Reader) -> ByName:
    read.required("cluster_name", "name the cluster")
    return ByName(
        cluster_name=read.text("cluster_name"),
        project=read_project(read),
        location=read_location(read),
        application_default=read.flag("application_default", False),
    )


def _kubeconfig(read: Reader) -> str:
    context, where = read.text("context"), read.at("content")
    content = read.value("content")
    if content is None:
        if read.at("content") not in read.problems.broken:
            rule, fix = "is required and missing", "give the text, or in a stack file the path of one by `file`"
            read.problems.add(where, rule, fix=fix, needs=(read.at("file"),))
        return ""
    if not isinstance(content, str):
        return ""  # an output, or a secret: known only to the update
    if holds_secret(content):
        rule = "must hold no token, key or password: this text is kept in the open"
        fix = "give it by `file`, or use a kubeconfig with exec credentials"
        read.problems.add(where, rule, got="", secret=True, fix=fix)
        return ""
    wrong = kubeconfig_problems(content, context, where)
    read.problems.extend(wrong)
    return "" if wrong else one_context(content, context)


def _terraform(read: Reader) -> str:
    read.required("cloud", "say whose cluster it is: aws or gcp")
    cloud = read.choice("cloud", tuple(CLUSTER_FACTS), "aws")
    names = read.text_map("names")
    for name in names:
        if name not in CLUSTER_FACTS[cloud]:
            fix = nearest(name, CLUSTER_FACTS[cloud])
            read.problems.add(f"{read.at('names')}.{name}", "must be a fact of the cluster", got=name, fix=fix)
    content = read.value("content")
    if not isinstance(content, Mapping):
        rule, fix = "is required and missing", "give the outputs, or in a stack file the path of them by `file`"
        read.problems.add(read.at("content"), rule, fix=fix, needs=(read.at("file"), read.at("content")))
        return ""
    facts, wrong = cluster_facts(content, cloud, names, read.at("content"))
    read.problems.extend(wrong)
    return "" if wrong else _kubeconfig_of(facts, cloud, read)


def _kubeconfig_of(facts: Mapping[str, str], cloud: str, read: Reader) -> str:
    endpoint = facts["endpoint"] if "://" in facts["endpoint"] else f"https://{facts['endpoint']}"
    authority = facts["certificate_authority"]
    if not _is_base64(authority):
        rule, fix = "must be the certificate in base64", "print it as the cluster's own attribute gives it"
        read.problems.add(read.at("content"), f"output of the certificate authority {rule}", fix=fix)
    name = facts["cluster_name"]
    if cloud == "aws":
        return eks_kubeconfig(
            cluster_name=name, region=facts["region"], endpoint=endpoint, certificate_authority=authority
        )
    return gke_kubeconfig(
        cluster_name=name,
        project=facts["project"],
        location=facts["location"],
        endpoint=endpoint,
        certificate_authority=authority,
    )


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except ValueError:
        return False
    return True


def _pool(read: Reader, name: str) -> GpuPoolSpec:
    check_entry_name(name, read.path, read.problems, fix="rename the pool")
    read.required("gpu", "name the GPU model, e.g. L40S")
    read.required("gpus_per_node", "say how many `nvidia.com/gpu` a node offers")
    read.required("max_nodes", "say how many nodes there are at most")
    gpu = read.text("gpu")
    memory = read.optional_whole("memory_gib", 1, 1024)
    refusal = refusal_of_gpu(gpu, memory)
    if refusal is not None:
        fix = f"use nodes with Ampere or newer GPUs of {MIN_GPU_MEMORY_GIB} GB or more"
        read.problems.add(read.at("gpu"), f"cannot run a voice worker: {refusal}", got=gpu, fix=fix)
    autoscaled = read.flag("autoscaled", False)
    low = read.whole("min_nodes", 0, low=0, high=_MOST_NODES)
    high = read.whole("max_nodes", max(low, 1), low=1, high=_MOST_NODES)
    desired = read.whole("desired_nodes", low if autoscaled else high, low=0, high=_MOST_NODES)
    if not low <= desired <= high:
        rule = f"must be between min_nodes ({low}) and max_nodes ({high})"
        needs = (read.at("min_nodes"), read.at("max_nodes"))
        read.problems.add(read.at("desired_nodes"), rule, got=desired, fix="move it between the two", needs=needs)
    return GpuPoolSpec(
        name=name,
        instance_types=tuple(read.texts("machine_types")),
        gpu=gpu,
        gpus_per_node=read.whole("gpus_per_node", 1, low=1, high=_MOST_GPUS),
        min_nodes=low,
        max_nodes=high,
        desired_nodes=desired,
        autoscaled=autoscaled,
        closed_by=tuple(_taints(read)),
    )


def _taints(read: Reader) -> list[str]:
    taints = read.texts("taints")
    for index, key in enumerate(taints):
        if not _LABEL.fullmatch(key):
            where = f"{read.at('taints')}[{index}]"
            read.problems.add(where, "must be the key of a taint", got=key, fix="write it as [prefix/]name, no value")
    return taints


def _requires(read: Reader, pools: tuple[GpuPoolSpec, ...]) -> Requirements:
    block = read.block("requires", ExistingRequirementsArgs)
    classes: dict[str, tuple[str, ...]] = {}
    for key in ("storage_classes", "ingress_classes", "custom_resources"):
        classes[key] = tuple(block.texts(key))
        for index, name in enumerate(classes[key]):
            check_name("class", name, f"{block.at(key)}[{index}]", read.problems)
    return Requirements(**classes, gpus=sum(_there(pool) * pool.gpus_per_node for pool in pools))


def _there(pool: GpuPoolSpec) -> int:
    """Nodes that are there already, as far as settings say."""
    return pool.min_nodes if pool.autoscaled else pool.desired_nodes


def with_release(args: Any, release: Any, addons: Any) -> Any:
    """The cluster's arguments, with what the release needs of it: classes that it names, and kinds that it makes.

    Args:
        args: Arguments of the cluster.
        release: Arguments of the release.
        addons: Arguments of the add-ons, which may bring a storage class.
    """
    wanted = {
        "storage_classes": [_at(release, "license", "storage_class")] if _at(release, "license", "persistence") else [],
        "ingress_classes": [_at(release, "ingress", "class_name")],
        "custom_resources": [
            name
            for name, asked in (
                ("scaledobjects.keda.sh", _at(release, "monitoring", "autoscaling")),
                ("podmonitors.monitoring.coreos.com", _at(release, "monitoring", "pod_monitor")),
            )
            if asked is True
        ],
    }
    own = _at(addons, "storage_class", "name") or "gp3"
    brought = own if _at(addons, "storage_class", "enabled") is True else None
    requires = dict(args.get("requires") or {})
    for key, names in wanted.items():
        before = list(requires.get(key) or ())
        requires[key] = [*before, *(each for each in names if each and each not in before and each != brought)]
    return {**args, "requires": requires}


def _at(args: Any, *keys: str) -> Any:
    for key in keys:
        args = args.get(key) if isinstance(args, Mapping) else None
    return args
