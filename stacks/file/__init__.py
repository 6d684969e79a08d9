"""The stack file as somebody wrote it: its lines, its wording, and the secrets that are not in it."""
