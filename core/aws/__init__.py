"""Rules of AWS on plain data: policy documents, tags and address blocks."""
