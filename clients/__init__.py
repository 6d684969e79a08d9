"""Programs and servers that both the command and the sandbox call: the engine, Helm, and Kubernetes.

Everything here works on a real cluster as well as on a local one: a kubeconfig's text goes in, nothing ambient is read,
and nothing is known of stacks, of worlds or of stand-ins.
"""
