"""Type tokens that rows of different services name."""

from typing import Final

NETWORK: Final = "gcp:compute/network:Network"
SUBNETWORK: Final = "gcp:compute/subnetwork:Subnetwork"
ROUTER: Final = "gcp:compute/router:Router"
ROUTER_NAT: Final = "gcp:compute/routerNat:RouterNat"
CLUSTER: Final = "gcp:container/cluster:Cluster"
NODE_POOL: Final = "gcp:container/nodePool:NodePool"
ACCOUNT: Final = "gcp:serviceaccount/account:Account"
PROJECT_MEMBER: Final = "gcp:projects/iAMMember:IAMMember"
KEY_RING: Final = "gcp:kms/keyRing:KeyRing"
CRYPTO_KEY: Final = "gcp:kms/cryptoKey:CryptoKey"
CRYPTO_KEY_MEMBER: Final = "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember"
