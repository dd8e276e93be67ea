"""Serve what is published, and the browser player."""
