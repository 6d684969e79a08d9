"""What people read, and the small programs that make the parts of it which must follow the code: `docs.generate`."""
