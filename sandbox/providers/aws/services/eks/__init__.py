"""EKS: clusters, what hangs on them, and node groups."""
