"""One module a picture; each has a `draw` function that gives the SVG. Written by `python -m docs.generate`."""
