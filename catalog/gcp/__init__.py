"""Facts of Google Cloud: machine types and GKE."""
