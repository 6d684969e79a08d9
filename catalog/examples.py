"""Values that documentation reserves or uses for examples: nobody has them, so a stack file that names one was copied.

source: RFC 5737 (IPv4), RFC 3849 and RFC 9637 (IPv6), RFC 2606 and RFC 6761 (names), read 2026-11-25. Account ids: AWS
documents none as reserved. These stand in its user guides (EKS, IAM) and as examples in the API models of botocore
1.43: 123456789012 in 61 services, 111122223333 in 32, 012345678910 in 10, 444455556666 in 5, the others in 1 to 3.
"""

from ipaddress import IPv4Network, IPv6Network

EXAMPLE_ACCOUNTS = frozenset(
    {
        "123456789012",
        "111122223333",
        "012345678910",
        "444455556666",
        "777788889999",
        "012345678901",
        "111222333444",
    }
)
"""AWS account ids of documentation. Twelve times the same digit is one too."""

EXAMPLE_BLOCKS: tuple[IPv4Network | IPv6Network, ...] = (
    IPv4Network("192.0.2.0/24"),
    IPv4Network("198.51.100.0/24"),
    IPv4Network("203.0.113.0/24"),
    IPv6Network("2001:db8::/32"),
    IPv6Network("3fff::/20"),
)
"""Addresses that are routed nowhere."""

EXAMPLE_DOMAINS = ("example.com", "example.net", "example.org", "example", "invalid", "test")
"""Names that nobody can own, so no certificate is issued for them and no DNS leads there."""

EXAMPLE_IDS = (
    "0123456789abcdef0",
    "0123456789abcdef1",
    "1234567890abcdef0",
    "12345678-1234-1234-1234-123456789012",
    "1234abcd-12ab-34cd-56ef-1234567890ab",
)
"""Ids of objects as AWS's guides and this project's own hints write them: EC2 objects, certificates and keys."""
