"""What people write: problems, readers, shapes and the search for secrets in it."""
