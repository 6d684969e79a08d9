"""The route to Cartesia's own API: a cluster of your own, or the hosted one."""
