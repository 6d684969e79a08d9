"""A cluster made elsewhere: every wrong way to name it is told, what is secret is never shown, and nothing is made."""

import base64
import json

import pulumi
import pytest
import yaml

from components.args import ArgsError
from components.existing.cluster import ExistingCluster
from components.existing.resolve import resolve_existing_cluster, with_release
from components.survey.hook import surveying
from core.given.kubeconfig_file import holds_secret, one_context, without_credentials
from core.input.problems import Problem
from tests.support.aws_mocks import record
from tests.support.eks_cases import changed

CA = base64.b64encode(b"CERTIFICATE").decode()
CANARY = "canary-5b1f0c"
EXEC = {"exec": {"apiVersion": "client.authentication.k8s.io/v1beta1", "command": "aws"}}


def kubeconfig(user=None, **cluster):
    entry = {"server": "https://api.example", "certificate-authority-data": CA, **cluster}
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "voice",
            "contexts": [
                {"name": "voice", "context": {"cluster": "c", "user": "u"}},
                {"name": "other", "context": {"cluster": "missing", "user": "missing"}},
            ],
            "clusters": [{"name": "c", "cluster": {key: value for key, value in entry.items() if value}}],
            "users": [{"name": "u", "user": EXEC if user is None else user}],
        }
    )


OUTPUTS = {
    "cluster_name": {"value": "voice", "type": "string", "sensitive": False},
    "cluster_endpoint": {"value": "https://api.example", "type": "string", "sensitive": False},
    "cluster_certificate_authority_data": {"value": CA, "type": "string", "sensitive": False},
    "region": {"value": "us-west-2", "type": "string", "sensitive": False},
}
POOLS = {"gpu": {"gpu": "L40S", "gpus_per_node": 1, "max_nodes": 2}}
BY_FILE = {"kubeconfig": {"content": kubeconfig()}, "gpu_pools": POOLS}
BY_EKS = {"eks_cluster": {"cluster_name": "voice", "region": "us-west-2"}, "gpu_pools": POOLS}
BY_GKE = {"gke_cluster": {"cluster_name": "voice", "project": "example-voice", "location": "us-central1"}}
BY_TERRAFORM = {"terraform_outputs": {"content": OUTPUTS, "cloud": "aws"}, "gpu_pools": POOLS}
P = "gpu_pools.gpu"

