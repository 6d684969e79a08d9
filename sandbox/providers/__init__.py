"""Stand-ins for cloud providers: plugins the real Pulumi engine talks to inside the sandbox, and nowhere else."""
