"""Reusable Pulumi components of the voice stack. Each module has one component with its Args, Spec and resolve."""
