"""Which way to the pixels: a window where there is a desktop, else the lightest that works on the bare panel."""

from __future__ import annotations

from collections.abc import Callable

from player.glass.look import Look
from player.glass.outputs.base import NoDisplay, Output, Unusable
from player.glass.outputs.sdl import Sdl

Way = tuple[str, Callable[[], Output]]


def open_output(look: Look) -> Output:
    """Open the first display that works. Raises NoDisplay."""
    tried = []
    for name, way in ways(look):
        try:
            return way()
        except Unusable as error:
            tried.append((name, str(error)))
    raise NoDisplay(tried)


def ways(look: Look) -> list[Way]:
    """What is tried for this wish, in order."""
    return [("window", lambda: Sdl(look, None))]
