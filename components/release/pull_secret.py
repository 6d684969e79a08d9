"""The secret with which nodes pull the images: the vendor's service-account key, or the login of a mirror.

Owns one `kubernetes.io/dockerconfigjson` secret. Leaves alone who refers to it (the chart), and never reads Docker's
files of the machine it runs on: what a developer is logged in to must not decide what a cluster can pull.

Rotation: the secret has a fixed name and is not immutable, because pod templates refer to it by name; a new name would
be a change of the release. So a new key changes the content in place, and the next pull uses it. The Kubernetes
provider replaces secrets unless its `enable_secret_mutable` is on; set it, as the clusters of this package do, or a
rotation deletes the secret for a moment.
"""

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes

from catalog.releases import REGISTRY_HOST, REGISTRY_USER
from components.args import ArgsError
from components.names import check_name, check_registry_host
from components.release.registry_args import MirrorCredentialsArgs, RegistryPullSecretArgs
from components.replacing import one_of_a_name
from components.secret_inputs import check_now, checked
from core.input.problems import Problems
from core.input.reader import Reader
from core.kube.docker_config import docker_config
from core.secrets.checks import password_problems, service_account_problems, username_problems
from core.secrets.table import argument_of

COMPONENT = "RegistryPullSecret"
_SECRET = argument_of("pull_secret")


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """One registry login, by the vendor's key or as a mirror's user. The content may not be known yet."""

    host: str
    service_account_json: pulumi.Input[str] | None = None
    mirror: MirrorCredentialsArgs | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryPullSecretSpec:
    """Checked arguments."""

    secret_name: str
    login: Login


def resolve_registry_pull_secret(args: RegistryPullSecretArgs) -> RegistryPullSecretSpec:
    """Check the arguments as a whole and fill in defaults.

    Raises:
        ArgsError: At least one rule is broken; it names them all, and shows no secret.
    """
    problems = Problems()
    read = Reader(args, RegistryPullSecretArgs.__annotations__, "", problems)
    if read.required("namespace", "name the namespace of the pods that pull"):
        namespace = read.value("namespace")
        if isinstance(namespace, str):
            check_name("namespace", namespace, "namespace", problems)
    secret_name = read.text("secret_name", _SECRET.secret_name)
    check_name("secret", secret_name, "secret_name", problems)
    login = read_login(read, problems)
    if problems or login is None:
        raise ArgsError(COMPONENT, problems)
    return RegistryPullSecretSpec(secret_name=secret_name, login=login)


def read_login(read: Reader, problems: Problems) -> Login | None:
    """The one login in `service_account_json` or `mirror` of a block. None with a problem where there is not one."""
    given = [key for key in ("service_account_json", "mirror") if read.has(key)]
    if len(given) != 1:
        rule = "needs exactly one of service_account_json and mirror"
        found = "both" if given else "neither"
        problems.add(read.path or "service_account_json", rule, got=found, fix="give the one that fits the registry")
        return None
    if given == ["mirror"]:
        return _mirror_login(read.block("mirror", MirrorCredentialsArgs), problems)
    key = read.value("service_account_json")
    check_now(key, read.at("service_account_json"), service_account_problems, problems)
    return Login(host=REGISTRY_HOST, service_account_json=key)


def _mirror_login(read: Reader, problems: Problems) -> Login | None:
    complete = [read.required(key, f"give the mirror's {key}") for key in ("registry", "username", "password")]
    host = read.text("registry")
    check_registry_host(host, read.at("registry"), problems)
    username, password = read.value("username"), read.value("password")
    check_now(username, read.at("username"), username_problems, problems)
    check_now(password, read.at("password"), password_problems, problems)
    if not all(complete):
        return None
    return Login(host=host, mirror=MirrorCredentialsArgs(registry=host, username=username, password=password))


class RegistryPullSecret(pulumi.ComponentResource):
    """A pull secret made from the vendor's service-account JSON or from a mirror's login."""

    secret_name: pulumi.Output[str]
    """Name of the secret, known once the secret is there."""

    def __init__(self, name: str, args: RegistryPullSecretArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec = resolve_registry_pull_secret(args)  # before super(): wrong arguments register nothing
        super().__init__("cartesia:index:RegistryPullSecret", name, {"secret_name": spec.secret_name}, opts)
        secret = kubernetes.core.v1.Secret(
            f"{name}-secret",
            metadata={"name": spec.secret_name, "namespace": args["namespace"]},
            type="kubernetes.io/dockerconfigjson",
            string_data={_SECRET.data_key: _config(spec.login)},
            opts=one_of_a_name(parent=self),
        )
        self.secret_name = secret.metadata.apply(lambda _: spec.secret_name)
        self.register_outputs({"secret_name": self.secret_name})


def _config(login: Login) -> pulumi.Output[str]:
    """The content of the secret, itself secret, once user and password are known and pass their checks."""
    if login.mirror is not None:
        username = checked(COMPONENT, login.mirror["username"], "mirror.username", username_problems)
        password = checked(COMPONENT, login.mirror["password"], "mirror.password", password_problems)
    else:
        username = pulumi.Output.from_input(REGISTRY_USER)
        key = login.service_account_json or ""
        password = checked(COMPONENT, key, "service_account_json", service_account_problems)
    return pulumi.Output.all(username, password).apply(lambda known: docker_config(login.host, *known))
