"""What is looked up in a cluster that somebody else made, before anything is made in it."""
