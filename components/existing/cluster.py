"""`ExistingCluster`: a cluster that somebody else made, with the same outputs as those that are made here.

Owns the way in: the Kubernetes provider, and the kubeconfig it is made of. It makes nothing and changes nothing, so a
destroy leaves the cluster as it is. By a name in EKS or GKE the address is asked of the cloud; in every other way it is
an argument.
"""

from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_gcp as gcp
import pulumi_kubernetes as kubernetes

from components.args import ArgsError
from components.cluster import GpuPool
from components.existing.args import (
    ExistingClusterArgs,
    ExistingEksArgs,
    ExistingGkeArgs,
    ExistingGpuPoolArgs,
    ExistingKubeconfigArgs,
    ExistingRequirementsArgs,
    ExistingTerraformArgs,
)
from components.existing.resolve import COMPONENT, resolve_existing_cluster
from components.existing.spec import EKS_NAME, GKE_NAME, ByName, ExistingClusterSpec
from components.survey.hook import surveyor
from components.warn import tell
from core.given.kubeconfig_file import context_of, kubeconfig_problems, one_context, without_credentials
from core.kube.kubeconfig import eks_kubeconfig, gke_kubeconfig

__all__ = [
    "ExistingCluster",
    "ExistingClusterArgs",
    "ExistingEksArgs",
    "ExistingGkeArgs",
    "ExistingGpuPoolArgs",
    "ExistingKubeconfigArgs",
    "ExistingRequirementsArgs",
    "ExistingTerraformArgs",
    "resolve_existing_cluster",
]


class ExistingCluster(pulumi.ComponentResource):
    """A cluster made elsewhere: by Terraform, by another stack, or by hand. Nothing of it is changed."""

    cluster_name: pulumi.Output[str]
    """Name of the cluster: that in its cloud, or that of the context."""
    endpoint: pulumi.Output[str]
    """URL of the Kubernetes API server."""
    kubeconfig: pulumi.Output[str]
    """Kubeconfig for people, without what is secret in the one that was given."""
    gpu_pools: pulumi.Output[list[GpuPool]]
    """GPU nodes, as the arguments tell them. Their keys are spelled as in the schema (`gpusPerNode`)."""

    def __init__(self, name: str, args: ExistingClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec = resolve_existing_cluster(args)  # before super(): wrong arguments register nothing
        super().__init__("cartesia:index:ExistingCluster", name, {"way": spec.way}, opts)
        survey, requires = surveyor(), spec.requires

        def surveyed(text: str) -> str:
            missing = list(survey(text, requires))
            for problem in missing:
                tell(problem)  # beside the error, which a program that ends within an output may not get across
            if missing:
                raise ArgsError(COMPONENT, missing)
            return text

        kubeconfig = _kubeconfig(spec, args, self).apply(surveyed)
        self.kubeconfig = pulumi.Output.unsecret(kubeconfig.apply(without_credentials))
        where = self.kubeconfig.apply(context_of)
        named = spec.named
        self.cluster_name = where.apply(lambda found: named.cluster_name if named else found[0])
        self.endpoint = where.apply(lambda found: found[1])
        self.gpu_pools = pulumi.Output.from_input([pool.output() for pool in spec.gpu_pools])
        self.provider = kubernetes.Provider(
            f"{name}-kubernetes",
            kubeconfig=kubeconfig,
            enable_server_side_apply=True,
            # Pods name their secrets, so a rotated key must change content: a replacement deletes the secret first.
            enable_secret_mutable=True,
            # A change of the kubeconfig's text alone replaces nothing; objects are made again in another cluster.
            cluster_identifier=self.endpoint,
            opts=pulumi.ResourceOptions(parent=self),
        )
        """Provider of this cluster, for what runs in it. Plain Python, no output."""
        self.access = kubeconfig
        """Kubeconfig of that provider, for a program that looks into the cluster itself. Plain Python, no output."""
        self.resource: pulumi.Resource | None = None
        """Nothing of the cluster is ours. Plain Python, no output."""
        self.register_outputs({key: getattr(self, key) for key in ExistingCluster.__annotations__})


def _kubeconfig(spec: ExistingClusterSpec, args: ExistingClusterArgs, parent: pulumi.Resource) -> pulumi.Output[str]:
    if spec.kubeconfig:
        return pulumi.Output.from_input(spec.kubeconfig)
    if spec.named is not None and spec.way == EKS_NAME:
        return _of_eks(spec.named, parent)
    if spec.named is not None and spec.way == GKE_NAME:
        return _of_gke(spec.named, parent)
    given = args["kubeconfig"]
    return pulumi.Output.from_input(given["content"]).apply(lambda text: _checked(text, given.get("context", "")))


def _checked(text: str, context: str) -> str:
    """A kubeconfig that only the update tells."""
    wrong = kubeconfig_problems(text, context, "kubeconfig.content")
    if wrong:
        raise ArgsError(COMPONENT, wrong)
    return one_context(text, context)


def _of_eks(named: ByName, parent: pulumi.Resource) -> pulumi.Output[str]:
    looking = pulumi.InvokeOutputOptions(parent=parent)
    found: pulumi.Output[Any] = aws.eks.get_cluster_output(name=named.cluster_name, opts=looking)
    return found.apply(
        lambda cluster: eks_kubeconfig(
            cluster_name=named.cluster_name,
            region=named.region,
            endpoint=cluster.endpoint,
            certificate_authority=cluster.certificate_authorities[0].data,
            profile=named.profile,
            role_arn=named.role_arn,
        )
    )


def _of_gke(named: ByName, parent: pulumi.Resource) -> pulumi.Output[str]:
    found: pulumi.Output[Any] = gcp.container.get_cluster_output(
        name=named.cluster_name,
        project=named.project,
        location=named.location,
        opts=pulumi.InvokeOutputOptions(parent=parent),
    )
    return found.apply(
        lambda cluster: gke_kubeconfig(
            cluster_name=named.cluster_name,
            project=named.project,
            location=named.location,
            endpoint=f"https://{cluster.endpoint}",
            certificate_authority=cluster.master_auths[0].cluster_ca_certificate,
            application_default=named.application_default,
        )
    )
