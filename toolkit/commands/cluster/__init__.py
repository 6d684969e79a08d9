"""Verbs on a stack's cluster, wherever it runs."""
