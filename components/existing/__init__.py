"""A cluster made elsewhere as a kind of cluster: the section of a stack file that only reads."""
