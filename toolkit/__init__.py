"""The `cartesia-infra` command: one module a command, thin over plain functions."""
