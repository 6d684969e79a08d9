"""The sandbox's `pulumi-language-python`: what the engine starts to run a program, policy pack or component package.

Owns the language protocol and nothing else. It is used only where no released host is found, for Pulumi hands its own
out from its own site, which a closed network does not reach. It serves the SDK version that is installed beside it.
"""
