"""The check of a model package's ARN, for the endpoint and for a variant with a package of its own."""

import re

from catalog.aws.sagemaker import LISTINGS, PACKAGE_ARN_MAX, PACKAGE_ARN_PATTERN
from core.aws.regions import partition_of
from core.input.reader import Reader

__all__ = ["SUBSCRIBE", "check_package"]

KEY = "model_package_arn"
SUBSCRIBE = "copy it from SageMaker AI, Model packages, My subscriptions, after subscribing at " + " or ".join(
    listing.url for listing in LISTINGS.values()
)


def check_package(read: Reader, region: str) -> str:
    """The ARN under `model_package_arn`, empty where there is none; adds a problem where the endpoint cannot use it."""
    arn = read.text(KEY)
    found = re.fullmatch(PACKAGE_ARN_PATTERN, arn)
    where = read.at(KEY)
    if arn and (found is None or len(arn) > PACKAGE_ARN_MAX):
        fix = "arn:aws:sagemaker:<region>:<12 digits>:model-package/<name>: " + SUBSCRIBE
        read.problems.add(where, "must be the ARN of a model package", got=arn, fix=fix)
    elif found is not None and region and found["region"] != region:
        fix = "copy the ARN of this region, since packages do not cross regions, or change region"
        read.problems.add(where, f"must be in {region}, the region of the endpoint", got=found["region"], fix=fix)
    elif found is not None and region and found["partition"] != partition_of(region):
        fix = "copy the ARN that the console of the endpoint's partition shows"
        read.problems.add(where, f"must be in partition {partition_of(region)}", got=found["partition"], fix=fix)
    return arn
