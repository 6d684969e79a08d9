"""What runs at an endpoint, as AWS says: before it is asked to speak, so that it is known what answered."""

from botocore.config import Config
from botocore.exceptions import ClientError

from core.sagemaker.live_endpoint import IN_SERVICE, described
from toolkit.voice.errors import EndpointError
from toolkit.voice.route import Destination, Live
from toolkit.voice.routes.sagemaker.account import session_for
from toolkit.voice.routes.sagemaker.classify import FOREIGN_ERRORS, classify

__all__ = ["describe_endpoint"]

_SECONDS = 5.0


def describe_endpoint(to: Destination) -> Live:
    """The endpoint as it runs.

    Raises:
        VoiceError: There is none, nobody may ask, or AWS does not answer.
    """
    config = Config(connect_timeout=_SECONDS, read_timeout=_SECONDS, retries={"total_max_attempts": 2})
    try:
        client = session_for(to).client("sagemaker", config=config)
        try:
            found = described(client.describe_endpoint(EndpointName=to.endpoint))
        finally:
            client.close()
    except ClientError as error:
        if "Could not find endpoint" in str(error):
            raise EndpointError(f"there is no endpoint {to.endpoint}") from error
        raise classify(error) from error
    except FOREIGN_ERRORS as error:
        raise classify(error) from error
    return Live(
        deployment=found.config_name,
        status=found.status,
        settled=found.status == IN_SERVICE and not found.pending_config_name,
        reason=found.reason,
        variants={variant.name: variant.instances for variant in found.variants},
    )
