"""Which API calls stand behind each resource type, and what botocore's service models say of their members.

Read when schemas are exported and by tests; the running stand-in reads what the export wrote.
"""
