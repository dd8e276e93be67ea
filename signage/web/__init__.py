"""Serve what is published: files with the right cache rules, a start page, and a player for browsers.

The web server is loaded when one is made: commands that only need an address or the browser player don't load it.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from signage.web.app import make_app
    from signage.web.server import WebServer

__all__ = ["WebServer", "make_app"]


def __getattr__(name: str) -> Any:
    if name == "make_app":
        from signage.web.app import make_app

        return make_app
    if name == "WebServer":
        from signage.web.server import WebServer

        return WebServer
    raise AttributeError(name)
