"""Who is told of alarms: subscriptions of the topic, and the right to call a function."""

import pulumi
import pulumi_aws as aws

from components.sagemaker.args import SageMakerVoiceEndpointArgs
from components.sagemaker.spec import SageMakerVoiceEndpointSpec

__all__ = ["subscribe"]


def subscribe(
    name: str,
    spec: SageMakerVoiceEndpointSpec,
    args: SageMakerVoiceEndpointArgs,
    topic_arn: pulumi.Output[str],
    parent: pulumi.Resource,
) -> list[pulumi.Resource]:
    """Make every subscription, and for functions the right of SNS to call them.

    A subscription that nobody confirmed cannot be deleted; AWS drops it after two days.
    source: SNS developer guide, "Deleting an Amazon SNS subscription and topic", 2026-11-25.
    """
    made: list[pulumi.Resource] = []
    given = args.get("alarms", {}).get("subscriptions", {})
    for one in spec.alarms.subscriptions:
        entry = given[one.name]
        to = entry.get("mail") or entry.get("lambda_arn") or entry.get("https_url")
        rights: list[pulumi.Resource] = []
        if one.protocol == "lambda":
            rights.append(
                aws.lambda_.Permission(
                    f"{name}-tell-{one.name}",
                    action="lambda:InvokeFunction",
                    function=entry["lambda_arn"],
                    principal="sns.amazonaws.com",
                    source_arn=topic_arn,
                    region=spec.region,
                    opts=pulumi.ResourceOptions(parent=parent),
                )
            )
        # The address of a webhook is what keeps others from posting there.
        endpoint = pulumi.Output.secret(to) if one.protocol == "https" else pulumi.Output.from_input(to)
        subscription = aws.sns.TopicSubscription(
            f"{name}-alarms-{one.name}",
            topic=topic_arn,
            protocol=one.protocol,
            endpoint=endpoint,
            region=spec.region,
            opts=pulumi.ResourceOptions(parent=parent, depends_on=rights),
        )
        made += [*rights, subscription]
    return made
