"""Facts as plain typed data, one row a fact with its source. Every other room reads them, and they import none."""
