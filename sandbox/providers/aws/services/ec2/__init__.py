"""EC2: networks, gateways and routes, firewalls, endpoints, templates and reservations."""
