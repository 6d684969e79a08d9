"""What tests of the Kubernetes stand-in share: requests of the engine, and the published SDK to compare with."""

import re
from pathlib import Path

import pulumi_kubernetes

from sandbox.providers import base

SDK = Path(pulumi_kubernetes.__file__).parent


def request(type_, news, *, olds=None, name="web"):
    urn = f"urn:pulumi:s::p::{type_}::{name}"
    return base.CheckRequest(urn=urn, type=type_, name=name, olds=olds or {}, news=news, seed=b"seed")


def property_names(path, first, last):
    """Property names between two class statements of a generated SDK file."""
    text = (SDK / path).read_text()
    part = text[text.index(first) : text.index(last) if last else None]
    return {
        wire or python for wire, python in re.findall(r'@pulumi\.getter(?:\(name="(\w+)"\))?\s+def (\w+)\(self\)', part)
    }
