"""What a policy pack said of stacks: read from the engine's events, and written for people and for CI."""
