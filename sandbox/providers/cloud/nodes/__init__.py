"""Pools of nodes that a cloud runs for a cluster, as KWOK nodes of its control plane."""
