"""Serve what is published: files with the right cache rules, a start page, and a player for browsers."""

from signage.web.app import make_app
from signage.web.server import WebServer

__all__ = ["WebServer", "make_app"]
