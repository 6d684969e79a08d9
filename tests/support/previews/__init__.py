"""Kinds of change to the checkout's stacks, their recorded previews, and how they are recorded."""
