"""Differences between plain data, by path: maps by key, lists by identity, documents in texts by structure."""
