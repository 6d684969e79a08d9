"""Serves the pack to the engine: decodes a resource once, and asks only the rules of its type.

The library's own server decodes each resource again for every policy, and all resources again for every policy on a
stack, whatever their types. Over 200 resources with five large Helm releases that is 13 ms a rule (measured
November 2026, `benchmarks/measures/policies.py`). Owns the two calls in which that happens, and leaves configuration,
levels and what the engine is told of a policy to the library.
"""

import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent import futures
from typing import Any, Final

import grpc  # type: ignore[import-untyped]  # no stubs are published with it
from google.protobuf import json_format
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc
from pulumi_policy import EnforcementLevel, ResourceValidationArgs, StackValidationArgs
from pulumi_policy.deserialize import deserialize_properties
from pulumi_policy.policy import PolicyResource, _PolicyAnalyzerServicer

from policies.pack import OnResource, OnStack

__all__ = ["Server", "serve"]

_VERSION: Final = "0.0.1"
"""Shown only where PulumiPolicy.yaml has no version."""
_MESSAGE_BYTES: Final = 400 * 1024 * 1024
"""The engine's own limit for a message; the default of gRPC is 4 MiB, which a stack of large releases exceeds."""


class Server(_PolicyAnalyzerServicer):
    """Answers the engine."""

    def __init__(self, name: str, policies: Sequence[OnResource | OnStack]) -> None:
        """Index the policies by type.

        Args:
            name: Of the pack.
            policies: `OnResource` and `OnStack`, in the order in which they speak.
        """
        super().__init__(name, _VERSION, list(policies), EnforcementLevel.ADVISORY)
        self._by_type: dict[str, list[OnResource]] = {}
        for policy in policies:
            if isinstance(policy, OnResource):
                for kind in policy.types:
                    self._by_type.setdefault(kind, []).append(policy)
        self._on_stack = [policy for policy in policies if isinstance(policy, OnStack)]
        self._of_stacks = frozenset(kind for policy in self._on_stack for kind in policy.types)

    def Analyze(self, request: Any, _context: Any) -> Any:  # noqa: N802 - the name of the call
        """Judge one resource."""
        response = analyzer_pb2.AnalyzeResponse()
        policies = self._enabled(self._by_type.get(request.type, ()))
        if policies:
            properties = _properties(request)
            options = self._get_resource_options(request)
            for policy, level in policies:
                args = ResourceValidationArgs(
                    request.type,
                    properties,
                    request.urn,
                    request.name,
                    options,
                    None,
                    self._get_policy_config(policy.name),
                )
                policy.validate(args, self._report(response, policy, level))
        return response

    def AnalyzeStack(self, request: Any, _context: Any) -> Any:  # noqa: N802 - the name of the call
        """Judge the resources of a stack together."""
        response = analyzer_pb2.AnalyzeResponse()
        policies = self._enabled(self._on_stack)
        if policies:
            resources = [self._resource(each) for each in request.resources]
            for policy, level in policies:
                args = StackValidationArgs(resources, self._get_policy_config(policy.name))
                policy.validate(args, self._report(response, policy, level))
        return response

    def _enabled(self, policies: Iterable[Any]) -> list[tuple[Any, EnforcementLevel]]:
        levels = ((policy, self._get_enforcement_level(policy)) for policy in policies)
        return [(policy, level) for policy, level in levels if level is not EnforcementLevel.DISABLED]

    def _report(self, response: Any, policy: OnResource | OnStack, level: EnforcementLevel) -> Any:
        # A rule repairs nothing, so `remediate` can only mean that its findings end the update.
        shown = EnforcementLevel.MANDATORY if level is EnforcementLevel.REMEDIATE else level
        return self._create_report_violation(response, policy.name, policy.description, shown, policy.severity)

    def _resource(self, request: Any) -> PolicyResource:
        """A resource of the stack; what no rule on stacks reads stays undecoded."""
        properties = _properties(request) if request.type in self._of_stacks else {}
        options = self._get_resource_options(request)
        return PolicyResource(request.type, properties, request.urn, request.name, options, None, None, [], {})


def _properties(request: Any) -> Mapping[str, Any]:
    """The inputs as plain data; a value that is not known is the engine's mark for it, and a secret stands in clear."""
    properties: Mapping[str, Any] = deserialize_properties(json_format.MessageToDict(request.properties))
    return properties


def serve(name: str, policies: Sequence[OnResource | OnStack]) -> None:
    """Serve on a free port of this machine, tell it on standard output, and go on until the engine ends the process."""
    options = [("grpc.max_receive_message_length", _MESSAGE_BYTES), ("grpc.max_send_message_length", _MESSAGE_BYTES)]
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4), options=options)
    analyzer_pb2_grpc.add_AnalyzerServicer_to_server(Server(name, policies), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        server.stop(0)
        sys.exit(0)
