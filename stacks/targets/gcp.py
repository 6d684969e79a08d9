"""How a stack reaches Google Cloud: the section that targets there share, and the provider made of it."""

from typing import Any, NotRequired, TypedDict

import pulumi_gcp as gcp

from core.gcp.labels import label_value
from stacks.target import CommonSettings

__all__ = ["GcpAccountSettings", "GcpSettings", "gcp_provider"]


class GcpSettings(TypedDict):
    """How to reach Google Cloud. The project is that of the target's section."""

    impersonate_service_account: NotRequired[str]
    """Address of a service account to act as for all calls. Default: none."""
    billing_project: NotRequired[str]
    """Project that calls are counted and billed to, where it is another one. Default: that of the credentials."""


class GcpAccountSettings(CommonSettings):
    """Keys of every stack file whose target is on Google Cloud."""

    gcp: NotRequired[GcpSettings]
    """How to reach Google Cloud. Default: application default credentials."""


def gcp_provider(settings: GcpSettings, project: str, stack: str) -> Any:
    """The Google Cloud provider of a stack: the project is stated, nothing is taken from the shell's defaults."""
    billing = settings.get("billing_project")
    return gcp.Provider(
        "gcp",
        project=project,
        impersonate_service_account=settings.get("impersonate_service_account"),
        billing_project=billing,
        user_project_override=True if billing else None,
        default_labels={"cartesia-stack": label_value(stack)},
    )
