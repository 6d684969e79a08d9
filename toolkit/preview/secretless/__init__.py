"""A preview that needs no secret: on a copy of the stack with placeholders, under a key that is thrown away."""
