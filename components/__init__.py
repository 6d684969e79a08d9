"""Reusable Pulumi components of the voice stack; each module has one component with its Args, Spec and resolve."""
