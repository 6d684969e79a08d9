"""What stands before steps of an update, as hooks of the engine: each refuses what could not end well."""
