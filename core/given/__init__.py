"""Clusters that somebody else made, as files tell them."""
