"""Trained weights on disk: three forms, read, written and converted."""
