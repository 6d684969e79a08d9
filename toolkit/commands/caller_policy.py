"""`cartesia-infra caller-policy`: the IAM rights that calling a SageMaker endpoint takes. Asks nobody."""

import json

import click

from core.aws.regions import partition_of
from core.sagemaker.caller import caller_policy as policy_document
from toolkit.sagemaker.site import site_of
from toolkit.stack_option import stack_option

_EXAMPLE = """
\b
Examples:
  cartesia-infra caller-policy --stack sagemaker-prod > caller.json
  cartesia-infra caller-policy --stack sagemaker-prod --account 123456789012
"""


@click.command(epilog=_EXAMPLE)
@stack_option("Stack of the endpoint.", required=True)
@click.option("--account", metavar="ID", help="Account of the endpoint, twelve digits.  [default: any]")
def caller_policy(stack: str, account: str | None) -> None:
    """Print the IAM policy of whoever calls the endpoint of a stack, as the AWS CLI takes it.

    The stack makes the same policy (output callerPolicyArn) and attaches it to the roles in callerRoles. Callers of
    another account need it beside a role of this account that they assume.
    """
    if account is not None and not (len(account) == 12 and account.isdecimal()):
        raise click.BadParameter("must be twelve digits", param_hint="--account")
    site = site_of(stack, "caller-policy")
    region = site.access.region
    arn = f"arn:{partition_of(region)}:sagemaker:{region}:{account or '*'}:endpoint/{site.endpoint}"
    click.echo(json.dumps(json.loads(policy_document(arn)), indent=1))
