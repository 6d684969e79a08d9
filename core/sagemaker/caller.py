"""The IAM policy of whoever calls a SageMaker endpoint."""

from core.aws.iam import Statement, document

__all__ = ["CALL_ACTIONS", "caller_policy"]

CALL_ACTIONS = ("sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointWithResponseStream")
"""The API reference asks for the first alone, AWS's own policies for streaming callers (AmazonBedrockFullAccess, e.g.)
name both: whichever is looked at, a call must not be refused."""


def caller_policy(endpoint_arn: str) -> str:
    """Lets its holder call this endpoint, streamed or not, and nothing else."""
    return document(Statement(sid="CallVoice", actions=CALL_ACTIONS, resources=[endpoint_arn]))
