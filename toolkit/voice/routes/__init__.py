"""The ways to the voice models, one folder each."""
