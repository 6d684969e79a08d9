"""The local stand-in world: everything a stack needs to go up on one machine without a cloud account.

Owns what pretends to be a cloud, and is honest about it. Nothing of a real deployment may need it.
"""