# (arguments, what is changed in them, its new value, path of the problem, words of rule or fix)
BAD = [
    ({}, "gpu_pools", POOLS, "eks_cluster", "is required"),
    (BY_FILE, "eks_cluster", BY_EKS["eks_cluster"], "kubeconfig", "must not stand beside eks_cluster"),
    (BY_FILE, "kubeconfg", {}, "kubeconfg", 'did you mean "kubeconfig"?'),
    # EKS and GKE
    (BY_EKS, "eks_cluster.region", "us-west", "eks_cluster.region", "name of an AWS region"),
    (BY_EKS, "eks_cluster.cluster_name", ..., "eks_cluster.cluster_name", "is required"),
    (BY_GKE, "gke_cluster.project", "12345678", "gke_cluster.project", "not its number"),
    (BY_GKE, "gke_cluster.location", "us", "gke_cluster.location", "must be a region"),
    (BY_GKE, "gke_cluster.location", ..., "gke_cluster.location", "is required"),
    # kubeconfig
    (BY_FILE, "kubeconfig.content", ..., "kubeconfig.content", "is required"),
    (BY_FILE, "kubeconfig.content", "server: x", "kubeconfig.content", "token, key or password"),
    (BY_FILE, "kubeconfig.content", "a: [", "kubeconfig.content", "token, key or password"),
    (BY_FILE, "kubeconfig.content", kubeconfig({"token": CANARY}), "kubeconfig.content", "no token, key"),
    (BY_FILE, "kubeconfig.content", kubeconfig({"client-key-data": CANARY}), "kubeconfig.content", "no token, key"),
    (BY_FILE, "kubeconfig.content", kubeconfig({"password": CANARY}), "kubeconfig.content", "no token, key"),
    (BY_FILE, "kubeconfig.content", kubeconfig({"client-key": "/k.pem"}), "kubeconfig.content", "--flatten"),
    (BY_FILE, "kubeconfig.content", kubeconfig(server="http://api"), "kubeconfig.content", "by https"),
    (
        BY_FILE,
        "kubeconfig.content",
        kubeconfig(**{"certificate-authority": "/ca.pem"}),
        "kubeconfig.content",
        "certificate-authority names a file",
    ),
    (BY_FILE, "kubeconfig.context", "voise", "kubeconfig.content", 'did you mean "voice"?'),
    (BY_FILE, "kubeconfig.context", "other", "kubeconfig.content", "by https"),
    # Terraform
    (BY_TERRAFORM, "terraform_outputs.cloud", "azure", "terraform_outputs.cloud", "must be one of aws, gcp"),
    (BY_TERRAFORM, "terraform_outputs.cloud", "gcp", "terraform_outputs.content", "has no output project_id"),
    (BY_TERRAFORM, "terraform_outputs.content", ..., "terraform_outputs.content", "is required"),
    (BY_TERRAFORM, "terraform_outputs.content.region", ..., "terraform_outputs.content", "no output region"),
    (BY_TERRAFORM, "terraform_outputs.content.region", "us-west-2", "terraform_outputs.content", "terraform output"),
    (BY_TERRAFORM, "terraform_outputs.content.cluster_name.value", 5, "terraform_outputs.content", "must have text"),
    (
        BY_TERRAFORM,
        "terraform_outputs.content.cluster_certificate_authority_data.value",
        "-----BEGIN",
        "terraform_outputs.content",
        "base64",
    ),
    (BY_TERRAFORM, "terraform_outputs.names", {"endpont": "x"}, "terraform_outputs.names.endpont", "endpoint"),
    (BY_TERRAFORM, "terraform_outputs.names", {"region": "reg"}, "terraform_outputs.content", "no output reg"),
    # GPU pools and requirements
    (BY_FILE, f"{P}.gpu", ..., f"{P}.gpu", "is required"),
    (BY_FILE, f"{P}.gpu", "T4", f"{P}.gpu", "older than Ampere"),
    (BY_FILE, f"{P}.memory_gib", 16, f"{P}.gpu", "16 GB a GPU"),
    (BY_FILE, f"{P}.gpus_per_node", 0, f"{P}.gpus_per_node", "raise it to 1"),
    (BY_FILE, f"{P}.max_nodes", ..., f"{P}.max_nodes", "is required"),
    (BY_FILE, f"{P}.desired_nodes", 3, f"{P}.desired_nodes", "between min_nodes (0) and max_nodes (2)"),
    (BY_FILE, f"{P}.taints", ["a b"], f"{P}.taints[0]", "key of a taint"),
    (BY_FILE, "gpu_pools.GPU", POOLS["gpu"], "gpu_pools.GPU", "small letters"),
    (BY_FILE, "requires", {"storage_classes": ["a b"]}, "requires.storage_classes[0]", "class name"),
    (BY_FILE, "requires", {"crds": []}, "requires.crds", "unknown"),
]


@pytest.mark.parametrize(("args", "where", "value", "path", "words"), BAD)
def test_a_wrong_argument_is_told_without_what_is_secret_and_registers_nothing(args, where, value, path, words):
    wrong = changed(args, where, value)
    found = {}

    def program():
        with pytest.raises(ArgsError) as error:
            ExistingCluster("voice", wrong)
        found["problems"] = error.value.problems

    assert record(program).found == {}
    told = [problem for problem in found["problems"] if problem.path == path and words in str(problem)]
    assert told, "\n".join(map(str, found["problems"]))
    assert told[0].fix
    assert CANARY not in "".join(map(str, found["problems"]))


