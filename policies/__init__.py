"""A CrossGuard policy pack: what a stack may not be, judged before it is made.

`pulumi preview --policy-pack policies` runs it, and `cartesia-infra policy check` does so with a report. The rules
judge plain resources of pulumi-aws and pulumi-kubernetes, so any Pulumi program can be checked with them.
"""
