"""GKE as a kind of cluster: the section `gke` of a stack file."""
