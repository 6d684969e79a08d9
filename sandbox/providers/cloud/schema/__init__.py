"""Shapes of properties: exported from a published SDK, read back, and shown as a package schema."""
