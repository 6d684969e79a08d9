"""Launch templates, capacity reservations and tags of node groups' Auto Scaling groups."""

from collections.abc import Mapping
from typing import Any

from sandbox.providers.aws.ids import arn, hex_id, owner
from sandbox.providers.aws.rules import instance_type
from sandbox.providers.aws.services import tokens
from sandbox.providers.aws.services.ec2.firewall import require_group
from sandbox.providers.cloud.account import CloudObject
from sandbox.providers.cloud.errors import CloudError
from sandbox.providers.cloud.row import AutoName, Reference, ResourceType, constant, joined
from sandbox.providers.cloud.rules import all_of, between, length, matches, not_together, one_of
from sandbox.providers.cloud.walk import values_at

_EBS = "blockDeviceMappings.ebs"
_TRUTH = ("true", "false", "")


def _admit_template(made: CloudObject) -> None:
    for other in made.account.all(tokens.LAUNCH_TEMPLATE):
        if other.id != made.id and other.outputs.get("name") == made["name"]:
            raise CloudError("InvalidLaunchTemplateName.AlreadyExistsException", "Launch template name already in use.")
    for group in values_at(made.inputs, "vpcSecurityGroupIds"):
        require_group(made.account, group)


def _next_version(old: CloudObject, new: CloudObject) -> Mapping[str, Any]:
    if {**old.inputs, "tags": None} == {**new.inputs, "tags": None}:
        return {}  # its own tags are not part of a version
    latest = old.facts.get("latestVersion", 1) + 1
    return {"latestVersion": latest, **({"defaultVersion": latest} if new["updateDefaultVersion"] else {})}


def _admit_group_tag(made: CloudObject) -> None:
    name = made["autoscalingGroupName"]
    if not made.account.where(tokens.NODE_GROUP, "resources.autoscalingGroups.name", name):
        raise CloudError("ValidationError", f"AutoScalingGroup name not found - no such group: {name}")


ROWS = (
    ResourceType(
        token=tokens.LAUNCH_TEMPLATE,
        service="EC2",
        noun="EC2 Launch Template",
        id=hex_id("lt"),
        name=AutoName("name", 125),
        replaces=("name",),
        unordered=("vpcSecurityGroupIds", "securityGroupNames"),
        check=all_of(
            length("name", 3, 128),
            matches("name", r"[\w()./-]+", "only letters, digits and -._/() are allowed in name"),
            instance_type("instanceType"),
            not_together("instanceType", "instanceRequirements"),
            not_together("defaultVersion", "updateDefaultVersion"),
            between("metadataOptions.httpPutResponseHopLimit", 1, 64),
            one_of(f"{_EBS}.volumeType", "standard", "io1", "io2", "gp2", "gp3", "sc1", "st1"),
            between(f"{_EBS}.volumeSize", 1, 65536),
            between(f"{_EBS}.throughput", 125, 2000),
            one_of(f"{_EBS}.encrypted", *_TRUTH),
            one_of(f"{_EBS}.deleteOnTermination", *_TRUTH),
            one_of("instanceMarketOptions.marketType", "spot", "capacity-block"),
            one_of(
                "tagSpecifications.resourceType",
                "instance",
                "volume",
                "network-interface",
                "spot-instances-request",
                "elastic-gpu",
            ),
        ),
        requires=(
            Reference(
                "capacityReservationSpecification.capacityReservationTarget.capacityReservationId",
                tokens.CAPACITY_RESERVATION,
                "InvalidCapacityReservationId.NotFound",
                "The capacity reservation ID '{value}' does not exist",
            ),
            Reference(
                f"{_EBS}.kmsKeyId",
                tokens.KEY,
                "InvalidKmsKeyId.NotFound",
                "The KMS key '{value}' does not exist",
                by="arn",
            ),
        ),
        admit=_admit_template,
        on_update=_next_version,
        outputs={
            "arn": arn("ec2", "launch-template/{id}"),
            "latestVersion": lambda made: made.facts.get("latestVersion", 1),
            "defaultVersion": lambda made: made.facts.get("defaultVersion", 1),
        },
        volatile=("latestVersion", "defaultVersion"),
    ),
    ResourceType(
        token=tokens.CAPACITY_RESERVATION,
        service="EC2",
        noun="EC2 Capacity Reservation",
        id=hex_id("cr"),
        replaces=(
            "availabilityZone",
            "instancePlatform",
            "instanceType",
            "instanceMatchCriteria",
            "tenancy",
            "ebsOptimized",
            "ephemeralStorage",
            "outpostArn",
            "placementGroupArn",
        ),
        defaults={
            "ebsOptimized": False,
            "endDateType": "unlimited",
            "ephemeralStorage": False,
            "instanceMatchCriteria": "open",
            "tenancy": "default",
        },
        check=all_of(
            instance_type("instanceType"),
            between("instanceCount", 1, 1000),
        ),
        outputs={"arn": arn("ec2", "capacity-reservation/{id}"), "ownerId": owner},
        calls={"delete": "CancelCapacityReservation"},
    ),
    ResourceType(
        token="aws:autoscaling/tag:Tag",  # noqa: S106 - a type token
        service="Auto Scaling",
        noun="Auto Scaling Tag",
        id=joined("autoscalingGroupName", "tag.key", by=","),
        replaces=("autoscalingGroupName", "tag.key"),
        check=length("tag.key", 1, 128),
        admit=_admit_group_tag,
        outputs={"tag": constant({})},
        upserts=True,
        calls={"create": "CreateOrUpdateTags", "update": "CreateOrUpdateTags", "delete": "DeleteTags"},
    ),
)
