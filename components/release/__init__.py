"""The release of the vendor's chart, with the secrets and accesses it needs."""
