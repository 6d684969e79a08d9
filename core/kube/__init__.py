"""Rules of Kubernetes and Helm on plain data."""
