"""The vendor's service-account key as a Kubernetes secret, with which the API server and the workers sync voices.

Owns one opaque secret with the key file. Leaves alone who mounts it (the chart), and the bucket, which is the vendor's.
A changed key changes the secret in place; whether running pods see it depends on how the chart hands it to them (a
mounted file follows within about a minute, an environment variable at the next start of the pod).
"""

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes

from components.args import ArgsError
from components.names import check_name
from components.release.registry_args import GcsAccessArgs
from components.replacing import one_of_a_name
from components.secret_inputs import check_now, checked
from core.input.problems import Problems
from core.input.reader import Reader
from core.secrets.checks import service_account_problems
from core.secrets.table import argument_of

COMPONENT = "GcsAccess"
_SECRET = argument_of("gcs_access")


@dataclass(frozen=True, slots=True, kw_only=True)
class GcsAccessSpec:
    """Checked arguments."""

    secret_name: str
    data_key: str


def resolve_gcs_access(args: GcsAccessArgs) -> GcsAccessSpec:
    """Check the arguments as a whole and fill in defaults.

    Raises:
        ArgsError: At least one rule is broken; it names them all, and shows no secret.
    """
    problems = Problems()
    read = Reader(args, GcsAccessArgs.__annotations__, "", problems)
    if read.required("namespace", "name the namespace of the release"):
        namespace = read.value("namespace")
        if isinstance(namespace, str):
            check_name("namespace", namespace, "namespace", problems)
    if read.required("service_account_json", "give the vendor's service-account JSON key"):
        check_now(args["service_account_json"], "service_account_json", service_account_problems, problems)
    secret_name = read.text("secret_name", _SECRET.secret_name)
    check_name("secret", secret_name, "secret_name", problems)
    data_key = read.text("data_key", _SECRET.data_key)
    check_name("data key", data_key, "data_key", problems)
    if problems:
        raise ArgsError(COMPONENT, problems)
    return GcsAccessSpec(secret_name=secret_name, data_key=data_key)


class GcsAccess(pulumi.ComponentResource):
    """Access to the vendor's buckets for the pods of the release: the service-account JSON as a secret."""

    secret_name: pulumi.Output[str]
    """Name of the secret, known once the secret is there."""

    def __init__(self, name: str, args: GcsAccessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec = resolve_gcs_access(args)  # before super(): wrong arguments register nothing
        super().__init__("cartesia:index:GcsAccess", name, {"secret_name": spec.secret_name}, opts)
        path = "service_account_json"
        key = checked(COMPONENT, args["service_account_json"], path, service_account_problems)
        secret = kubernetes.core.v1.Secret(
            f"{name}-secret",
            metadata={"name": spec.secret_name, "namespace": args["namespace"]},
            type="Opaque",
            string_data={spec.data_key: key},
            opts=one_of_a_name(parent=self),
        )
        self.secret_name = secret.metadata.apply(lambda _: spec.secret_name)
        self.register_outputs({"secret_name": self.secret_name})
