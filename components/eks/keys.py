"""The KMS keys of `EksCluster`, with policies that are written out: of Kubernetes' secrets, and of the logs."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from components.eks.spec import EksClusterSpec, name_tags
from core.aws.iam import Statement, document

_KEPT_DAYS = 30
"""The longest wait for a deletion: without the key every secret, backup of etcd and log is lost."""


def secrets_key(
    name: str,
    spec: EksClusterSpec,
    given: pulumi.Input[str] | None,
    role_arn: pulumi.Output[str],
    opts: pulumi.ResourceOptions,
) -> pulumi.Output[str]:
    """ARN of the key of Kubernetes' secrets: the given one, or a new one. `role_arn` tells the account."""
    if given is not None:
        return pulumi.Output.from_input(given)
    description = f"Kubernetes secrets of EKS cluster {spec.cluster_name}"
    return _key(f"{name}-secrets-key", description, role_arn.apply(account_policy), name_tags(spec, "secrets"), opts)


def logs_key(
    name: str,
    spec: EksClusterSpec,
    given: pulumi.Input[str] | None,
    role_arn: pulumi.Output[str],
    opts: pulumi.ResourceOptions,
) -> pulumi.Output[str]:
    """ARN of the key of the log groups: the given one, or a new one that CloudWatch Logs may use."""
    if given is not None:
        return pulumi.Output.from_input(given)
    description = f"Logs of EKS cluster {spec.cluster_name}"
    policy = role_arn.apply(lambda arn: logs_policy(arn, spec.region))
    return _key(f"{name}-logs-key", description, policy, name_tags(spec, "logs"), opts)


def _key(
    name: str,
    description: str,
    policy: pulumi.Output[str],
    tags: dict[str, str],
    opts: pulumi.ResourceOptions,
) -> pulumi.Output[str]:
    key = aws.kms.Key(
        name,
        description=description,
        policy=policy,
        enable_key_rotation=True,
        deletion_window_in_days=_KEPT_DAYS,
        tags=tags,
        opts=opts,
    )
    arn: pulumi.Output[str] = key.arn
    return arn


def account_policy(role_arn: str) -> str:
    """Whom a key serves: its account, as far as IAM allows each principal. What KMS writes by itself, written out."""
    return document(_by_iam(role_arn))


def logs_policy(role_arn: str, region: str) -> str:
    """The same, and CloudWatch Logs for log groups of the account.

    source: CloudWatch Logs user guide, "Encrypt log data using AWS KMS", 2026-11-25.
    """
    _, partition, _, _, account, _ = role_arn.split(":", 5)
    service = f"logs.{region}.amazonaws.com" + (".cn" if partition == "aws-cn" else "")
    groups = f"arn:{partition}:logs:{region}:{account}:log-group:*"
    by_logs = Statement(
        sid="Logs",
        services=[service],
        actions=["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
        resources=["*"],  # of a key's own policy: this key
        conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
    )
    return document(_by_iam(role_arn), by_logs)


def _by_iam(role_arn: str) -> Statement:
    _, partition, _, _, account, _ = role_arn.split(":", 5)
    root = f"arn:{partition}:iam::{account}:root"
    return Statement(sid="Account", principals=[root], actions=["kms:*"], resources=["*"])
