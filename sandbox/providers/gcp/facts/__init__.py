"""Facts of the pretended projects."""
