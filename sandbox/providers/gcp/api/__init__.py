"""Google's published API descriptions, and which part of them stands behind a resource type.

Only the exporter and tests import this: the descriptions come with a package that no run needs.
"""
