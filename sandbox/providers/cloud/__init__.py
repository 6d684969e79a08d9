"""What every stand-in for a cloud needs and no cloud has of its own."""
