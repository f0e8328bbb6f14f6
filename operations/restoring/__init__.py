"""Bringing back what tables had at a moment."""
