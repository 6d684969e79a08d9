"""What goes with a resource that is deleted or replaced: the data at stake, and what stops meanwhile.

Statements about the clouds are their documentation's: EKS and SageMaker user guides ("Delete a cluster", "Delete a
managed node group", "Delete endpoints and resources"), KMS ("Deleting keys"), CloudWatch Logs (`DeleteLogGroup`),
GKE ("Deleting a cluster"), Kubernetes (persistent volumes, namespaces), read 2026-11-25.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

__all__ = ["STAKES", "stake_of", "type_name"]

_CLUSTER: Final = "the cluster with everything in it: workloads, secrets, claims; its address changes"
_NODES: Final = "all nodes of the pool: pods on them stop and need room elsewhere"
_ENDPOINT: Final = "the voice endpoint: calls fail until a new one is in service"
_VOLUME: Final = "the data on the volume"
_SECRET: Final = "the secret: pods that start meanwhile fail"  # noqa: S105 - words for people
_NETWORK: Final = "the network that everything in it uses"

STAKES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "aws:eks/cluster:Cluster": _CLUSTER,
        "gcp:container/cluster:Cluster": _CLUSTER,
        "aws:eks/nodeGroup:NodeGroup": _NODES,
        "gcp:container/nodePool:NodePool": _NODES,
        "aws:sagemaker/endpoint:Endpoint": _ENDPOINT,
        "aws:ebs/volume:Volume": _VOLUME,
        "gcp:compute/disk:Disk": _VOLUME,
        "aws:efs/fileSystem:FileSystem": _VOLUME,
        "kubernetes:core/v1:PersistentVolume": _VOLUME,
        "kubernetes:core/v1:PersistentVolumeClaim": _VOLUME,
        "kubernetes:core/v1:Secret": _SECRET,
        "kubernetes:core/v1:Namespace": "the namespace with every object in it: secrets and claims too",
        "kubernetes:helm.sh/v3:Release": "the release with all its objects: speech stops",
        "kubernetes:apps/v1:StatefulSet": "the pods of the set; claims stay",
        "kubernetes:storage.k8s.io/v1:StorageClass": "new claims find no class meanwhile; volumes stay",
        "aws:kms/key:Key": "the key: what it encrypted cannot be read once the waiting time is over",
        "aws:cloudwatch/logGroup:LogGroup": "all logs of the group",
        "aws:s3/bucketV2:BucketV2": "all objects of the bucket",
        "aws:s3/bucket:Bucket": "all objects of the bucket",
        "gcp:storage/bucket:Bucket": "all objects of the bucket",
        "aws:secretsmanager/secret:Secret": "the secret and its versions",
        "gcp:secretmanager/secret:Secret": "the secret and its versions",
        "aws:ecr/repository:Repository": "all images of the repository",
        "aws:ec2/vpc:Vpc": _NETWORK,
        "aws:ec2/subnet:Subnet": _NETWORK,
        "gcp:compute/network:Network": _NETWORK,
        "gcp:compute/subnetwork:Subnetwork": _NETWORK,
        "aws:ec2/eip:Eip": "the public address: whoever allows it by number has to allow another",
        "aws:ec2/natGateway:NatGateway": "ways out of the network, meanwhile",
        "aws:iam/role:Role": "the role: whoever acts in it loses access meanwhile",
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider": "access of every pod that comes by this provider",
        "aws:sns/topic:Topic": "the topic and its subscriptions",
        "aws:dynamodb/table:Table": "all rows of the table",
        "aws:rds/instance:Instance": "the database",
    }
)
"""By type. A type without a row holds nothing that could be lost."""


def stake_of(type_token: str) -> str:
    """What is at stake with a resource of a type; empty for nothing."""
    return STAKES.get(type_token, "")


def type_name(token: str) -> str:
    """What people call a type, e.g. `eks:NodeGroup` for `aws:eks/nodeGroup:NodeGroup`."""
    package, _, rest = token.partition(":")
    module, _, name = rest.rpartition(":")
    module = module.split("/")[0]
    return f"{module}:{name}" if module and module != "index" else name or package
