"""Bring a stack back after its engine was killed: lock, unfinished creations, true state.

A killed engine leaves three things: a lock, operations that it began and could not record, and a state that may lag
behind the cloud. The engine names the remedies one by one; this package does them in order and looks for each
unfinished creation in the cloud, so that what exists is taken over and nothing is made twice.
"""

from toolkit.recovery.inventory import CommandInventory, Found, Inventory, TaggingInventory
from toolkit.recovery.pending import PendingCreate, pending_creates
from toolkit.recovery.plan import Decision, Plan, make_plan

__all__ = [
    "CommandInventory",
    "Decision",
    "Found",
    "Inventory",
    "PendingCreate",
    "Plan",
    "TaggingInventory",
    "make_plan",
    "pending_creates",
]
