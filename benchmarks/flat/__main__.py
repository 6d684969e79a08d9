"""A Pulumi program without components: reads `resources.json` beside its project file and declares all of it in a loop.

The stack's name says how: `classes` by the class of the SDK, as a person would write it, `bare` by
`pulumi.CustomResource`, with the same classes imported and then not used, which no person would write and nothing in
Python can beat.
"""

import json
import re
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws
import pulumi_kubernetes

SECRET = "[secret]"  # noqa: S105 - how the engine prints any secret value


def sdk_class(token: str) -> Any:
    """The class of a type: `aws:ec2/vpc:Vpc` is in `pulumi_aws.ec2`, `kubernetes:apps/v1:Deployment` in `apps.v1`."""
    package, path, name = token.split(":")
    module, version = path.split("/")
    if package == "aws":
        return getattr(getattr(pulumi_aws, module), name)
    return getattr(getattr(getattr(pulumi_kubernetes, module.split(".")[0]), version), name)


def python_name(name: str) -> str:
    """`vpcId` as the SDK's constructors call it."""
    return re.sub(r"(?<=[a-z0-9])[A-Z]", r"_\g<0>", name).lower()


def value(given: Any) -> Any:
    """A property; only Kubernetes secrets are secret here, and those are mappings."""
    return pulumi.Output.secret({"key": "value"}) if given == SECRET else given


def declare(row: dict[str, Any], made: dict[str, pulumi.CustomResource], *, bare: bool) -> pulumi.CustomResource:
    inputs = {name: value(given) for name, given in row["inputs"].items()}
    opts = pulumi.ResourceOptions(depends_on=[made[urn] for urn in row["depends_on"]], protect=row["protect"])
    if row["type"].startswith("pulumi:providers:"):
        opts.version = inputs.pop("version")
        return pulumi.ProviderResource(row["type"].rpartition(":")[2], row["name"], inputs, opts)
    provider = made[row["provider"]]
    assert isinstance(provider, pulumi.ProviderResource)
    opts.provider = provider
    of_sdk = sdk_class(row["type"])
    if bare:
        return pulumi.CustomResource(row["type"], row["name"], inputs, opts)
    made_one: pulumi.CustomResource = of_sdk(row["name"], **{python_name(k): v for k, v in inputs.items()}, opts=opts)
    return made_one


def main() -> None:
    made: dict[str, pulumi.CustomResource] = {}
    for row in json.loads(Path(pulumi.get_root_directory(), "resources.json").read_text()):
        made[row["urn"]] = declare(row, made, bare=pulumi.get_stack() == "bare")


main()
