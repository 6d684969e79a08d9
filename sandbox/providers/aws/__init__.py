"""Stand-in for AWS: keeps a pretended account in the world directory and turns EKS node groups into KWOK nodes.

It is not AWS: `DIFFERENCES.md` lists what it does otherwise. Property names and types are those of the published SDK.
"""
