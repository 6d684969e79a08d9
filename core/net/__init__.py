"""Blocks of addresses, whatever cloud they are in."""
