"""Verbs on the vendor's chart, as it lies unpacked on disk."""
