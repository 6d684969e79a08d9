"""The same resources as a stack's, declared in a loop without any component."""
