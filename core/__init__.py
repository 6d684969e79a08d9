"""The pure core: functions from plain data to plain data, shared by components, stacks, policies and the toolkit.

Nothing in here imports Pulumi, reads the environment, or knows which cloud it is used on.
"""
