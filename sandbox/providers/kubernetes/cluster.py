"""The cluster behind one provider instance: known or not, reachable or not."""

import threading
import time

import yaml

from clients.kubernetes import BadKubeconfig, KubeClient, Kubeconfig, KubeError
from sandbox.providers.base import ProviderError
from sandbox.providers.kubernetes.settings import Settings

_CONNECT_SECONDS = 5
_REMEMBER_SECONDS = 5.0
"""How long a failed attempt stands for the next ones, so that a preview of many resources does not wait for each."""


class Cluster:
    """Lazily connected; safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        """Read the kubeconfig.

        Raises:
            ProviderError: It is unusable.
        """
        self.settings = settings
        self._lock = threading.Lock()
        self._reached = False
        self._failure: tuple[float, str] | None = None
        self._client: KubeClient | None = None
        if settings.kubeconfig is not None:
            try:
                self._client = KubeClient.from_kubeconfig(
                    kubeconfig_for(settings),
                    settings.context,
                    timeout_seconds=settings.client_timeout_seconds,
                    connect_seconds=_CONNECT_SECONDS,
                )
            except BadKubeconfig as error:
                raise ProviderError(str(error)) from None

    @property
    def default_namespace(self) -> str:
        """Where namespaced objects go that name no namespace."""
        fallback = "default" if self._client is None else self._client.default_namespace
        return self.settings.namespace or fallback

    def close(self) -> None:
        """Close the pooled connections; a later request opens new ones."""
        if self._client is not None:
            self._client.close()

    def unreachable(self) -> str | None:
        """Why the cluster cannot be used now; None if it can."""
        if self._client is None:
            return "its kubeconfig is not known yet"
        with self._lock:
            if self._reached:
                return None
            if self._failure is not None and time.monotonic() - self._failure[0] < _REMEMBER_SECONDS:
                return self._failure[1]
            try:
                self._client.version()
            except KubeError as error:
                self._failure = (time.monotonic(), error.message)
                return error.message
            self._reached = True
            return None

    def client(self) -> KubeClient:
        """The client of a cluster that answers.

        Raises:
            ProviderError: It does not.
        """
        reason = self.unreachable()
        if reason is not None or self._client is None:
            raise ProviderError(f"configured Kubernetes cluster is unreachable: {reason}")
        return self._client


def kubeconfig_for(settings: Settings) -> str:
    """The kubeconfig with the `cluster` setting applied to its contexts, as text for this client and for helm."""
    text = settings.kubeconfig or ""
    if settings.cluster is None:
        return text
    config = yaml.safe_load(text)
    for context in config.get("contexts") or ():
        context["context"]["cluster"] = settings.cluster
    return yaml.safe_dump(config)


def identity(settings: Settings) -> tuple[str, str | None] | None:
    """Address and authority of the configured cluster, which is as much of an identity as there is; None if unknown."""
    if settings.kubeconfig is None:
        return None
    try:
        kubeconfig = Kubeconfig.read(kubeconfig_for(settings), settings.context)
    except BadKubeconfig:
        return None
    return kubeconfig.server, kubeconfig.authority
