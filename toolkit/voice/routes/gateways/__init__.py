"""Routes through gateways that pass Cartesia's API through: their paths, their keys, their meanings of statuses."""
