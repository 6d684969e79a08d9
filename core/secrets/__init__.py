"""The secrets of a stack: which there are, what opens what, and what a usable one looks like."""
