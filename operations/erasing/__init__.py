"""Erasing a person's events, or a pipeline's, from the archive and the tables."""
