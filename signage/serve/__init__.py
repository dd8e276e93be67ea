"""Serve what is published: files with the right cache rules, a start page, and a player for browsers."""

from signage.serve.app import make_app
from signage.serve.server import Server

__all__ = ["Server", "make_app"]
