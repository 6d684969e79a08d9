"""Runs previews: of which stacks, several at once, with or without secrets, and renders the charts in them."""
