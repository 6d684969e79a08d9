"""The rules, one module an area; each ends with its `RULES`."""
