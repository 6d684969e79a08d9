"""What any server of the sandbox stands on: folders, records, processes and ports."""
