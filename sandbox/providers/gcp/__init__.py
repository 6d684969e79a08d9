"""Stand-in for Google Cloud: keeps a pretended project in the world directory and turns GKE node pools into KWOK nodes.

It is not Google Cloud: `DIFFERENCES.md` lists what it does otherwise. Property names and types are those of the
published SDK.
"""
