"""Stand-in for `pulumi-resource-kubernetes`: a thin, real provider against a real API server and the real helm."""
