"""The AWS resources of a SageMaker endpoint, one method a part. Their order is in `endpoint`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.replacing import one_of_a_name
from components.sagemaker.alarms import Alarm
from components.sagemaker.args import SageMakerVoiceEndpointArgs
from components.sagemaker.documents import execution_policy, runtime_policy, runtime_service
from components.sagemaker.inputs import production_variants
from components.sagemaker.spec import SageMakerVoiceEndpointSpec
from core.aws.iam import service_trust
from core.sagemaker.caller import caller_policy as caller_document

__all__ = ["Maker"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """Makes the parts of one endpoint as children of its component."""

    name: str
    """Logical name of the component."""
    spec: SageMakerVoiceEndpointSpec
    """What was resolved."""
    args: SageMakerVoiceEndpointArgs
    """What was written, for inputs that are only handed on."""
    parent: pulumi.Resource
    """The component, parent of each part."""

    def topic_arn(self) -> pulumi.Output[str]:
        """The topic of the alarms: the given one, or a new one."""
        given = self.args.get("alarms", {})
        if given.get("topic_arn"):
            return pulumi.Output.from_input(given["topic_arn"])
        topic = aws.sns.Topic(
            f"{self.name}-alarms",
            display_name=f"Alarms of {self.spec.endpoint_name}",
            # AWS's own alias/aws/sns would lock CloudWatch out; only a key whose policy lets it in may stand here.
            kms_master_key_id=given.get("topic_kms_key_arn"),
            region=self.spec.region,
            tags=self.spec.tags,
            opts=pulumi.ResourceOptions(parent=self.parent),
        )
        arn: pulumi.Output[str] = topic.arn
        return arn

    def alarm(
        self, alarm: Alarm, topic_arn: pulumi.Output[str], *, guards_fleet: bool = False
    ) -> aws.cloudwatch.MetricAlarm:
        """One alarm. The one that `guards_fleet` is replaced, delete first, when the fleet changes its shape."""
        # An alarm keeps its name in AWS when it gets another role here, so that older update policies still find it.
        aliases: list[pulumi.Alias | str] = [pulumi.Alias(name=f"{self.name}-{alarm.once}")] if alarm.once else []
        opts = pulumi.ResourceOptions(parent=self.parent, aliases=aliases)
        if guards_fleet:
            opts.replacement_trigger = self.spec.fleet_shape
            opts.delete_before_replace = True
        return aws.cloudwatch.MetricAlarm(
            f"{self.name}-{alarm.role}",
            **alarm.inputs,
            alarm_actions=[topic_arn],
            ok_actions=[topic_arn],
            region=self.spec.region,
            tags=self.spec.tags,
            opts=opts,
        )

    def models(self) -> dict[str, pulumi.Output[str]]:
        """Name of the model of each variant. Each container is cut off from every network."""
        network = self.args.get("model_network")
        options: dict[str, Any] = {}
        if network:
            options["vpc_config"] = {
                "subnets": network["subnet_ids"],
                "security_group_ids": network["security_group_ids"],
            }
        role_arn, rights = self._execution_role()

        def model(suffix: str, package: str) -> pulumi.Output[str]:
            made = aws.sagemaker.Model(
                f"{self.name}-model{suffix}",
                execution_role_arn=role_arn,
                enable_network_isolation=True,  # Marketplace containers run so in any case; nothing gets in or out
                primary_container={"model_package_name": package},
                region=self.spec.region,
                tags={**self.spec.tags, "cartesia-model": self.spec.model},
                opts=pulumi.ResourceOptions(parent=self.parent, depends_on=rights),
                **options,
            )
            name: pulumi.Output[str] = made.name
            return name

        shared = [variant.name for variant in self.spec.variants if not variant.model_package_arn]
        common = model("", self.spec.model_package_arn) if shared else None
        return {
            variant.name: model(f"-{variant.name}", variant.model_package_arn)
            if common is None or variant.model_package_arn
            else common
            for variant in self.spec.variants
        }

    def log_group(self) -> aws.cloudwatch.LogGroup:
        """Where the containers' logs go. SageMaker would make it itself, and keep it for ever."""
        return aws.cloudwatch.LogGroup(
            f"{self.name}-logs",
            name=self.spec.log_group,
            retention_in_days=self.spec.log_days,
            kms_key_id=self.args.get("logs", {}).get("kms_key_arn"),
            region=self.spec.region,
            tags=self.spec.tags or None,
            opts=one_of_a_name(parent=self.parent),
        )

    def _execution_role(self) -> tuple[pulumi.Input[str], list[pulumi.Resource]]:
        given = self.args.get("execution_role_arn")
        if given:
            return given, []
        spec, in_vpc = self.spec, "model_network" in self.args
        role = aws.iam.Role(
            f"{self.name}-execution",
            description=f"What SageMaker may do for {spec.endpoint_name}",
            assume_role_policy=service_trust("sagemaker.amazonaws.com"),
            tags=spec.tags,
            opts=pulumi.ResourceOptions(parent=self.parent),
        )
        policy = aws.iam.RolePolicy(
            f"{self.name}-execution-rights",
            role=role.name,
            policy=pulumi.Output.from_input(self.args.get("kms_key_arn")).apply(
                lambda key: execution_policy(spec, key, in_vpc)
            ),
            opts=pulumi.ResourceOptions(parent=self.parent),
        )
        return role.arn, [policy]

    def configuration(self) -> aws.sagemaker.EndpointConfiguration:
        """The variants to run. A change makes a new configuration, to which the endpoint moves."""
        # No name: the engine gives each configuration its own, so a new one can stand beside the old.
        return aws.sagemaker.EndpointConfiguration(
            f"{self.name}-config",
            production_variants=production_variants(self.spec, self.models()),
            kms_key_arn=self.args.get("kms_key_arn"),
            region=self.spec.region,
            tags=self.spec.tags,
            opts=pulumi.ResourceOptions(parent=self.parent),
        )

    def caller_policy(
        self, endpoint: aws.sagemaker.Endpoint
    ) -> tuple[aws.iam.Policy, list[aws.iam.RolePolicyAttachment]]:
        """The policy of callers, and its attachments to the given roles."""
        policy = aws.iam.Policy(
            f"{self.name}-caller",
            description=f"Call the SageMaker endpoint {self.spec.endpoint_name}",
            policy=endpoint.arn.apply(caller_document),
            tags=self.spec.tags,
            opts=pulumi.ResourceOptions(parent=self.parent),
        )
        roles = self.args.get("caller_roles", {})
        return policy, [
            aws.iam.RolePolicyAttachment(
                f"{self.name}-caller-{key}",
                role=roles[key],
                policy_arn=policy.arn,
                opts=one_of_a_name(parent=self.parent),
            )
            for key in self.spec.caller_roles
        ]

    def runtime_network(self, endpoint: aws.sagemaker.Endpoint) -> list[aws.ec2.VpcEndpoint]:
        """The VPC endpoint, where one is asked for."""
        network = self.args.get("runtime_network")
        if not network or not self.spec.door.made:
            return []
        only = self.spec.door.only_this_endpoint
        door = aws.ec2.VpcEndpoint(
            f"{self.name}-runtime",
            vpc_id=network["vpc_id"],
            vpc_endpoint_type="Interface",
            service_name=runtime_service(self.spec.region),
            subnet_ids=network["subnet_ids"],
            security_group_ids=network["security_group_ids"],
            private_dns_enabled=self.spec.door.private_dns,
            policy=endpoint.arn.apply(lambda arn: runtime_policy(arn if only else None)),
            region=self.spec.region,
            tags={**self.spec.tags, "Name": f"{self.spec.endpoint_name}-runtime"},
            opts=pulumi.ResourceOptions(parent=self.parent),
        )
        return [door]
