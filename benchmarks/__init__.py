"""Measurements of this project, each beside a baseline: `python -m benchmarks`.

Owns measuring and reporting. Nothing is asserted about speed: a figure that misses its target is printed as it is, and
only a run that did something else than it says is an error.
"""
