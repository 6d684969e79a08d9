"""The Google Cloud stand-in without an engine: a project with a network, a key, a cluster and two pools in it."""

import contextlib
import json
from unittest import mock

from sandbox.providers import base
from sandbox.providers.gcp.facts.project import SERVICE_AGENT
from sandbox.providers.gcp.provider import GcpProvider
from sandbox.providers.gcp.services import tokens
from tests.support import standin_aws

PROJECT, REGION = "example-voice", "us-central1"
ENCRYPTER = "roles/cloudkms.cryptoKeyEncrypterDecrypter"


class Engine(standin_aws.Engine):
    """As much of the engine as a provider sees."""

    def __init__(self, world, labels=None, **options):
        self.planes, self.nodes = standin_aws.FakePlanes(), Nodes()
        self.voices, self.log = standin_aws.FakeVoices(), []
        self.provider = GcpProvider(world, planes=self.planes, nodes=self.nodes, voices=self.voices, **options)
        self.provider.log = lambda severity, message, urn="": self.log.append((severity, message, urn))
        settings = {"project": PROJECT, **({"defaultLabels": json.dumps(labels)} if labels else {})}
        self.provider.configure(base.ConfigureRequest(inputs=settings, urn="urn:provider"))


class Nodes(standin_aws.FakeNodes):
    """Remembers whole pools too."""

    def __init__(self):
        super().__init__()
        self.pools = []

    def reconcile(self, pool, plane):
        super().reconcile(pool, plane)
        self.pools.append(pool)


@contextlib.contextmanager
def without_storage():
    """No control plane answers here, so nothing can be put into one."""
    with mock.patch("sandbox.providers.gcp.services.gke.cluster.make_storage"):
        yield


NETWORK = {"name": "voice", "project": PROJECT, "autoCreateSubnetworks": False}
SUBNETWORK = {
    "name": "voice",
    "project": PROJECT,
    "region": REGION,
    "network": "voice",
    "ipCidrRange": "10.0.0.0/20",
    "secondaryIpRanges": [
        {"rangeName": "pods", "ipCidrRange": "10.64.0.0/16"},
        {"rangeName": "services", "ipCidrRange": "10.65.0.0/20"},
    ],
    "privateIpGoogleAccess": True,
}
CLUSTER = {
    "name": "voice",
    "project": PROJECT,
    "location": REGION,
    "network": "voice",
    "subnetwork": "voice",
    "ipAllocationPolicy": {"clusterSecondaryRangeName": "pods", "servicesSecondaryRangeName": "services"},
    "initialNodeCount": 1,
    "removeDefaultNodePool": True,
    "releaseChannel": {"channel": "STABLE"},
    "workloadIdentityConfig": {"workloadPool": f"{PROJECT}.svc.id.goog"},
    "deletionProtection": False,
}
CPU = {
    "name": "default",
    "project": PROJECT,
    "location": REGION,
    "cluster": "voice",
    "nodeCount": 1,
    "nodeConfig": {"machineType": "n2-standard-4"},
}
GPU = {
    "name": "gpu",
    "project": PROJECT,
    "location": REGION,
    "cluster": "voice",
    "initialNodeCount": 1,
    "autoscaling": {"totalMinNodeCount": 0, "totalMaxNodeCount": 4, "locationPolicy": "ANY"},
    "nodeLocations": ["us-central1-a"],
    "nodeConfig": {
        "machineType": "g2-standard-8",
        "labels": {"nvidia.com/gpu.present": "true"},
        "guestAccelerators": [
            {"type": "nvidia-l4", "count": 1, "gpuDriverInstallationConfig": {"gpuDriverVersion": "DEFAULT"}}
        ],
    },
}


def gpu(**changes):
    """Inputs of a GPU pool with other values in its accelerator."""
    accelerator = {**GPU["nodeConfig"]["guestAccelerators"][0], **changes}
    return {**GPU, "nodeConfig": {**GPU["nodeConfig"], "guestAccelerators": [accelerator]}}


def node(**changes):
    """Inputs of a GPU pool with other values in its `nodeConfig`."""
    return {**GPU, "nodeConfig": {**GPU["nodeConfig"], **changes}}


def one_of_each(engine):
    """One object of every type, by type."""
    make = [
        (tokens.NETWORK, NETWORK),
        (tokens.SUBNETWORK, SUBNETWORK),
        (tokens.ROUTER, {"name": "voice", "project": PROJECT, "region": REGION, "network": "voice"}),
        (
            tokens.ROUTER_NAT,
            {
                "name": "voice",
                "project": PROJECT,
                "region": REGION,
                "router": "voice",
                "sourceSubnetworkIpRangesToNat": "ALL_SUBNETWORKS_ALL_IP_RANGES",
            },
        ),
        (tokens.ACCOUNT, {"accountId": "voice-nodes", "project": PROJECT, "displayName": "Nodes"}),
        (
            tokens.PROJECT_MEMBER,
            {
                "project": PROJECT,
                "role": "roles/container.defaultNodeServiceAccount",
                "member": f"serviceAccount:voice-nodes@{PROJECT}.iam.gserviceaccount.com",
            },
        ),
        (tokens.KEY_RING, {"name": "voice", "project": PROJECT, "location": REGION}),
        (tokens.CRYPTO_KEY, {"name": "secrets", "keyRing": RING, "rotationPeriod": "7776000s"}),
        (
            tokens.CRYPTO_KEY_MEMBER,
            {"cryptoKeyId": KEY, "role": ENCRYPTER, "member": f"serviceAccount:{SERVICE_AGENT}"},
        ),
        (tokens.CLUSTER, CLUSTER | {"databaseEncryption": {"state": "ENCRYPTED", "keyName": KEY}}),
        (tokens.NODE_POOL, CPU),
    ]
    return {type_: engine.create(type_, type_.rpartition(":")[2].lower(), inputs) for type_, inputs in make}


RING = f"projects/{PROJECT}/locations/{REGION}/keyRings/voice"
KEY = f"{RING}/cryptoKeys/secrets"
