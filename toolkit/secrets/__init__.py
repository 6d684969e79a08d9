"""Rotation of a stack's secrets: what a key becomes in the cluster, which workloads read that, and their restart."""
