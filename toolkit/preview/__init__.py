"""Previews of stacks as one report: read from the engine's events, rendered for people, and posted to a forge."""
