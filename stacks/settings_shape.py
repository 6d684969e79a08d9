"""What a stack file may say: the keys below `cartesia:` in `stacks/Pulumi.<stack>.yaml`.

The big sections are the components' own Args, in camelCase, so a setting and the argument it becomes cannot drift
apart.
"""

from typing import NotRequired, TypedDict

from components.eks_args import EksClusterArgs
from components.platform_args import ClusterPlatformArgs
from components.release_args import CartesiaReleaseArgs


class AwsSettings(TypedDict):
    """How to reach the AWS account; the region is the cluster's."""

    account_id: NotRequired[str]
    """Twelve digits; any other account is refused before anything is changed. Default: the credentials' account."""
    profile: NotRequired[str]
    """Profile of the AWS configuration on the machine that runs Pulumi. Default: the standard chain."""
    role_arn: NotRequired[str]
    """Role to assume for all calls. Default: none."""


class BundleSettings(TypedDict):
    """Which vendor archive is deployed; written by `cartesia-infra release fetch`."""

    lock: NotRequired[str]
    """Lock file, from the root of the checkout. Default `cartesia.lock`."""
    store: NotRequired[str]
    """Folder of unpacked archives, from the root of the checkout. Default `.cartesia/bundles`."""


class StackSettings(TypedDict):
    """All keys of a stack file but the secrets (`stacks.secret_settings`)."""

    production: NotRequired[bool]
    """True protects what holds state against deletion. Default false."""
    aws: NotRequired[AwsSettings]
    """How to reach the AWS account. Default: the standard credential chain."""
    bundle: NotRequired[BundleSettings]
    """Which vendor archive is deployed."""
    eks: EksClusterArgs
    """The cluster."""
    addons: NotRequired[ClusterPlatformArgs]
    """What the cluster needs beside it. Default: the GPU device plugin."""
    release: CartesiaReleaseArgs
    """The voice stack on it; `chartPath` comes from the lock file."""