@pytest.mark.parametrize("args", [BY_FILE, BY_EKS, BY_GKE, BY_TERRAFORM])
def test_every_way_resolves(args):
    spec = resolve_existing_cluster(args)
    assert spec.way in args
    assert bool(spec.kubeconfig) == (spec.named is None)


def made(args, **options):
    return record(lambda: ExistingCluster("voice", args), **options)


def test_only_a_provider_is_registered_and_the_outputs_are_those_of_any_cluster():
    recording = made(BY_FILE)
    assert set(recording.found) == {"ExistingCluster:voice", "kubernetes:voice-kubernetes"}
    outputs = recording.outputs["ExistingCluster:voice"]
    assert set(outputs) == set(ExistingCluster.__annotations__)
    assert outputs["cluster_name"] == "voice"
    assert outputs["endpoint"] == "https://api.example"
    assert outputs["gpu_pools"][0]["gpusPerNode"] == 1


def test_a_secret_kubeconfig_reaches_the_provider_alone():
    secret = pulumi.Output.secret(kubeconfig({"token": CANARY}))
    recording = made({"kubeconfig": {"content": secret}, "gpu_pools": POOLS})
    assert CANARY not in json.dumps(recording.outputs["ExistingCluster:voice"])
    assert CANARY in json.dumps(recording.one("kubernetes", "voice-kubernetes").inputs)


def test_terraforms_cluster_is_entered_by_the_command_of_its_cloud():
    spec = resolve_existing_cluster(BY_TERRAFORM)
    user = json.loads(spec.kubeconfig)["users"][0]["user"]["exec"]
    assert user["command"] == "aws"
    google = {
        "name": {"value": "voice"},
        "endpoint": {"value": "203.0.113.9"},
        "ca_certificate": {"value": CA},
        "project_id": {"value": "example-voice"},
        "location": {"value": "us-central1"},
    }
    spec = resolve_existing_cluster({"terraform_outputs": {"content": google, "cloud": "gcp"}})
    config = json.loads(spec.kubeconfig)
    assert config["clusters"][0]["cluster"]["server"] == "https://203.0.113.9"
    assert config["users"][0]["user"]["exec"]["command"] == "gke-gcloud-auth-plugin"


def test_what_the_surveyor_misses_ends_the_program_before_anything_is_made():
    asked = []

    def survey(text, requires):
        asked.append((text, requires))
        return [Problem("requires.storage_classes", "the cluster has no storage class gp3", "", "make it")]

    def program():
        with surveying(survey):
            return ExistingCluster("voice", BY_FILE).endpoint

    with pytest.raises(ArgsError, match="no storage class gp3; make it"):
        record(program)
    assert asked[0][1].gpus == 2


def test_the_release_says_what_the_cluster_must_have():
    release = {
        "license": {"persistence": True, "storage_class": "fast"},
        "ingress": {"class_name": "nginx"},
        "monitoring": {"autoscaling": True, "pod_monitor": True},
    }
    found = with_release(BY_FILE, release, {})["requires"]
    assert found == {
        "storage_classes": ["fast"],
        "ingress_classes": ["nginx"],
        "custom_resources": ["scaledobjects.keda.sh", "podmonitors.monitoring.coreos.com"],
    }
    assert with_release(BY_FILE, {}, {})["requires"] == {
        "storage_classes": [],
        "ingress_classes": [],
        "custom_resources": [],
    }
    brought = with_release(BY_FILE, release, {"storage_class": {"enabled": True, "name": "fast"}})
    assert brought["requires"]["storage_classes"] == []


def test_a_kubeconfig_is_cut_to_one_context_and_made_fit_to_show():
    text = kubeconfig({"token": CANARY, **EXEC})
    assert holds_secret(text)
    one = json.loads(one_context(text))
    assert len(one["contexts"]) == len(one["clusters"]) == len(one["users"]) == 1
    assert CANARY not in without_credentials(one_context(text))
    assert json.loads(without_credentials(one_context(text)))["users"][0]["user"] == EXEC
    assert not holds_secret(kubeconfig())
