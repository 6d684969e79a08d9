"""The vendor's archive on plain data: lock file, checksums, digests and release tags."""
