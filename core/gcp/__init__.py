"""Rules of Google Cloud on plain data."""
